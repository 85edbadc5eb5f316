package placement

import "github.com/mapescape/mapescape/analysis/mapop"

// composite is one object of a type, on the heap if the compiler says so.
func (r *resolver) composite(op mapop.Op, p mapop.Part, t mapop.TypeInfo) (Allocation, bool) {
	return r.onHeap(op, p, t.Size, t.Pointers)
}

// onHeap is one object of size bytes, -1 for a size that is not known, on the heap if the compiler says so.
func (r *resolver) onHeap(op mapop.Op, p mapop.Part, size int64, pointers bool) (Allocation, bool) {
	a := Allocation{What: escaped}
	if size == 0 {
		return a, false // runtime/malloc.go: all share zerobase
	}
	cost, known := r.rt.ObjectCost(size, pointers)
	switch {
	case known:
		a.Bytes, a.Count = cost.Bytes, cost.Count
	case size > 0:
		a.Count = 1
	}
	switch r.partHome(op, p) {
	case Heap:
		if size < 0 {
			a.When = "when the type argument has a size"
		}
		return a, true
	case Stack:
		return a, false
	}
	a.When, a.Cause = whenEscapes, CauseUnsettled
	return a, true
}

// madeSlice is make([]T, n). Of a length that is not constant a part of 32 bytes may
// be kept in the frame since go1.25, so that "does not escape" says nothing of more.
func (r *resolver) madeSlice(op mapop.Op, p mapop.Part) (Allocation, bool) {
	switch {
	case p.Type.Size == 0:
		return Allocation{}, false
	case p.Len >= 0 && p.Type.Size > 0:
		return r.onHeap(op, p, p.Len*p.Type.Size, p.Type.Pointers)
	case p.Len == 0:
		return Allocation{}, false
	}
	a := Allocation{What: escaped, When: "when its capacity is not 0", Count: 1}
	if r.partHome(op, p) == Stack {
		a.When = "when it is over 32 bytes"
	}
	return a, true
}

// madeMap is a map that is made inside the operand, which is an operation of
// its own: its header, first group and tables.
func (r *resolver) madeMap(op mapop.Op, p mapop.Part) (Allocation, bool) {
	a := Allocation{What: escaped, Cause: "map"}
	home := r.partHome(op, p)
	large := p.Hint.Form != mapop.HintVariable && p.Hint.N > smallHint
	switch {
	case home == Stack && p.Hint.Form == mapop.HintVariable && r.rt.Known:
		a.When = "when " + p.Hint.Text + " is more than 8"
		return a, true
	case home == Stack && r.rt.Known && !large:
		return a, false
	case home != Heap:
		a.When, a.Cause = whenEscapes, CauseUnsettled
		return a, true
	}
	header, ok := r.rt.HeaderCost()
	if !ok || p.Hint.Form == mapop.HintVariable {
		return a, true
	}
	// The first group comes with the first entry of a literal; the tables, with a hint above 8.
	if large {
		if tables, ok := r.rt.Tables(slot(*p.Map), p.Hint.N); ok {
			header = header.Plus(tables)
			a.Bytes, a.Count = header.Bytes, header.Count
		}
		return a, true
	}
	if literalText(p) && p.Hint.N > 0 {
		group, ok := r.rt.GroupCost(slot(*p.Map))
		if !ok || !fitsInline(r.rt, p.Map.Key.Size) || !fitsInline(r.rt, p.Map.Elem.Size) {
			return a, true
		}
		header = header.Plus(group)
	}
	a.Bytes, a.Count = header.Bytes, header.Count
	return a, true
}

// literalText reports whether a map is made by a literal, not by make.
func literalText(p mapop.Part) bool { return p.Text != "" && p.Text[len(p.Text)-1] == '}' }

// movedVariable is the local variable behind &x: the compiler moves it to the heap
// where it is declared, so that the operation itself allocates nothing.
func (r *resolver) movedVariable(p mapop.Part) (Allocation, bool) {
	for _, f := range r.facts.At(p.Decl) {
		if isMoved(f, p.Text) {
			a := Allocation{What: escaped, Cause: CauseMoved, When: "where " + p.Text + " is declared"}
			if cost, ok := r.rt.ObjectCost(p.Type.Size, p.Type.Pointers); ok {
				a.Bytes = cost.Bytes
			}
			return a, true
		}
	}
	return Allocation{}, false
}
