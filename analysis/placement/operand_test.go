package placement

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

// at is where the parts of these tests stand.
var at = pos(90, 5)

// line is a verdict of the compiler at that place.
func line(verdict string) string { return "a.go:90:5: " + verdict }

var (
	integer = mapop.TypeInfo{Size: 8, Align: 8, Shape: mapop.ShapeInteger}
	float   = mapop.TypeInfo{Size: 8, Align: 8, Shape: mapop.ShapeFloat}
	boolean = mapop.TypeInfo{Size: 1, Align: 1, Shape: mapop.ShapeBool}
	text    = mapop.TypeInfo{Size: 16, Align: 8, Shape: mapop.ShapeString, Pointers: true}
	slice   = mapop.TypeInfo{Size: 24, Align: 8, Shape: mapop.ShapeSlice, Pointers: true}
	pair    = mapop.TypeInfo{Size: 16, Align: 8, Shape: mapop.ShapeStruct}
	huge    = mapop.TypeInfo{Size: 2000, Align: 1, Shape: mapop.ShapeStruct}
	generic = mapop.TypeInfo{Size: -1, Shape: mapop.ShapeTypeParam, Pointers: true}
)

// stored is a part of what an operation stores or looks up.
func stored(p mapop.Part) mapop.Part {
	p.Stored, p.Literal = true, true
	return p
}

func box(t mapop.TypeInfo, static mapop.Static) mapop.Part {
	return stored(mapop.Part{Form: mapop.PartBox, Text: "x", Anchor: at, Type: t, Sole: t.Shape, Static: static})
}

// list renders allocations: what, cause, count and bytes, and when.
func list(all []Allocation) string {
	var texts []string
	for _, a := range all {
		if a.What == "growth" || a.What == "group" {
			continue
		}
		text := fmt.Sprintf("%s %s %d %d", a.What, a.Cause, a.Count, a.Bytes)
		if a.When != "" {
			text += " " + a.When
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// TestParts: each form of syntax with each verdict of the compiler. What is
// known of these sizes and conditions is measured by the allocations test of package analysis.
func TestParts(t *testing.T) {
	heap, stack := line("x escapes to heap"), line("x does not escape")
	const unsettled = " verdict-unknown 1 8 " + whenEscapes
	part := func(form mapop.PartForm, t mapop.TypeInfo) mapop.Part {
		return stored(mapop.Part{Form: form, Text: "x", Anchor: at, Type: t, Len: -1})
	}
	with := func(p mapop.Part, change func(*mapop.Part)) mapop.Part {
		change(&p)
		return p
	}
	length := func(p mapop.Part, n int64) mapop.Part { return with(p, func(p *mapop.Part) { p.Len = n }) }
	intMapType := intMap
	inner := func(n int64, form mapop.HintForm, text string) mapop.Part {
		return stored(mapop.Part{Form: mapop.PartMap, Text: text, Anchor: at, Map: &intMapType, Hint: mapop.Hint{Form: form, N: n, Text: "n"}})
	}
	capturing := with(part(mapop.PartClosure, mapop.TypeInfo{}), func(p *mapop.Part) {
		p.Captures = []mapop.Capture{{Name: "b", Decl: pos(3, 2), Type: boolean}, {Name: "s", Decl: pos(4, 2), Type: text}}
	})
	captures := []string{"a.go:3:2: F capturing by value: b (addr=false assign=false width=1)", "a.go:4:2: F capturing by value: s (addr=false assign=false width=16)"}
	for _, c := range []struct {
		name  string
		kind  mapop.Kind
		part  mapop.Part
		lines []string
		want  string
	}{
		{"boxed int", mapop.Insert, box(integer, mapop.StaticNone), []string{heap}, "key-boxed interface 1 8 when the value is not one of 0 to 255"},
		{"boxed float", mapop.Insert, box(float, mapop.StaticNone), []string{heap}, "key-boxed interface 1 8 when the value is not 0"},
		{"boxed string", mapop.Insert, box(text, mapop.StaticNone), []string{heap}, "key-boxed interface 1 16 when the string is not empty"},
		{"boxed slice", mapop.Insert, box(slice, mapop.StaticNone), []string{heap}, "key-boxed interface 1 24 when the slice is not nil"},
		{"boxed bool", mapop.Insert, box(boolean, mapop.StaticNone), []string{heap}, ""},
		{"boxed struct", mapop.Insert, box(pair, mapop.StaticNone), []string{heap}, "key-boxed interface 1 16"},
		{"boxed parameter", mapop.Insert, box(pair, mapop.StaticUnknown), []string{heap}, "key-boxed interface 1 16 when the compiler does not know the value beforehand"},
		{"boxed type parameter", mapop.Insert, box(generic, mapop.StaticNone), []string{heap}, "key-boxed interface 0 0 when the type argument is not a pointer, a bool or one byte"},
		{"boxed constant", mapop.Insert, box(text, mapop.StaticConst), []string{heap}, ""},
		{"boxed composite", mapop.Insert, box(pair, mapop.StaticComposite), []string{heap}, ""},
		{"boxed constant variable", mapop.Insert, box(integer, mapop.StaticVar), []string{heap}, ""},
		{"boxed nothing", mapop.Insert, box(mapop.TypeInfo{Shape: mapop.ShapeStruct}, mapop.StaticNone), []string{heap}, ""},
		{"boxed int looked up", mapop.Lookup, box(integer, mapop.StaticNone), []string{stack}, ""},
		{"boxed struct looked up", mapop.Delete, box(pair, mapop.StaticNone), []string{stack}, ""},
		{"boxed huge struct looked up", mapop.Lookup, box(huge, mapop.StaticNone), []string{stack}, "key-boxed interface 1 2048"},
		{"boxed and nothing said", mapop.Insert, box(pair, mapop.StaticNone), nil, "key-boxed verdict-unknown 1 16 " + whenEscapes},
		{"boxed and shapes differ", mapop.Insert, box(pair, mapop.StaticNone), []string{heap, stack}, "key-boxed verdict-unknown 1 16 " + whenEscapes},
		{"boxed beside another verdict", mapop.Insert, box(pair, mapop.StaticNone), []string{heap, line("make([]int, n) does not escape")}, "key-boxed interface 1 16"},
		{"boxed in an argument", mapop.Insert, with(box(pair, mapop.StaticNone), func(p *mapop.Part) { p.Stored = false }), []string{heap}, "key-escapes interface 1 16"},

		{"string(b) stored", mapop.Insert, part(mapop.PartBytesString, slice), []string{heap}, "key-conversion string-conversion 1 0 when the string has more than one byte"},
		{"string(b) looked up", mapop.Lookup, with(part(mapop.PartBytesString, slice), func(p *mapop.Part) { p.InPlace = true }), []string{stack}, ""},
		{"string(b) in a struct deleted", mapop.Delete, part(mapop.PartBytesString, slice), []string{stack}, "key-conversion string-conversion 1 0 when the string is over 32 bytes"},
		{"string(runes) stored", mapop.Insert, part(mapop.PartRunesString, slice), []string{heap}, "key-conversion runes-to-string 1 0"},
		{"string(i) stored", mapop.Insert, part(mapop.PartIntString, integer), []string{heap}, "key-conversion integer-to-string 1 4"},
		{"string(i) looked up", mapop.Lookup, part(mapop.PartIntString, integer), []string{stack}, ""},
		{"string(i) and nothing said", mapop.Insert, part(mapop.PartIntString, integer), nil, "key-conversion verdict-unknown 1 0 " + whenEscapes},
		{"[]byte(s)", mapop.Insert, part(mapop.PartStringBytes, text), []string{heap}, "key-conversion string-to-bytes 1 0 when the string is not empty"},
		{"[]byte of a constant", mapop.Insert, length(part(mapop.PartStringBytes, text), 20), []string{heap}, "key-conversion string-to-bytes 1 24"},
		{"[]byte of nothing", mapop.Insert, length(part(mapop.PartStringBytes, text), 0), []string{heap}, ""},
		{"s+t stored", mapop.Insert, length(part(mapop.PartConcat, text), 1), []string{heap}, "key-conversion concatenation 1 0 when more than one of its parts is not empty"},
		{"constant+s+constant stored", mapop.Insert, length(part(mapop.PartConcat, text), 2), []string{heap}, "key-conversion concatenation 1 0"},
		{"s+t looked up", mapop.Lookup, length(part(mapop.PartConcat, text), 0), []string{stack}, "key-conversion concatenation 1 0 when the string is over 32 bytes"},

		{"&T{}", mapop.Insert, part(mapop.PartAddress, pair), []string{line("&T{} escapes to heap")}, "key-escapes address 1 16"},
		{"&T{} of no size", mapop.Insert, part(mapop.PartAddress, mapop.TypeInfo{}), []string{line("&T{} escapes to heap")}, ""},
		{"&T{} in an argument", mapop.Insert, part(mapop.PartAddress, pair), []string{line("&T{} does not escape")}, ""},
		{"&T{} of a type parameter", mapop.Insert, part(mapop.PartAddress, generic), []string{line("&T{} escapes to heap")}, "key-escapes address 0 0 when the type argument has a size"},
		{"new(T)", mapop.Insert, part(mapop.PartNew, integer), []string{line("new(int) escapes to heap")}, "key-escapes new 1 8"},
		{"new(T) and nothing said", mapop.Insert, part(mapop.PartNew, integer), []string{heap}, "key-escapes" + unsettled},
		{"make([]T, 3)", mapop.Insert, length(part(mapop.PartMake, integer), 3), []string{line("make([]int, 3) escapes to heap")}, "key-escapes make 1 24"},
		{"make([]T, 0)", mapop.Insert, length(part(mapop.PartMake, integer), 0), []string{line("make([]int, 0) escapes to heap")}, ""},
		{"make([]T, n)", mapop.Insert, part(mapop.PartMake, integer), []string{line("make([]int, n) escapes to heap")}, "key-escapes make 1 0 when its capacity is not 0"},
		{"make([]T, n) in an argument", mapop.Insert, part(mapop.PartMake, integer), []string{line("make([]int, n) does not escape")}, "key-escapes make 1 0 when it is over 32 bytes"},
		{"make(map)", mapop.Insert, inner(0, mapop.HintNone, "make(map[int]int)"), []string{line("make(map[int]int) escapes to heap")}, "key-escapes map 1 48"},
		{"make(map, 9)", mapop.Insert, inner(9, mapop.HintConst, "make(map[int]int, 9)"), []string{line("make(map[int]int, 9) escapes to heap")}, "key-escapes map 4 376"},
		{"map literal", mapop.Insert, inner(2, mapop.HintConst, "map[int]int{…}"), []string{line("map[int]int{...} escapes to heap")}, "key-escapes map 2 192"},
		{"make(map, n) in an argument", mapop.Insert, inner(0, mapop.HintVariable, "make(map[int]int, n)"), []string{line("make(map[int]int, n) does not escape")}, "key-escapes map 0 0 when n is more than 8"},
		{"closure", mapop.Insert, part(mapop.PartClosure, mapop.TypeInfo{}), []string{line("func literal escapes to heap")}, ""},
		{"closure with captures", mapop.Insert, capturing, append(captures, line("func literal escapes to heap")), "closure captures 1 32"},
		{"closure with unknown captures", mapop.Insert, capturing, []string{line("func literal escapes to heap")}, "closure captures 1 0"},
		{"closure that stays", mapop.Insert, capturing, append(captures, line("func literal does not escape")), ""},
		{"method value", mapop.Insert, part(mapop.PartMethod, pair), []string{line("t.M escapes to heap")}, "key-escapes method-value 1 24"},
		{"channel", mapop.Insert, part(mapop.PartChan, integer), nil, "key-escapes channel 0 0"},
		{"append", mapop.Update, part(mapop.PartAppend, slice), nil, "key-escapes append 0 0 when the slice has no room"},
		{"variable that is moved", mapop.Insert, with(part(mapop.PartVariable, pair), func(p *mapop.Part) { p.Decl = pos(7, 2) }), []string{"a.go:7:2: moved to heap: x"}, "key-escapes moved-to-heap 0 16 where x is declared"},
		{"variable that stays", mapop.Insert, with(part(mapop.PartVariable, pair), func(p *mapop.Part) { p.Decl = pos(7, 2) }), []string{"a.go:7:2: moved to heap: y"}, ""},
		{"slice that may be moved", mapop.Insert, part(mapop.PartMoved, slice), nil, "key-escapes slice-move 1 0 when the slice's array was in the frame until here"},
		{"slice that an entry takes", mapop.Update, part(mapop.PartMoved, slice), nil, ""},
		{"after &&", mapop.Insert, with(box(pair, mapop.StaticNone), func(p *mapop.Part) { p.Branch = true }), []string{heap}, "key-boxed interface 1 16 when the && or || before it does not decide"},
		{"other", mapop.Insert, part(mapop.PartOther, pair), nil, "key-escapes other 0 0 when a part of the expression allocates"},
	} {
		t.Run(c.name, func(t *testing.T) {
			op := use(c.kind)
			op.Key = mapop.Operand{Text: "x", Parts: []mapop.Part{c.part}}
			got := Resolve([]mapop.Op{op}, facts(c.lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[0]
			if diff := cmp.Diff(c.want, list(got.Allocations)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReleases: what changed between the releases, and what other builds do.
func TestReleases(t *testing.T) {
	heap := line("x escapes to heap")
	elided := mapop.Operand{Text: "string(b)", Form: mapop.FormStrConv, Type: text,
		Parts: []mapop.Part{stored(mapop.Part{Form: mapop.PartBytesString, Text: "string(b)", Anchor: at})}}
	inPlace := elided
	inPlace.Parts = []mapop.Part{elided.Parts[0]}
	inPlace.Parts[0].InPlace = true
	one := func(p mapop.Part) mapop.Operand { return mapop.Operand{Text: "x", Parts: []mapop.Part{p}} }
	stringMap := intMap
	stringMap.Key = text
	stringMap.Key.Fast = "str"
	for _, c := range []struct {
		name    string
		kind    mapop.Kind
		key     mapop.Operand
		release string
		build   Build
		want    string
	}{
		{"constant composite", mapop.Insert, one(box(pair, mapop.StaticComposite)), "go1.24.0", Build{}, "key-boxed interface 1 16"},
		{"constant composite", mapop.Insert, one(box(pair, mapop.StaticComposite)), "go1.25.0", Build{}, ""},
		{"constant variable", mapop.Insert, one(box(integer, mapop.StaticVar)), "go1.24.0", Build{}, "key-boxed interface 1 8 when the value is not one of 0 to 255"},
		{"constant variable", mapop.Insert, one(box(integer, mapop.StaticVar)), "go1.26.8", Build{NoOptimise: true}, "key-boxed interface 1 8 when the value is not one of 0 to 255"},
		{"string(b) deleted", mapop.Delete, elided, "go1.24.0", Build{}, "key-conversion string-conversion 1 0 when the string has more than one byte"},
		{"string(b) deleted", mapop.Delete, elided, "go1.25.0", Build{}, ""},
		{"string(b) deleted", mapop.Delete, elided, "go1.26.8", Build{NoOptimise: true}, "key-conversion string-conversion 1 0 when the string has more than one byte"},
		{"string(b) deleted", mapop.Delete, elided, "go1.26.8", Build{Instrumented: true}, "key-conversion string-conversion 1 0 when the string has more than one byte"},
		{"string(b) looked up", mapop.Lookup, inPlace, "go1.23.0", Build{}, ""},
		{"slice", mapop.Insert, one(stored(mapop.Part{Form: mapop.PartMoved, Anchor: at})), "go1.25.0", Build{}, ""},
		{"slice", mapop.Insert, one(stored(mapop.Part{Form: mapop.PartMoved, Anchor: at})), "go1.26.8", Build{NoOptimise: true}, ""},
		{"slice", mapop.Insert, one(stored(mapop.Part{Form: mapop.PartMoved, Anchor: at})), "go1.99.0", Build{}, "key-escapes slice-move 1 0 when the slice's array was in the frame until here"},
	} {
		t.Run(c.name+" "+c.release, func(t *testing.T) {
			op := use(c.kind)
			op.Key, op.Type = c.key, stringMap
			got := Resolve([]mapop.Op{op}, facts(heap), runtimemap.For(c.release, "amd64", ""), c.build)[0]
			if diff := cmp.Diff(c.want, list(got.Allocations)); diff != "" {
				t.Errorf("%+v: %s", c.build, diff)
			}
		})
	}
}

// TestInlinedArgument: what only helps to compute an operand may be decided otherwise in an inlined copy.
func TestInlinedArgument(t *testing.T) {
	argument := box(pair, mapop.StaticNone)
	argument.Stored = false
	for _, c := range []struct {
		name  string
		part  mapop.Part
		lines []string
		want  Allocates
	}{
		{"stays in the copy too", argument, []string{line("x does not escape"), "a.go:7:3: inlining call to G", "a.go:7:3: x does not escape"}, Never},
		{"escapes in the copy", argument, []string{line("x does not escape"), "a.go:7:3: inlining call to G", "a.go:7:3: x escapes to heap"}, May},
		{"nothing said of the copy", argument, []string{line("x does not escape"), "a.go:7:3: inlining call to G"}, May},
		{"compiled only as a copy", argument, []string{"a.go:7:3: inlining call to G", "a.go:7:3: x does not escape", "a.go:7:3: y escapes to heap"}, Never},
		{"the key itself", box(pair, mapop.StaticNone), []string{line("x does not escape"), "a.go:7:3: inlining call to G"}, Never},
	} {
		t.Run(c.name, func(t *testing.T) {
			op := use(mapop.Lookup)
			op.Key = mapop.Operand{Text: "x", Parts: []mapop.Part{c.part}}
			got := Resolve([]mapop.Op{op}, facts(c.lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[0]
			if got.Allocates != c.want {
				t.Errorf("allocates %s, want %s: %s", got.Allocates, c.want, list(got.Allocations))
			}
		})
	}
}

// TestSequences: the closure that maps.Keys and its like return.
func TestSequences(t *testing.T) {
	inlined := line("inlining call to maps.Keys[go.shape.map[int]int,go.shape.int,go.shape.int]")
	for _, c := range []struct {
		name  string
		lines []string
		want  Allocates
	}{
		{"ranged over", []string{inlined, line("func literal does not escape")}, Never},
		{"kept", []string{inlined, line("func literal escapes to heap")}, Always},
		{"not inlined", nil, Always},
		{"in a copy", []string{inlined, line("func literal does not escape"), "a.go:7:3: inlining call to G", "a.go:7:3: func literal escapes to heap"}, May},
		{"nothing said", []string{inlined}, May},
	} {
		t.Run(c.name, func(t *testing.T) {
			op := use("maps.Keys")
			op.Anchor = at
			got := Resolve([]mapop.Op{op}, facts(c.lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[0]
			if got.Allocates != c.want {
				t.Errorf("allocates %s, want %s", got.Allocates, c.want)
			}
		})
	}
}

func TestSyncMap(t *testing.T) {
	for _, c := range []struct {
		kind    mapop.Kind
		release string
		want    Allocates
		first   string
	}{
		{"sync.Map.Store", "go1.26.8", Always, "entry-node trie-node 1 48"},
		{"sync.Map.Swap", "go1.26.8", Always, "entry-node trie-node 1 48"},
		{"sync.Map.LoadOrStore", "go1.26.8", May, "entry-node trie-node 1 48 when the key is absent"},
		{"sync.Map.CompareAndSwap", "go1.26.8", May, "entry-node trie-node 1 48 when the old value matches"},
		{"sync.Map.Load", "go1.26.8", May, "entry-node first-use 1 160 on the first use of the map"},
		{"sync.Map.Delete", "go1.26.8", May, "entry-node first-use 1 160 on the first use of the map"},
		{"sync.Map.Range", "go1.26.8", May, "entry-node first-use 1 160 on the first use of the map"},
		{"sync.Map.Clear", "go1.26.8", Always, "entry-node new-root 1 160"},
		{"sync.Map.Store", "go1.23.0", Always, "entry-node value 1 16"},
		{"sync.Map.LoadOrStore", "go1.23.0", May, "entry-node value 1 16 when the key is absent"},
		{"sync.Map.CompareAndSwap", "go1.23.0", May, "entry-node value 1 16 when the old value matches"},
		{"sync.Map.Load", "go1.23.0", May, "entry-node promotion 0 0 when the dirty map takes the place of the read-only one, or is made anew"},
		{"sync.Map.Store", "go1.99.0", May, ""},
	} {
		op := mapop.Op{Kind: c.kind, Range: span(1), Pos: pos(1, 2), Anchor: pos(1, 3), Map: "s", Type: mapop.MapType{Text: "sync.Map", Sync: true}}
		got := Resolve([]mapop.Op{op}, facts(), runtimemap.For(c.release, "amd64", ""), Build{})[0]
		first, _, _ := strings.Cut(list(got.Allocations), "; ")
		if got.Allocates != c.want || first != c.first {
			t.Errorf("%s with %s allocates %s (%s), want %s (%s)", c.kind, c.release, got.Allocates, first, c.want, c.first)
		}
		op.Elem = mapop.Operand{Text: "s.Store", Form: mapop.FormMethod}
		if got := Resolve([]mapop.Op{op}, facts(), runtimemap.For("go1.26.8", "amd64", ""), Build{})[0]; got.Allocates != Never {
			t.Errorf("%s as a method value allocates %s", c.kind, list(got.Allocations))
		}
	}
}

// TestEntries: a literal's entries allocate one by one.
func TestEntries(t *testing.T) {
	verdict := "a.go:1:10: map[int]int{...} does not escape"
	literal := func(elems ...mapop.Operand) mapop.Op {
		op := creationAt(1, mapop.Hint{Form: mapop.HintConst, N: int64(len(elems))})
		op.Kind = mapop.Literal
		for _, e := range elems {
			op.Operands = append(op.Operands, mapop.Operand{Text: "k", Free: true, Const: true}, e)
		}
		return op
	}
	boxed := mapop.Operand{Text: "x", Parts: []mapop.Part{box(pair, mapop.StaticNone)}}
	plain := mapop.Operand{Text: "1", Free: true}
	big := literal(plain, plain)
	big.Type.Elem = mapop.TypeInfo{Size: 200, Align: 1}
	varying := big
	varying.Operands = append([]mapop.Operand{{Text: "v", Free: true}}, big.Operands[1:]...)
	for _, c := range []struct {
		name string
		op   mapop.Op
		want string
		does Allocates
	}{
		{"free", literal(plain, plain), "", Never},
		{"boxes", literal(boxed, plain, boxed), "elem-boxed interface 1 16; elem-boxed interface 1 16", Always},
		{"big", big, "elem-indirect  2 416", Always},
		{"big, keys that may be equal", varying, "elem-indirect  0 0", Always},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Resolve([]mapop.Op{c.op}, facts(verdict, line("x escapes to heap")), runtimemap.For("go1.26.8", "amd64", ""), Build{})[0]
			if diff := cmp.Diff(c.want, list(got.Allocations)); diff != "" || got.Allocates != c.does {
				t.Errorf("%s\nallocates %s, want %s", diff, got.Allocates, c.does)
			}
		})
	}
}

// TestInlinedLiteral: of a function literal that is inlined into the call that takes it nothing is left.
func TestInlinedLiteral(t *testing.T) {
	literal := stored(mapop.Part{Form: mapop.PartClosure, Text: "func literal", Anchor: source.Pos{Path: "/m/a.go", Line: 90, Column: 20},
		Captures: []mapop.Capture{{Name: "z", Type: integer}}})
	op := use("maps.DeleteFunc")
	op.Anchor = at
	op.Operands = []mapop.Operand{{Text: "func literal", Parts: []mapop.Part{literal}}}
	can := "a.go:90:20: can inline G.func1 with cost 6 as: func(int, int) bool { return x > z }"
	for _, c := range []struct {
		name  string
		lines []string
		want  Allocates
	}{
		{"inlined", []string{can, line("inlining call to G.func1")}, Never},
		{"another one inlined", []string{can, line("inlining call to G.func2")}, May},
		{"kept", []string{can, line("inlining call to G.func1"), "a.go:90:20: func literal escapes to heap"}, Always},
	} {
		got := Resolve([]mapop.Op{op}, facts(c.lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[0]
		if got.Allocates != c.want {
			t.Errorf("%s: allocates %s, want %s", c.name, got.Allocates, c.want)
		}
	}
}
