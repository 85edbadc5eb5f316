package runtimemap

import (
	"strings"
	"testing"
)

// box.free, box.key-stack, string.elided-lookup, string.elided-delete, string.32
func TestConversions(t *testing.T) {
	f := here(t)
	once := func(free bool) int {
		if free {
			return 0
		}
		return 1
	}
	short, long := []byte(strings.Repeat("k", 32)), []byte(strings.Repeat("k", 33))
	words := map[string]int{"a": 1}
	structs := map[struct {
		s string
		i int
	}]int{{"a", 1}: 1}
	big := map[string][129]byte{"a": {}}
	boxes := map[any]int{"a": 1}
	lists := map[string][]int{"a": nil}
	appended := func(moves bool) int {
		if moves {
			return 1 // of the right size, at the assignment
		}
		return 3 // of one, two and four elements
	}

	tests := []struct {
		name string
		run  func()
		want int // allocations
	}{
		{"m[string(b)]", func() { lookupBytes(words, long) }, 0},
		{"m[K{string(b), 1}]", func() { lookupBytesStruct(structs, long) }, 0},
		{"k := string(b); m[k], 32 bytes", func() { lookupVariable(words, short) }, 0},
		{"k := string(b); m[k], 33 bytes", func() { lookupVariable(words, long) }, once(f.ElidesStringKey)},
		{"delete(m, string(b)), 32 bytes", func() { deleteBytes(words, short) }, 0},
		{"delete(m, string(b)), 33 bytes", func() { deleteBytes(words, long) }, once(f.ElidesStringKey)},
		{"delete(m, string(b)), elements of 129 bytes", func() { deleteBytesWide(big, long) }, 1},
		{"m[a+b], 32 bytes", func() { lookupConcat(words, string(short[:20]), string(short[20:])) }, 0},
		{"m[a+b], 33 bytes", func() { lookupConcat(words, "k", sinkString) }, 1},
		{"delete(m, a+b), 33 bytes", func() { deleteConcat(words, "k", sinkString) }, 1},

		{"lookup of a boxed key", func() { lookupAny(boxes, wide{1, 2}) }, 0},
		{"delete of a boxed key", func() { deleteAny(boxes, wide{1, 2}) }, 0},
		{"lookup of a boxed key of 1025 bytes", func() { lookupAnyHuge(boxes, new([1025]byte)) }, 1},

		{"constant", boxConstant, 0},
		{"constant string", boxConstantString, 0},
		{"local constant", boxLocalConstant, once(f.StaticBoxes)},
		{"constant composite", boxConstantComposite, once(f.StaticBoxes)},
		{"zero composite", boxZeroComposite, once(f.StaticBoxes)},
		{"int 255", func() { boxInt(eight + 247) }, 0},
		{"int 256", func() { boxInt(eight + 248) }, 1},
		{"int -1", func() { boxInt(eight - 9) }, 1},
		{"int16 255", func() { boxInt16(int16(eight) + 247) }, 0},
		{"int16 1000", func() { boxInt16(int16(thousand)) }, 1},
		{"uint8", func() { boxUint8(uint8(thousand)) }, 0},
		{"bool", func() { boxBool(sinkBool) }, 0},
		{"empty string", func() { boxString("") }, 0},
		{"string", func() { boxString("text") }, 1},
		{"nil slice", func() { boxSlice(nil) }, 0},
		{"slice", func() { boxSlice(long) }, 1},
		{"pointer", func() { boxPointer(&eight) }, 0},
		{"map", func() { boxMap(sinkMap) }, 0},
		{"struct{}", func() { boxEmpty(struct{}{}) }, 0},
		{"struct", func() { boxStruct(wide{thousand, 2}) }, 1},

		{"a local slice of 3, appended to", func() { storeAppended(lists, 3) }, appended(f.MovesSlices)},
	}
	sinkString = string(short)
	for _, tt := range tests {
		if got := testing.AllocsPerRun(20, tt.run); got != float64(tt.want) {
			t.Errorf("%s: %v allocations, want %d", tt.name, got, tt.want)
		}
	}
}
