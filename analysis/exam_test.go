package analysis

import (
	"bufio"
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
)

// examVariable names the directory of an exam: a module of Go files in which a
// comment "//@kind key=value …" behind an operation states what was measured of
// it. The keys are header, first, later (stack, heap, lazy, none) and allocs (a
// count per call of the function, or "low..high"); "key[1.N]=" overrides a key from release 1.N on.
const examVariable = "MAPESCAPE_TRUTH"

type marker struct {
	line  int
	kind  string
	attrs map[string]string
}

// TestExam compares placements and allocation claims with the measured ones.
func TestExam(t *testing.T) {
	dir := os.Getenv(examVariable)
	if dir == "" {
		t.Skip(examVariable + " names no exam directory")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	result, err := Run(context.Background(), Request{Dir: dir, Patterns: []string{"."}, Tests: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Packages) == 0 {
		t.Fatal(result.Problems)
	}
	pkg := result.Packages[0]
	placed, claims := 0, 0
	for _, path := range slices.Sorted(maps.Keys(pkg.Files)) {
		byLine := map[int][]Op{}
		for _, op := range pkg.Ops {
			if op.Op.Range.Path == path {
				byLine[op.Op.Pos.Line] = append(byLine[op.Op.Pos.Line], op)
			}
		}
		for _, m := range markers(t, path, result.Runtime.Minor) {
			if m.attrs["header"] != "" {
				placed++
				examPlacement(t, path, m, byLine[m.line], pkg.Ops)
			}
			if m.attrs["allocs"] != "" {
				claims += examAllocations(t, path, m, byLine[m.line])
				claims += examMoved(t, path, m, pkg.Ops)
			}
		}
	}
	t.Logf("%d placements and %d allocation claims on %s", placed, claims, result.Toolchain.Version)
	if placed == 0 || claims == 0 {
		t.Error("the exam asks nothing")
	}
}

var markerPattern = regexp.MustCompile(`//@(\S+) (.*)$`)

func markers(t *testing.T, path string, minor int) []marker {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []marker
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		found := markerPattern.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		m := marker{line: n, kind: found[1], attrs: map[string]string{}}
		for _, field := range strings.Fields(found[2]) {
			key, value, _ := strings.Cut(field, "=")
			if base, from, ok := strings.Cut(strings.TrimSuffix(key, "]"), "[1."); ok {
				if since, _ := strconv.Atoi(from); minor < since {
					continue
				}
				key = base
			}
			m.attrs[key] = value
		}
		all = append(all, m)
	}
	return all
}

func examPlacement(t *testing.T, path string, m marker, ops, all []Op) {
	kinds := map[string][]mapop.Kind{
		"make": {mapop.Make, mapop.New}, "literal": {mapop.Literal}, "var": {mapop.Zero}, "new": {mapop.New}, "clone": {"maps.Clone"},
		"collect": {"maps.Collect"}, "call": {mapop.Call},
	}[m.kind]
	matching := func(ops []Op, kinds ...mapop.Kind) []Op {
		return slices.DeleteFunc(slices.Clone(ops), func(op Op) bool { return !slices.Contains(kinds, op.Op.Kind) })
	}
	found := matching(ops, kinds...)
	if len(found) == 0 && m.kind == "call" {
		// A call that yields no map is no operation; the maps that its callee
		// makes are operations where they stand.
		text, _ := os.ReadFile(path)
		line := strings.Split(string(text), "\n")[m.line-1]
		for _, op := range matching(all, mapop.Make, mapop.Literal) {
			if strings.Contains(line, op.Op.Func+"(") {
				found = append(found, op)
			}
		}
	}
	if len(found) == 0 {
		t.Errorf("%s:%d: no %s operation", filepath.Base(path), m.line, m.kind)
		return
	}
	for _, op := range found {
		want := []string{m.attrs["header"], m.attrs["first"], m.attrs["later"]}
		got := []string{inExamWords(string(op.Header)), inExamWords(string(op.Group)), tablesInExamWords(op.Tables)}
		if op.Group == placement.Depends && op.Condition != "" && op.Op.Hint.Form == mapop.HintVariable {
			got[1] = want[1] // the condition names both cases
		}
		if !slices.Equal(want, got) {
			t.Errorf("%s:%d: %s in %s: header, first, later are %v, measured %v (%s)", filepath.Base(path), m.line, op.Op.Kind, op.Op.Func, got, want, op.Condition)
		}
	}
}

func inExamWords(home string) string {
	switch placement.Home(home) {
	case placement.HeapLazy:
		return "lazy"
	case placement.Nil:
		return "none"
	}
	return home
}

func tablesInExamWords(t placement.Tables) string {
	switch t {
	case placement.TablesAtMake, placement.TablesAtGrowth, placement.TablesDepends, placement.TablesNone:
		return "heap" // where they would be: the exam does not say whether the map ever gets there
	case placement.TablesNil:
		return "none"
	}
	return string(t)
}
