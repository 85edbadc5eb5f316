package mapop

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// sameExpr compares expressions as the compiler does before it evaluates one
// of them for both (cmd/compile/internal/ir/expr.go: SameSafeExpr).
type sameExpr struct {
	info *types.Info
}

// strip removes parentheses and conversions that change no bits.
func (s sameExpr) strip(e ast.Expr) ast.Expr {
	for {
		e = ast.Unparen(e)
		call, ok := e.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 || s.info.Types[e].Value != nil || !s.info.Types[call.Fun].IsType() {
			return e
		}
		to, from := s.info.TypeOf(call), s.info.TypeOf(call.Args[0])
		if from == nil || !types.IdenticalIgnoreTags(to.Underlying(), from.Underlying()) || isTypeParam(to) != isTypeParam(from) {
			return e
		}
		e = call.Args[0]
	}
}

// safe reports whether l and r are the same expression and free of side effects.
func (s sameExpr) safe(l, r ast.Expr) bool { return s.same(l, r, false) }

// equal is safe, but allows calls and anything else that has side effects.
func (s sameExpr) equal(l, r ast.Expr) bool { return s.same(l, r, true) }

func (s sameExpr) same(l, r ast.Expr, effects bool) bool {
	l, r = s.strip(l), s.strip(r)
	lt, rt := s.info.Types[l], s.info.Types[r]
	if lt.Value != nil || rt.Value != nil {
		return lt.Value != nil && rt.Value != nil && types.Identical(lt.Type, rt.Type) && constant.Compare(lt.Value, token.EQL, rt.Value)
	}
	if t, u := s.info.TypeOf(l), s.info.TypeOf(r); t == nil || u == nil || !types.Identical(single(t), single(u)) {
		return false
	}
	switch l := l.(type) {
	case *ast.Ident:
		r, ok := r.(*ast.Ident)
		return ok && s.info.ObjectOf(l) == s.info.ObjectOf(r)
	case *ast.SelectorExpr:
		r, ok := r.(*ast.SelectorExpr)
		return ok && s.selectors(l, r, effects)
	case *ast.StarExpr:
		r, ok := r.(*ast.StarExpr)
		return ok && s.same(l.X, r.X, effects)
	case *ast.UnaryExpr:
		r, ok := r.(*ast.UnaryExpr)
		return ok && l.Op == r.Op && (effects || safeUnary(l.Op)) && s.same(l.X, r.X, effects)
	case *ast.BinaryExpr:
		r, ok := r.(*ast.BinaryExpr)
		return ok && l.Op == r.Op && (effects || s.safeBinary(l)) && s.same(l.X, r.X, effects) && s.same(l.Y, r.Y, effects)
	case *ast.IndexExpr:
		r, ok := r.(*ast.IndexExpr)
		return ok && s.same(l.X, r.X, effects) && s.same(l.Index, r.Index, effects)
	case *ast.CallExpr:
		r, ok := r.(*ast.CallExpr)
		return ok && s.calls(l, r, effects)
	}
	return false
}

func (s sameExpr) selectors(l, r *ast.SelectorExpr, effects bool) bool {
	if s.info.Uses[l.Sel] != s.info.Uses[r.Sel] {
		return false
	}
	ls, rs := s.info.Selections[l], s.info.Selections[r]
	if ls == nil || rs == nil {
		return ls == rs // pkg.V
	}
	return (effects || ls.Kind() == types.FieldVal) && s.same(l.X, r.X, effects)
}

// calls compares two calls; a conversion between numbers is the only one without effects.
func (s sameExpr) calls(l, r *ast.CallExpr, effects bool) bool {
	if len(l.Args) != len(r.Args) {
		return false
	}
	if s.info.Types[l.Fun].IsType() {
		if !s.info.Types[r.Fun].IsType() || !effects && !isNumeric(s.info.TypeOf(l)) {
			return false
		}
	} else if !effects || !s.same(l.Fun, r.Fun, effects) {
		return false
	}
	for i := range l.Args {
		if !s.same(l.Args[i], r.Args[i], effects) {
			return false
		}
	}
	return true
}

func isNumeric(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

func safeUnary(op token.Token) bool {
	switch op {
	case token.NOT, token.XOR, token.ADD, token.SUB:
		return true
	}
	return false
}

// safeBinary: arithmetic, but no concatenation, comparison or logic.
func (s sameExpr) safeBinary(e *ast.BinaryExpr) bool {
	switch e.Op {
	case token.ADD, token.SUB, token.OR, token.XOR, token.MUL, token.SHL, token.SHR, token.AND, token.AND_NOT, token.QUO, token.REM:
		return isNumeric(s.info.TypeOf(e))
	}
	return false
}
