package hint

import (
	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

var growth = &Rule{
	ID:    "growth",
	Title: "an insert that may grow the map",
	part:  partAllocation,
	Doc: `**What.** An operation that may insert a key, into a map that may have to grow for it, is labelled ` + "`may grow`" + `.

**Why it matters.** Growth is the one allocation of an insert that the compiler never speaks of: the first group of a heap
map, the tables at the 9th entry, and every doubling after that.

**Example.**

` + "```go" + `
m := make(map[string]int)
for _, w := range words {
	m[w]++   // stack map, may grow
}
` + "```" + `

**When it stays silent.** Below the level all, and where it is proved that the map has room.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		if creates(op.Op.Kind) || op.Op.Type.Sync || op.Allocates == placement.Never {
			return "", "", false
		}
		for _, a := range op.Allocations {
			if ownStorage(a.What) {
				return "may grow", All, true
			}
		}
		return "", "", false
	},
}
