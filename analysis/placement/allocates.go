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
		return r.settled(r.operandAllocations(op))
	case kindKeys, kindValues, kindAll:
		return r.sequenceAllocates(op)
	case kindCopy, kindInsert:
		return May, append(r.operandAllocations(op), r.growthAllocations(op, p)...)
	case kindDeleteFunc, kindEqual, kindEqualFunc:
		return r.settled(append(r.operandAllocations(op), r.iteratorAllocation()...))
	case mapop.Clear, mapop.Len:
		if r.rt.Known {
			return Never, nil
		}
	case mapop.Range:
		return r.settled(r.iteratorAllocation())
	}
	if op.Type.Sync {
		return r.syncAllocates(op)
	}
	return May, nil
}

// settled answers for an operation of which list is all that it may allocate, in a known release.
func (r *resolver) settled(list []Allocation) (Allocates, []Allocation) {
	answer := settle(list)
	if answer == Never && !r.rt.Known {
		answer = May
	}
	return answer, list
}

// iteratorAllocation is what the first range over a map without pointers allocates, in the releases with buckets.
func (r *resolver) iteratorAllocation() []Allocation {
	if !r.rt.RangeAllocates {
		return nil
	}
	return []Allocation{{What: "iterator", Cause: "overflow-list", When: "the first range over a map without pointers"}}
}

func (r *resolver) makeAllocates(op mapop.Op, p Placement) (Allocates, []Allocation) {
	list := r.headerAllocation(p)
	if p.Group == Heap {
		list = append(list, r.groupAllocation(op, ""))
	}
	large := op.Hint.Large(smallHint)
	if r.rt.Known && !op.Hint.Small(smallHint) {
		a := Allocation{What: "table", Cause: "hint>8"}
		if !large {
			a.When = fmt.Sprintf("when %s is more than 8", op.Hint.Text)
		} else if cost, ok := r.rt.Tables(slot(op.Type), op.Hint.N); ok && op.Hint.Form == mapop.HintConst {
			a.Bytes, a.Count = cost.Bytes, cost.Count
		}
		list = append(list, a)
	}
	list = append(list, r.indirectEntries(op)...)
	list = append(list, r.entryAllocations(op)...)
	if p.Header == Stack || r.rt.Known && large {
		return r.settled(list)
	}
	if settle(list) == Always {
		return Always, list
	}
	return May, list
}

// indirectEntries are the objects of a literal's keys and elements that are too
// large for their slots. Constant keys are all different.
func (r *resolver) indirectEntries(op mapop.Op) []Allocation {
	if op.Kind != mapop.Literal || op.Hint.N == 0 {
		return nil
	}
	different := true
	for i := 0; i < len(op.Operands); i += 2 {
		different = different && op.Operands[i].Const
	}
	var list []Allocation
	for _, x := range []struct {
		what string
		t    mapop.TypeInfo
	}{{"key-indirect", op.Type.Key}, {"elem-indirect", op.Type.Elem}} {
		switch {
		case x.t.Size < 0:
			list = append(list, Allocation{What: x.what, Cause: CauseTypeArgument, When: "when the type argument is over 128 bytes"})
		case r.rt.Indirect(x.t.Size):
			a := Allocation{What: x.what}
			if cost, ok := r.rt.ObjectCost(x.t.Size, x.t.Pointers); ok && different {
				cost = cost.Times(op.Hint.N)
				a.Bytes, a.Count = cost.Bytes, cost.Count
			}
			list = append(list, a)
		}
	}
	return list
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
	if settle(list) == Never && r.storageFree(op, p) {
		return Never, list
	}
	if r.rt.Known {
		list = append(list, r.growthAllocations(op, p)...)
	}
	if settle(list) == Always {
		return Always, list
	}
	return May, list
}

func (r *resolver) object(what string, t mapop.TypeInfo, when string) Allocation {
	a := Allocation{What: what, When: when}
	if cost, ok := r.rt.ObjectCost(t.Size, t.Pointers); ok {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	}
	return a
}
