package placement

import (
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
)

// variable says where the variable that holds a nil map lives.
func (r *resolver) variable(op mapop.Op) Home {
	if r.facts == nil || !r.facts.Complete {
		return Unknown
	}
	if op.Kind == mapop.New {
		v := agree(r.statements(op.Anchor, mapop.New), "")
		if op.Anchor.Column >= noColumn {
			return Unknown
		}
		return v.home
	}
	for _, f := range r.facts.At(op.Anchor) {
		if f.Kind == escape.MovedToHeap && f.Subject == op.Var {
			return Heap
		}
	}
	// Silence is a statement only of code that is compiled where it stands.
	if op.Generic || len(op.RangeFuncs) > 0 || len(op.Immediate) > 0 || op.Anchor.Column >= noColumn {
		return Unknown
	}
	return Stack
}
