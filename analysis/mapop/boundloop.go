package mapop

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// rangeTurns is the number of turns of a range over e at most; 0 is not known.
// What is ranged over is evaluated once, before the first turn.
func (b *bounder) rangeTurns(e ast.Expr) int64 {
	tv := b.info.Types[e]
	if tv.Value != nil {
		switch tv.Value.Kind() {
		case constant.Int:
			n, exact := constant.Int64Val(tv.Value)
			if !exact {
				return 0
			}
			return min(max(n, 1), maxBound+1)
		case constant.String:
			return max(int64(len(constant.StringVal(tv.Value))), 1)
		}
		return 0
	}
	if tv.Type == nil || isTypeParam(tv.Type) {
		return 0
	}
	t := tv.Type.Underlying()
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem().Underlying()
	}
	if array, ok := t.(*types.Array); ok {
		return max(array.Len(), 1)
	}
	if _, ok := t.(*types.Slice); ok {
		return b.sliceLen(e)
	}
	return 0
}

// sliceLen is the length of a slice at most; 0 is not known.
func (b *bounder) sliceLen(e ast.Expr) int64 {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return literalLen(e)
	case *ast.SliceExpr:
		if e.High == nil {
			return 0
		}
		if n, ok := b.intValue(e.High); ok {
			return max(n, 1)
		}
	case *ast.Ident:
		v, ok := b.info.Uses[e].(*types.Var)
		if !ok || b.assigned.addressed[v] || v.Kind() != types.LocalVar && !b.private(v) {
			return 0
		}
		values := b.assigned.values[v]
		if len(values) != 1 || values[0].result >= 0 || values[0].expr == nil {
			return 0
		}
		if lit, ok := ast.Unparen(values[0].expr).(*ast.CompositeLit); ok {
			return literalLen(lit)
		}
	}
	return 0
}

// private reports whether v is a package variable that only this package can name.
func (b *bounder) private(v *types.Var) bool {
	return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && !v.Exported()
}

// literalLen is the length of a slice literal without indices, at least 1; 0 is not known.
func literalLen(lit *ast.CompositeLit) int64 {
	for _, elt := range lit.Elts {
		if _, ok := elt.(*ast.KeyValueExpr); ok {
			return 0
		}
	}
	return max(int64(len(lit.Elts)), 1)
}

func (b *bounder) intValue(e ast.Expr) (int64, bool) {
	v := b.info.Types[e].Value
	if v == nil || v.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(v)
}

// loopVar is the variable of a loop of the form "for i := a; i OP b; i STEP",
// which nothing but the loop's own step changes; nil for any other.
func (b *bounder) loopVar(loop *ast.ForStmt) *types.Var {
	init, ok := loop.Init.(*ast.AssignStmt)
	if !ok || init.Tok != token.DEFINE || len(init.Lhs) != 1 || len(init.Rhs) != 1 || loop.Post == nil {
		return nil
	}
	id, ok := init.Lhs[0].(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := b.info.Defs[id].(*types.Var)
	// Two assignments are the first and the step.
	if !ok || b.assigned.addressed[v] || len(b.assigned.values[v]) != 2 || !b.steps(loop.Post, v) {
		return nil
	}
	return v
}

// steps reports whether a statement changes v.
func (b *bounder) steps(s ast.Stmt, v *types.Var) bool {
	switch s := s.(type) {
	case *ast.IncDecStmt:
		return b.names(s.X, v)
	case *ast.AssignStmt:
		return len(s.Lhs) == 1 && b.names(s.Lhs[0], v)
	}
	return false
}

// names reports whether e is the name of v.
func (b *bounder) names(e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && b.info.ObjectOf(id) == v
}

// forTurns is the number of turns of a counting loop between constants; 0 is not known.
func (b *bounder) forTurns(loop *ast.ForStmt) int64 {
	v := b.loopVar(loop)
	if v == nil {
		return 0
	}
	from, ok1 := b.intValue(loop.Init.(*ast.AssignStmt).Rhs[0])
	step, ok2 := b.step(loop.Post)
	cond, ok3 := ast.Unparen(condition(loop)).(*ast.BinaryExpr)
	if !ok1 || !ok2 || !ok3 || step == 0 || !b.names(cond.X, v) {
		return 0
	}
	to, ok := b.intValue(cond.Y)
	if !ok || from < -maxBound || from > maxBound || to < -maxBound || to > maxBound || step < -maxBound || step > maxBound {
		return 0
	}
	switch {
	case cond.Op == token.LSS && step > 0:
		to--
	case cond.Op == token.LEQ && step > 0:
	case cond.Op == token.GTR && step < 0:
		to++
	case cond.Op == token.GEQ && step < 0:
	default:
		return 0
	}
	// The step behind the last turn must not wrap around, or the loop goes on.
	if !fits(to+step, v.Type()) {
		return 0
	}
	if step > 0 && to >= from || step < 0 && to <= from {
		return (to-from)/step + 1
	}
	return 1 // none
}

// condition is a loop's, a name without meaning where it has none.
func condition(loop *ast.ForStmt) ast.Expr {
	if loop.Cond == nil {
		return &ast.Ident{}
	}
	return loop.Cond
}

// step is what a statement i++, i--, i += c or i -= c adds.
func (b *bounder) step(s ast.Stmt) (int64, bool) {
	switch s := s.(type) {
	case *ast.IncDecStmt:
		if s.Tok == token.INC {
			return 1, true
		}
		return -1, true
	case *ast.AssignStmt:
		n, ok := b.intValue(s.Rhs[0])
		switch {
		case ok && s.Tok == token.ADD_ASSIGN:
			return n, true
		case ok && s.Tok == token.SUB_ASSIGN && n > -maxBound:
			return -n, true
		}
	}
	return 0, false
}

// fits reports whether an integer type surely holds n, which is below 2^31 in size.
func fits(n int64, t types.Type) bool {
	if isTypeParam(t) {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsInteger == 0 {
		return false
	}
	if basic.Info()&types.IsUnsigned != 0 && n < 0 {
		return false
	}
	switch basic.Kind() {
	case types.Int8:
		return -1<<7 <= n && n < 1<<7
	case types.Uint8:
		return n < 1<<8
	case types.Int16:
		return -1<<15 <= n && n < 1<<15
	case types.Uint16:
		return n < 1<<16
	}
	return true
}
