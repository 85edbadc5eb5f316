package mapop

import (
	"go/ast"
	"go/types"
)

// call gives the nodes of a call's results, 0 for those that lead to no map.
func (f *flow) call(e *ast.CallExpr) []nodeID {
	if r, ok := f.results[e]; ok {
		return r
	}
	f.results[e] = nil // a call does not contain itself
	r := f.invoke(e)
	f.results[e] = r
	return r
}

func (f *flow) invoke(e *ast.CallExpr) []nodeID {
	if tv, ok := f.info.Types[e.Fun]; ok && tv.IsType() {
		return []nodeID{f.conversion(e, tv.Type)}
	}
	if name := builtinName(f.info, e); name != "" {
		return []nodeID{f.builtin(name, e)}
	}
	fun := ast.Unparen(e.Fun)
	sig := coreSignature(f.info.TypeOf(fun))
	if sig == nil {
		for _, arg := range e.Args {
			f.leakValue(f.value(arg), "passed to "+exprText(e.Fun))
		}
		return nil
	}
	fn := calledFunc(f.info, fun)
	if fn != nil && isMapsFunc(fn) {
		return []nodeID{f.mapsFunc(e, fn)}
	}
	args := f.arguments(e, sig)
	results := make([]nodeID, sig.Results().Len())
	for i := range results {
		if f.holds.maps(sig.Results().At(i).Type()) {
			results[i] = f.newNode(f.in)
		}
	}
	switch callee := f.callee(fun); {
	case callee != nil:
		if recv, ok := f.receiver(fun, fn); ok {
			args = append([]nodeID{recv}, args...)
		} else if len(args) < len(f.funcs[callee].params) { // a variable with a method value, whose receiver has left
			args = append([]nodeID{0}, args...)
		} else if sel, ok := fun.(*ast.SelectorExpr); ok && f.promotes(sel) {
			f.exposeFunc(f.funcs[callee], f.funcs[callee].text()+", which is called through a method expression")
		}
		f.bind(e, f.funcs[callee], args, results)
	case fn != nil:
		f.callDeclared(fun, fn, args, results)
	default:
		if n := f.value(fun); n != 0 {
			f.graph.call(n, &indirectCall{args: args, results: results, in: f.in, text: exprText(fun)})
		}
	}
	return results
}

// callDeclared calls a function or a method that has no body in the package: one of
// another package, of an interface, or in assembly.
func (f *flow) callDeclared(fun ast.Expr, fn *types.Func, args, results []nodeID) {
	recv, method := f.receiver(fun, fn)
	var methods []*funcInfo
	if fn.Signature().Recv() != nil && f.local(fn) {
		methods = f.methodsNamed(fn.Name())
	}
	if methods == nil {
		if method {
			args = append([]nodeID{recv}, args...)
		}
		f.callUnknown(args, results, exprText(fun), f.in)
		return
	}
	f.leakValue(recv, "the receiver of "+exprText(fun))
	if !method { // I.m(x, …)
		f.callUnknown(args, results, exprText(fun), f.in)
	}
	for _, info := range methods {
		f.bindIndirect(&indirectCall{args: args, results: results, in: f.in}, info)
		if v := info.sig.Recv(); f.holds.maps(v.Type()) {
			f.open(f.variable(v), f.source("receiver "+v.Name()+" of "+info.text()+", which is called through an interface", nil))
		}
	}
}

// bind gives the parameters of a function their arguments and a call its results.
func (f *flow) bind(e *ast.CallExpr, info *funcInfo, args, results []nodeID) {
	info.isCalled = info.isCalled || info != f.in
	for i, arg := range args {
		if i < len(info.params) && f.holds.maps(info.params[i].Type()) {
			f.graph.flow(arg, f.variable(info.params[i]), nil)
		}
	}
	through := f.through(e, info)
	for i, r := range results {
		if i < len(info.results) {
			f.graph.flow(info.results[i], r, through)
		}
	}
}

// through is a call that maps may come through, nil where it is in generated code.
func (f *flow) through(e *ast.CallExpr, callee *funcInfo) *viaCall {
	key := viaKey{e, callee}
	if v, ok := f.vias[key]; ok {
		return v
	}
	var v *viaCall
	if at, ok := f.scopeOf(e); ok && f.in != nil {
		v = &viaCall{expr: e, callee: callee, caller: f.in, viaPlace: at, longer: map[*via]*via{}}
	} else if ok {
		v = &viaCall{expr: e, callee: callee, viaPlace: at, longer: map[*via]*via{}}
	}
	f.vias[key] = v
	return v
}

// arguments are the nodes for a call's parameters.
func (f *flow) arguments(e *ast.CallExpr, sig *types.Signature) []nodeID {
	params := sig.Params()
	n := params.Len()
	args := make([]nodeID, n)
	set := func(i int, from nodeID, t types.Type) {
		if sig.Variadic() && i >= n-1 {
			slice, ok := params.At(n - 1).Type().Underlying().(*types.Slice)
			if !ok {
				return
			}
			if e.Ellipsis.IsValid() {
				args[n-1] = f.passed(e, from, t, slice)
				return
			}
			if from = f.passed(e, from, t, slice.Elem()); from != 0 {
				if args[n-1] == 0 {
					args[n-1] = f.newNode(f.in)
				}
				f.graph.flow(from, f.sub(args[n-1]), nil)
			}
		} else if i < n {
			args[i] = f.passed(e, from, t, params.At(i).Type())
		}
	}
	if len(e.Args) == 1 {
		call, isCall := ast.Unparen(e.Args[0]).(*ast.CallExpr)
		if tuple, ok := f.info.TypeOf(e.Args[0]).(*types.Tuple); ok && isCall {
			results := f.call(call)
			for i := range tuple.Len() {
				var from nodeID
				if i < len(results) {
					from = results[i]
				}
				set(i, from, tuple.At(i).Type())
			}
			return args
		}
	}
	for i, arg := range e.Args {
		set(i, f.value(arg), single(f.info.TypeOf(arg)))
	}
	return args
}

// passed is a value of type from as an argument for a parameter of type to.
func (f *flow) passed(e *ast.CallExpr, n nodeID, from, to types.Type) nodeID {
	f.linkFields(from, to)
	if isInterface(to) && !isInterface(from) {
		f.shown.add(from)
		f.leakValue(n, "passed to "+exprText(e.Fun)+" in an interface")
		return 0
	}
	return n
}

// receiver is the node for a method's receiver; ok is false for what is not a
// method called on a value. fn may be nil.
func (f *flow) receiver(fun ast.Expr, fn *types.Func) (nodeID, bool) {
	e, ok := fun.(*ast.SelectorExpr)
	if !ok || fn == nil {
		return 0, false
	}
	sel, ok := f.info.Selections[e]
	if !ok || sel.Kind() != types.MethodVal {
		return 0, false
	}
	x, t := f.value(e.X), f.info.TypeOf(e.X)
	if index := sel.Index(); len(index) > 1 {
		field := embedded(t, index[:len(index)-1])
		if field == nil {
			return x, true
		}
		x, t = 0, field.Type()
		if f.holds.maps(t) {
			x = f.variable(field)
		}
	}
	if x == 0 {
		return 0, true
	}
	_, wants := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer)
	_, has := t.Underlying().(*types.Pointer)
	switch {
	case wants && !has:
		n := f.newNode(f.in)
		f.merge(f.sub(n), x)
		return n, true
	case !wants && has:
		return f.sub(x), true
	}
	return x, true
}

// embedded is the last of the embedded fields that a selector goes through.
func embedded(t types.Type, index []int) *types.Var {
	var field *types.Var
	for _, i := range index {
		if ptr, ok := t.Underlying().(*types.Pointer); ok {
			t = ptr.Elem()
		}
		s, ok := coreOf(t).(*types.Struct)
		if !ok || i >= s.NumFields() {
			return nil
		}
		field = s.Field(i)
		t = field.Type()
	}
	return field
}

// promotes reports whether a method expression names a method of an embedded field.
func (f *flow) promotes(e *ast.SelectorExpr) bool {
	sel, ok := f.info.Selections[e]
	return ok && sel.Kind() == types.MethodExpr && len(sel.Index()) > 1
}
