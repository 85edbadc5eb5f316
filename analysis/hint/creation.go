package hint

import (
	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

var creation = &Rule{
	ID:    "creation",
	Title: "where a new map lives",
	part:  partHome,
	Doc: `**What.** Where the parts of a map are put when it is created: by ` + "`make`" + `, a literal, a call whose
callee creates it, ` + "`maps.Clone`" + ` or ` + "`maps.Collect`" + `.

| label | header | first group of eight | tables | level |
| --- | --- | --- | --- | --- |
| ` + "`heap`" + ` | heap | heap, at the first insert at the latest, or not needed | heap | quiet |
| ` + "`stack`" + ` | stack | stack | never needed | normal |
| ` + "`stack ≤8`" + ` | stack | stack | heap, from the 9th entry on | normal |
| ` + "`stack+heap`" + ` | stack | none | heap, at once | quiet |
| ` + "`stack if ≤8`" + ` | stack | stack when the size hint is at most 8 | heap at once when it is larger | normal |
| ` + "`mixed`" + ` | variants, instantiations or inlined copies disagree | | | quiet |
| ` + "`nil map`" + ` | there is none yet | | | all |

**Why it matters.** A map on the stack costs no allocation and leaves the garbage collector nothing to free. The compiler
decides it for the header and the first group; tables are always on the heap, whatever the compiler says of the map.

**Example.**

` + "```go" + `
func count(words []string) int {
	seen := make(map[string]bool)             // stack ≤8
	byLen := make(map[int]int, 100)           // stack+heap
	out := make(map[string]int)               // heap: it is returned
	…
` + "```" + `

**When it stays silent.** Where the compiler's verdict or the runtime's behaviour is not known, and below the level
` + "`all`" + ` for a nil map.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		if !creates(op.Op.Kind) || op.Op.Type.Sync {
			return "", "", false
		}
		switch op.Header {
		case placement.Heap:
			return "heap", Quiet, true
		case placement.Mixed:
			return "mixed", Quiet, true
		case placement.Nil:
			return "nil map", All, true
		case placement.Stack:
			return stackLabel(op.Placement)
		}
		return "", "", false
	},
}

// stackLabel labels a creation whose header is on the stack.
func stackLabel(p placement.Placement) (string, Level, bool) {
	switch p.Group {
	case placement.Mixed:
		return "mixed", Quiet, true
	case placement.None:
		if p.Tables == placement.TablesAtMake {
			return "stack+heap", Quiet, true
		}
	case placement.Depends:
		return "stack if ≤8", Normal, true
	case placement.Stack:
		switch p.Tables {
		case placement.TablesNone:
			return "stack", Normal, true
		case placement.TablesAtGrowth, placement.TablesDepends:
			return "stack ≤8", Normal, true
		}
	}
	return "", "", false
}

// creates reports whether operations of a kind yield a map that was not there before.
func creates(kind mapop.Kind) bool {
	switch kind {
	case mapop.Make, mapop.Literal, mapop.New, mapop.Zero, mapop.Call, "maps.Clone", "maps.Collect":
		return true
	}
	return false
}
