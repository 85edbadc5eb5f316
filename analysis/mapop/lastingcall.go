package mapop

import (
	"go/ast"
	"go/types"
)

// result is what is known of result number i of a call.
func (l *lasting) result(call *ast.CallExpr, i int) reached {
	if l.info.Types[call.Fun].IsType() && len(call.Args) == 1 {
		return l.of(call.Args[0])
	}
	if name := builtinName(l.info, call); name != "" {
		return reached{}
	}
	fn := calledFunc(l.info, call.Fun)
	switch {
	case fn == nil:
		return reached{}
	case keepsOnHeap(fn):
		return reached{ok: true}
	}
	fn = fn.Origin()
	r := l.returned(fn, i)
	if !r.ok {
		return r
	}
	// What came through the callee's parameters is what they are given here.
	out := reached{ok: true}
	for _, x := range r.leads {
		from, ok := l.passed(call, fn, x)
		if !ok {
			from = reached{ok: true, leads: []lead{x}}
		}
		if out = out.and(from); !out.ok {
			return out
		}
	}
	return out
}

// passed is what a call gives the parameter of a lead, followed as far as the lead is.
func (l *lasting) passed(call *ast.CallExpr, fn *types.Func, x lead) (reached, bool) {
	args := call.Args
	params := l.params[fn]
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && l.info.Selections[sel] != nil {
		if s := l.info.Selections[sel]; s.Kind() != types.MethodVal || len(s.Index()) != 1 {
			return reached{}, false
		}
		args = append([]ast.Expr{sel.X}, args...)
	}
	if len(args) != len(params) || fn.Signature().Variadic() {
		return reached{}, false
	}
	for i, v := range params {
		if v != x.v {
			continue
		}
		r := l.of(args[i])
		if !r.ok {
			return reached{}, false
		}
		from := x.derefs
		if v.Kind() == types.RecvVar && isPointer(v.Type()) && !isPointer(l.info.TypeOf(args[i])) {
			from-- // the receiver is the address of the variable
		}
		if from < 0 {
			return reached{}, false // it is that address
		}
		for range from {
			r = r.follow()
		}
		return r, true
	}
	return reached{}, false
}

// returned is what is known of a result of a declared function.
func (l *lasting) returned(fn *types.Func, i int) reached {
	returns := l.returns[fn]
	if l.params[fn] == nil && fn.Signature().Params().Len() > 0 || len(returns) == 0 || i >= fn.Signature().Results().Len() {
		return reached{}
	}
	return l.once(resultOf{fn, i}, func() reached { return l.returnedBy(fn, i, returns) })
}

func (l *lasting) returnedBy(fn *types.Func, i int, returns []*ast.ReturnStmt) reached {
	results := fn.Signature().Results()
	if v := results.At(i); v.Name() != "" && v.Name() != "_" {
		return l.variable(v).and(reached{ok: len(l.assigned.values[v]) > 0})
	}
	all := reached{ok: true}
	for _, ret := range returns {
		switch len(ret.Results) {
		case results.Len():
			all = all.and(l.of(ret.Results[i]))
		case 1:
			call, ok := ast.Unparen(ret.Results[0]).(*ast.CallExpr)
			if !ok {
				return reached{}
			}
			all = all.and(l.result(call, i))
		default:
			return reached{}
		}
		if !all.ok {
			return all
		}
	}
	return all
}

// keepsOnHeap reports whether fn is a method that yields what was stored in a
// sync.Map or an atomic.Pointer, which is on the heap: their Store and what is like it leak it.
func keepsOnHeap(fn *types.Func) bool {
	switch fn.Name() {
	case "Load", "LoadOrStore", "LoadAndDelete", "Swap":
	default:
		return false
	}
	if isSyncMapMethod(fn) {
		return true
	}
	recv := fn.Signature().Recv()
	if recv == nil || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" {
		return false
	}
	ptr, ok := types.Unalias(recv.Type()).(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(ptr.Elem()).(*types.Named)
	return ok && named.Obj().Name() == "Pointer"
}
