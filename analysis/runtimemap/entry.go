package runtimemap

import "strings"

// An EntryOp is an operation that the compiler turns into a call of the runtime.
type EntryOp string

// The operations.
const (
	// Access1 and Access2 are lookups with one and two results.
	Access1 EntryOp = "access1"
	Access2 EntryOp = "access2"
	// Assign is an insert or an update, also m[k]++, m[k] op= v and m[k] = append(m[k], …).
	Assign EntryOp = "assign"
	Delete EntryOp = "delete"
	// MakeSmall makes a map that escapes with a constant hint of at most 8, or none.
	MakeSmall EntryOp = "make-small"
	// Make makes a map with another hint, be its header on the heap or in the
	// frame. (On 32-bit targets a hint of a 64-bit type goes to makemap64 instead.)
	Make EntryOp = "make"
	// MakeStack makes a map in the frame, with a constant hint of at most 8 or
	// none: the one call is for the hash seed.
	MakeStack EntryOp = "make-stack"
	// Clear is clear(m), or a loop that the compiler turns into it.
	Clear EntryOp = "clear"
	// RangeInit and RangeNext start and advance the iterator of a range statement.
	RangeInit EntryOp = "range-init"
	RangeNext EntryOp = "range-next"
	// Clone is maps.Clone; the name is that under which the runtime's mapclone is linked.
	Clone EntryOp = "clone"
)

// Entry names the function that the compiler calls for an operation, as it is
// linked: "runtime.mapassign_fast64" (walk/walk.go: mapfast, mkmapnames;
// walk/expr.go: walkIndexMap; walk/assign.go: walkAssignMapRead).
//
// fast is the class of the key type: "32", "64", "32ptr", "64ptr", "str", or ""
// for the general functions. elemSize is the size of an element in bytes. Both
// matter to lookups, Assign and Delete only. "" is returned where the function
// is not known, among it for an element size of -1.
func (f Facts) Entry(op EntryOp, fast string, elemSize int64) string {
	r, ok := findRelease(f.Minor, f.Design)
	if !f.Known || !ok {
		return ""
	}
	name := ""
	switch op {
	case Access1, Access2:
		name = f.keyed("map"+string(op), fast, "", elemSize)
		if name != "" && elemSize > maxZeroVal {
			// The caller passes a zero value: the runtime's own is too small.
			name += "_fat"
		}
	case Assign:
		name = f.keyed("mapassign", fast, "ptr", elemSize)
	case Delete:
		name = f.keyed("mapdelete", fast, "", elemSize)
	case MakeSmall:
		name = "makemap_small"
	case Make:
		name = "makemap"
	case MakeStack:
		name = r.stackMake
	case Clear:
		name = "mapclear"
	case RangeInit:
		name = r.rangeInit
	case RangeNext:
		name = r.rangeNext
	case Clone:
		return "maps.clone"
	}
	if name == "" {
		return ""
	}
	return "runtime." + name
}

// keyed names the function of an operation that takes a key: base, with the
// suffix of the key's class if elements of this size are kept in the slot.
// pointer is what the suffix of a class of pointers ends with.
func (f Facts) keyed(base, fast, pointer string, elemSize int64) string {
	class, isPointer := strings.CutSuffix(fast, "ptr")
	switch {
	case elemSize < 0:
		return ""
	case isPointer && fast != f.pointerClass():
		return ""
	case class != "" && class != "32" && class != "64" && class != "str":
		return ""
	case fast == "", elemSize > maxInline:
		return base
	case isPointer:
		return base + "_fast" + class + pointer
	default:
		return base + "_fast" + class
	}
}

// pointerClass is the class of keys that are one pointer.
func (f Facts) pointerClass() string {
	switch f.PtrSize {
	case 4:
		return "32ptr"
	case 8:
		return "64ptr"
	default:
		return ""
	}
}
