package runtimemap

// Constants of the map type, the same in every release of the table
// (internal/abi: MapGroupSlots, MapMaxKeyBytes, MapMaxElemBytes, ZeroValSize,
// and their older names).
const (
	groupSlots = 8
	maxInline  = 128
	maxZeroVal = 1024
)

// A Slot describes one key and its element: sizes and alignments in bytes on
// the target, as go/types.Sizes for the gc compiler has them. A size of -1
// means that a type parameter decides it.
type Slot struct {
	KeySize, KeyAlign   int64
	ElemSize, ElemAlign int64
	// Pointers says that keys or elements hold pointers.
	Pointers bool
}

func (s Slot) valid() bool {
	return s.KeySize >= 0 && s.ElemSize >= 0 && s.KeyAlign > 0 && s.ElemAlign > 0
}

// Indirect reports whether a key or an element of size bytes is kept as an
// object of its own with a pointer in the slot, so that inserting a new one
// allocates it. False for a size that is not known.
func (f Facts) Indirect(size int64) bool { return f.Known && size > maxInline }

// GroupBytes is the size in bytes of one group of 8 slots with its control
// word, or of one bucket with its overflow pointer (cmd/compile
// reflectdata: MapGroupType, MapBucketType). ok is false where the layout or a
// size is not known.
func (f Facts) GroupBytes(s Slot) (bytes int64, ok bool) {
	g, ok := f.group(s)
	return g.size, ok
}

// group lays out a group or bucket.
func (f Facts) group(s Slot) (group part, ok bool) {
	if !f.Known || f.PtrSize == 0 || f.SplitGroups || !s.valid() {
		return part{}, false
	}
	key, elem := f.inline(s.KeySize, s.KeyAlign), f.inline(s.ElemSize, s.ElemAlign)
	if f.Design == Buckets {
		return layOut(part{groupSlots, 1}, key.times(groupSlots), elem.times(groupSlots), part{f.PtrSize, f.PtrSize}), true
	}
	slot := layOut(key, elem)
	// The control word is a uint64, which 32-bit targets align to 4 bytes.
	return layOut(part{8, f.PtrSize}, slot.times(groupSlots)), true
}

// groupPointers reports whether the garbage collector scans the groups. The
// overflow pointer of a bucket without other pointers does not count: the
// compiler declares it as an integer.
func (f Facts) groupPointers(s Slot) bool {
	return s.Pointers || f.Indirect(s.KeySize) || f.Indirect(s.ElemSize)
}

// inline is what a slot holds of a key or an element: itself or a pointer.
func (f Facts) inline(size, align int64) part {
	if f.Indirect(size) {
		return part{f.PtrSize, f.PtrSize}
	}
	return part{size, align}
}

// A part is a size and an alignment in bytes.
type part struct{ size, align int64 }

func (p part) times(n int64) part { return part{p.size * n, p.align} }

// layOut gives the struct of the fields as the gc compiler lays it out
// (cmd/compile types: calcStructOffset): a field of size zero at the end of a struct that
// is not empty takes a byte, so that its address stays inside.
func layOut(fields ...part) part {
	sum := part{align: 1}
	for i, f := range fields {
		sum.align = max(sum.align, f.align)
		sum.size = roundUp(sum.size, f.align) + f.size
		if i == len(fields)-1 && f.size == 0 && sum.size > 0 {
			sum.size++
		}
	}
	sum.size = roundUp(sum.size, sum.align)
	return sum
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }
