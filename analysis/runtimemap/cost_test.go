package runtimemap

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"
)

var ints = Slot{KeySize: 8, KeyAlign: 8, ElemSize: 8, ElemAlign: 8}

// What make(map[int]int, hint) allocated in an escaping map, measured on
// linux/amd64: without the header, by release.
func TestTablesMeasured(t *testing.T) {
	tests := []struct {
		hint    int64
		swiss   Cost // 1.24 to 1.27
		buckets Cost // 1.23
	}{
		{-1, Cost{}, Cost{}},
		{0, Cost{}, Cost{}},
		{8, Cost{}, Cost{}},
		{9, Cost{3, 328}, Cost{1, 288}},
		{14, Cost{3, 328}, Cost{1, 576}},
		{15, Cost{3, 616}, Cost{1, 576}},
		{28, Cost{3, 616}, Cost{1, 1152}},
		{29, Cost{3, 1192}, Cost{1, 1152}},
		{56, Cost{3, 1192}, Cost{2, 2712}},
		{57, Cost{3, 2344}, Cost{2, 2712}},
		{100, Cost{3, 2344}, Cost{2, 2712}},
		{112, Cost{3, 2344}, Cost{2, 5400}},
		{113, Cost{3, 4904}, Cost{2, 5400}},
		{224, Cost{3, 4904}, Cost{2, 10264}},
		{448, Cost{3, 9512}, Cost{2, 20504}},
		{449, Cost{3, 18472}, Cost{2, 20504}},
		{896, Cost{3, 18472}, Cost{2, 40984}},
		{897, Cost{5, 19024}, Cost{2, 40984}},
		{1000, Cost{5, 36944}, Cost{2, 40984}},
		{1792, Cost{5, 36944}, Cost{2, 81944}},
		{1793, Cost{9, 38048}, Cost{2, 81944}},
		{3585, Cost{17, 76096}, Cost{2, 163864}},
		{10_000, Cost{33, 295_552}, Cost{2, 319_512}},
		{100_000, Cost{257, 2_364_544}, Cost{2, 2_506_776}},
	}
	for _, tt := range tests {
		for _, version := range []string{"go1.24.0", "go1.25.0", "go1.26.8", "go1.27.0"} {
			if got, ok := For(version, "amd64", "").Tables(ints, tt.hint); got != tt.swiss || !ok {
				t.Errorf("%s: Tables(%d) = %+v, %v, want %+v", version, tt.hint, got, ok, tt.swiss)
			}
		}
		if got, ok := For("go1.23.0", "amd64", "").Tables(ints, tt.hint); got != tt.buckets || !ok {
			t.Errorf("go1.23.0: Tables(%d) = %+v, %v, want %+v", tt.hint, got, ok, tt.buckets)
		}
	}
}

func TestCostsMeasured(t *testing.T) {
	type cost struct {
		Cost
		OK bool
	}
	known := func(count int, bytes int64) cost { return cost{Cost{count, bytes}, true} }
	tests := []struct {
		facts                             Facts
		header, group, growth, node, root cost
	}{
		{For("go1.23.0", "amd64", ""), known(1, 48), known(1, 144), known(1, 288), cost{}, cost{}},
		{For("go1.24.0", "amd64", ""), known(1, 48), known(1, 144), known(3, 328), known(1, 48), known(1, 160)},
		{For("go1.27.0", "amd64", ""), known(1, 48), known(1, 144), known(3, 328), known(1, 48), known(1, 160)},
		{For("go1.27.0", "amd64", "mapsplitgroup"), known(1, 48), cost{}, cost{}, known(1, 48), known(1, 160)},
		{For("go1.25.0", "amd64", "noswissmap,nosynchashtriemap"), cost{}, known(1, 144), known(1, 288), cost{}, cost{}},
	}
	for _, tt := range tests {
		f := tt.facts
		check := func(what string, want cost) func(Cost, bool) {
			return func(c Cost, ok bool) {
				if !ok {
					c = Cost{}
				}
				if got := (cost{c, ok}); got != want {
					t.Errorf("%s: %s = %+v, want %+v", f.Version, what, got, want)
				}
			}
		}
		check("HeaderCost", tt.header)(f.HeaderCost())
		check("GroupCost", tt.group)(f.GroupCost(ints))
		check("Growth", tt.growth)(f.Growth(ints))
		check("SyncNodeCost", tt.node)(f.SyncNodeCost())
		check("SyncRootCost", tt.root)(f.SyncRootCost())
	}
}

// A hint that the runtime may ignore for its size has no cost.
func TestTablesHuge(t *testing.T) {
	for _, version := range []string{"go1.23.0", "go1.26.8"} {
		for arch, hint := range map[string]int64{"amd64": 1 << 45, "386": 1 << 29, "wasm": 1 << 29} {
			f := For(version, arch, "")
			for _, h := range []int64{hint, 1<<63 - 1} {
				if c, ok := f.Tables(ints, h); ok {
					t.Errorf("%s %s: Tables(%d) = %+v", version, arch, h, c)
				}
			}
		}
	}
}

var sinkPointer any

// One object of each size around the classes, against the allocator at hand.
func TestObjectCost(t *testing.T) {
	f := here(t)
	sizes := []int64{16, 17, 24, 104, 120, 121, 128, 129, 136, 504, 505, 512, 513, 520, 1016, 1017, 1024, 4088, 4096, 8185, 8192, 32752, 32760, 32761, 32768, 32769, 40960, 40961, 100_000}
	for _, size := range sizes {
		array := reflect.ArrayOf(int(size), reflect.TypeFor[byte]())
		c, ok := f.ObjectCost(size, false)
		want(t, fmt.Sprintf("%d bytes", size), c, ok, measure(func() { sinkPointer = reflect.New(array).UnsafePointer() }))
		if size%f.PtrSize != 0 {
			continue
		}
		array = reflect.ArrayOf(int(size/f.PtrSize), reflect.TypeFor[*int]())
		c, ok = f.ObjectCost(size, true)
		want(t, fmt.Sprintf("%d bytes of pointers", size), c, ok, measure(func() { sinkPointer = reflect.New(array).UnsafePointer() }))
	}
	sinkPointer = nil

	for size, want := range map[int64]bool{-1: false, 0: true, 1: true, 2: true, 3: false, 4: true, 8: true, 12: false, 15: false} {
		if c, ok := f.ObjectCost(size, false); ok != want || ok && c.Bytes != size {
			t.Errorf("ObjectCost(%d) = %+v, %v", size, c, ok)
		}
	}
	// Objects of 8 bytes without pointers share blocks of 16, but not for the race detector.
	if raceBuild() {
		return
	}
	const n = 64
	keep := make([]*int64, n)
	got := measure(func() {
		for i := range keep {
			keep[i] = new(int64)
		}
	})
	if c, _ := f.ObjectCost(8, false); got != c.Times(n) {
		t.Errorf("%d objects of 8 bytes cost %+v, want %+v", n, got, c.Times(n))
	}
}

// Every make against the runtime at hand: types of all layouts, hints on both
// sides of every step.
func TestTablesAgainstRuntime(t *testing.T) {
	f := sized(t)
	header, ok := f.HeaderCost()
	if !ok {
		t.Fatal("no cost of a header")
	}
	check := func(m reflect.Type, hints []int64) {
		t.Helper()
		for _, hint := range hints {
			c, ok := f.Tables(slotOf(m), hint)
			want(t, fmt.Sprintf("make(%s, %d)", m, hint), header.Plus(c), ok, measure(func() {
				sinkPointer = reflect.MakeMapWithSize(m, int(hint)).UnsafePointer()
			}))
		}
		sinkPointer = nil
		runtime.GC()
	}
	for _, m := range mapTypes {
		check(m, []int64{0, 1, 8, 9, 14, 15, 28, 29, 56, 57, 112, 113, 224, 225, 448, 449, 896, 897, 1000, 1792, 1793, 3584, 3585})
	}
	check(reflect.TypeFor[map[int]int](), []int64{5000, 10_000, 20_000, 100_000, 114_688, 114_689})
	check(reflect.TypeFor[map[string]string](), []int64{5000, 65_535, 65_536})
	for _, m := range reflectedTypes() {
		check(m, []int64{9, 100, 897})
	}
}
