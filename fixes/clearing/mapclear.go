package clearing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapClear replaces a loop that deletes every entry.
var MapClear = &rewrite.Fix{
	ID:         "mapclear",
	Title:      "a loop that deletes every entry becomes clear",
	Kind:       "refactor.rewrite.mapClear",
	Standalone: true,
	Doc: `**What.** ` + "`for k := range m { delete(m, k) }`" + ` becomes ` + "`clear(m)`" + `.

**When.** The body is exactly that delete, the map is one that can be named twice without side effects, and the key variable is
the loop's own. Where the key's type holds a float, a complex number or an interface the fix is of class B: a NaN is no key
that a loop can delete, and clear removes it.

**Gain.** None in speed where the compiler turns the loop into one clear by itself, which it does for key types whose values
equal themselves and loops without a second variable; the verdict says whether it did. Elsewhere each entry is hashed and looked
up again to be deleted, and clear is one pass over the map's groups.

**Example.**

` + "```go" + `
for k := range m {     // → clear(m)
	delete(m, k)
}
` + "```",
	Reasons: []rewrite.Reason{keyOutlives, effects, shadowedClear},
	Run:     mapClear,
}

var (
	keyOutlives   = rewrite.Reason{ID: "key-outlives", Doc: "The loop assigns a variable that is declared outside of it."}
	effects       = rewrite.Reason{ID: "effects", Doc: "The map expression has side effects, which the loop repeats for every entry."}
	shadowedClear = rewrite.Reason{ID: "shadowed", Doc: "The name of the function that the rewrite calls means something else there."}
)

func mapClear(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.RangeStmt)(nil)) {
		loop := c.Node().(*ast.RangeStmt)
		m := p.Map(loop.X)
		if m == nil || !deletesOnly(p, loop) {
			continue
		}
		text := p.Text(ast.Unparen(loop.X))
		title := "Replace delete loop with clear(" + text + ")"
		at := rewrite.At{Cursor: c, Head: loop.Body}
		switch {
		case loop.Tok == token.ASSIGN:
			p.Refuse(at, title, keyOutlives, loop.Key, "%s is set to the last key deleted, and may be read after the loop", p.Text(loop.Key))
		case !p.Simple(loop.X):
			p.Refuse(at, title, effects, loop.X, "%s is evaluated once for each entry", text)
		case !p.AtLeast(c, "go1.21"):
			p.Refuse(at, title, rewrite.OldGo, nil, "clear needs go1.21")
		case !p.IsBuiltin(c, "clear"):
			p.Refuse(at, title, shadowedClear, nil, "clear is not the predeclared function here")
		default:
			offerClear(p, loop, at, title, text)
		}
	}
}

// deletesOnly reports whether a loop's body is the delete of its key from the
// map it ranges over.
func deletesOnly(p *rewrite.Pass, loop *ast.RangeStmt) bool {
	if len(loop.Body.List) != 1 || loop.Key == nil || !blank(loop.Value) {
		return false
	}
	s := loop.Body.List[0]
	for {
		block, ok := s.(*ast.BlockStmt)
		if !ok || len(block.List) != 1 {
			return isDelete(p, loop, s)
		}
		s = block.List[0]
	}
}

func blank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return e == nil || ok && id.Name == "_"
}

func offerClear(p *rewrite.Pass, loop *ast.RangeStmt, at rewrite.At, title, text string) {
	key := p.Map(loop.X).Key()
	keyText := types.TypeString(key, types.RelativeTo(p.Pkg.Types))
	o := rewrite.Offer{
		Title: title, Class: rewrite.Safe,
		Message: "this loop deletes every entry of " + text,
		Cost:    "one pass over the map's groups instead of a lookup and delete for every entry",
		Gain:    rewrite.Gain{Proven: true, Text: "one clear instead of a delete per entry"},
	}
	if !reflexive(key) {
		o.Class = rewrite.Review
		o.Title += " (review)"
		o.Assumes = "clear also removes keys that do not equal themselves, such as NaN, which " + keyText + " can hold and the loop leaves in the map; that is usually what was meant"
	}
	if op, ok := p.Loop(loop); ok && op.Lowered == "runtime.mapclear" {
		o.Cost = "the same machine code: the compiler turns this loop into one clear by itself"
		o.Gain = rewrite.Gain{}
		o.Message += ", which clear says in one word"
	}
	e := p.Edit()
	e.ReplaceNode(loop, "clear("+text+")")
	p.Offer(at, o, e)
}
