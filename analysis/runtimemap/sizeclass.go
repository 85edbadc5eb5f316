package runtimemap

import "slices"

// Constants of the allocator (internal/runtime/gc: MaxSmallSize, PageSize,
// MallocHeaderSize, TinySize; runtime/sizeclasses.go before).
const (
	maxSmallSize     = 32 << 10
	pageSize         = 8 << 10
	mallocHeaderSize = 8
	tinySize         = 16
)

// sizeClasses are the object sizes in bytes that the allocator hands out up to
// maxSmallSize (internal/runtime/gc: SizeClassToSize), the same in every
// release of the table.
var sizeClasses = []int64{
	8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256,
	288, 320, 352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024,
	1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096,
	4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288,
	13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
}

// A Cost is a number of heap objects and the bytes that the allocator takes
// for them, size classes included: what runtime.MemStats counts as Mallocs and
// TotalAlloc.
type Cost struct {
	Count int
	Bytes int64
}

// Plus is the sum of two costs.
func (c Cost) Plus(d Cost) Cost { return Cost{c.Count + d.Count, c.Bytes + d.Bytes} }

// Times is the cost of n such things.
func (c Cost) Times(n int64) Cost { return Cost{c.Count * int(n), c.Bytes * n} }

// ObjectCost is the cost of one heap object of size bytes (runtime: mallocgc).
// ok is false where it is not known, among it for most pointer-free objects under 16
// bytes: the allocator packs several into one block, and how many depends on
// their order. For those of 1, 2, 4 and 8 bytes Bytes is their average share.
func (f Facts) ObjectCost(size int64, pointers bool) (Cost, bool) {
	switch {
	case !f.Known || f.PtrSize == 0 || size < 0:
		return Cost{}, false
	case size == 0:
		return Cost{}, true // all share runtime.zerobase
	case !pointers && size < tinySize:
		return Cost{1, size}, size&(size-1) == 0
	case size > maxSmallSize-mallocHeaderSize:
		return Cost{1, roundUp(size, pageSize)}, true
	case pointers && size > f.minHeaderObject():
		return Cost{1, sizeClass(size + mallocHeaderSize)}, true
	default:
		return Cost{1, sizeClass(size)}, true
	}
}

// minHeaderObject is the largest size of an object with pointers whose pointer
// bitmap is kept in its span; larger ones carry a header of 8 bytes
// (internal/runtime/gc: MinSizeForMallocHeader).
func (f Facts) minHeaderObject() int64 { return f.PtrSize * f.PtrSize * 8 }

// sizeClass is the smallest size class of at least size bytes, which is at most maxSmallSize.
func sizeClass(size int64) int64 {
	i, _ := slices.BinarySearch(sizeClasses, size)
	return sizeClasses[i]
}
