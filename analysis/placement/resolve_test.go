package placement

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/compile"
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

var intMap = mapop.MapType{
	Text: "map[int]int",
	Key:  mapop.TypeInfo{Text: "int", Size: 8, Align: 8, Shape: mapop.ShapeInteger, Reflexive: true, Fast: "64"},
	Elem: mapop.TypeInfo{Text: "int", Size: 8, Align: 8, Shape: mapop.ShapeInteger, Reflexive: true},
}

func pos(line, column int) source.Pos { return source.Pos{Path: "/m/a.go", Line: line, Column: column} }

func span(line int) source.Range {
	return source.Range{Path: "/m/a.go", Start: line * 100, End: line*100 + 10}
}

// creationAt is a make at a line whose "(" is in column 10.
func creationAt(line int, hint mapop.Hint) mapop.Op {
	op := mapop.Op{
		Kind: mapop.Make, Range: span(line), Pos: pos(line, 5), Anchor: pos(line, 10), Func: "F",
		Map: "make(map[int]int)", Type: intMap, Hint: hint, Complete: true, Leaves: "passed to other.F",
	}
	op.Origins = []mapop.Origin{{Site: op.Range, Expr: op.Map}}
	return op
}

func use(kind mapop.Kind, origins ...mapop.Origin) mapop.Op {
	return mapop.Op{
		Kind: kind, Range: span(90), Pos: pos(90, 2), Anchor: pos(90, 3), Func: "G", Map: "m", Type: intMap,
		Key: mapop.Operand{Text: "k", Free: true}, Origins: origins, Complete: true,
	}
}

func facts(lines ...string) *escape.Facts {
	return escape.Parse(compile.Log{Root: "/m", Files: []string{"/m/a.go"}, Built: true, Lines: lines})
}

func answer(p Placement) string {
	return fmt.Sprintf("%s %s %s %s", p.Header, p.Group, p.Tables, p.Allocates)
}

func TestCreation(t *testing.T) {
	stack, heap := "a.go:1:10: make(map[int]int) does not escape", "a.go:1:10: make(map[int]int) escapes to heap"
	none := mapop.Hint{}
	constant := func(n int64) mapop.Hint { return mapop.Hint{Form: mapop.HintConst, N: n} }
	variable := mapop.Hint{Form: mapop.HintVariable, Text: "n"}
	for _, c := range []struct {
		name    string
		hint    mapop.Hint
		release string
		lines   []string
		want    string
	}{
		{"stack", none, "go1.26.8", []string{stack}, "stack stack at-growth never"},
		{"stack 8", constant(8), "go1.26.8", []string{stack}, "stack stack at-growth never"},
		{"stack 9", constant(9), "go1.26.8", []string{stack}, "stack none at-make always"},
		{"stack n", variable, "go1.26.8", []string{stack}, "stack depends depends may"},
		{"heap", none, "go1.26.8", []string{heap}, "heap heap-lazy at-growth always"},
		{"heap 9", constant(9), "go1.26.8", []string{heap}, "heap none at-make always"},
		{"heap n", variable, "go1.26.8", []string{heap}, "heap depends depends always"},
		{"buckets", none, "go1.23.0", []string{stack}, "stack stack at-growth never"},
		{"unknown release, stack", none, "go1.99.0", []string{stack}, "stack unknown unknown may"},
		{"unknown release, heap", none, "go1.99.0", []string{heap}, "heap unknown unknown always"},
		{"shapes differ", none, "go1.26.8", []string{stack, heap}, "mixed mixed at-growth may"},
		{"shapes differ, 9", constant(9), "go1.26.8", []string{stack, heap}, "mixed none at-make always"},
		{"shapes agree", none, "go1.26.8", []string{stack, strings.Replace(stack, "int]int", "string]int", 1)}, "stack stack at-growth never"},
		{"nothing said", none, "go1.26.8", nil, "unknown unknown at-growth may"},
		{"nothing said, 9", constant(9), "go1.26.8", nil, "unknown none at-make always"},
		{"another thing said", none, "go1.26.8", []string{"a.go:1:10: x does not escape"}, "unknown unknown at-growth may"},
		{"another place", none, "go1.26.8", []string{strings.Replace(stack, ":10:", ":11:", 1)}, "unknown unknown at-growth may"},
		{"inlined elsewhere", none, "go1.26.8", []string{heap, "a.go:7:3: inlining call to F", "a.go:7:3: make(map[int]int) does not escape"}, "mixed mixed at-growth may"},
		{"inlined elsewhere, same", none, "go1.26.8", []string{heap, "a.go:7:3: inlining call to F", "a.go:7:3: make(map[int]int) escapes to heap"}, "heap heap-lazy at-growth always"},
		{"inlined in a test only", none, "go1.26.8", []string{heap, "a_test.go:7:3: inlining call to F", "a_test.go:7:3: make(map[int]int) does not escape"}, "heap heap-lazy at-growth always"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Resolve([]mapop.Op{creationAt(1, c.hint)}, facts(c.lines...), runtimemap.For(c.release, "amd64", ""), Build{})
			if diff := cmp.Diff(c.want, answer(got[0])); diff != "" {
				t.Errorf("%s\ncondition: %s", diff, got[0].Condition)
			}
			if home := got[0].Header; (home == Mixed || home == Unknown) && got[0].Condition == "" {
				t.Errorf("%s without a condition", home)
			}
		})
	}
}

func TestUnfinished(t *testing.T) {
	f := escape.Parse(compile.Log{Root: "/m", Files: []string{"/m/a.go"}, Lines: []string{"a.go:1:10: make(map[int]int) does not escape"}})
	got := Resolve([]mapop.Op{creationAt(1, mapop.Hint{})}, f, runtimemap.For("go1.26.8", "amd64", ""), Build{})
	if got[0].Header != Unknown || got[0].Allocates != May {
		t.Errorf("a compiler that did not finish gives %s", answer(got[0]))
	}
	if got := Resolve([]mapop.Op{creationAt(1, mapop.Hint{})}, nil, runtimemap.For("go1.26.8", "amd64", ""), Build{}); got[0].Header != Unknown {
		t.Errorf("no facts give %s", answer(got[0]))
	}
}

// TestVia checks which verdict counts for a map that came through calls: that of
// the copy where all of them are inlined at one place, that of the frame
// which keeps the innermost part where not.
func TestVia(t *testing.T) {
	site := creationAt(1, mapop.Hint{})
	site.Func = "inner"
	inner := mapop.ViaCall{Anchor: pos(5, 20), Callee: "inner"} // in outer
	outer := mapop.ViaCall{Anchor: pos(9, 30), Callee: "outer"} // in G
	own := "a.go:1:10: make(map[int]int) escapes to heap"
	stackAt := func(at string) string { return "a.go:" + at + ": make(map[int]int) does not escape" }
	inlining := func(at, f string) string { return "a.go:" + at + ": inlining call to " + f }
	for _, c := range []struct {
		name  string
		via   []mapop.ViaCall
		lines []string
		want  Home
	}{
		{"not inlined", []mapop.ViaCall{inner}, []string{own}, Heap},
		{"inlined", []mapop.ViaCall{inner}, []string{own, inlining("5:20", "inner"), stackAt("5:20")}, Stack},
		{"inlined generic", []mapop.ViaCall{inner}, []string{own, inlining("5:20", "inner[go.shape.int]"), stackAt("5:20")}, Stack},
		{"inlined, no verdict", []mapop.ViaCall{inner}, []string{own, inlining("5:20", "inner")}, Unknown},
		{"another inlined there", []mapop.ViaCall{inner}, []string{own, inlining("5:20", "inner2"), stackAt("5:20")}, Heap},
		{"both inlined", []mapop.ViaCall{inner, outer}, []string{
			own, inlining("5:20", "inner"), "a.go:5:20: make(map[int]int) escapes to heap",
			inlining("9:30", "outer"), inlining("9:30", "inner"), stackAt("9:30"),
		}, Stack},
		{"outer not inlined", []mapop.ViaCall{inner, outer}, []string{
			own, inlining("5:20", "inner"), "a.go:5:20: make(map[int]int) escapes to heap",
		}, Heap},
		{"inner not inlined", []mapop.ViaCall{inner, outer}, []string{own, inlining("9:30", "outer"), stackAt("9:30")}, Heap},
		{"several with the same text", []mapop.ViaCall{inner}, []string{
			own, inlining("5:20", "inner"), stackAt("5:20"), "a.go:5:20: make(map[int]int) escapes to heap",
		}, Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			op := use(mapop.Call, mapop.Origin{Site: site.Range, Expr: site.Map, Via: c.via})
			got := Resolve([]mapop.Op{site, op}, facts(c.lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})
			if got[1].Header != c.want {
				t.Errorf("header %s, want %s (%s)", got[1].Header, c.want, got[1].Condition)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	a, b := creationAt(1, mapop.Hint{}), creationAt(2, mapop.Hint{})
	zero := mapop.Op{Kind: mapop.Zero, Range: span(3), Pos: pos(3, 6), Anchor: pos(3, 6), Var: "m", Func: "F", Type: intMap, Complete: true}
	from := func(op mapop.Op) mapop.Origin { return mapop.Origin{Site: op.Range, Expr: op.Map} }
	lines := []string{"a.go:1:10: make(map[int]int) does not escape", "a.go:2:10: make(map[int]int) escapes to heap"}
	open := use(mapop.Lookup, from(a))
	open.Complete, open.Open = false, "parameter m"
	for _, c := range []struct {
		name string
		op   mapop.Op
		want string
	}{
		{"one", use(mapop.Lookup, from(a)), "stack stack at-growth never"},
		{"one, insert", use(mapop.Insert, from(a)), "stack stack at-growth may"},
		{"two that differ", use(mapop.Lookup, from(a), from(b)), "mixed mixed at-growth never"},
		{"nil only", use(mapop.Lookup, from(zero)), "nil nil nil never"},
		{"nil at first", use(mapop.Lookup, from(zero), from(b)), "heap heap-lazy at-growth never"},
		{"open", open, "unknown unknown unknown never"},
		{"none, which is nil", use(mapop.Lookup), "nil nil nil never"},
		{"a site that is not there", use(mapop.Lookup, mapop.Origin{Site: span(50)}), "unknown unknown unknown never"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Resolve([]mapop.Op{a, b, zero, c.op}, facts(lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})
			if diff := cmp.Diff(c.want, answer(got[3])); diff != "" {
				t.Error(diff)
			}
			if (got[3].Header == Unknown || got[3].Header == Mixed) && got[3].Condition == "" {
				t.Error("no condition says why")
			}
		})
	}
}

func TestLoweredLoop(t *testing.T) {
	loop := use(mapop.Range, mapop.Origin{Site: span(1)})
	loop.Loop = &mapop.DeleteLoop{Pure: true}
	plain := use(mapop.Range, mapop.Origin{Site: span(1)})
	swiss, buckets := runtimemap.For("go1.26.8", "amd64", ""), runtimemap.For("go1.23.0", "amd64", "")
	for _, c := range []struct {
		name      string
		op        mapop.Op
		rt        runtimemap.Facts
		build     Build
		lowered   string
		allocates Allocates
	}{
		{"pure", loop, swiss, Build{}, "runtime.mapclear", Never},
		{"pure under -N", loop, swiss, Build{NoOptimise: true}, "runtime.mapIterStart", Never},
		{"pure under -race", loop, swiss, Build{Instrumented: true}, "runtime.mapIterStart", Never},
		{"plain", plain, swiss, Build{}, "runtime.mapIterStart", Never},
		{"plain, buckets", plain, buckets, Build{}, "runtime.mapiterinit", May},
		{"unknown release", plain, runtimemap.For("go1.99.0", "amd64", ""), Build{}, "", May},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Resolve([]mapop.Op{creationAt(1, mapop.Hint{}), c.op}, facts(), c.rt, c.build)[1]
			if got.Lowered != c.lowered || got.Allocates != c.allocates {
				t.Errorf("lowered to %q, allocates %s; want %q, %s", got.Lowered, got.Allocates, c.lowered, c.allocates)
			}
		})
	}
}
