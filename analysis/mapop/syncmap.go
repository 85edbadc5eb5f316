package mapop

import (
	"go/ast"
	"go/types"
)

// isSyncMapMethod reports whether fn is a method of sync.Map, whatever it was selected through.
func isSyncMapMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil || fn.Pkg() == nil || fn.Pkg().Path() != "sync" || !fn.Exported() {
		return false
	}
	t := types.Unalias(recv.Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	named, ok := t.(*types.Named)
	return ok && named.Obj().Name() == "Map"
}

// syncMapArgs says which parameters of a method of sync.Map are its key, its
// element and the element it compares with; -1 for none.
var syncMapArgs = map[string]struct{ key, elem, old int }{
	"Load":             {0, -1, -1},
	"LoadAndDelete":    {0, -1, -1},
	"Delete":           {0, -1, -1},
	"Store":            {0, 1, -1},
	"LoadOrStore":      {0, 1, -1},
	"Swap":             {0, 1, -1},
	"CompareAndSwap":   {0, 2, 1},
	"CompareAndDelete": {0, -1, 1},
}

// syncMapType is the type of every sync.Map operation.
var syncMapType = MapType{Text: "sync.Map", Sync: true}

func (f *finder) syncMapCall(sc scope, n *ast.CallExpr, fn *types.Func) {
	op, ok := f.startCall(Kind("sync.Map."+fn.Name()), sc, n, types.Typ[types.Invalid])
	if !ok {
		return
	}
	op.Type, op.sync = syncMapType, n
	first := 0
	sel, isSel := ast.Unparen(n.Fun).(*ast.SelectorExpr)
	switch {
	case isSel && f.info.Selections[sel] != nil && f.info.Selections[sel].Kind() == types.MethodExpr:
		first = 1 // (*sync.Map).Load(m, k)
		if len(n.Args) > 0 {
			op.Map = exprText(n.Args[0])
		}
	case isSel:
		op.Map = exprText(sel.X)
	}
	boxed := types.Universe.Lookup("any").Type()
	operand := func(i int) Operand {
		if i < 0 {
			return Operand{}
		}
		return f.argument(n, first+i, boxed, sc.owner)
	}
	if args, ok := syncMapArgs[fn.Name()]; ok {
		op.Key, op.Elem = operand(args.key), operand(args.elem)
		if args.old >= 0 {
			op.Operands = []Operand{operand(args.old)}
		}
	} else if fn.Name() == "Range" && first < len(n.Args) {
		op.Operands = []Operand{f.argument(n, first, nil, sc.owner)}
	}
	f.add(op)
}

// methodValue finds methods of sync.Map that are taken as function values.
func (f *finder) methodValue(sc scope, n *ast.SelectorExpr) {
	sel, ok := f.info.Selections[n]
	if !ok || f.called[n] || sel.Kind() != types.MethodVal {
		return
	}
	fn, ok := sel.Obj().(*types.Func)
	if !ok || !isSyncMapMethod(fn) {
		return
	}
	op, ok := f.start(Kind("sync.Map."+fn.Name()), sc, n, types.Typ[types.Invalid])
	if !ok {
		return
	}
	if op.Anchor, ok = f.pos(f.dot(n.X.End())); !ok {
		return
	}
	op.Type, op.Map = syncMapType, exprText(n.X)
	op.Elem = f.operands.describe(n, nil, sc.owner) // the function value that it makes
	op.Elem.Form, op.Elem.Free = FormMethod, false
	f.add(op)
}
