package placement

import (
	"testing"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

// TestLeads: a map that came through a parameter is on the heap when the
// compiler says that the parameter leaks there with no more pointers followed than to the map.
func TestLeads(t *testing.T) {
	const (
		fixed   = "a.go:80:6: cannot inline G: function too complex"
		whole   = "a.go:80:8: parameter p leaks to {heap} for G with derefs=0:"
		content = "a.go:80:8: parameter p leaks to {heap} for G with derefs=1:"
		deep    = "a.go:80:8: parameter p leaks to {heap} for G with derefs=2:"
		flow    = "a.go:80:8:   flow: {heap} ← p:"
		leaks   = "a.go:80:8: leaking param: p"
		leaking = "a.go:80:8: leaking param content: p"
	)
	lead := func(derefs int) []mapop.Lead {
		return []mapop.Lead{{Decl: pos(80, 8), Name: "p", Func: "G", Derefs: derefs}}
	}
	literal := func(derefs int) []mapop.Lead {
		return []mapop.Lead{{Decl: pos(80, 8), Name: "p", Func: "G.func1", Derefs: derefs}}
	}
	for _, c := range []struct {
		name  string
		leads []mapop.Lead
		lines []string
		want  Home
	}{
		{"none needed", nil, nil, Heap},
		{"the parameter leaks", lead(0), []string{fixed, whole, flow, leaks}, Heap},
		{"what it leads to leaks with it", lead(3), []string{fixed, whole, flow, leaks}, Heap},
		{"said without an explanation", lead(1), []string{fixed, leaks}, Heap},
		{"its content leaks", lead(1), []string{fixed, content, flow, leaking}, Heap},
		{"its content, not itself", lead(0), []string{fixed, content, flow, leaking}, Unknown},
		{"what is further on leaks", lead(1), []string{fixed, deep, flow, leaking}, Unknown},
		{"the nearest counts", lead(1), []string{fixed, deep, flow, content, flow, leaking}, Heap},
		{"content without a number", lead(9), []string{fixed, leaking}, Unknown},
		{"it does not escape", lead(1), []string{fixed, "a.go:80:8: p does not escape"}, Unknown},
		{"it leaks to a result", lead(1), []string{fixed, "a.go:80:8: leaking param: p to result ~r0 level=0"}, Unknown},
		{"to a result and the heap", lead(1), []string{fixed, "a.go:80:8: leaking param: p to result ~r0 level=0", leaks}, Heap},
		{"another parameter", lead(1), []string{fixed, "a.go:80:8: leaking param: q"}, Unknown},
		{"another place", lead(1), []string{fixed, "a.go:81:8: leaking param: p"}, Unknown},
		{"nothing is said", lead(1), []string{fixed}, Unknown},
		{"a copy may lack the leak", lead(0), []string{"a.go:80:6: can inline G with cost 70 as: func(p *T) { … }", whole, flow, leaks}, Unknown},
		{"it is inlined", lead(0), []string{"a.go:70:6: inlining call to G", whole, flow, leaks}, Unknown},
		{"a literal's parameter", literal(1), []string{"a.go:80:8: parameter p leaks to {heap} for G.func1 with derefs=0:", flow, leaks}, Heap},
		{"a literal's, to a variable outside", literal(1), []string{"a.go:80:8: parameter p leaks to x for G.func1 with derefs=0:", flow, leaks}, Unknown},
		{"a literal's, unexplained", literal(1), []string{leaks}, Unknown},
		{"both must leak", append(lead(0), mapop.Lead{Decl: pos(80, 20), Name: "q", Func: "G"}), []string{fixed, whole, flow, leaks}, Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			op := use(mapop.Lookup)
			op.Complete, op.Open, op.OnHeap, op.Leads = false, "elsewhere", true, c.leads
			got := Resolve([]mapop.Op{op}, facts(c.lines...), runtimemap.For("go1.26.8", "amd64", ""), Build{})[0]
			if got.Header != c.want || got.Group != Unknown {
				t.Errorf("header %s, group %s; want %s, unknown: %v", got.Header, got.Group, c.want, got.Why)
			}
		})
	}
}

// TestLastingOrigins: where it was found says more of a map than origins that differ, and
// no more than those that agree.
func TestLastingOrigins(t *testing.T) {
	heap, stack := "a.go:1:10: make(map[int]int) escapes to heap", "a.go:2:10: make(map[int]int) does not escape"
	variable := mapop.Hint{Form: mapop.HintVariable, Text: "n"}
	for _, c := range []struct {
		name   string
		sites  []mapop.Op
		onHeap bool
		open   string
		want   string
	}{
		{"they differ", []mapop.Op{creationAt(1, mapop.Hint{}), creationAt(2, mapop.Hint{})}, false, "", "mixed mixed at-growth"},
		{"they differ, and it lasts", []mapop.Op{creationAt(1, mapop.Hint{}), creationAt(2, mapop.Hint{})}, true, "", "heap heap-lazy at-growth"},
		{"one is not known", []mapop.Op{creationAt(1, mapop.Hint{}), creationAt(3, variable)}, true, "", "heap mixed depends"},
		{"there are others", []mapop.Op{creationAt(1, mapop.Hint{})}, true, "elsewhere", "heap unknown unknown"},
		{"all on the stack", []mapop.Op{creationAt(2, mapop.Hint{})}, true, "", "stack stack at-growth"},
		{"none", nil, true, "", "nil nil nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			op := use(mapop.Lookup)
			for _, site := range c.sites {
				op.Origins = append(op.Origins, site.Origins...)
			}
			op.OnHeap, op.Complete, op.Open = c.onHeap, c.open == "", c.open
			all := Resolve(append(c.sites, op), facts(heap, stack), runtimemap.For("go1.26.8", "amd64", ""), Build{})
			p := all[len(all)-1]
			if got := string(p.Header) + " " + string(p.Group) + " " + string(p.Tables); got != c.want {
				t.Errorf("%s, want %s (%s)", got, c.want, p.Condition)
			}
		})
	}
}
