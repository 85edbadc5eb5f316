package mapop

import (
	"go/ast"
	"go/types"
)

// exprText prints an expression in one line, the contents of literals left out.
func exprText(e ast.Expr) string {
	if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil {
		// An elided type, which go/types has no text for.
		if len(lit.Elts) == 0 {
			return "{}"
		}
		return "{…}"
	}
	return types.ExprString(e)
}
