package runtimemap

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"sync"
	"testing"
)

var nothing = Cost{}

// intSlot describes map[int]int on the target of the tests.
func intSlot() Slot { return slotOf(reflect.TypeFor[map[int]int]()) }

// Which parts a creation allocates: stack-group, small-make, lazy-group,
// variable-hint, tables-at-make, grow-ninth, literal.hint, literal.25.
func TestCreation(t *testing.T) {
	f := sized(t)
	must := func(c Cost, ok bool) Cost {
		if !ok {
			t.Fatal("a cost is missing")
		}
		return c
	}
	header, group := must(f.HeaderCost()), must(f.GroupCost(intSlot()))
	growth := must(f.Growth(intSlot()))
	tables := func(hint int64) Cost { return must(f.Tables(intSlot(), hint)) }
	tests := []struct {
		name string
		run  func()
		want Cost
	}{
		{"stack, empty", func() { stackMap(0) }, nothing},
		{"stack, 8 entries", func() { stackMap(8) }, nothing},
		{"stack, 9 entries", func() { stackMap(9) }, growth},
		{"stack, hint 8", stackMapHint8, nothing},
		{"stack, hint 9", stackMapHint9, tables(9)},
		{"stack, variable hint 8", func() { stackMapVariable(eight) }, nothing},
		{"stack, variable hint 9", func() { stackMapVariable(nine) }, tables(9)},
		{"stack, variable hint 100", func() { stackMapVariable(100) }, tables(100)},
		{"stack, largest group", stackMapWide, nothing},
		{"stack, literal of 8", stackLiteral8, nothing},
		{"stack, literal of 9", stackLiteral9, tables(9)},
		{"stack, literal of 26", stackLiteral26, tables(26)},
		{"heap, no hint", heapMap, header},
		{"heap, hint 8", heapMapHint8, header},
		{"heap, variable hint 8", func() { heapMapVariable(eight) }, header},
		{"heap, variable hint 9", func() { heapMapVariable(nine) }, header.Plus(tables(9))},
		{"heap, literal of 3", heapLiteral3, header.Plus(group)},
		{"first insert", func() { heapMap(); put(sinkMap, 1) }, header.Plus(group)},
		{"8 inserts", func() {
			heapMapHint8()
			for i := range 8 {
				put(sinkMap, i)
			}
		}, header.Plus(group)},
	}
	for _, tt := range tests {
		if got := measure(tt.run); got != tt.want {
			t.Errorf("%s: allocates %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// The 9th entry and the later growth points, one insert at a time.
func TestGrowthAgainstRuntime(t *testing.T) {
	f := sized(t)
	last := f.GrowthPoints()[len(f.GrowthPoints())-1]
	pair := [2]map[int]int{filled(0), filled(0)}
	var grew []int64
	for i := range last + 1 {
		entry := i + 1
		// Each entry is put into two maps, of which the cheaper insert counts: what
		// the rest of the process allocates must not look like growth.
		var least Cost
		for j, m := range pair {
			if c := measureOnce(func() { put(m, int(i)) }); j == 0 || c.Bytes < least.Bytes {
				least = c
			}
		}
		switch entry {
		case 1:
			c, ok := f.GroupCost(intSlot())
			want(t, "first insert", c, ok, least)
		case 9:
			c, ok := f.Growth(intSlot())
			want(t, "9th insert", c, ok, least)
		}
		if entry > 1 && least != nothing {
			grew = append(grew, entry)
		}
	}
	if fmt.Sprint(grew) != fmt.Sprint(f.GrowthPoints()) {
		t.Errorf("a map of one key after the other grows at %v, want %v", grew, f.GrowthPoints())
	}
}

// A hint without a trap suffices; a hint that certainly does not, does not.
func TestHintTrapAgainstRuntime(t *testing.T) {
	f := here(t)
	for _, hint := range []int64{9, 14, 15, 100, 896, 1000, 10_000} {
		if text, ok := f.HintTrap(hint); ok {
			t.Errorf("HintTrap(%d) = %q", hint, text)
		}
		if got := fillCost(hint); got != nothing {
			t.Errorf("filling a map to its hint %d allocates %+v", hint, got)
		}
	}
	for _, hint := range []int64{897, 1793, 3585} {
		if _, ok := f.HintTrap(hint); !ok {
			t.Errorf("no HintTrap(%d)", hint)
		}
		if got := fillCost(hint); got == nothing {
			t.Errorf("filling a map to its hint %d allocates nothing", hint)
		}
	}
}

// fillCost is what filling a map to its hint allocates beyond the make.
func fillCost(hint int64) Cost {
	var ready []map[int]int
	for range 5 {
		ready = append(ready, make(map[int]int, hint))
	}
	return measure(func() {
		m := ready[0]
		ready = ready[1:]
		for i := range int(hint) {
			m[i] = i
		}
	})
}

func TestFull8Update(t *testing.T) {
	f := sized(t)
	wantCost := nothing
	if f.Full8UpdateGrows {
		wantCost, _ = f.Growth(intSlot())
	}
	var ready []map[int]int
	for range 5 {
		ready = append(ready, filled(8))
	}
	got := measure(func() {
		put(ready[0], 3)
		ready = ready[1:]
	})
	if got != wantCost {
		t.Errorf("updating a key of 8 allocates %+v, want %+v", got, wantCost)
	}
	seven := filled(7)
	if got := measure(func() { put(seven, 3) }); got != nothing {
		t.Errorf("updating a key of 7 allocates %+v", got)
	}
}

func TestIndirectAgainstRuntime(t *testing.T) {
	f := here(t)
	elem := func(size int) reflect.Type { return reflect.ArrayOf(size, reflect.TypeFor[byte]()) }
	for _, size := range []int{1, 128, 129, 200, 2000} {
		object, ok := nothing, true
		if f.Indirect(int64(size)) {
			object, ok = f.ObjectCost(int64(size), false)
		}
		for _, m := range []reflect.Type{
			reflect.MapOf(reflect.TypeFor[int](), elem(size)),
			reflect.MapOf(elem(size), reflect.TypeFor[int]()),
		} {
			v := reflect.MakeMapWithSize(m, 100)
			key, val := reflect.Zero(m.Key()), reflect.Zero(m.Elem())
			v.SetMapIndex(key, val)
			if got := measure(func() { v.SetMapIndex(key, val) }); got != nothing {
				t.Errorf("%s: updating a key allocates %+v", m, got)
			}
			// Once deleted, the key is new again, and its slot is there.
			got := measure(func() {
				v.SetMapIndex(key, reflect.Value{})
				v.SetMapIndex(key, val)
			})
			want(t, fmt.Sprintf("%s: inserting a key", m), object, ok, got)
		}
	}
}

// delete.no-alloc, range.stack-iterator, map.nil
func TestOperationsThatAllocateNothing(t *testing.T) {
	m, twenty := filled(1000), filled(20)
	next := 0
	tests := []struct {
		name string
		run  func()
	}{
		{"delete", func() { delete(m, next); next++ }},
		{"delete of what is not there", func() { delete(m, -1) }},
		{"clear", func() { clear(twenty) }},
		{"lookup", func() { sinkInt, sinkBool = m[500] }},
		{"update", func() { put(m, 500) }},
		{"range", func() { rangeOver(m) }},
		{"operations on a nil map", func() { nilMapReads(nil) }},
	}
	for _, tt := range tests {
		if got := measure(tt.run); got != nothing {
			t.Errorf("%s allocates %+v", tt.name, got)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an insert into a nil map does not panic")
		}
	}()
	put(nil, 1)
}

// maps.clone-heap, maps.collect-nohint
func TestMapsPackage(t *testing.T) {
	f := sized(t)
	header, _ := f.HeaderCost()
	for n, storage := range map[int]func() (Cost, bool){
		8:   func() (Cost, bool) { return f.GroupCost(intSlot()) },
		100: func() (Cost, bool) { return f.Tables(intSlot(), 100) },
	} {
		m := filled(n)
		c, ok := storage()
		want(t, fmt.Sprintf("maps.Clone of %d", n), header.Plus(c), ok, measure(func() { cloneAndDrop(m) }))
	}
	if got := measure(func() { sinkMap = maps.Clone(map[int]int(nil)) }); got != nothing {
		t.Errorf("maps.Clone of nil allocates %+v", got)
	}
	// A collected map of 100 entries passes the growth points that an inserted one does.
	grown := measure(func() { stackMap(100) })
	m := filled(100)
	if got := measure(func() { collect(m) }); got != grown || got == nothing {
		t.Errorf("maps.Collect of 100 allocates %+v, inserting 100 %+v", got, grown)
	}
}

// never-shrinks, clear-keeps: the bytes of the tables stay, and are used again.
func TestTablesStay(t *testing.T) {
	const n = 20_000
	live := func() int64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	for name, empty := range map[string]func(map[int]int){
		"delete": func(m map[int]int) {
			for i := range n {
				delete(m, i)
			}
		},
		"clear": func(m map[int]int) { clear(m) },
	} {
		base := live()
		m := filled(n)
		full := live()
		empty(m)
		left := live()
		if held, kept := full-base, left-base; len(m) != 0 || kept < held*9/10 {
			t.Errorf("%s of all: %d of %d bytes are left, %d entries", name, kept, held, len(m))
		}
		runtime.KeepAlive(m)
	}

	m := filled(800)
	clear(m)
	refill := measure(func() {
		for i := range 800 {
			m[i] = i
		}
		clear(m)
	})
	if refill != nothing {
		t.Errorf("filling a cleared map again allocates %+v", refill)
	}
}

// swiss.tombstones: a map of constant length with keys coming and going grows
// once, unless its assignments prune tombstones.
func TestTombstones(t *testing.T) {
	f := here(t)
	const live, pairs = 1000, 60_000
	churn := func(class string, step func(in, out int)) {
		for i := range live {
			step(i, -1)
		}
		got := measureOnce(func() {
			for i := live; i < live+pairs; i++ {
				step(i, i-live)
			}
		})
		// Half the smallest growth: what else the process allocates must not look like one.
		if pruned := got.Bytes < 8<<10; pruned != f.PrunesTombstones(class, 8) {
			t.Errorf("keys of class %q: %d replacements allocate %+v, PrunesTombstones is %v", class, pairs, got, !pruned)
		}
	}
	ints := make(map[int]int)
	churn(f.intClass(), func(in, out int) { ints[in] = in; delete(ints, out) })
	int32s := make(map[int32]int)
	churn("32", func(in, out int) { int32s[int32(in)] = in; delete(int32s, int32(out)) })
	wides := make(map[[3]int]int)
	churn("", func(in, out int) { wides[[3]int{in}] = in; delete(wides, [3]int{out}) })
	cells := make([]int, live+pairs)
	pointers := make(map[*int]int)
	churn(f.pointerClass(), func(in, out int) {
		pointers[&cells[in]] = in
		if out >= 0 {
			delete(pointers, &cells[out])
		}
	})
	names := make([]string, live+pairs)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	strs := make(map[string]int)
	churn("str", func(in, out int) {
		strs[names[in]] = in
		if out >= 0 {
			delete(strs, names[out])
		}
	})
}

// sync.trie-node, sync.root
func TestSyncMap(t *testing.T) {
	f := here(t)
	if !f.SyncMapTrie {
		t.Skip("sync.Map is no trie")
	}
	var key, value any = "key", "value"
	node, okNode := f.SyncNodeCost()
	root, okRoot := f.SyncRootCost()

	m := new(sync.Map)
	want(t, "first Load", root, okRoot, measure(func() { *m = sync.Map{}; m.Load(key) }))
	want(t, "first Store", root.Plus(node), okRoot && okNode, measure(func() { *m = sync.Map{}; m.Store(key, value) }))
	want(t, "Store over a key", node, okNode, measure(func() { m.Store(key, value) }))
	if got := measure(func() { m.Load(key); m.Delete("other") }); got != nothing {
		t.Errorf("Load and Delete allocate %+v", got)
	}
	want(t, "Clear", root, okRoot, measure(m.Clear))
}
