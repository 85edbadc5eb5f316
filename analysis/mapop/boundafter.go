package mapop

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/mapescape/mapescape/analysis/source"
)

// held is where the variable is declared that an insert's map is in, and the
// offset of what comes after the insert; nothing where they are not known.
func (b *bounder) held(w writes) (source.Range, int) {
	if w.in == nil {
		return source.Range{}, 0
	}
	in, _, ok := b.span(w.in.Pos(), w.in.Pos()+token.Pos(len(w.in.Name())))
	if !ok || !w.after.IsValid() {
		return in, 0
	}
	until, _, ok := b.span(w.in.Pos(), w.after)
	if !ok || until.Path != in.Path {
		return in, 0
	}
	return in, until.End
}

// after is the end of the statement that n is in, or of the outermost loop or switch
// around it that v's declaration is not repeated by. A function literal may be called
// later than what stands behind it.
func (b *bounder) after(v *types.Var, n ast.Node) token.Pos {
	end := token.NoPos
	for child, node := n, b.parents[n]; node != nil; child, node = node, b.parents[node] {
		if s, ok := node.(ast.Stmt); ok && !end.IsValid() {
			end = s.End()
		}
		repeats, around := b.repeats(node, child, v)
		if around {
			break
		}
		if _, lit := node.(*ast.FuncLit); lit {
			return token.NoPos
		}
		switch node.(type) {
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			repeats = true // the cases behind a default are evaluated before it
		}
		if repeats {
			end = node.End()
		}
	}
	return end
}

// inLiteral reports whether a function literal among the nodes does not contain v's declaration.
func inLiteral(nodes []ast.Node, v *types.Var) bool {
	for _, n := range nodes {
		if lit, ok := n.(*ast.FuncLit); ok && (v.Pos() < lit.Pos() || lit.End() <= v.Pos()) {
			return true
		}
	}
	return false
}

// jumpedBack reports whether a goto repeats what is at pos, but not v's declaration.
func (b *bounder) jumpedBack(v *types.Var, pos token.Pos) bool {
	for _, back := range b.back {
		if back.contains(pos) && back.start > v.Pos() {
			return true
		}
	}
	return false
}
