package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// turnKeys bounds the keys of an insert whose key is the variable of a loop with a
// bound: as many as the loop has turns, however often each inserts. A variable
// that counts has the same values whenever the loop is executed; one that holds
// elements may have others each time.
func (b *bounder) turnKeys(v *types.Var, ix *ast.IndexExpr) int64 {
	id, ok := ast.Unparen(ix.Index).(*ast.Ident)
	if !ok {
		return 0
	}
	key, ok := b.info.Uses[id].(*types.Var)
	if !ok || b.assigned.addressed[key] {
		return 0
	}
	for node := b.parents[ix]; node != nil; node = b.parents[node] {
		switch loop := node.(type) {
		case *ast.ForStmt:
			if b.loopVar(loop) == key {
				return b.forTurns(loop)
			}
		case *ast.RangeStmt:
			if loop.Tok != token.DEFINE || len(b.assigned.values[key]) != 1 {
				continue
			}
			if b.defines(loop.Key, key) {
				return b.rangeTurns(loop.X)
			}
			if b.defines(loop.Value, key) {
				return b.elements(v, loop)
			}
		}
	}
	return 0
}

// elements is how many values the element variable of a loop has at most while v's declaration is in force.
func (b *bounder) elements(v *types.Var, loop *ast.RangeStmt) int64 {
	n := b.rangeTurns(loop.X)
	outer, _ := b.perMap(v, loop)
	if n *= outer; n > maxBound {
		return 0
	}
	return n
}

// defines reports whether e declares v.
func (b *bounder) defines(e ast.Expr, v *types.Var) bool {
	id, ok := e.(*ast.Ident)
	return ok && b.info.Defs[id] == v
}

// distinct is the number of values that an integer expression can have by its
// outermost operation, a mask or a remainder by a constant; 0 is not known.
func (b *bounder) distinct(e ast.Expr) int64 {
	e = ast.Unparen(e)
	x, ok := e.(*ast.BinaryExpr)
	if !ok || b.info.Types[e].Value != nil || isTypeParam(b.info.TypeOf(e)) {
		return 0
	}
	basic, ok := b.info.TypeOf(e).Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsInteger == 0 {
		return 0
	}
	n, ok := b.intValue(x.Y)
	if !ok || n < 0 || n > maxBound {
		return 0
	}
	switch x.Op {
	case token.AND:
		return n + 1
	case token.REM:
		if n == 0 {
			return 0
		}
		if basic.Info()&types.IsUnsigned != 0 {
			return n
		}
		return 2*n - 1
	}
	return 0
}
