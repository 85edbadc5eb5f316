package clearing

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// replaced is a piece of source text with what is put in its place.
type replaced struct {
	pos, end token.Pos
	text     string
}

// substitute is the source text of [pos, end) with pieces replaced.
func substitute(p *rewrite.Pass, pos, end token.Pos, pieces []replaced) string {
	slices.SortFunc(pieces, func(a, b replaced) int { return cmp.Compare(a.pos, b.pos) })
	var out strings.Builder
	for _, r := range pieces {
		out.WriteString(p.TextBetween(pos, r.pos))
		out.WriteString(r.text)
		pos = r.end
	}
	out.WriteString(p.TextBetween(pos, end))
	return out.String()
}

// unconverted is an expression without parentheses and conversions to its own type.
func unconverted(p *rewrite.Pass, e ast.Expr) ast.Expr {
	for {
		e = ast.Unparen(e)
		call, ok := e.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 || !p.Info().Types[call.Fun].IsType() ||
			!types.Identical(p.Info().TypeOf(call), p.Info().TypeOf(call.Args[0])) {
			return e
		}
		e = call.Args[0]
	}
}

// namedOutside reports whether a label is mentioned outside of a node.
func namedOutside(p *rewrite.Pass, label types.Object, n ast.Node) bool {
	for id, obj := range p.Info().Uses {
		if obj == label && !within(id.Pos(), n) {
			return true
		}
	}
	return false
}

// reflexive reports whether every value of a key type equals itself; of a type
// parameter, whether that holds of each type that it may stand for.
func reflexive(t types.Type) bool {
	param, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		return mapop.Reflexive(t)
	}
	iface, ok := param.Constraint().Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for embedded := range iface.EmbeddedTypes() {
		if termsReflexive(embedded) {
			return true
		}
	}
	return false
}

// termsReflexive reports whether an element of a constraint admits reflexive types only.
func termsReflexive(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Union:
		for term := range t.Terms() {
			if !termsReflexive(term.Type()) {
				return false
			}
		}
		return t.Len() > 0
	case *types.TypeParam:
		return false
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok {
		return mapop.Reflexive(t)
	}
	for embedded := range iface.EmbeddedTypes() {
		if termsReflexive(embedded) {
			return true
		}
	}
	return false
}

// firstLine is a node's text up to its first line end.
func firstLine(p *rewrite.Pass, n ast.Node) string {
	text, _, more := strings.Cut(p.Text(n), "\n")
	if more {
		text = strings.TrimSuffix(strings.TrimSpace(text), "{") + "…"
	}
	return text
}

// assigns reports whether a variable is assigned in a node, or its address taken.
func assigns(p *rewrite.Pass, n ast.Node, v types.Object) bool {
	found := false
	is := func(e ast.Expr) {
		id, ok := e.(*ast.Ident)
		found = found || ok && p.Object(id) == v
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				is(ast.Unparen(e))
			}
		case *ast.IncDecStmt:
			is(ast.Unparen(n.X))
		case *ast.RangeStmt:
			is(n.Key)
			is(n.Value)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				is(ast.Unparen(n.X))
			}
		}
		return !found
	})
	return found
}

// continues reports whether a statement of a loop's body can go on to the next iteration.
func continues(s ast.Stmt) bool { return jumps(s, token.CONTINUE) }

// breaks reports whether a statement of a loop's body can break out of the loop.
func breaks(s ast.Stmt) bool { return jumps(s, token.BREAK) }

// jumps looks for a branch statement of a kind that is not one of an inner statement's
// own; one with a label always counts.
func jumps(s ast.Stmt, tok token.Token) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			ast.Inspect(n, func(n ast.Node) bool {
				b, ok := n.(*ast.BranchStmt)
				found = found || ok && b.Tok == tok && b.Label != nil
				return !found
			})
			return false
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if tok == token.BREAK {
				ast.Inspect(n, func(n ast.Node) bool {
					b, ok := n.(*ast.BranchStmt)
					found = found || ok && b.Tok == tok && b.Label != nil
					return !found
				})
				return false
			}
		case *ast.BranchStmt:
			found = found || n.Tok == tok
		}
		return !found
	})
	return found
}
