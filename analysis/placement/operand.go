package placement

import (
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// operandAllocations are what evaluating an operation's key and element may
// allocate, calls inside them apart. A conversion to an interface counts only
// where the type and the value do not make it free (runtime/iface.go).
func (r *resolver) operandAllocations(op mapop.Op) []Allocation {
	stored := op.Kind == mapop.Insert || op.Kind == mapop.Update || op.Type.Sync
	list := r.operand(op.Key, "key", stored)
	return append(list, r.operand(op.Elem, "elem", true)...)
}

func (r *resolver) operand(o mapop.Operand, part string, stored bool) []Allocation {
	if o.Text == "" || o.Free {
		return nil
	}
	if o.Boxed {
		if a, ok := r.box(o, part, stored); ok {
			return []Allocation{a}
		}
		if o.Form == mapop.FormPlain {
			return nil
		}
	}
	switch o.Form {
	case mapop.FormStrConv, mapop.FormConv, mapop.FormConcat:
		a := Allocation{What: part + "-conversion", Cause: string(o.Form)}
		if !stored {
			a.When = "when the string is over 32 bytes and the compiler cannot leave the copy out"
		} else {
			a.When = "when the string is not empty"
		}
		return []Allocation{a}
	case mapop.FormClosure:
		return []Allocation{{What: "closure", Cause: "captures", When: "when the function literal captures variables and escapes"}}
	case mapop.FormAppend:
		return []Allocation{{What: part + "-escapes", Cause: "append", When: "when the slice has no room"}}
	case mapop.FormVariable:
		return nil // the variable is allocated where it is declared
	case mapop.FormAddress, mapop.FormComposite:
		a := Allocation{What: part + "-escapes", Cause: string(o.Form)}
		if !r.escapesAt(o.Anchor) {
			a.When = "when what it makes escapes"
		}
		return []Allocation{a}
	}
	return []Allocation{{What: part + "-escapes", Cause: string(o.Form), When: "when a part of the expression allocates"}}
}

// box is the conversion of an operand to an interface.
func (r *resolver) box(o mapop.Operand, part string, stored bool) (Allocation, bool) {
	t := o.Type
	a := Allocation{What: part + "-boxed", Cause: "interface"}
	if cost, ok := r.rt.ObjectCost(t.Size, t.Pointers); ok && t.Size > 0 {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	}
	switch {
	case o.Const, o.ConstVar && r.rt.StaticBoxes, t.Size == 0, t.Shape == mapop.ShapePointer, t.Shape == mapop.ShapeInterface, t.Shape == mapop.ShapeBool,
		t.Shape == mapop.ShapeInteger && t.Size == 1:
		// Static data, no data, the pointer itself, or a table of the runtime's.
		return Allocation{}, false
	case !stored && t.Size >= 0 && t.Size <= maxStackBox:
		return Allocation{}, false // a temporary in the frame
	case t.Shape == mapop.ShapeTypeParam || t.Size < 0:
		a.When = "when the type argument is not a pointer, a bool or one byte"
	case t.Shape == mapop.ShapeInteger:
		a.When = "when the value is not below 256"
	case t.Shape == mapop.ShapeString:
		a.When = "when the string is not empty"
	case t.Shape == mapop.ShapeSlice:
		a.When = "when the slice is not nil"
	case !r.escapesAt(o.BoxAnchor):
		a.When = "when the box escapes"
	}
	return a, true
}

// maxStackBox is the largest value in bytes whose interface box may be a
// stack temporary (cmd/compile/internal/walk: dataWord; ir.MaxImplicitStackVarSize is larger).
const maxStackBox = 1024

// escapesAt reports whether the compiler says that something at a place goes to the heap.
func (r *resolver) escapesAt(at source.Pos) bool {
	if !at.IsValid() {
		return false
	}
	for _, f := range r.facts.At(at) {
		if f.Kind == escape.EscapesToHeap {
			return true
		}
	}
	return false
}

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
