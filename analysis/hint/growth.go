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
	Doc: `**What.** An operation that may insert a key, into a map that may have to grow for it, is labelled ` + "`may grow`" + `;
an insert that is always the first one into its heap map, and so allocates the map's first group, ` + "`+1 alloc`" + `.

**Why it matters.** Growth is the one allocation of an insert that the compiler never speaks of: the first group of a heap
map, the tables at the 9th entry, and every doubling after that.

**Example.**

` + "```go" + `
m := make(map[string]int)
for _, w := range words {
	m[w]++   // stack map, may grow
}
` + "```" + `

**When it stays silent.** Below the level all, and where it is proved that the map has room: because every key that is ever
stored in it is a constant or comes from a loop with a constant number of turns, and they are at most eight, or at most as
many as the literal size hint of up to 896 makes room for. This is only known of maps whose every use is in sight.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		if creates(op.Op.Kind) || op.Op.Type.Sync || op.Allocates == placement.Never {
			return "", "", false
		}
		grows, always := false, false
		for _, a := range op.Allocations {
			grows = grows || ownStorage(a.What)
			always = always || a.What == "group" && a.When == "" && a.Count == 1
		}
		switch {
		case always:
			return plural(1), All, true
		case grows:
			return "may grow", All, true
		}
		return "", "", false
	},
}
