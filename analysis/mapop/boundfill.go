package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// fills reports whether a loop has exactly as many turns as the hint says that
// the only map in v was made with: make(map[K]V, len(xs)) and a range over xs,
// or a hint n and a range over n, with nothing in between that changes xs or n.
func (b *bounder) fills(v *types.Var, node ast.Node) bool {
	loop, ok := node.(*ast.RangeStmt)
	if !ok || len(b.assigned.values[v]) != 1 || b.assigned.values[v][0].expr == nil {
		return false
	}
	call, ok := ast.Unparen(b.assigned.values[v][0].expr).(*ast.CallExpr)
	if !ok || builtinName(b.info, call) != "make" || len(call.Args) != 2 || call.Pos() > loop.Pos() {
		return false
	}
	hint := ast.Unparen(call.Args[1])
	if length, ok := hint.(*ast.CallExpr); ok && builtinName(b.info, length) == "len" {
		hint = ast.Unparen(length.Args[0])
		switch b.info.TypeOf(hint).Underlying().(type) {
		case *types.Slice, *types.Map:
		default:
			return false // a channel may yield more than it holds
		}
	} else if t, ok := b.info.TypeOf(hint).Underlying().(*types.Basic); !ok || t.Info()&types.IsInteger == 0 {
		return false
	}
	id, ok := hint.(*ast.Ident)
	if !ok {
		return false
	}
	of, ok := b.info.Uses[id].(*types.Var)
	if !ok || !b.names(loop.X, of) || !b.settled(of) {
		return false
	}
	return coreMap(of.Type()) == nil || b.untouched(v, of, call, loop)
}

// settled reports whether a local variable or a parameter keeps the value that
// it has first.
func (b *bounder) settled(v *types.Var) bool {
	if b.assigned.addressed[v] {
		return false
	}
	switch v.Kind() {
	case types.ParamVar:
		return len(b.assigned.values[v]) == 0 && !b.assigned.bound[v]
	case types.LocalVar:
		return len(b.assigned.values[v]) == 1
	}
	return false
}

// untouched reports whether no code that runs between a make and the end of a
// loop can add to the map in of: there is no call in this text but those of
// built-in functions and conversions, and no insert but those into v.
func (b *bounder) untouched(v, of *types.Var, from ast.Node, loop *ast.RangeStmt) bool {
	block, ok := b.parents[loop].(*ast.BlockStmt)
	if !ok {
		return false
	}
	clean := true
	for _, s := range block.List {
		if s.End() <= from.Pos() || s.Pos() > loop.Pos() {
			continue
		}
		ast.Inspect(s, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				clean = clean && (b.info.Types[n.Fun].IsType() || builtinName(b.info, n) != "")
			case *ast.UnaryExpr:
				clean = clean && n.Op != token.ARROW
			case *ast.SendStmt, *ast.SelectStmt, *ast.RangeStmt:
				if s, ok := n.(*ast.RangeStmt); ok {
					clean = clean && coreSignature(b.info.TypeOf(s.X)) == nil
					break
				}
				clean = false
			case *ast.IndexExpr:
				if r := b.roles[n]; r.kind == Insert || r.kind == Update {
					clean = clean && b.names(n.X, v)
				}
			}
			return clean
		})
	}
	return clean && of != v
}
