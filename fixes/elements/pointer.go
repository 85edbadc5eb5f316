package elements

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

func newProblem(r rewrite.Reason, at ast.Node, format string, args ...any) problem {
	return problem{r, at, fmt.Sprintf(format, args...)}
}

// follow says what is done with a pointer to a struct, at the expression that has it.
func follow(p *rewrite.Pass, c inspector.Cursor) pointerUse {
	for c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	parent := c.Parent()
	switch c.ParentEdgeKind() {
	case edge.SelectorExpr_X:
		sel := p.Info().Selections[parent.Node().(*ast.SelectorExpr)]
		if sel == nil {
			break
		}
		if sel.Kind() == types.FieldVal {
			if len(sel.Index()) > 1 {
				return pointerUse{keeps, c} // through an embedded struct or pointer
			}
			return pointerUse{memory(p, parent), c}
		}
		fn, ok := sel.Obj().(*types.Func)
		if !ok || len(sel.Index()) > 1 || parent.ParentEdgeKind() != edge.CallExpr_Fun {
			break
		}
		if _, pointer := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer); !pointer {
			return pointerUse{reads, c}
		}
	case edge.StarExpr_X:
		switch memory(p, parent) {
		case reads:
			return pointerUse{copies, c}
		case writes:
			return pointerUse{writes, c}
		}
	case edge.BinaryExpr_X, edge.BinaryExpr_Y:
		b := parent.Node().(*ast.BinaryExpr)
		if (b.Op == token.EQL || b.Op == token.NEQ) && (p.Info().Types[b.X].IsNil() || p.Info().Types[b.Y].IsNil()) {
			return pointerUse{tests, c}
		}
	case edge.AssignStmt_Rhs:
		s := parent.Node().(*ast.AssignStmt)
		if len(s.Lhs) == 1 && s.Tok == token.ASSIGN {
			if id, ok := s.Lhs[0].(*ast.Ident); ok && id.Name == "_" {
				return pointerUse{reads, c}
			}
		}
	}
	return pointerUse{keeps, c}
}

// memory says what is done with a part of a struct that a pointer points to.
func memory(p *rewrite.Pass, c inspector.Cursor) useKind {
	for {
		parent := c.Parent()
		switch kind, _ := c.ParentEdge(); kind {
		case edge.ParenExpr_X:
			c = parent
			continue
		case edge.SelectorExpr_X:
			sel := p.Info().Selections[parent.Node().(*ast.SelectorExpr)]
			if sel == nil {
				return keeps
			}
			if sel.Kind() != types.FieldVal {
				return called(p, c, sel)
			}
			if sel.Indirect() {
				return reads // a pointer in the struct is read, and followed
			}
			c = parent
			continue
		case edge.IndexExpr_X:
			if _, array := p.Info().TypeOf(c.Node().(ast.Expr)).Underlying().(*types.Array); array {
				c = parent
				continue
			}
			return reads // of a slice, map, string or pointer
		case edge.SliceExpr_X:
			if _, array := p.Info().TypeOf(c.Node().(ast.Expr)).Underlying().(*types.Array); array {
				return keeps
			}
			return reads
		case edge.RangeStmt_X:
			return reads
		case edge.AssignStmt_Lhs, edge.IncDecStmt_X, edge.RangeStmt_Key, edge.RangeStmt_Value:
			return writes
		case edge.UnaryExpr_X:
			if parent.Node().(*ast.UnaryExpr).Op == token.AND {
				return keeps
			}
		}
		return reads
	}
}

// called says what a method call does with the part of a struct in front of its dot.
func called(p *rewrite.Pass, c inspector.Cursor, sel *types.Selection) useKind {
	fn, ok := sel.Obj().(*types.Func)
	if !ok {
		return keeps
	}
	if _, pointer := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer); !pointer {
		return reads
	}
	if _, already := p.Info().TypeOf(c.Node().(ast.Expr)).Underlying().(*types.Pointer); already {
		return reads
	}
	return keeps
}

// locked reports whether values of a type must not be copied, by what package sync has.
func locked(t types.Type) bool {
	switch u := types.Unalias(t).(type) {
	case *types.Named:
		if pkg := u.Obj().Pkg(); pkg != nil && (pkg.Path() == "sync" || pkg.Path() == "sync/atomic") {
			return true
		}
		return locked(u.Underlying())
	case *types.Struct:
		for f := range u.Fields() {
			if locked(f.Type()) {
				return true
			}
		}
	case *types.Array:
		return locked(u.Elem())
	}
	return false
}
