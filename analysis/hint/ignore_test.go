package hint

import (
	"slices"
	"testing"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

func TestParseIgnore(t *testing.T) {
	for _, tt := range []struct {
		comment string
		ok      bool
		rules   []string // nil for all
	}{
		{"//mapescape:ignore", true, nil},
		{"//mapescape:ignore\r", true, nil},
		{"//mapescape:ignore growth", true, []string{"growth"}},
		{"//mapescape:ignore\tgrowth,home", true, []string{"growth", "home"}},
		{"//mapescape:ignore growth home: creation is fine", true, []string{"growth", "home"}},
		{"//mapescape:ignore growth is fine", true, []string{"growth"}},
		{"//mapescape:ignore it is the home of growth", true, nil},
		{"//mapescape:ignored", false, nil},
		{"// mapescape:ignore", false, nil},
		{"/*mapescape:ignore*/", false, nil},
	} {
		got, ok := parseIgnore(tt.comment, nil)
		if ok != tt.ok || got.all != (ok && tt.rules == nil) || !slices.Equal(got.rules, tt.rules) {
			t.Errorf("%q: %+v, %v", tt.comment, got, ok)
		}
	}
}

// A comment that names rules leaves the others to speak.
func TestIgnoreRules(t *testing.T) {
	insert := op(mapop.Insert, placement.Heap, placement.HeapLazy, placement.TablesAtGrowth)
	insert.Allocates = placement.May
	insert.Allocations = []placement.Allocation{{What: "growth", When: "it grows"}}
	for _, tt := range []struct{ comment, want string }{
		{"", "heap map, may grow"},
		{"//mapescape:ignore growth", "heap map"},
		{"//mapescape:ignore home", "may grow"},
		{"//mapescape:ignore growth, home", ""},
		{"//mapescape:ignore creation", "heap map, may grow"},
		{"//mapescape:ignore", ""},
	} {
		file := source.NewFile("/p/a.go", []byte("m[k] = v "+tt.comment+"\n"))
		insert.Op.Range = source.Range{Path: "/p/a.go", Start: 0, End: 8}
		insert.Op.Pos = file.Pos(0)
		pkg := &analysis.Package{Files: map[string]*source.File{"/p/a.go": file}, Ops: []analysis.Op{insert}}
		got := ""
		for _, h := range Run(pkg, runtimemap.Facts{}, Options{Level: All}) {
			got = h.Label
		}
		if got != tt.want {
			t.Errorf("%s: label %q, want %q", tt.comment, got, tt.want)
		}
		pkg.Generated = map[string]bool{"/p/a.go": true}
		if n := len(Run(pkg, runtimemap.Facts{}, Options{Level: All})); n != 0 {
			t.Errorf("%s: %d hints in a generated file", tt.comment, n)
		}
		if n := len(Run(pkg, runtimemap.Facts{}, Options{Level: All, Generated: true})); (n == 0) != (tt.want == "") {
			t.Errorf("%s: %d hints in a generated file that is shown", tt.comment, n)
		}
	}
}

// Rules of another kind can be named, too, and silence nothing else.
func TestSilenced(t *testing.T) {
	const text = "a //mapescape:ignore mapclear\n\n//mapescape:ignore syncmap, growth: why\nb\n\nc //mapescape:ignore\nd // \"//mapescape:ignore\"\n"
	file := source.NewFile("/p/a.go", []byte(text))
	silent := Silenced(file, "mapclear", "syncmap")
	got := map[string][]int{}
	for line := 1; line <= file.Lines(); line++ {
		for _, id := range []string{"mapclear", "syncmap"} {
			if silent(line, id) {
				got[id] = append(got[id], line)
			}
		}
	}
	for id, want := range map[string][]int{"mapclear": {1, 6}, "syncmap": {3, 4, 6}} {
		if !slices.Equal(got[id], want) {
			t.Errorf("%s is silent on the lines %v, want %v", id, got[id], want)
		}
	}
	insert := op(mapop.Insert, placement.Heap, placement.HeapLazy, placement.TablesAtGrowth)
	insert.Op.Range = source.Range{Path: "/p/a.go", Start: 0, End: 1}
	insert.Op.Pos = file.Pos(0)
	pkg := &analysis.Package{Files: map[string]*source.File{"/p/a.go": file}, Ops: []analysis.Op{insert}}
	if hints := Run(pkg, runtimemap.Facts{}, Options{Level: All, Others: []string{"mapclear"}}); len(hints) != 1 {
		t.Errorf("hints %+v", hints)
	}
	if Silenced(nil, "mapclear")(1, "mapclear") {
		t.Error("a file that is not there is silent")
	}
}
