package clearing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// filledBefore reports whether a map is known not to be nil at a statement
// because of what stands before it in the function: an insert, or a test that it
// is not nil or not empty. Only operations on the map and calls of nothing that
// may set it may stand in between; never says that no code sets it to nil.
func filledBefore(p *rewrite.Pass, q *conduct, c inspector.Cursor, m ast.Expr, never bool) bool {
	never = never && steady(p, m)
	for {
		for prev, ok := c.PrevSibling(); ok; prev, ok = prev.PrevSibling() {
			s, isStmt := prev.Node().(ast.Stmt)
			if !isStmt {
				break
			}
			if _, labelled := s.(*ast.LabeledStmt); labelled {
				return false
			}
			if fills(p, s, m) {
				return true
			}
			if !harmless(p, q, s, m, never) {
				return false
			}
		}
		kind := c.ParentEdgeKind()
		parent := c.Parent()
		switch n := parent.Node().(type) {
		case *ast.IfStmt:
			if kind == edge.IfStmt_Body && implies(p, n.Cond, m) {
				return n.Init == nil || harmless(p, q, n.Init, m, never)
			}
		case *ast.BlockStmt, *ast.CaseClause:
		default: // a loop comes by again, with what its body did; a function literal runs at another time; a label may be jumped to
			return false
		}
		c = parent
	}
}

// fills reports whether a statement inserts into the map unconditionally, or makes it anew.
func fills(p *rewrite.Pass, s ast.Stmt, m ast.Expr) bool {
	assign, ok := s.(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 {
		return false
	}
	if index, ok := ast.Unparen(assign.Lhs[0]).(*ast.IndexExpr); ok {
		return p.Same(index.X, m)
	}
	return p.Same(assign.Lhs[0], m) && len(assign.Rhs) == 1 && fresh(p, assign.Rhs[0])
}

// harmless reports whether a statement leaves the map expression alone.
func harmless(p *rewrite.Pass, q *conduct, s ast.Stmt, m ast.Expr, never bool) bool {
	ok := true
	ast.Inspect(m, func(n ast.Node) bool {
		if id, isID := n.(*ast.Ident); isID {
			if v, isVar := p.Object(id).(*types.Var); isVar && (!never || !rootedIn(p, m, v)) {
				ok = ok && !assigns(p, s, v)
			}
		}
		return ok
	})
	return ok && (never || q.loudCalls(s) == nil)
}

// rootedIn reports whether v is the variable or field that m names itself, not one on the way to it.
func rootedIn(p *rewrite.Pass, m ast.Expr, v *types.Var) bool { return p.Object(m) == v }

// implies reports whether a condition can only hold if the map is not nil.
func implies(p *rewrite.Pass, cond, m ast.Expr) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return false
	}
	x, y, op := b.X, b.Y, b.Op
	switch op {
	case token.LAND:
		return implies(p, x, m) || implies(p, y, m)
	case token.LOR:
		return implies(p, x, m) && implies(p, y, m)
	case token.LSS, token.LEQ:
		x, y = y, x
		op = map[token.Token]token.Token{token.LSS: token.GTR, token.LEQ: token.GEQ}[op]
	case token.EQL, token.NEQ:
		if p.Info().Types[x].IsNil() || p.Info().Types[x].Value != nil {
			x, y = y, x
		}
	}
	if op == token.NEQ && p.Info().Types[y].IsNil() {
		return p.Same(x, m)
	}
	args, ok := p.CallOf(ast.Unparen(x), "len")
	if !ok || len(args) != 1 || !p.Same(args[0], m) {
		return false
	}
	v := p.Info().Types[y].Value
	if v == nil {
		return false
	}
	n, exact := constant.Int64Val(constant.ToInt(v))
	switch op {
	case token.GTR, token.NEQ:
		return exact && (n >= 0 && op == token.GTR || n == 0)
	case token.GEQ, token.EQL:
		return exact && n > 0
	}
	return false
}

// loudCalls is loud, but lets a statement assign what it likes.
func (q *conduct) loudCalls(s ast.Stmt) ast.Node {
	var found ast.Node
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			args, isDelete := q.p.CallOf(n, "delete")
			if found == nil && !(isDelete && len(args) == 2) && !q.quietCall(n) {
				found = n
			}
		case *ast.SendStmt, *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt:
			if found == nil {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// steady reports whether an expression names the same variable at any time: it is one,
// or a field of what a variable holds that is set where it is declared and nowhere else.
func steady(p *rewrite.Pass, m ast.Expr) bool {
	sel, ok := ast.Unparen(m).(*ast.SelectorExpr)
	if !ok {
		return identOf(m) != nil
	}
	id := identOf(sel.X)
	if id == nil {
		return false
	}
	v, ok := p.Object(id).(*types.Var)
	if !ok {
		_, isPackage := p.Object(id).(*types.PkgName)
		return isPackage
	}
	for _, u := range p.Uses(v) {
		if u.Kind == rewrite.UseAddress || u.Kind == rewrite.UseAssign {
			return false
		}
	}
	return v.Parent() != p.Pkg.Types.Scope() || !v.Exported()
}
