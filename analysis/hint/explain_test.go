package hint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

var result = &analysis.Result{
	Toolchain: toolchain.Toolchain{Version: "go1.26.8", GOOS: "linux", GOARCH: "amd64", Flags: []string{"-tags=x"}},
	Runtime:   runtimemap.For("go1.26.8", "amd64", ""),
}

func at(line int) source.Pos { return source.Pos{Path: "/p/a.go", Line: line, Column: 2} }

func step(line int, text, basis string) placement.Reason {
	return placement.Reason{Pos: at(line), Text: text, Basis: basis, Compiler: true}
}

func TestExplain(t *testing.T) {
	site := source.Range{Path: "/p/a.go", Start: 10, End: 30}
	o := analysis.Op{Placement: placement.Placement{
		Op: mapop.Op{
			Kind: mapop.Make, Range: site, Func: "load",
			Origins: []mapop.Origin{{Site: site, Expr: "make(map[string]int)"}}, Complete: true,
		},
		Header: placement.Heap, Group: placement.HeapLazy, Tables: placement.TablesAtGrowth,
		Allocates:   placement.Always,
		Allocations: []placement.Allocation{{What: "header", Bytes: 48, Count: 1}},
		Lowered:     "runtime.makemap_small", HeaderBytes: 48, GroupBytes: 200,
		Why: []placement.Reason{
			step(4, "`make(map[string]int)` escapes to the heap in load", "./a.go:4:11: make(map[string]int) escapes to heap"),
			step(4, "assigned by `m := make(map[string]int)`", "./a.go:4:11:     from m := make(map[string]int) (assign) at ./a.go:4:4"),
			step(7, "returned by `return m`", "./a.go:4:11:     from return m (return) at ./a.go:7:2"),
			{Text: "not shown: Statement has the text", Basis: "swiss.small-make"},
			{Text: "and no source of this", Basis: "swiss.no-such-fact"},
			{Text: "a second time", Basis: "swiss.small-make"},
		},
	}}
	want := "heap — `make(map[string]int)` may outlive `load`\n" + `
1. the compiler: ` + "`make(map[string]int) escapes to heap`" + ` at a.go:4
2. assigned by ` + "`m := make(map[string]int)`" + ` at a.go:4
3. returned by ` + "`return m`" + ` at a.go:7

48 B header, 200 B first group of 8 slots (allocated by the first insert); tables on the heap from the 9th entry on
Calls ` + "`runtime.makemap_small`" + `. Allocates the header, 48 B, every time

- Making a map that escapes with a constant hint of at most 8, or none, allocates the header and nothing else: such a hint reserves no slots. (` +
		"`internal/runtime/maps/map.go: NewEmptyMap`" + `)

go1.26.8, linux/amd64, ` + "`-tags=x`"
	if diff := cmp.Diff(want, markup.Text(Explain(o, result), 0)); diff != "" {
		t.Errorf("explanation: -want +got\n%s", diff)
	}
}

// TestSteps checks that long and many flows are cut to few lines, heads first.
func TestSteps(t *testing.T) {
	flow := func(verdict string, steps int) []placement.Reason {
		out := []placement.Reason{step(1, "", "a.go:1:1: "+verdict)}
		for i := range steps {
			out = append(out, step(10+i, fmt.Sprint(verdict, i), "a.go:1:1:     from x (assign) at a.go"))
		}
		return out
	}
	tests := []struct {
		name string
		why  []placement.Reason
		want []string
	}{
		{"none", nil, nil},
		{"fits", flow("v", 5), []string{"the compiler: `v` at a.go:1", "v0 at a.go:10", "v1 at a.go:11", "v2 at a.go:12", "v3 at a.go:13", "v4 at a.go:14"}},
		{"long", flow("v", 20), []string{"the compiler: `v` at a.go:1", "v0 at a.go:10", "v1 at a.go:11", "… 15 steps …", "v17 at a.go:27", "v18 at a.go:28", "v19 at a.go:29"}},
		{"same twice", append(flow("v", 1), flow("v", 1)...), []string{"the compiler: `v` at a.go:1", "v0 at a.go:10"}},
		{"two", append(flow("v", 9), flow("w", 0)...), []string{"the compiler: `v` at a.go:1", "v0 at a.go:10", "v1 at a.go:11", "… 5 steps …", "v7 at a.go:17", "v8 at a.go:18", "the compiler: `w` at a.go:1"}},
		{"many", append(append(append(flow("u", 9), flow("v", 9)...), flow("w", 9)...), flow("x", 9)...), []string{
			"the compiler: `u` at a.go:1", "u0 at a.go:10", "… 7 steps …", "u8 at a.go:18",
			"the compiler: `v` at a.go:1", "… 8 steps …", "v8 at a.go:18",
			"the compiler: `w` at a.go:1", "… 8 steps …", "w8 at a.go:18",
			"and 1 more",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := explainer{analysis.Op{Placement: placement.Placement{Why: tt.why}}, result}
			var got []string
			for _, item := range e.steps() {
				got = append(got, markup.Text(markup.Doc{{Spans: item}}, 0))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("steps: -want +got\n%s", diff)
			}
		})
	}
}

// TestNoFalseComfort goes through every placement: an explanation promises that
// nothing is allocated only where that is proved.
func TestNoFalseComfort(t *testing.T) {
	kinds := []mapop.Kind{mapop.Make, mapop.Literal, mapop.Call, mapop.New, mapop.Insert, mapop.Delete, mapop.Range, mapop.Len, "maps.Clone", "sync.Map.Store"}
	for _, kind := range kinds {
		for _, h := range homes {
			for _, g := range homes {
				for _, tb := range tables {
					for _, answer := range []placement.Allocates{placement.Never, placement.May, placement.Always, ""} {
						o := op(kind, h, g, tb)
						o.Allocates = answer
						o.Op.Type.Sync = strings.HasPrefix(string(kind), "sync.")
						got := markup.Text(Explain(o, result), 0)
						promise := strings.Contains(got, "allocates nothing by itself") || strings.Contains(got, "iteration itself allocates nothing")
						if promise != (answer == placement.Never) {
							t.Fatalf("%s, header %s, group %s, tables %s, allocates %q:\n%s", kind, h, g, tb, answer, got)
						}
						if h == placement.Unknown && !o.Op.Type.Sync && !strings.HasPrefix(got, "unknown — ") {
							t.Fatalf("%s with an unknown header:\n%s", kind, got)
						}
					}
				}
			}
		}
	}
}

func TestUnplacedOrigins(t *testing.T) {
	file := source.NewFile("/p/a.go", []byte("package a\n\nvar m map[string]int\n"))
	r := &analysis.Result{Packages: []*analysis.Package{{Files: map[string]*source.File{"/p/a.go": file}}}}
	o := op(mapop.Delete, placement.Unknown, placement.Unknown, placement.TablesUnknown)
	o.Op.Map = "m"
	o.Op.Open = "the variable `m`"
	o.Op.Origins = []mapop.Origin{
		{Site: source.Range{Path: "/p/a.go", Start: 15, End: 16}, Expr: "var m map[string]int"},
		{Site: source.Range{Path: "/q/b.go", Start: 1, End: 2}, Expr: "make(map[string]int)"},
	}
	e := explainer{o, r}
	got := markup.Markdown(markup.Doc{{Spans: e.unplaced()}, {Spans: e.verdict()}}, func(s string) string { return s })
	want := "May also be made by `var m map[string]int` at [a.go:3](/p/a.go:3:5)\n\n" +
		"**unknown** — `m` may be on the stack or on the heap: it may come from the variable `m`"
	if got != want {
		t.Errorf("unknown:\n got %s\nwant %s", got, want)
	}
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{
		"a `b` c":   "a `b` c",
		"`b`":       "`b`",
		"odd ` one": "odd \\` one",
		"":          "",
	} {
		if got := markup.Markdown(markup.Doc{{Spans: quoted(in)}}, nil); got != want {
			t.Errorf("quoted(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWithoutPosition(t *testing.T) {
	for in, want := range map[string]string{
		"./a.go:4:11: make(map[string]int) escapes to heap": "make(map[string]int) escapes to heap",
		"a.go:4: x does not escape":                         "x does not escape",
		"C:\\a.go:4:1: moved to heap: m":                    "moved to heap: m",
		"moved to heap: m":                                  "moved to heap: m",
	} {
		if got := withoutPosition(in); got != want {
			t.Errorf("withoutPosition(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	if got, want := short("map[string]int{\n\t\"a\": 1,\n}"), `map[string]int{ "a": 1, }`; got != want {
		t.Errorf("short = %q, want %q", got, want)
	}
	if got := short(strings.Repeat("ä", 100)); len([]rune(got)) != maxExpr || !strings.HasSuffix(got, "…") {
		t.Errorf("short = %q", got)
	}
}
