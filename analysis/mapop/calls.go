package mapop

import (
	"go/ast"
	"go/types"
	"slices"
)

// call finds what a call does to maps. It reports whether the call's parts are still to be walked.
func (f *finder) call(sc scope, n *ast.CallExpr) bool {
	if f.info.Types[n.Fun].IsType() {
		return true
	}
	if name := builtinName(f.info, n); name != "" {
		f.builtin(sc, name, n)
		return true
	}
	fun := ast.Unparen(n.Fun)
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		f.called[sel] = true
	}
	fn := calledFunc(f.info, fun)
	switch {
	case fn != nil && isSyncMapMethod(fn):
		f.syncMapCall(sc, n, fn)
	case fn != nil && isMapsFunc(fn):
		f.mapsCall(sc, n, fn)
	default:
		f.yieldingCall(sc, n)
	}
	lit, ok := fun.(*ast.FuncLit)
	if !ok {
		return true
	}
	inner := sc
	if at, ok := f.pos(n.Lparen); ok && !f.detached[n] {
		inner = sc.called(at)
	}
	f.funcLit(inner, lit)
	for _, arg := range n.Args {
		f.walk(sc, arg)
	}
	return false
}

// calledFunc is the declared function or method that fun names, nil for a function value.
func calledFunc(info *types.Info, fun ast.Expr) *types.Func {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		fn, _ := info.Uses[fun].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := info.Uses[fun.Sel].(*types.Func)
		return fn
	case *ast.IndexExpr:
		return calledFunc(info, fun.X)
	case *ast.IndexListExpr:
		return calledFunc(info, fun.X)
	}
	return nil
}

// startCall is start for an operation that is a call, and a creation with the result type t or an operation on arg.
func (f *finder) startCall(kind Kind, sc scope, n *ast.CallExpr, t types.Type) (operation, bool) {
	op, ok := f.start(kind, sc, n, t)
	if !ok {
		return op, false
	}
	op.Anchor, ok = f.pos(n.Lparen)
	op.expr = exprText(n)
	return op, ok
}

func (f *finder) builtin(sc scope, name string, n *ast.CallExpr) {
	switch name {
	case "make", "new":
		t := f.info.TypeOf(n.Args[0])
		if !f.info.Types[n.Args[0]].IsType() || coreMap(t) == nil {
			return
		}
		op, ok := f.startCall(Kind(name), sc, n, t)
		if !ok {
			return
		}
		op.Map, op.Var = op.expr, f.holder(n, 0)
		if name == "make" {
			op.Hint = sizeHint(f.info, n.Args)
		}
		f.addCreation(op, n)
	case "delete", "clear", "len":
		t := resultType(f.info, n.Args[0], 0)
		m := coreMap(t)
		if m == nil {
			return
		}
		op, ok := f.startCall(Kind(name), sc, n, t)
		if !ok {
			return
		}
		op = f.onArgument(op, n)
		if name == "delete" {
			op.Key = f.argument(n, 1, m.Key(), sc.owner)
		}
		f.add(op)
	}
}

// onArgument makes op one on the first argument of n.
func (f *finder) onArgument(op operation, n *ast.CallExpr) operation {
	op.Map = exprText(n.Args[0])
	if _, several := f.info.TypeOf(n.Args[0]).(*types.Tuple); several { // delete(f())
		op.Open = "result of " + op.Map
		return op
	}
	op.on = n.Args[0]
	return op
}

// argument describes argument number i of n, which may come from a call with several results.
func (f *finder) argument(n *ast.CallExpr, i int, target types.Type, owner ast.Node) Operand {
	if len(n.Args) == 1 {
		if tuple, ok := f.info.TypeOf(n.Args[0]).(*types.Tuple); ok && i < tuple.Len() {
			return f.operands.describeResult(n.Args[0], tuple.At(i).Type(), target, n.Lparen)
		}
	}
	if i >= len(n.Args) {
		return Operand{}
	}
	return f.operands.describe(n.Args[i], target, owner)
}

func isMapsFunc(fn *types.Func) bool {
	return fn.Pkg() != nil && fn.Pkg().Path() == "maps" && fn.Exported() && fn.Signature().Recv() == nil
}

// mapsCreations are the functions of package maps whose result is a new map.
var mapsCreations = []string{"Clone", "Collect"}

// mapsCall finds calls of package maps: creations, and operations on the first argument.
func (f *finder) mapsCall(sc scope, n *ast.CallExpr, fn *types.Func) {
	kind := Kind("maps." + fn.Name())
	if slices.Contains(mapsCreations, fn.Name()) {
		if op, ok := f.startCall(kind, sc, n, f.info.TypeOf(n)); ok {
			op.Map, op.Var = op.expr, f.holder(n, 0)
			f.addCreation(op, n)
		}
		return
	}
	if len(n.Args) == 0 {
		return
	}
	t := resultType(f.info, n.Args[0], 0)
	if coreMap(t) == nil {
		return
	}
	if op, ok := f.startCall(kind, sc, n, t); ok {
		if sig := coreSignature(f.info.TypeOf(n.Fun)); sig != nil && len(n.Args) == sig.Params().Len() {
			for i := 1; i < len(n.Args); i++ {
				op.Operands = append(op.Operands, f.operands.describe(n.Args[i], sig.Params().At(i).Type(), sc.owner))
			}
		}
		f.add(f.onArgument(op, n))
	}
}

// yieldingCall keeps a call with maps among its results; whether its callee
// creates them is known when all assignments are.
func (f *finder) yieldingCall(sc scope, n *ast.CallExpr) {
	var results []int
	switch t := f.info.TypeOf(n).(type) {
	case nil:
	case *types.Tuple:
		for i := range t.Len() {
			if coreMap(t.At(i).Type()) != nil {
				results = append(results, i)
			}
		}
	default:
		if coreMap(t) != nil {
			results = []int{0}
		}
	}
	if results == nil {
		return
	}
	op, ok := f.startCall(Call, sc, n, resultType(f.info, n, results[0]))
	if !ok {
		return
	}
	op.Map, op.call, op.results = op.expr, n, results
	f.calls[n] = viaPlace{op.Anchor, sc}
	f.add(op)
}
