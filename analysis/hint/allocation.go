package hint

import (
	"fmt"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

var allocation = &Rule{
	ID:    "allocation",
	Title: "an operation that allocates beyond the map's own growth",
	part:  partAllocation,
	Doc: `**What.** The operation may allocate something besides the map's header, group and tables:

| label | what is allocated |
| --- | --- |
| ` + "`boxes key`, `boxes val`" + ` | the value behind the interface that the key or element is converted to |
| ` + "`copies key`, `copies val`" + ` | the bytes of a converted or concatenated string |
| ` + "`&v→heap`" + ` | the composite literal, or the local variable, whose address is stored in the map; the variable where it is declared |
| ` + "`+1 alloc`, `+2 allocs`" + ` | anything else, and several of the above together |

**Why it matters.** Most of these allocations repeat with every execution, also for a key that is in the map already, and
nothing in the syntax of ` + "`m[k] = v`" + ` shows them.

**Example.**

` + "```go" + `
var m map[any]int
m[n] = 1              // boxes key: n is an int that is not known
byName[string(b)]++   // copies key: before the lookup, whether it is present or not
index[k] = &entry{}   // &v→heap
` + "```" + `

**When it stays silent.** For boxes that the compiler makes static data or that need no memory (constants, pointers,
one-byte integers), for conversions that it elides in a lookup, for function literals that capture nothing, and where
it is not known whether anything is allocated. What ` + "`sync.Map`" + `
allocates is the rule sync-map; growth is the rule growth.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		if op.Op.Type.Sync {
			return "", "", false
		}
		var extra []placement.Allocation
		for _, a := range op.Allocations {
			if op.Allocates == placement.Never && a.Cause != placement.CauseMoved {
				continue
			}
			if !ownStorage(a.What) && certain(op, a) {
				extra = append(extra, a)
			}
		}
		if len(extra) == 0 {
			return "", "", false
		}
		if n, known := count(extra); known && n > 1 {
			return plural(n), Quiet, true
		}
		return allocationLabel(extra[0]), Quiet, true
	},
}

// certain reports whether it is known that the allocation comes about when the
// operation is executed, for some value of its operands. What hangs on a
// verdict of the compiler that was not found is no ground for a label.
func certain(op analysis.Op, a placement.Allocation) bool {
	switch mapop.PartForm(a.Cause) {
	case placement.CauseUnsettled, placement.CauseTypeArgument, mapop.PartOther, mapop.PartAssert, mapop.PartMoved:
		return false
	case mapop.PartMap:
		return false // the map made there is an operation with a label of its own
	}
	switch a.What {
	case "variable":
		return op.Allocates == placement.Always
	case "closure":
		return a.When == ""
	case "iterator":
		return a.Count > 0
	}
	return true
}

// allocationLabel names one allocation.
func allocationLabel(a placement.Allocation) string {
	switch a.What {
	case "key-boxed":
		return "boxes key"
	case "elem-boxed":
		return "boxes val"
	case "key-conversion":
		return "copies key"
	case "elem-conversion":
		return "copies val"
	case "key-escapes", "elem-escapes":
		if a.Cause == string(mapop.PartAddress) || a.Cause == placement.CauseMoved {
			return "&v→heap"
		}
	}
	return plural(1)
}

// ownStorage reports whether an allocation is of the map's header, group or tables.
func ownStorage(what string) bool {
	switch what {
	case "header", "group", "table", "growth":
		return true
	}
	return false
}

// count adds up allocations; known is false where the number of one is not known.
func count(all []placement.Allocation) (n int, known bool) {
	for _, a := range all {
		if a.Count == 0 {
			return 0, false
		}
		n += a.Count
	}
	return n, true
}

func plural(n int) string {
	if n == 1 {
		return "+1 alloc"
	}
	return fmt.Sprintf("+%d allocs", n)
}
