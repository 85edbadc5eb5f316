package sizing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapBytesKey looks a key of bytes up before it makes a string of them.
var MapBytesKey = &rewrite.Fix{
	ID:         "mapbyteskey",
	Title:      "a set that is added to with string(b) looks first",
	Kind:       "refactor.rewrite.mapBytesKey",
	Standalone: true,
	Optional:   true,
	Doc: `**What.** ` + "`set[string(b)] = true`" + ` becomes ` + "`if !set[string(b)] { set[string(b)] = true }`" + `, and with ` + "`struct{}{}`" + ` the same with
` + "`if _, ok := set[string(b)]; !ok`" + `.

**When.** The key is a conversion of bytes that can be written twice, and the value is one that a key which is there has already: ` + "`true`" + ` in a map
of bool, or ` + "`struct{}{}`" + `. For other values, and for updates, the key is needed as a string whether it is there or not.

**Gain.** An assignment makes the string before it looks for the key, one allocation each time; a lookup with ` + "`string(b)`" + ` does not. So where most keys
are there already, most allocations go; where most are new, each costs a second lookup.

**Example.**

` + "```go" + `
seen[string(line)] = true     // → if !seen[string(line)] {
                              //   	seen[string(line)] = true
                              //   }
` + "```",
	Reasons: []rewrite.Reason{valueDiffers},
	Run:     mapBytesKey,
}

var valueDiffers = rewrite.Reason{ID: "value", Doc: "A key that is there gets another value, for which the update needs the string."}

func mapBytesKey(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.IndexExpr)(nil)) {
		x := c.Node().(*ast.IndexExpr)
		b, ok := fromBytes(p, x)
		if !ok || p.Map(x.X) == nil || !p.Simple(x.X) || !p.Simple(b) || looked(p, c, x) {
			continue
		}
		stmt := c.Parent()
		const title = "Look first, for string(b) allocates only in the assignment"
		switch s := stmt.Node().(type) {
		case *ast.IncDecStmt:
			p.Refuse(rewrite.On(stmt), title, valueDiffers, nil, "%s gets another value each time, and the update needs the key as a string; a map of pointers would let a lookup find what to change", p.Text(x))
		case *ast.AssignStmt:
			if len(s.Lhs) != 1 || len(s.Rhs) != 1 || s.Lhs[0] != ast.Expr(x) {
				continue
			}
			bytesKey(p, stmt, s, x, title)
		}
	}
}

func bytesKey(p *rewrite.Pass, c inspector.Cursor, s *ast.AssignStmt, x *ast.IndexExpr, title string) {
	test := ""
	switch elem := p.Map(x.X).Elem().Underlying().(type) {
	case *types.Basic:
		if s.Tok == token.ASSIGN && elem.Info()&types.IsBoolean != 0 && p.Info().Types[s.Rhs[0]].Value != nil && p.Info().Types[s.Rhs[0]].Value.String() == "true" {
			test = "!" + p.Text(x)
		}
	case *types.Struct:
		if lit, ok := ast.Unparen(s.Rhs[0]).(*ast.CompositeLit); ok && s.Tok == token.ASSIGN && elem.NumFields() == 0 && len(lit.Elts) == 0 {
			name := p.Fresh("ok", c)
			test = "_, " + name + " := " + p.Text(x) + "; !" + name
		}
	}
	switch {
	case s.Tok != token.ASSIGN:
		p.Refuse(rewrite.On(c), title, valueDiffers, nil, "%s gets another value each time, and the update needs the key as a string; a map of pointers would let a lookup find what to change", p.Text(x))
		return
	case test == "" || !inList(c):
		return
	}
	e := p.Edit()
	e.ReplaceNode(s, "if "+test+" {\n"+p.Text(s)+"\n}")
	p.Offer(rewrite.On(c), rewrite.Offer{
		Title: title, Class: rewrite.Safe,
		Message: "the assignment makes a string of the bytes, also where the key is there already",
		Cost:    "no allocation where the key is there, instead of one; where it is new, one lookup more",
		Gain:    rewrite.Gain{Text: "saves an allocation for each key that is there"},
	}, e)
}

// fromBytes gives b in the key string(b) of an index expression.
func fromBytes(p *rewrite.Pass, x *ast.IndexExpr) (ast.Expr, bool) {
	call, ok := ast.Unparen(x.Index).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || !p.Info().Types[call.Fun].IsType() {
		return nil, false
	}
	to, ok := p.Info().TypeOf(call).Underlying().(*types.Basic)
	from, isSlice := p.Info().TypeOf(call.Args[0]).Underlying().(*types.Slice)
	if !ok || !isSlice || to.Info()&types.IsString == 0 {
		return nil, false
	}
	elem, ok := from.Elem().Underlying().(*types.Basic)
	return call.Args[0], ok && elem.Kind() == types.Byte
}

// looked reports whether an if around has looked for the key.
func looked(p *rewrite.Pass, c inspector.Cursor, x *ast.IndexExpr) bool {
	for outer := range c.Enclosing((*ast.IfStmt)(nil)) {
		s := outer.Node().(*ast.IfStmt)
		for _, part := range []ast.Node{s.Init, s.Cond} {
			if part == nil {
				continue
			}
			found := false
			ast.Inspect(part, func(n ast.Node) bool {
				y, ok := n.(*ast.IndexExpr)
				found = found || ok && p.Map(y.X) != nil && p.Text(y.Index) == p.Text(x.Index)
				return !found
			})
			if found {
				return true
			}
		}
	}
	return false
}
