package placement

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
)

// lastingFacts reports whether the map of an operation is on the heap, if there is one, because
// of where it was found, wherever it was made; facts are the compiler's statements on
// the parameters it came through.
func (r *resolver) lastingFacts(op mapop.Op) (facts []escape.Fact, ok bool) {
	if !op.OnHeap {
		return nil, false
	}
	for _, l := range op.Leads {
		f, ok := r.leaks(l)
		if !ok {
			return nil, false
		}
		facts = append(facts, f)
	}
	return facts, true
}

// leaks reports whether what a lead stands for is on the heap in every call: the
// compiler says that the variable is moved there, or that the parameter leaks there with no more
// pointers followed (cmd/compile/internal/escape/leaks.go). A copy of the function that is
// inlined may lack the code that it does so for.
func (r *resolver) leaks(l mapop.Lead) (escape.Fact, bool) {
	if r.facts == nil || !r.facts.Complete || l.Func == "" || l.Decl.Column >= noColumn {
		return escape.Fact{}, false
	}
	for _, name := range []string{l.Func, l.AltFunc} {
		if name != "" && (r.abroad.inlinable[name] || len(r.inlinedPlaces(name, "")) > 0) {
			return escape.Fact{}, false
		}
	}
	said := r.facts.At(l.Decl)
	for _, f := range said {
		if isMoved(f, l.Name) {
			return f, true
		}
		if f.Kind != escape.LeakingParam || f.Subject != l.Name {
			continue
		}
		if f.Detail == "" && !nested.MatchString(l.Func) {
			return f, true
		}
		if n, ok := heapDerefs(said, l.Name); ok && n <= l.Derefs && (f.Detail == "" || f.Detail == "content") {
			return f, true
		}
	}
	return escape.Fact{}, false
}

// leaksToHeap is the head of an explanation of why a parameter leaks to the heap. A parameter of a
// function literal may also leak to a variable of the function around it, which need not be there.
var leaksToHeap = regexp.MustCompile(`: parameter (.+) leaks to \{heap\} for .+ with derefs=(\d+):$`)

// heapDerefs is the least number of pointers that are followed from a parameter to what leaks to the heap.
func heapDerefs(said []escape.Fact, name string) (least int, ok bool) {
	for _, f := range said {
		for _, line := range f.Explanation {
			m := leaksToHeap.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil || m[1] != name {
				continue
			}
			if n, err := strconv.Atoi(m[2]); err == nil && (!ok || n < least) {
				least, ok = n, true
			}
		}
	}
	return least, ok
}

// lastingWhy explains why a map is on the heap by where it was found.
func lastingWhy(op mapop.Op, facts []escape.Fact) []Reason {
	why := []Reason{{Pos: op.Pos, Text: "the map is read from memory that may outlive any call and so holds no pointers into a stack"}}
	for _, f := range facts {
		why = append(why, factReasons(f)...)
	}
	return why
}

// onlyHeap are the supplies that are on the heap or may be, as such.
func (r *resolver) onlyHeap(found []supply) []supply {
	var heap []supply
	for _, s := range found {
		switch s.placement.Header {
		case Heap:
		case Stack:
			continue
		default:
			s.creation = r.site(s.site, verdict{home: Heap})
			s.placement.Condition = strings.TrimSpace(s.placement.Condition)
		}
		heap = append(heap, s)
	}
	return slices.Clip(heap)
}
