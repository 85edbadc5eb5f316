package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A path is a sync.Map variable, or a field that is one, by the variable and the fields
// that name it. No pointer is followed but the one that the variable may hold.
type path []*types.Var

// usedBefore reports whether a call of a method of sync.Map always works on a map
// that a method was called on before.
func (b *bounder) usedBefore(call *ast.CallExpr) bool {
	p := b.syncPath(call)
	if p == nil || b.jumps {
		return false
	}
	child := ast.Node(call)
	for node := b.parents[call]; node != nil; child, node = node, b.parents[node] {
		switch n := node.(type) {
		case *ast.CallExpr:
			// A function literal that Range is given is called by it.
			if _, lit := child.(*ast.FuncLit); lit && child != n.Fun && b.callsOn(n, p) {
				return true
			}
		case *ast.IfStmt:
			if child != n.Init && (b.surely(n.Init, p) || child != n.Cond && b.surely(n.Cond, p)) {
				return true
			}
		case *ast.SwitchStmt, *ast.TypeSwitchStmt:
			if _, body := child.(*ast.BlockStmt); body && b.surelyStmt(n.(ast.Stmt), p) {
				return true
			}
		case *ast.RangeStmt:
			if child == n.Body && b.surely(n.X, p) {
				return true
			}
		case *ast.ForStmt:
			if child != n.Init && b.surely(n.Init, p) {
				return true
			}
		}
		list := statements(node)
		at := slices.IndexFunc(list, func(s ast.Stmt) bool { return ast.Node(s) == child })
		if at > 0 && slices.ContainsFunc(list[:at], func(s ast.Stmt) bool { return b.surelyStmt(s, p) }) {
			return true
		}
	}
	return false
}

// surelyStmt reports whether executing a statement calls a method of the map first of all.
func (b *bounder) surelyStmt(s ast.Stmt, p path) bool {
	switch s := s.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt, *ast.SendStmt, *ast.IncDecStmt:
		return b.surely(s, p)
	case *ast.IfStmt:
		return b.surely(s.Init, p) || b.surely(s.Cond, p)
	case *ast.SwitchStmt:
		return b.surely(s.Init, p) || b.surely(s.Tag, p)
	case *ast.TypeSwitchStmt:
		return b.surely(s.Init, p) || b.surely(s.Assign, p)
	case *ast.RangeStmt:
		return b.surely(s.X, p)
	case *ast.ForStmt:
		return b.surely(s.Init, p)
	case *ast.BlockStmt:
		return slices.ContainsFunc(s.List, func(s ast.Stmt) bool { return b.surelyStmt(s, p) })
	}
	return false
}

// surely reports whether evaluating a part of the syntax, which holds no blocks but
// those of function literals, calls a method of the map.
func (b *bounder) surely(n ast.Node, p path) bool {
	if n == nil {
		return false
	}
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				found = found || b.surely(n.X, p)
				return false
			}
		case *ast.CallExpr:
			found = found || b.callsOn(n, p)
		}
		return !found
	})
	return found
}

// callsOn reports whether a call is one of a method of the map.
func (b *bounder) callsOn(call *ast.CallExpr, p path) bool {
	return slices.Equal(b.syncPath(call), p)
}

// syncPath is the path of the map that a call of a method of sync.Map is on, nil for any
// other call and for a map that may be another one the next time.
func (b *bounder) syncPath(call *ast.CallExpr) path {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	s := b.info.Selections[sel]
	fn, _ := b.info.Uses[sel.Sel].(*types.Func)
	if s == nil || s.Kind() != types.MethodVal || len(s.Index()) != 1 || fn == nil || !isSyncMapMethod(fn) || b.overwritten {
		return nil
	}
	return b.pathOf(sel.X)
}

func (b *bounder) pathOf(e ast.Expr) path {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := b.info.Uses[e].(*types.Var)
		if ok && (isPointer(v.Type()) && b.same(v) || !isPointer(v.Type()) && (!isGlobal(v) || b.private(v))) {
			return path{v}
		}
	case *ast.SelectorExpr:
		sel := b.info.Selections[e]
		if sel == nil || sel.Kind() != types.FieldVal || len(sel.Index()) != 1 || isPointer(sel.Type()) {
			return nil
		}
		if base := b.pathOf(e.X); base != nil {
			return append(base, sel.Obj().(*types.Var).Origin())
		}
	}
	return nil
}

// same reports whether a pointer variable always holds the same pointer.
func (b *bounder) same(v *types.Var) bool {
	if b.assigned.addressed[v] {
		return false
	}
	values := b.assigned.values[v]
	switch v.Kind() {
	case types.ParamVar, types.RecvVar:
		return len(values) == 0
	case types.LocalVar:
		return len(values) == 1 && values[0].expr != nil
	}
	return false
}

// overwrites reports whether a sync.Map that was used may be made a new one: by an
// assignment to a variable, a field or an element that is one or has one within.
func overwrites(info *types.Info, files []*ast.File) bool {
	found := false
	target := func(e ast.Expr) {
		if e != nil && hasSyncMap(info.TypeOf(e)) {
			found = true
		}
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok == token.ASSIGN {
					for _, e := range n.Lhs {
						target(e)
					}
				}
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					target(n.Key)
					target(n.Value)
				}
			}
			return !found
		})
	}
	return found
}

// hasSyncMap reports whether a value of the type holds a sync.Map, without a pointer in between.
func hasSyncMap(t types.Type) bool {
	if t == nil {
		return false
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		if obj := named.Obj(); obj.Name() == "Map" && obj.Pkg() != nil && obj.Pkg().Path() == "sync" {
			return true
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return hasSyncMap(u.Elem())
	case *types.Struct:
		for v := range u.Fields() {
			if hasSyncMap(v.Type()) {
				return true
			}
		}
	}
	return false
}
