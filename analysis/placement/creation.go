package placement

import (
	"fmt"

	"github.com/mapescape/mapescape/analysis/mapop"
)

// smallHint is the largest size hint that needs no tables: the slots of one
// group (internal/runtime/maps: MapGroupSlots; of one bucket before Swiss maps).
const smallHint = 8

// A resolved creation is a placement with its reasons.
type creation struct {
	placement Placement
	why       []Reason
}

// site says where the map of a creation site lives, given the verdict on its header.
func (r *resolver) site(op mapop.Op, v verdict) creation {
	var p Placement
	switch op.Kind {
	case mapop.New, mapop.Zero:
		p = Placement{Header: Nil, Group: Nil, Tables: TablesNil}
	case kindClone:
		p = r.clone()
	default:
		p = r.made(op, v)
	}
	p.Op = op
	return creation{p, r.creationWhy(op, v, p)}
}

// clone is a map that maps.Clone makes, which the compiler does not see: the
// runtime allocates it, whatever becomes of the result.
func (r *resolver) clone() Placement {
	if !r.rt.Known {
		return Placement{Header: Unknown, Group: Unknown, Tables: TablesUnknown, Condition: r.unknownRelease()}
	}
	return Placement{
		Header: Heap, Group: Heap, Tables: TablesDepends,
		Condition: "a source that has tables is copied with them and has no first group; a nil source gives a nil map",
	}
}

// made applies the runtime's rules to a make or literal
// (cmd/compile/internal/walk: walkMakeMap; internal/runtime/maps: NewMap).
func (r *resolver) made(op mapop.Op, v verdict) Placement {
	p := Placement{Header: v.home, Group: Unknown, Tables: TablesUnknown, Condition: v.note}
	if v.home == Stack || v.home == Heap {
		p.Condition = ""
	}
	if !r.rt.Known {
		p.Condition = join(p.Condition, r.unknownRelease())
		return p
	}
	switch {
	case op.Hint.Large(smallHint):
		p.Group, p.Tables = None, TablesAtMake
	case !op.Hint.Small(smallHint):
		p.Tables = TablesDepends
		p.Group = variableGroup(v.home)
		p.Condition = join(p.Condition, variableCondition(op.Hint.Text, v.home))
	default:
		p.Tables = r.smallTables(op)
		p.Group = v.home // Stack, Mixed and Unknown
		if v.home == Heap && !(op.Kind == mapop.Literal && op.Hint.N > 0) {
			p.Group = HeapLazy
		}
	}
	return p
}

func variableGroup(header Home) Home {
	if header == Stack || header == Heap {
		return Depends
	}
	return header
}

func variableCondition(hint string, header Home) string {
	small := "the first group is allocated by the first insert"
	switch header {
	case Stack:
		small = "the first group is on the stack"
	case Mixed, Unknown:
		small = "the first group lives where the header does"
	}
	return fmt.Sprintf("when %s is at most 8 at run time, %s; when it is more, there are tables on the heap from the start", hint, small)
}

func (r *resolver) unknownRelease() string {
	return "what the runtime of " + r.rt.Version + " does with maps is not known to this mapescape"
}

func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "; " + b
}
