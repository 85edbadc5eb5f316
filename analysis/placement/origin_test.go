package placement

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

// TestManyOrigins: a field with many stores keeps a readable answer.
func TestManyOrigins(t *testing.T) {
	verdict := func(line int, home Home) string {
		if home == Heap {
			return fmt.Sprintf("a.go:%d:10: make(map[int]int) escapes to heap", line)
		}
		return fmt.Sprintf("a.go:%d:10: make(map[int]int) does not escape", line)
	}
	homes := func(heap, stack int) []Home {
		return slices.Concat(slices.Repeat([]Home{Heap}, heap), slices.Repeat([]Home{Stack}, stack))
	}
	for _, c := range []struct {
		name      string
		homes     []Home
		nothing   int // sites of which the compiler says nothing
		want      Home
		condition string
		first     string // the first creation that is explained
		named     int
	}{
		{"forty on the heap", homes(40, 0), 0, Heap, "", "a.go:1:5", 5},
		{"two that differ", homes(1, 1), 0, Mixed, "heap at 1 site: a.go:1, stack at 1: a.go:2", "a.go:1:5", 2},
		{"one of forty", homes(39, 1), 0, Mixed, "heap at 39 sites, stack at 1: a.go:40", "a.go:40:5", 5},
		{"three each", homes(3, 3), 0, Mixed, "heap at 3 sites, stack at 3", "a.go:1:5", 5},
		{"one unknown", homes(3, 0), 1, Unknown, "heap at 3 sites, unknown at 1: a.go:4 (the compiler says nothing of it: the code is never reached, or is left out)", "a.go:1:5", 4},
		{"only unknown", nil, 2, Unknown, "unknown at each of 2 sites, the first of them a.go:1: the compiler says nothing of it: the code is never reached, or is left out", "a.go:1:5", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ops []mapop.Op
			var lines []string
			for i, home := range c.homes {
				ops = append(ops, creationAt(i+1, mapop.Hint{}))
				lines = append(lines, verdict(i+1, home))
			}
			for range c.nothing {
				ops = append(ops, creationAt(len(ops)+1, mapop.Hint{}))
			}
			op := use(mapop.Lookup)
			op.Range.Start, op.Range.End = 100000, 100010
			for _, site := range ops {
				op.Origins = append(op.Origins, mapop.Origin{Site: site.Range, Expr: site.Map})
			}
			got := Resolve(append(ops, op), facts(lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[len(ops)]
			if got.Header != c.want || got.Condition != c.condition {
				t.Errorf("header %s, condition %q; want %s, %q", got.Header, got.Condition, c.want, c.condition)
			}
			var named []string
			more := ""
			for _, why := range got.Why {
				if strings.HasPrefix(why.Text, "the map is made by") {
					named = append(named, strings.TrimPrefix(why.Pos.String(), "/m/"))
				}
				if strings.HasPrefix(why.Text, "and ") {
					more = why.Text
				}
			}
			if len(named) != c.named || named[0] != c.first {
				t.Errorf("explains %v; want %d, %s first", named, c.named, c.first)
			}
			want := ""
			if n := len(ops) - c.named; n > 0 {
				want = fmt.Sprintf("and %d more", n)
			}
			if more != want {
				t.Errorf("says %q; want %q", more, want)
			}
		})
	}
}

// TestCopiesOfCallers: a map that came through a call is where the copy in the
// function of the call is, and where those in all copies of that function are.
func TestCopiesOfCallers(t *testing.T) {
	site := creationAt(1, mapop.Hint{})
	site.Func = "mk"
	via := mapop.ViaCall{Anchor: pos(5, 20), Callee: "mk", Func: "user"}
	own := "a.go:1:10: make(map[int]int) escapes to heap"
	for _, c := range []struct {
		name  string
		lines []string
		want  Home
	}{
		{"not copied", nil, Stack},
		{"copied with it", []string{"a.go:9:3: inlining call to user", "a.go:9:3: inlining call to mk", "a.go:9:3: make(map[int]int) does not escape"}, Stack},
		{"copied and elsewhere", []string{"a.go:9:3: inlining call to user", "a.go:9:3: inlining call to mk", "a.go:9:3: make(map[int]int) escapes to heap"}, Mixed},
		{"copied without it", []string{"a.go:9:3: inlining call to user"}, Mixed},
		{"copied by a test", []string{"a_test.go:9:3: inlining call to user", "a_test.go:9:3: inlining call to mk", "a_test.go:9:3: make(map[int]int) escapes to heap"}, Stack},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := append([]string{own, "a.go:5:20: inlining call to mk", "a.go:5:20: make(map[int]int) does not escape"}, c.lines...)
			op := use(mapop.Lookup, mapop.Origin{Site: site.Range, Expr: site.Map, Via: []mapop.ViaCall{via}})
			got := Resolve([]mapop.Op{site, op}, facts(lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[1]
			if got.Header != c.want {
				t.Errorf("header %s, want %s (%s)", got.Header, c.want, got.Condition)
			}
		})
	}
}

// TestInlinedAbroad: what a function makes on the heap only because it returns
// it may be on the stack where another package inlines the function.
func TestInlinedAbroad(t *testing.T) {
	returned := func(line int) []string {
		at := fmt.Sprintf("a.go:%d:10: make(map[int]int) escapes to heap", line)
		return []string{
			at + " in F:", strings.Replace(at, "make(map[int]int) escapes to heap", "  flow: ~r0 ← &{storage for make(map[int]int)}:", 1),
			strings.Replace(at, "make(map[int]int) escapes to heap", "    from return make(map[int]int) (return) at a.go:1:3", 1), at,
		}
	}
	stored := slices.Clone(returned(1))
	stored[1] = strings.Replace(stored[1], "~r0", "{heap}", 1)
	const abroad = "on the heap in this package, and perhaps on the stack where another package inlines "
	for _, c := range []struct {
		name  string
		fn    string
		main  bool
		lines []string
		want  string
	}{
		{"exported", "F", false, append(returned(1), "a.go:1:6: can inline F with cost 6 as: func()"), "mixed " + abroad + "F"},
		{"method", "(*T).F", false, append(returned(1), "a.go:1:6: can inline (*T).F with cost 6 as: method(*T) func()"), "mixed " + abroad + "(*T).F"},
		{"literal inside", "F.func1", false, append(returned(1), "a.go:1:6: can inline F with cost 6 as: func()"), "mixed " + abroad + "F.func1"},
		{"stored", "F", false, append(stored, "a.go:1:6: can inline F with cost 6 as: func()"), "heap "},
		{"not inlined", "F", false, append(returned(1), "a.go:1:6: cannot inline F: function too complex: cost 100 exceeds budget 80"), "heap "},
		{"main package", "F", true, append(returned(1), "a.go:1:6: can inline F with cost 6 as: func()"), "heap "},
		{"unexported", "f", false, append(returned(1), "a.go:1:6: can inline f with cost 6 as: func()"), "heap "},
		{"unexported in exported", "f", false, slices.Concat(returned(1),
			[]string{"a.go:1:6: can inline f with cost 6 as: func()", "a.go:9:6: can inline F with cost 6 as: func()", "a.go:10:10: inlining call to f"}, returned(10)),
			"mixed " + abroad + "f"},
		{"unexported in a big one", "f", false, slices.Concat(returned(1),
			[]string{"a.go:1:6: can inline f with cost 6 as: func()", "a.go:9:6: cannot inline F: recursive", "a.go:10:10: inlining call to f"}, returned(10)),
			"heap "},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := creationAt(1, mapop.Hint{})
			site.Func, site.Importable = c.fn, !c.main
			op := use(mapop.Lookup, mapop.Origin{Site: site.Range, Expr: site.Map})
			got := Resolve([]mapop.Op{site, op}, facts(c.lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[1]
			if diff := cmp.Diff(c.want, string(got.Header)+" "+got.Condition); diff != "" {
				t.Error(diff)
			}
		})
	}
}
