package hint

import (
	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

var home = &Rule{
	ID:    "home",
	Title: "where the map operated on lives",
	part:  partHome,
	Doc: `**What.** The home of the map that an operation works on, taken from the places where it may have been made:
` + "`heap map`, `stack map`" + ` (header and first group; the 9th entry still moves entries to the heap), ` + "`stack+heap map`" + ` (only
the header is on the stack, since it was made with tables), ` + "`mixed`" + ` (those places disagree) or ` + "`nil map`" + `.
Deletes, clears and ` + "`maps.DeleteFunc`" + ` have it at the level normal, every other operation at the level all.

**Why it matters.** Deleting frees no memory of the map: a heap map keeps all its tables until the map itself dies, a stack
map's group goes with the frame.

**Example.**

` + "```go" + `
func f(shared map[string]int) {
	local := map[string]int{"a": 1}
	delete(local, "a")    // stack map
	delete(shared, "a")   // silent if callers of f may be anywhere
}
` + "```" + `

**When it stays silent.** Where not every place that may have made the map is known, which the hover says.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		if creates(op.Op.Kind) || op.Op.Type.Sync {
			return "", "", false
		}
		level := All
		switch op.Op.Kind {
		case mapop.Delete, mapop.Clear, "maps.DeleteFunc":
			level = Normal
		}
		switch op.Header {
		case placement.Heap:
			return "heap map", level, true
		case placement.Mixed:
			return "mixed", level, true
		case placement.Nil:
			return "nil map", All, true
		case placement.Stack:
			switch op.Group {
			case placement.Stack, placement.Depends:
				return "stack map", level, true
			case placement.Mixed:
				return "mixed", level, true
			case placement.None:
				if op.Tables == placement.TablesAtMake {
					return "stack+heap map", level, true
				}
			}
		}
		return "", "", false
	},
}
