package hint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

var clearCapacity = &Rule{
	ID:    "clear-capacity",
	Title: "a clear whose cost follows the map's capacity",
	Doc: `**What.** A ` + "`clear`" + ` in a loop, or of a map that is made with a literal size hint of 1024 or more, is labelled
` + "`O(capacity)`" + `.

**Why it matters.** ` + "`clear`" + ` keeps all tables of the map, and its cost follows their number rather than the number of
entries. One that clears a map that was once large, for rounds that use less than about a tenth of it, is slower than making
a new map, and keeps the memory.

**Example.**

` + "```go" + `
for batch := range batches {
	for _, x := range batch { seen[x] = true }
	clear(seen)   // O(capacity): of the largest batch so far
}
` + "```" + `

**When it stays silent.** Outside loops when no large size hint is seen, and for a map that never has tables.`,
	Apply: func(op analysis.Op, _ runtimemap.Facts) (string, Level, bool) {
		switch {
		case op.Op.Kind != mapop.Clear, op.Tables == placement.TablesNone, op.Tables == placement.TablesNil:
			return "", "", false
		case op.Op.InLoop, madeLarge(op.Op.Origins):
			return "O(capacity)", Normal, true
		}
		return "", "", false
	},
}

// largeHint is a size hint from which on a map has more than one table, in
// internal/runtime/maps: maxTableCapacity.
const largeHint = 1024

// madeLarge reports whether one of the creations has a literal size hint of at
// least largeHint.
func madeLarge(origins []mapop.Origin) bool {
	for _, o := range origins {
		expr, err := parser.ParseExpr(o.Expr)
		if err != nil {
			continue // an origin's text may be cut or be no expression
		}
		call, ok := expr.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			continue
		}
		fun, ok := call.Fun.(*ast.Ident)
		size, isLit := call.Args[1].(*ast.BasicLit)
		if !ok || fun.Name != "make" || !isLit || size.Kind != token.INT {
			continue
		}
		if n, err := strconv.ParseInt(size.Value, 0, 64); err == nil && n >= largeHint {
			return true
		}
	}
	return false
}
