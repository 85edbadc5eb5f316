package hint

import (
	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

var deleteLoop = &Rule{
	ID:    "delete-loop",
	Title: "a loop that deletes what it ranges over",
	Doc: `**What.** Whether the compiler turns a ` + "`for k := range m { delete(m, k) }`" + ` into one clear of the map: ` + "`= clear`" + `
(level all) or ` + "`not lowered`" + ` (level normal), with the reason in the hover.

**Why it matters.** A loop that is turned into a clear costs what ` + "`clear(m)`" + ` costs. One that is not looks up every key
again to delete it.

**Example.**

` + "```go" + `
for k := range m {      // = clear
	delete(m, k)
}
for k, _ := range m {   // not lowered: a second variable, even the blank one, is enough
	delete(m, k)
}
` + "```" + `

**When it stays silent.** For loops over a map that delete from no map or another one, and where it is not known what the
compiler makes of the loop.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		switch {
		case op.Op.Loop == nil || op.Lowered == "":
			return "", "", false
		case op.Lowered == lowerClear:
			return "= clear", All, true
		default:
			return "not lowered", Normal, true
		}
	},
}

// lowerClear is the runtime's function that empties a map.
const lowerClear = "runtime.mapclear"
