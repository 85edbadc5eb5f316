package runtimemap

import "maps"

// The probes are what the behaviour tests measure. Each is kept out of line, so
// that what it makes is placed by its own body alone; each writes into a sink
// what its purpose is to let escape.

var (
	sinkMap    map[int]int
	sinkInt    int
	sinkBool   bool
	sinkAny    any
	sinkString string
	eight      = 8
	nine       = 9
	thousand   = 1000
)

type wide struct{ a, b int }

//go:noinline
func stackMap(n int) {
	m := make(map[int]int)
	for i := range n {
		m[i] = i
	}
	sinkInt = len(m)
}

//go:noinline
func stackMapHint8() {
	m := make(map[int]int, 8)
	for i := range 8 {
		m[i] = i
	}
	sinkInt = len(m)
}

//go:noinline
func stackMapHint9() { m := make(map[int]int, 9); sinkInt = len(m) }

//go:noinline
func stackMapVariable(hint int) {
	m := make(map[int]int, hint)
	for i := range hint {
		m[i] = i
	}
	sinkInt = len(m)
}

//go:noinline
func stackMapWide() {
	m := make(map[[128]byte][128]byte)
	m[[128]byte{}] = [128]byte{1}
	sinkInt = len(m)
}

//go:noinline
func stackLiteral8() {
	m := map[int]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8}
	sinkInt = m[eight]
}

//go:noinline
func stackLiteral9() {
	m := map[int]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9}
	sinkInt = m[eight]
}

//go:noinline
func stackLiteral26() {
	m := map[int]int{
		1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10, 11: 11, 12: 12, 13: 13,
		14: 14, 15: 15, 16: 16, 17: 17, 18: 18, 19: 19, 20: 20, 21: 21, 22: 22, 23: 23, 24: 24, 25: 25, 26: 26,
	}
	sinkInt = m[eight]
}

//go:noinline
func heapMap() { sinkMap = make(map[int]int) }

//go:noinline
func heapMapHint8() { sinkMap = make(map[int]int, 8) }

//go:noinline
func heapMapVariable(hint int) { sinkMap = make(map[int]int, hint) }

//go:noinline
func heapLiteral3() { sinkMap = map[int]int{1: 1, 2: 2, 3: 3} }

//go:noinline
func put(m map[int]int, k int) { m[k] = k }

//go:noinline
func nilMapReads(m map[int]int) {
	sinkInt = m[eight]
	delete(m, eight)
	clear(m)
	for k := range m {
		sinkInt = k
	}
}

//go:noinline
func rangeOver(m map[int]int) {
	for k, v := range m {
		sinkInt = k + v
	}
}

//go:noinline
func cloneAndDrop(m map[int]int) { c := maps.Clone(m); sinkInt = len(c) }

//go:noinline
func collect(m map[int]int) { c := maps.Collect(maps.All(m)); sinkInt = len(c) }

//go:noinline
func lookupBytes(m map[string]int, b []byte) { sinkInt = m[string(b)] }

//go:noinline
func lookupBytesStruct(m map[struct {
	s string
	i int
}]int, b []byte) {
	sinkInt = m[struct {
		s string
		i int
	}{string(b), 1}]
}

//go:noinline
func lookupVariable(m map[string]int, b []byte) {
	//lint:ignore SA6001 the variable is what is measured
	k := string(b)
	sinkInt = m[k]
}

//go:noinline
func deleteBytes(m map[string]int, b []byte) { delete(m, string(b)) }

//go:noinline
func deleteBytesWide(m map[string][129]byte, b []byte) { delete(m, string(b)) }

//go:noinline
func lookupConcat(m map[string]int, a, b string) { sinkInt = m[a+b] }

//go:noinline
func deleteConcat(m map[string]int, a, b string) { delete(m, a+b) }

//go:noinline
func lookupAny(m map[any]int, k wide) { sinkInt = m[k] }

//go:noinline
func deleteAny(m map[any]int, k wide) { delete(m, k) }

//go:noinline
func lookupAnyHuge(m map[any]int, k *[1025]byte) { sinkInt = m[*k] }

//go:noinline
func boxConstant() { sinkAny = 1000 }

//go:noinline
func boxConstantString() { sinkAny = "text" }

//go:noinline
func boxLocalConstant() { x := 1000; sinkAny = x }

//go:noinline
func boxConstantComposite() { sinkAny = wide{1, 2} }

//go:noinline
func boxZeroComposite() { sinkAny = [1024]byte{} }

//go:noinline
func boxInt(x int) { sinkAny = x }

//go:noinline
func boxInt16(x int16) { sinkAny = x }

//go:noinline
func boxUint8(x uint8) { sinkAny = x }

//go:noinline
func boxBool(x bool) { sinkAny = x }

//go:noinline
func boxString(x string) { sinkAny = x }

//go:noinline
func boxSlice(x []byte) { sinkAny = x }

//go:noinline
func boxPointer(x *int) { sinkAny = x }

//go:noinline
func boxMap(x map[int]int) { sinkAny = x }

//go:noinline
func boxEmpty(x struct{}) { sinkAny = x }

//go:noinline
func boxStruct(x wide) { sinkAny = x }

//go:noinline
func storeAppended(m map[string][]int, n int) {
	var list []int
	for i := range n {
		list = append(list, i)
	}
	m["a"] = list
}

// filled makes a map on the heap with the keys 0 to n-1.
//
//go:noinline
func filled(n int) map[int]int {
	m := make(map[int]int)
	for i := range n {
		m[i] = i
	}
	return m
}
