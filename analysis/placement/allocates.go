package placement

import (
	"fmt"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

// allocates says whether executing an operation allocates, and what. Never
// needs a reason, and so does Always; everything else is May.
func (r *resolver) allocates(op mapop.Op, p Placement) (Allocates, []Allocation) {
	switch op.Kind {
	case mapop.Make, mapop.Literal:
		return r.makeAllocates(op, p)
	case mapop.New, mapop.Zero:
		return r.variableAllocates(op)
	case kindClone:
		return May, []Allocation{{What: "header", Cause: "clone", When: "when the source is not nil"}, {What: "table", Cause: "clone", When: "when the source has tables"}}
	case kindCollect:
		return May, append(r.headerAllocation(p), r.growthAllocations(op, p)...)
	case mapop.Insert, mapop.Update:
		return r.insertAllocates(op, p)
	case mapop.Lookup, mapop.Delete:
		if r.rt.Known && (op.Key.Free || r.elided(op)) {
			return Never, nil
		}
		return May, r.operandAllocations(op)
	case mapop.Clear, mapop.Len:
		if r.rt.Known {
			return Never, nil
		}
	case mapop.Range:
		if r.rt.Known && !r.rt.RangeAllocates {
			return Never, nil
		}
		if r.rt.Known {
			return May, []Allocation{{What: "iterator", Cause: "overflow-list", When: "the first range over a map without pointers"}}
		}
	}
	if op.Type.Sync {
		return r.syncAllocates(op)
	}
	return May, nil
}

// elided reports whether the compiler leaves out the copy in a key string(b): in
// every lookup (walk/order.go: mapKeyReplaceStrConv), and since go1.25 in a
// delete of the conversion itself that goes to the entry point for strings
// (the slicebytetostring rule of ssa/_gen/generic.rules).
func (r *resolver) elided(op mapop.Op) bool {
	if op.Key.Form != mapop.FormStrConv || op.Key.Boxed || r.build.NoOptimise || r.build.Instrumented {
		return false
	}
	if op.Kind == mapop.Lookup {
		return true
	}
	return r.rt.ElidesStringKey && op.Key.Type.Shape == mapop.ShapeString && op.Type.Key.Fast == "str" && fitsInline(r.rt, op.Type.Elem.Size)
}

func (r *resolver) makeAllocates(op mapop.Op, p Placement) (Allocates, []Allocation) {
	list := r.headerAllocation(p)
	if p.Group == Heap {
		list = append(list, r.groupAllocation(op, ""))
	}
	variable := op.Hint.Form == mapop.HintVariable
	large := !variable && op.Hint.N > smallHint
	if r.rt.Known && (variable || large) {
		a := Allocation{What: "table", Cause: "hint>8"}
		if variable {
			a.When = fmt.Sprintf("when %s is more than 8", op.Hint.Text)
		} else if cost, ok := r.rt.Tables(slot(op.Type), op.Hint.N); ok {
			a.Bytes, a.Count = cost.Bytes, cost.Count
		}
		list = append(list, a)
	}
	entries := r.entriesFree(op)
	switch {
	case p.Header == Heap, r.rt.Known && large:
		return Always, list
	case p.Header == Stack && r.rt.Known && !variable && entries:
		return Never, nil
	}
	if !entries {
		list = append(list, Allocation{What: "elem-escapes", Cause: "entries", When: "for entries whose keys or elements allocate"})
	}
	return May, list
}

// entriesFree reports whether filling a literal allocates nothing but the map itself.
func (r *resolver) entriesFree(op mapop.Op) bool {
	for _, o := range op.Operands {
		if !o.Free {
			return false
		}
	}
	if op.Hint.N == 0 || op.Kind != mapop.Literal {
		return true
	}
	return fitsInline(r.rt, op.Type.Key.Size) && fitsInline(r.rt, op.Type.Elem.Size)
}

// fitsInline reports whether a key or element of this size is known to be stored in its slot.
func fitsInline(rt runtimemap.Facts, size int64) bool { return size >= 0 && !rt.Indirect(size) }

func (r *resolver) headerAllocation(p Placement) []Allocation {
	a := Allocation{What: "header"}
	if cost, ok := r.rt.HeaderCost(); ok {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	}
	switch p.Header {
	case Heap:
		return []Allocation{a}
	case Mixed:
		a.When = p.Condition
		return []Allocation{a}
	}
	return nil
}

func (r *resolver) groupAllocation(op mapop.Op, when string) Allocation {
	a := Allocation{What: "group", Cause: "first-insert", When: when}
	if cost, ok := r.rt.GroupCost(slot(op.Type)); ok {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	}
	return a
}

// variableAllocates answers for a nil map's variable, which the compiler may
// move to the heap: 8 bytes on a 64-bit target, and no map.
func (r *resolver) variableAllocates(op mapop.Op) (Allocates, []Allocation) {
	moved := Allocation{What: "variable", Cause: "moved-to-heap", Bytes: r.rt.PtrSize, Count: 1}
	switch r.variable(op) {
	case Heap:
		return Always, []Allocation{moved}
	case Stack:
		return Never, nil
	}
	moved.When = "when the compiler moves the variable to the heap"
	return May, []Allocation{moved}
}

func (r *resolver) insertAllocates(op mapop.Op, p Placement) (Allocates, []Allocation) {
	list := r.operandAllocations(op)
	if r.rt.Known {
		list = append(list, r.growthAllocations(op, p)...)
	}
	for _, a := range list {
		if a.When == "" && a.Count > 0 {
			return Always, list
		}
	}
	return May, list
}

// growthAllocations are those of the map's own storage under an insert.
func (r *resolver) growthAllocations(op mapop.Op, p Placement) []Allocation {
	var list []Allocation
	if p.Group == HeapLazy {
		list = append(list, r.groupAllocation(op, "on the first insert"))
	}
	if r.rt.Indirect(op.Type.Key.Size) {
		list = append(list, r.object("key-indirect", op.Type.Key, "when the key is new: it is over 128 bytes"))
	}
	if r.rt.Indirect(op.Type.Elem.Size) {
		list = append(list, r.object("elem-indirect", op.Type.Elem, "when the key is new: its element is over 128 bytes"))
	}
	switch p.Tables {
	case TablesAtGrowth:
		a := Allocation{What: "growth", Cause: "ninth-entry", When: "on the 9th entry; later growth allocates more"}
		if cost, ok := r.rt.Growth(slot(op.Type)); ok {
			a.Bytes, a.Count = cost.Bytes, cost.Count
		}
		list = append(list, a)
	case TablesNone, TablesNil:
	default:
		list = append(list, Allocation{What: "growth", Cause: "full", When: "when the map has no room for a new entry"})
	}
	return list
}

func (r *resolver) object(what string, t mapop.TypeInfo, when string) Allocation {
	a := Allocation{What: what, When: when}
	if cost, ok := r.rt.ObjectCost(t.Size, t.Pointers); ok {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	}
	return a
}
