package placement

import (
	"strings"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
)

// closure is a function literal. Without captured variables it is a static
// function, whatever the compiler says of it (cmd/compile/internal/walk/closure.go:
// walkClosure); in a generic function it may need the dictionary.
func (r *resolver) closure(op mapop.Op, p mapop.Part) (Allocation, bool) {
	a := Allocation{Cause: "captures", Count: 1}
	if len(p.Captures) == 0 && !op.Generic {
		return a, false
	}
	a.Bytes = r.closureBytes(op, p)
	switch r.partHome(op, p) {
	case Stack:
		return a, false
	case Heap:
		if len(p.Captures) == 0 {
			a.When = "when the function literal uses a type argument"
		}
		return a, true
	}
	if r.inlinedAway(op, p) {
		return a, false
	}
	a.When, a.Cause = whenEscapes, CauseUnsettled
	return a, true
}

// inlinedAway reports whether a function literal is inlined into the operation that it
// is passed to, as into maps.DeleteFunc, and nothing is left of it: then the
// compiler has no verdict on the literal itself.
func (r *resolver) inlinedAway(op mapop.Op, p mapop.Part) bool {
	said := r.facts.At(p.Anchor)
	if len(r.spoken(p.Anchor, p)) > 0 {
		return false
	}
	for _, f := range said {
		if f.Kind == escape.CanInline && r.inlinedAt(op.Anchor, bareName(f.Subject), "") {
			return true
		}
	}
	return false
}

// closureBytes is what the allocator takes for a closure, 0 where it is not
// known: the function's address and the captured variables, or their addresses
// (cmd/compile/internal/typecheck: ClosureType).
func (r *resolver) closureBytes(op mapop.Op, p mapop.Part) int64 {
	if op.Generic || r.rt.PtrSize == 0 {
		return 0
	}
	size, align, pointers := r.rt.PtrSize, r.rt.PtrSize, false
	for _, c := range p.Captures {
		n, by := c.Type.Size, c.Type.Align
		switch r.captureMode(c) {
		case "value":
			pointers = pointers || c.Type.Pointers
		case "ref":
			n, by, pointers = r.rt.PtrSize, r.rt.PtrSize, true
		default:
			return 0
		}
		if n < 0 || by <= 0 {
			return 0
		}
		size = (size+by-1)/by*by + n
		align = max(align, by)
	}
	cost, ok := r.rt.ObjectCost((size+align-1)/align*align, pointers)
	if !ok {
		return 0
	}
	return cost.Bytes
}

// captureMode says whether closures capture a variable by "value" or by "ref"; "" where that is not known.
func (r *resolver) captureMode(c mapop.Capture) string {
	mode := ""
	for _, f := range r.facts.At(c.Decl) {
		if f.Kind != escape.Captures || f.Subject != c.Name {
			continue
		}
		m, _, _ := strings.Cut(f.Detail, " ")
		if mode != "" && m != mode {
			return ""
		}
		mode = m
	}
	return mode
}

// methodValue is x.M without a call: the function's address and the receiver
// (cmd/compile/internal/typecheck: MethodValueType).
func (r *resolver) methodValue(op mapop.Op, p mapop.Part) (Allocation, bool) {
	size := int64(-1)
	if p.Type.Size >= 0 && p.Type.Align > 0 && r.rt.PtrSize > 0 {
		align := max(r.rt.PtrSize, p.Type.Align)
		size = (r.rt.PtrSize + p.Type.Size + align - 1) / align * align
	}
	return r.onHeap(op, p, size, p.Type.Pointers)
}
