package hint

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

var (
	homes  = []placement.Home{placement.Unknown, placement.Stack, placement.Heap, placement.HeapLazy, placement.None, placement.Depends, placement.Nil, placement.Mixed, ""}
	tables = []placement.Tables{placement.TablesUnknown, placement.TablesNone, placement.TablesAtMake, placement.TablesAtGrowth, placement.TablesDepends, placement.TablesNil, ""}
	levels = []Level{Quiet, Normal, All}
)

// op makes an operation; placements are header, group and tables.
func op(kind mapop.Kind, h, g placement.Home, tb placement.Tables, allocs ...placement.Allocation) analysis.Op {
	p := placement.Placement{Op: mapop.Op{Kind: kind}, Header: h, Group: g, Tables: tb, Allocates: placement.May, Allocations: allocs}
	if len(allocs) == 0 {
		p.Allocates = placement.Never
	}
	return analysis.Op{Placement: p}
}

// TestLabelsAreTrue goes through every placement and checks that a label
// claims no more than the placement says.
func TestLabelsAreTrue(t *testing.T) {
	for _, h := range homes {
		for _, g := range homes {
			for _, tb := range tables {
				where := fmt.Sprintf("header %s, group %s, tables %s", h, g, tb)
				for _, kind := range []mapop.Kind{mapop.Make, mapop.Literal, mapop.Call, mapop.Zero, mapop.Delete, mapop.Clear, mapop.Range, mapop.Insert, "maps.DeleteFunc", "maps.Clone"} {
					for _, level := range levels {
						got := For(op(kind, h, g, tb), runtimemap.Facts{}, Options{Level: level})
						label := got.Label
						truth := map[string]bool{
							"":               true,
							"heap":           creates(kind) && h == placement.Heap,
							"heap map":       !creates(kind) && h == placement.Heap,
							"stack":          creates(kind) && h == placement.Stack && g == placement.Stack && tb == placement.TablesNone,
							"stack ≤8":       creates(kind) && h == placement.Stack && g == placement.Stack,
							"stack map":      !creates(kind) && h == placement.Stack && (g == placement.Stack || g == placement.Depends),
							"stack+heap":     creates(kind) && h == placement.Stack && g == placement.None && tb == placement.TablesAtMake,
							"stack+heap map": !creates(kind) && h == placement.Stack && g == placement.None && tb == placement.TablesAtMake,
							"stack if ≤8":    creates(kind) && h == placement.Stack && g == placement.Depends,
							"mixed":          h == placement.Mixed || h == placement.Stack && g == placement.Mixed,
							"nil map":        h == placement.Nil && level == All,
						}
						if !truth[label] {
							t.Errorf("%s at %s, %s: label %q is not true", kind, level, where, label)
						}
						if (h == placement.Unknown || h == "" || g == placement.Unknown && h == placement.Stack) && label != "" {
							t.Errorf("%s at %s, %s: label %q of what is unknown", kind, level, where, label)
						}
						if utf8.RuneCountInString(label) > 14 {
							t.Errorf("label %q is longer than 14 characters", label)
						}
						if label != "" && !level.includes(got.Level) {
							t.Errorf("%s, %s: label %q of level %s shown at %s", kind, where, label, got.Level, level)
						}
					}
				}
			}
		}
	}
}

func TestFor(t *testing.T) {
	alloc := func(what string, n int) placement.Allocation {
		return placement.Allocation{What: what, Count: n}
	}
	heapInsert := func(a ...placement.Allocation) analysis.Op {
		return op(mapop.Insert, placement.Heap, placement.Heap, placement.TablesAtGrowth, a...)
	}
	unknown := func(kind mapop.Kind, a ...placement.Allocation) analysis.Op {
		return op(kind, placement.Unknown, placement.Unknown, placement.TablesUnknown, a...)
	}
	with := func(o analysis.Op, change func(*analysis.Op)) analysis.Op {
		change(&o)
		return o
	}
	sync := func(kind mapop.Kind, a ...placement.Allocation) analysis.Op {
		return with(op(kind, placement.Heap, placement.None, placement.TablesNone, a...), func(o *analysis.Op) { o.Op.Type.Sync = true })
	}
	loop := func(lowered string) analysis.Op {
		return with(op(mapop.Range, placement.Heap, placement.Heap, placement.TablesAtGrowth), func(o *analysis.Op) {
			o.Op.Loop = &mapop.DeleteLoop{}
			o.Lowered = lowered
		})
	}
	clearing := func(inLoop bool, tb placement.Tables, origins ...string) analysis.Op {
		return with(op(mapop.Clear, placement.Heap, placement.Heap, tb), func(o *analysis.Op) {
			o.Op.InLoop = inLoop
			for _, e := range origins {
				o.Op.Origins = append(o.Op.Origins, mapop.Origin{Expr: e})
			}
		})
	}
	tests := []struct {
		name               string
		op                 analysis.Op
		quiet, normal, all string
	}{
		{"heap make", op(mapop.Make, placement.Heap, placement.HeapLazy, placement.TablesAtGrowth, alloc("header", 1)), "heap", "heap", "heap"},
		{"stack make", op(mapop.Make, placement.Stack, placement.Stack, placement.TablesAtGrowth), "", "stack ≤8", "stack ≤8"},
		{"literal with boxes", op(mapop.Literal, placement.Stack, placement.Stack, placement.TablesNone, alloc("key-boxed", 1), alloc("key-boxed", 1)),
			"+2 allocs", "stack", "stack, +2 allocs"},
		{"escaping variable", with(op(mapop.Zero, placement.Nil, placement.Nil, placement.TablesNil, alloc("variable", 1)), func(o *analysis.Op) { o.Allocates = placement.Always }),
			"+1 alloc", "+1 alloc", "nil map, +1 alloc"},
		{"variable of an unknown verdict", op(mapop.Zero, placement.Nil, placement.Nil, placement.TablesNil, alloc("variable", 1)), "", "", "nil map"},

		{"boxed key", heapInsert(alloc("key-boxed", 1), alloc("growth", 0)), "boxes key", "boxes key", "heap map, boxes key"},
		{"boxed element", unknown(mapop.Insert, alloc("elem-boxed", 1)), "boxes val", "boxes val", "boxes val"},
		{"converted key", unknown(mapop.Insert, alloc("key-conversion", 1)), "copies key", "copies key", "copies key"},
		{"converted element", unknown(mapop.Insert, alloc("elem-conversion", 1)), "copies val", "copies val", "copies val"},
		{"address", unknown(mapop.Insert, placement.Allocation{What: "elem-escapes", Cause: string(mapop.PartAddress), Count: 1}), "&v→heap", "&v→heap", "&v→heap"},
		{"other element", unknown(mapop.Insert, alloc("elem-escapes", 1)), "+1 alloc", "+1 alloc", "+1 alloc"},
		{"element of an unknown verdict", unknown(mapop.Insert, placement.Allocation{What: "elem-escapes", Cause: "other", When: "when a part of the expression allocates"}), "", "", ""},
		{"variable", with(unknown(mapop.Insert, placement.Allocation{What: "elem-escapes", Cause: placement.CauseMoved, When: "where v is declared"}), func(o *analysis.Op) { o.Allocates = placement.Never }), "&v→heap", "&v→heap", "&v→heap"},
		{"entries of a literal", op(mapop.Literal, placement.Stack, placement.Stack, placement.TablesAtGrowth, placement.Allocation{What: "elem-escapes", Cause: placement.CauseUnsettled, When: "when it escapes"}),
			"", "stack ≤8", "stack ≤8"},
		{"append", unknown(mapop.Update, placement.Allocation{What: "elem-escapes", Cause: "append", When: "when the slice has no room"}), "+1 alloc", "+1 alloc", "+1 alloc"},
		{"both boxed", unknown(mapop.Insert, alloc("key-boxed", 1), alloc("elem-boxed", 1)), "+2 allocs", "+2 allocs", "+2 allocs"},
		{"one number unknown", unknown(mapop.Insert, alloc("key-boxed", 1), alloc("elem-escapes", 0)), "boxes key", "boxes key", "boxes key"},
		{"delete that copies", op(mapop.Delete, placement.Stack, placement.Stack, placement.TablesAtGrowth, alloc("key-conversion", 1)),
			"copies key", "copies key", "stack map, copies key"},
		{"proved free", with(heapInsert(alloc("key-boxed", 1)), func(o *analysis.Op) { o.Allocates = placement.Never }), "", "", "heap map"},

		{"growing insert", heapInsert(alloc("growth", 0)), "", "", "heap map, may grow"},
		{"first insert", heapInsert(alloc("group", 1)), "", "", "heap map, +1 alloc"},
		{"growing insert, unknown map", unknown(mapop.Insert, alloc("growth", 0)), "", "", "may grow"},
		{"insert with room", heapInsert(), "", "", "heap map"},

		{"sync store", sync("sync.Map.Store", alloc("entry-node", 1), alloc("key-boxed", 1), alloc("elem-boxed", 1)), "+3 allocs", "+3 allocs", "+3 allocs"},
		{"sync load", sync("sync.Map.Load"), "", "", ""},
		{"sync load of the first use", sync("sync.Map.Load", placement.Allocation{What: "entry-node", Cause: "first-use", Count: 1}), "", "", ""},
		{"sync variable", sync(mapop.Zero), "", "", ""},
		{"sync store of unknown cost", sync("sync.Map.Store", alloc("entry-node", 0)), "", "", ""},

		{"delete", op(mapop.Delete, placement.Mixed, placement.Unknown, placement.TablesUnknown), "", "mixed", "mixed"},
		{"delete from nil", op(mapop.Delete, placement.Nil, placement.Nil, placement.TablesNil), "", "", "nil map"},
		{"lookup", op(mapop.Lookup, placement.Stack, placement.None, placement.TablesAtMake), "", "", "stack+heap map"},

		{"lowered loop", loop(lowerClear), "", "", "= clear"},
		{"loop", loop("runtime.mapIterStart"), "", "not lowered", "not lowered"},
		{"loop of unknown lowering", loop(""), "", "", "heap map"},

		{"clear", clearing(false, placement.TablesAtGrowth), "", "heap map", "heap map"},
		{"clear in a loop", clearing(true, placement.TablesAtGrowth), "", "O(capacity)", "O(capacity)"},
		{"clear of a small map in a loop", clearing(true, placement.TablesNone), "", "heap map", "heap map"},
		{"clear of a large map", clearing(false, placement.TablesAtMake, "make(map[int]int)", "make(map[int]int, 1_024)"), "", "O(capacity)", "O(capacity)"},
		{"clear of a map of 1023", clearing(false, placement.TablesAtMake, "make(map[int]int, 1023)"), "", "heap map", "heap map"},
		{"clear of a named size", clearing(false, placement.TablesAtMake, "make(map[int]int, size)"), "", "heap map", "heap map"},
		{"clear, cut text", clearing(false, placement.TablesAtMake, "make(map[int]int, 99999"), "", "heap map", "heap map"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i, want := range []string{tt.quiet, tt.normal, tt.all} {
				got := For(tt.op, runtimemap.Facts{}, Options{Level: levels[i]})
				if got.Label != want {
					t.Errorf("at %s: label %q, want %q", levels[i], got.Label, want)
				}
				if (got.Rule == "") != (want == "") {
					t.Errorf("at %s: rule %q for label %q", levels[i], got.Rule, want)
				}
				if want != "" && strings.Contains(want, ",") && got.Level != All {
					t.Errorf("joined label %q has level %s", want, got.Level)
				}
			}
			if got, want := For(tt.op, runtimemap.Facts{}, Options{}).Label, tt.normal; got != want {
				t.Errorf("without a level: label %q, want %q", got, want)
			}
			lowest := Lowest(tt.op, runtimemap.Facts{})
			want := tt.quiet
			if want == "" {
				want = tt.normal
			}
			if want == "" {
				want = tt.all
			}
			if lowest.Label != want {
				t.Errorf("lowest label %q, want %q", lowest.Label, want)
			}
		})
	}
}

func TestRun(t *testing.T) {
	text := `package a

func f() {
	a := make(map[int]int) //mapescape:ignore it is fine
	//mapescape:ignore
	b := make(map[int]int)
	c := make(map[int]int)
	s := ` + "`\n//mapescape:ignore\n`" + `; d := make(map[int]int)
	e := make(map[int]int) //mapescape:ignored
}
`
	file := source.NewFile("/p/a.go", []byte(text))
	pkg := &analysis.Package{
		Files:     map[string]*source.File{"/p/a.go": file, "/p/gen.go": file},
		Generated: map[string]bool{"/p/gen.go": true},
	}
	add := func(path, variable string) {
		start := strings.Index(text, variable+" := make") + 5
		o := op(mapop.Make, placement.Heap, placement.HeapLazy, placement.TablesAtGrowth)
		o.Op.Range = source.Range{Path: path, Start: start, End: start + len("make(map[int]int)")}
		o.Op.Pos = file.Pos(start)
		o.Op.Var = variable
		pkg.Ops = append(pkg.Ops, o)
	}
	for _, v := range []string{"e", "d", "c", "b", "a"} {
		add("/p/a.go", v)
	}
	add("/p/gen.go", "c")
	silent := op(mapop.Lookup, placement.Unknown, placement.Unknown, placement.TablesUnknown)
	silent.Op.Range.Path = "/p/a.go"
	pkg.Ops = append(pkg.Ops, silent)

	var got []string
	for _, h := range Run(pkg, runtimemap.Facts{}, Options{Level: All}) {
		if h.Label != "heap" || h.Rule != creation.ID {
			t.Errorf("hint %+v", h)
		}
		got = append(got, h.Op.Op.Var)
	}
	if diff := cmp.Diff([]string{"c", "d", "e"}, got); diff != "" {
		t.Errorf("operations with hints: -want +got\n%s", diff)
	}
}
