package mapop

import (
	"go/ast"
	"go/types"
)

// callee finds the function of the package that a call of fun calls, nil if
// there is none or it is not the only one: a declared function or method, an
// instantiation of one, a literal called on the spot, or a local variable
// that holds only one of those.
func (f *flow) callee(fun ast.Expr) function { return f.calleeOf(fun, map[*types.Var]bool{}) }

func (f *flow) calleeOf(fun ast.Expr, seen map[*types.Var]bool) function {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.FuncLit:
		return f.withBody(fun)
	case *ast.IndexExpr: // an instantiation
		if tv, ok := f.info.Types[fun.Index]; ok && tv.IsType() {
			return f.calleeOf(fun.X, seen)
		}
	case *ast.IndexListExpr:
		return f.calleeOf(fun.X, seen)
	case *ast.SelectorExpr:
		// Of an interface's methods none has a body.
		if fn, ok := f.info.Uses[fun.Sel].(*types.Func); ok {
			return f.withBody(fn.Origin())
		}
	case *ast.Ident:
		switch obj := f.info.Uses[fun].(type) {
		case *types.Func:
			return f.withBody(obj.Origin())
		case *types.Var:
			return f.held(obj, seen)
		}
	}
	return nil
}

func (f *flow) withBody(fn function) function {
	if f.funcs[fn] == nil {
		return nil
	}
	return fn
}

// held is the function that a local variable holds whenever it is called.
func (f *flow) held(v *types.Var, seen map[*types.Var]bool) function {
	if seen[v] || f.addressed[v] || v.Kind() != types.LocalVar && !f.bound[v] {
		return nil
	}
	seen[v] = true
	var only ast.Expr
	for _, x := range f.values[v] {
		switch {
		case x.zero != nil:
			continue // calling it then would panic
		case x.open != "", x.result >= 0, only != nil:
			return nil
		}
		only = x.expr
	}
	if only == nil {
		return nil
	}
	return f.calleeOf(only, seen)
}
