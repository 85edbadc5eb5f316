package placement

import (
	"slices"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
)

// Kinds of calls of package maps that work on a map.
const (
	kindKeys       mapop.Kind = "maps.Keys"
	kindValues     mapop.Kind = "maps.Values"
	kindAll        mapop.Kind = "maps.All"
	kindCopy       mapop.Kind = "maps.Copy"
	kindInsert     mapop.Kind = "maps.Insert"
	kindDeleteFunc mapop.Kind = "maps.DeleteFunc"
	kindEqual      mapop.Kind = "maps.Equal"
	kindEqualFunc  mapop.Kind = "maps.EqualFunc"
)

// sequenceAllocates answers for a call that yields a sequence, a closure over the map
// (maps/iter.go). Where the call is inlined the compiler's verdict on the closure
// stands at the call; where it is not, the closure is returned and so on the heap. What a loop over the
// sequence or a collection of it allocates is not the call's.
func (r *resolver) sequenceAllocates(op mapop.Op) (Allocates, []Allocation) {
	a := Allocation{What: "closure", Cause: "sequence", Count: 1}
	// The function's address, the map and the dictionary of the instantiation.
	if cost, ok := r.rt.ObjectCost(3*r.rt.PtrSize, true); ok {
		a.Bytes = cost.Bytes
	}
	list := []Allocation{a}
	if r.facts == nil || !r.facts.Complete || op.Dead || op.Anchor.Column >= noColumn {
		list[0].When, list[0].Cause = whenEscapes, CauseUnsettled
		return May, list
	}
	closure := mapop.Part{Form: mapop.PartClosure, Text: "func literal", Anchor: op.Anchor}
	for _, at := range slices.Concat(op.RangeFuncs, op.Immediate) {
		if r.inlinedAt(at, string(op.Kind), "") && !r.inlinedAt(op.Anchor, string(op.Kind), "") {
			closure.Anchor = at
		}
	}
	if !r.inlinedAt(closure.Anchor, string(op.Kind), "") {
		if r.saysNothing(op) {
			list[0].When, list[0].Cause = whenEscapes, CauseUnsettled
			return May, list
		}
		return Always, list
	}
	switch r.partHome(op, closure) {
	case Stack:
		return r.settled(nil)
	case Heap:
		return Always, list
	}
	list[0].When, list[0].Cause = whenEscapes, CauseUnsettled
	return May, list
}

// saysNothing reports whether silence at an operation's place may mean that its
// code is not compiled where it stands.
func (r *resolver) saysNothing(op mapop.Op) bool {
	if op.Generic || len(op.RangeFuncs) > 0 || len(op.Immediate) > 0 {
		return true
	}
	return len(r.callsInlined(op)) > 0 && !slices.ContainsFunc(r.facts.All, func(f escape.Fact) bool {
		return f.Kind == escape.CannotInline && f.Subject == op.Func
	})
}
