package mapop

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// deadCode tells which code the compiler drops while it writes its
// intermediate form, before escape analysis sees it
// (cmd/compile/internal/noder/writer.go: stmts, terminates, staticBool, switchStmt).
type deadCode struct {
	info *types.Info
}

// split tells the statements of a list that are kept from those that are
// dropped: those behind a statement that does not let control through, where
// no label follows.
func (d deadCode) split(list []ast.Stmt) (live, dropped []ast.Stmt) {
	lastLabel := -1
	for i, stmt := range list {
		if _, ok := stmt.(*ast.LabeledStmt); ok {
			lastLabel = i
		}
	}
	dead := false
	for i, stmt := range list {
		if _, labeled := stmt.(*ast.LabeledStmt); dead && i > lastLabel && !labeled {
			dropped = append(dropped, stmt)
			continue
		}
		live = append(live, stmt)
		dead = d.terminates(stmt)
	}
	return live, dropped
}

func (d deadCode) terminates(stmt ast.Stmt) bool {
	switch stmt := stmt.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return stmt.Tok == token.GOTO
	case *ast.ExprStmt:
		call, ok := ast.Unparen(stmt.X).(*ast.CallExpr)
		return ok && builtinName(d.info, call) == "panic"
	case *ast.IfStmt:
		cond, _ := d.cond(stmt.Cond)
		return (cond < 0 || d.terminates(stmt.Body)) && (cond > 0 || stmt.Else != nil && d.terminates(stmt.Else))
	case *ast.BlockStmt:
		for i := len(stmt.List) - 1; i >= 0; i-- {
			if _, empty := stmt.List[i].(*ast.EmptyStmt); !empty {
				return d.terminates(stmt.List[i])
			}
		}
	}
	return false
}

// cond says whether a condition is known to be true (1), false (-1) or is not
// known (0), and which parts of it are kept.
func (d deadCode) cond(e ast.Expr) (value int, kept []ast.Expr) {
	if v := d.info.Types[e].Value; v != nil {
		if constant.BoolVal(v) {
			return 1, nil
		}
		return -1, nil
	}
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.LAND && b.Op != token.LOR {
		return 0, []ast.Expr{e}
	}
	decisive := -1 // the value of one operand that decides the whole
	if b.Op == token.LOR {
		decisive = 1
	}
	x, keptX := d.cond(b.X)
	if x == decisive {
		return x, keptX
	}
	y, keptY := d.cond(b.Y)
	if x == -decisive || y == decisive {
		if d.info.Types[b.X].Value != nil {
			return y, keptY
		}
		return y, append(keptX, keptY...)
	}
	return 0, append(keptX, keptY...)
}

// clause gives the only clause that a switch over constants may take, nil for
// none; ok is false where that is not known.
func (d deadCode) clause(stmt *ast.SwitchStmt) (target *ast.CaseClause, ok bool) {
	tag := constant.MakeBool(true)
	if stmt.Tag != nil {
		if tag = d.info.Types[stmt.Tag].Value; tag == nil {
			return nil, false
		}
	}
search:
	for _, s := range stmt.Body.List {
		clause, isClause := s.(*ast.CaseClause)
		if !isClause {
			return nil, false
		}
		if clause.List == nil {
			target = clause
		}
		for _, e := range clause.List {
			v := d.info.Types[e].Value
			if v == nil {
				return nil, false
			}
			if constant.Compare(tag, token.EQL, v) {
				target = clause
				break search
			}
		}
	}
	if target != nil && len(target.Body) > 0 && isBranch(target.Body[len(target.Body)-1], token.FALLTHROUGH) {
		return nil, false
	}
	return target, true
}

// builtinName is the name of the predeclared function that call calls, "" for anything else.
func builtinName(info *types.Info, call *ast.CallExpr) string {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		if b, ok := info.Uses[fun].(*types.Builtin); ok {
			return b.Name()
		}
	case *ast.SelectorExpr: // package unsafe
		if b, ok := info.Uses[fun.Sel].(*types.Builtin); ok {
			return b.Name()
		}
	}
	return ""
}
