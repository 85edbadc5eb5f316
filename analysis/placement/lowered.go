package placement

import (
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

// inline is said of operations for which no call is made.
const inline = "inline"

// lowered names the runtime function that the compiler calls for an
// operation; "" where the type or the verdict leaves it open.
func (r *resolver) lowered(op mapop.Op, p Placement) string {
	if !r.rt.Known || op.Type.Sync {
		return ""
	}
	key, elem := op.Type.Key, op.Type.Elem
	sized := key.Size >= 0 && elem.Size >= 0
	switch op.Kind {
	case mapop.Make, mapop.Literal:
		switch {
		case op.Hint.Form == mapop.HintVariable || op.Hint.N > smallHint:
			return r.rt.Entry(runtimemap.Make, "", 0)
		case p.Header == Stack && op.Kind == mapop.Literal && op.Hint.N > 0 && sized:
			return r.rt.Entry(runtimemap.Assign, key.Fast, elem.Size) // of the entries; the map itself needs no call
		case p.Header == Stack && op.Hint.N == 0, p.Header == Stack && op.Kind == mapop.Make:
			return inline
		case p.Header == Heap:
			return r.rt.Entry(runtimemap.MakeSmall, "", 0)
		}
	case mapop.Len, mapop.Zero:
		return inline
	case kindClone:
		return r.rt.Entry(runtimemap.Clone, "", 0)
	case mapop.Clear:
		return r.rt.Entry(runtimemap.Clear, "", 0)
	case mapop.Range:
		if r.clears(op) {
			return r.rt.Entry(runtimemap.Clear, "", 0)
		}
		if op.Generic && op.Loop != nil && op.Loop.Pure {
			return "" // decided per shape
		}
		return r.rt.Entry(runtimemap.RangeInit, "", 0)
	case mapop.Insert, mapop.Update:
		if sized {
			return r.rt.Entry(runtimemap.Assign, key.Fast, elem.Size)
		}
	case mapop.Delete:
		if r.cleared(op) {
			return r.rt.Entry(runtimemap.Clear, "", 0)
		}
		if sized {
			return r.rt.Entry(runtimemap.Delete, key.Fast, elem.Size)
		}
	case mapop.Lookup:
		if sized && op.CommaOk {
			return r.rt.Entry(runtimemap.Access2, key.Fast, elem.Size)
		}
		if sized {
			return r.rt.Entry(runtimemap.Access1, key.Fast, elem.Size)
		}
	}
	return ""
}

// cleared reports whether a delete is the body of a loop that is one clear, so
// that it is not there any more.
func (r *resolver) cleared(op mapop.Op) bool {
	for _, body := range r.clearing {
		if body.Path == op.Range.Path && body.Start <= op.Range.Start && op.Range.End <= body.End {
			return true
		}
	}
	return false
}

// clears reports whether the compiler turns a range statement into a clear.
func (r *resolver) clears(op mapop.Op) bool {
	return op.Loop != nil && op.Loop.Pure && !r.build.NoOptimise && !r.build.Instrumented &&
		!(op.Generic && op.Type.Key.Shape == mapop.ShapeTypeParam)
}
