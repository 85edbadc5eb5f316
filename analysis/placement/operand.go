package placement

import (
	"slices"

	"github.com/mapescape/mapescape/analysis/mapop"
)

// operandAllocations are what evaluating an operation's operands may allocate,
// calls inside them apart.
func (r *resolver) operandAllocations(op mapop.Op) []Allocation {
	list := r.operand(op, op.Key, "key")
	list = append(list, r.operand(op, op.Elem, "elem")...)
	if op.Kind == mapop.Literal {
		return append(list, r.entryAllocations(op)...)
	}
	for _, o := range op.Operands {
		list = append(list, r.operand(op, o, "elem")...)
	}
	return list
}

// entryAllocations are those of a literal's entries, whose operands are keys and elements in turn.
func (r *resolver) entryAllocations(op mapop.Op) []Allocation {
	var list []Allocation
	for i, o := range op.Operands {
		part := "key"
		if i%2 == 1 {
			part = "elem"
		}
		list = append(list, r.operand(op, o, part)...)
	}
	return list
}

// operand lists the allocations of one operand, which is the key or an element.
func (r *resolver) operand(op mapop.Op, o mapop.Operand, part string) []Allocation {
	var list []Allocation
	for _, p := range o.Parts {
		a, ok := r.part(op, o, p)
		if !ok {
			continue
		}
		a.What = part + a.What
		if p.Form == mapop.PartClosure {
			a.What = "closure"
		}
		if a.Cause == "" {
			a.Cause = string(p.Form)
		}
		if p.Branch {
			a.When = join("when the && or || before it does not decide", a.When)
		}
		list = append(list, a)
		list = append(list, r.movedCaptures(p, part)...)
	}
	return list
}

// movedCaptures are the variables that a closure captures by reference, as far as
// the compiler moves them to the heap for it.
func (r *resolver) movedCaptures(p mapop.Part, part string) []Allocation {
	var list []Allocation
	for _, c := range p.Captures {
		if a, ok := r.movedVariable(mapop.Part{Text: c.Name, Decl: c.Decl, Type: c.Type}); ok {
			a.What = part + a.What
			list = append(list, a)
		}
	}
	return list
}

// What an allocation of an operand is called after "key" or "elem".
const (
	boxed     = "-boxed"
	converted = "-conversion"
	escaped   = "-escapes"
)

// Causes that say more than the form of a part.
const (
	// CauseMoved is that of a variable whose address is stored: it is allocated where it is
	// declared, and the operation itself allocates nothing for it.
	CauseMoved = "moved-to-heap"
	// CauseUnsettled is that of an allocation which hangs on a verdict of the compiler that was not found.
	CauseUnsettled = "verdict-unknown"
	// CauseTypeArgument is that of an allocation which hangs on the size of a type argument.
	CauseTypeArgument = "type-argument"
)

// whenEscapes is said where no verdict was found.
const whenEscapes = "when it escapes, of which no verdict of the compiler was found"

// part says what one piece of syntax in an operand may allocate; ok is false where that is nothing.
func (r *resolver) part(op mapop.Op, o mapop.Operand, p mapop.Part) (a Allocation, ok bool) {
	switch p.Form {
	case mapop.PartBox:
		return r.box(op, p)
	case mapop.PartBytesString:
		if p.InPlace && !r.build.NoOptimise && !r.build.Instrumented || r.elided(op, o, p) {
			return Allocation{}, false
		}
		return r.copied(op, p, "when the string is over 32 bytes", "when the string has more than one byte")
	case mapop.PartRunesString:
		return r.copied(op, p, "when the string is over 29 bytes", "")
	case mapop.PartIntString:
		return r.copied(op, p, "never", "")
	case mapop.PartStringBytes:
		return r.bytes(op, p)
	case mapop.PartStringRunes:
		return r.copied(op, p, "when the string has over 32 characters", "when the string is not empty")
	case mapop.PartConcat:
		if p.Len > 1 {
			return r.copied(op, p, "when the string is over 32 bytes", "")
		}
		return r.copied(op, p, "when the string is over 32 bytes", "when more than one of its parts is not empty")
	case mapop.PartAddress, mapop.PartNew, mapop.PartSlice, mapop.PartVariadic:
		return r.composite(op, p, p.Type)
	case mapop.PartMake:
		return r.madeSlice(op, p)
	case mapop.PartChan:
		return Allocation{What: escaped}, true // runtime/chan.go: makechan
	case mapop.PartMap:
		return r.madeMap(op, p)
	case mapop.PartClosure:
		return r.closure(op, p)
	case mapop.PartMethod:
		return r.methodValue(op, p)
	case mapop.PartAppend:
		return Allocation{What: escaped, When: "when the slice has no room"}, true
	case mapop.PartVariable:
		return r.movedVariable(p)
	case mapop.PartMoved:
		if op.Kind != mapop.Insert || r.rt.Known && !r.rt.MovesSlices || r.build.NoOptimise {
			return Allocation{}, false
		}
		return Allocation{What: escaped, When: "when the slice's array was in the frame until here", Count: 1}, true
	case mapop.PartAssert:
		return Allocation{What: escaped, When: "when the runtime enlarges its cache of method tables"}, true
	}
	return Allocation{What: escaped, When: "when a part of the expression allocates"}, true
}

// settle says whether an operation allocates, given all that it may: Never if that is
// nothing, Always if something is allocated on every execution. What is
// allocated elsewhere does not count.
func settle(list []Allocation) Allocates {
	own := slices.DeleteFunc(slices.Clone(list), func(a Allocation) bool { return a.Cause == CauseMoved })
	switch {
	case len(own) == 0:
		return Never
	case slices.ContainsFunc(own, func(a Allocation) bool { return a.When == "" }):
		return Always
	}
	return May
}
