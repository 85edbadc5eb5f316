package hint

import (
	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

var syncMap = &Rule{
	ID:    "sync-map",
	Title: "a sync.Map operation that allocates",
	part:  partAllocation,
	Doc: `**What.** The number of allocations of a ` + "`sync.Map`" + ` method call: the entry that it stores and the boxes of its
arguments, which are interfaces. What an argument may allocate in a number that is not known is not counted.

**Why it matters.** A ` + "`sync.Map`" + ` allocates an entry for every store, also over an existing key, where a map under a lock
allocates nothing. Under a load with many stores or deletes it is slower than that for this reason.

**Example.**

` + "```go" + `
var hits sync.Map
hits.Store(id, n)       // +3 allocs for two integers: an entry and two boxes
hits.Load("requests")   // silent: a constant's box is static
` + "```" + `

**When it stays silent.** For methods that allocate nothing, such as ` + "`Load`" + ` and ` + "`Delete`" + ` of a key that needs no box
(the root that the very first use of a map allocates does not count, nor do the nodes that few new keys need), and where the number is not known.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		if !op.Op.Type.Sync || op.Allocates == placement.Never {
			return "", "", false
		}
		n := 0
		for _, a := range op.Allocations {
			switch a.Cause {
			case "first-use", "trie-branch", "promotion", placement.CauseUnsettled:
			default:
				n += a.Count
			}
		}
		return plural(n), Quiet, n > 0
	},
}
