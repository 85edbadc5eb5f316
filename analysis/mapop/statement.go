package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// body goes over a function's statements.
func (f *flow) body(info *funcInfo, block *ast.BlockStmt) {
	outer := f.in
	f.in = info
	f.walk(block)
	f.in = outer
}

func (f *flow) walk(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.value(n)
			if info := f.funcs[n]; info != nil {
				f.body(info, n.Body)
			}
			return false
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN || n.Tok == token.DEFINE {
				f.assign(n.Lhs, n.Rhs)
			}
		case *ast.ValueSpec:
			f.valueSpec(n)
		case *ast.RangeStmt:
			f.rangeStmt(n)
		case *ast.SendStmt:
			if ch, ok := coreOf(f.info.TypeOf(n.Chan)).(*types.Chan); ok {
				f.give(n.Value, ch.Elem(), f.inside(n.Chan))
			} else {
				f.leakValue(f.value(n.Value), "sent on "+exprText(n.Chan))
			}
		case *ast.ReturnStmt:
			f.returnStmt(n)
		case *ast.TypeSwitchStmt:
			for _, clause := range n.Body.List {
				if v, ok := f.info.Implicits[clause].(*types.Var); ok && f.holds.maps(v.Type()) {
					f.open(f.variable(v), f.source("a type switch", f.in))
				}
			}
		case *ast.CallExpr:
			f.called[ast.Unparen(n.Fun)] = true
			f.call(n)
		case *ast.SelectorExpr:
			if sel, ok := f.info.Selections[n]; ok && sel.Kind() != types.FieldVal && !f.called[n] && f.value(n) == 0 {
				f.method(n, sel) // its receiver may matter where its parameters do not
			}
		case *ast.CompositeLit:
			f.fill(n)
		case *ast.IndexExpr:
			f.indexed(n)
		case *ast.UnaryExpr:
			f.value(n)
		}
		return true
	})
}

// assign gives the values on the right to the places on the left.
func (f *flow) assign(lhs, rhs []ast.Expr) {
	for i, l := range lhs {
		if id, ok := l.(*ast.Ident); ok && id.Name == "_" {
			continue
		}
		t := f.info.TypeOf(l)
		if len(lhs) == len(rhs) {
			f.give(rhs[i], t, f.target(l))
		} else {
			f.giveResult(rhs[0], i, t, f.target(l))
		}
	}
}

// target is the node that an assignment to e sets.
func (f *flow) target(e ast.Expr) nodeID {
	e = ast.Unparen(e)
	if id, ok := e.(*ast.Ident); ok {
		// The variable of a declaration has no type in Types.
		if v, ok := f.info.ObjectOf(id).(*types.Var); ok && f.holds.maps(v.Type()) {
			return f.variable(v)
		}
		return 0
	}
	return f.value(e)
}

func (f *flow) valueSpec(spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		v, ok := f.info.Defs[name].(*types.Var)
		if !ok {
			continue
		}
		var n nodeID
		if name.Name != "_" && f.holds.maps(v.Type()) {
			n = f.variable(v)
		}
		switch {
		case len(spec.Values) == 0:
			if s, ok := f.siteAt(name); ok && n != 0 {
				f.create(n, s)
			}
		case name.Name == "_":
		case len(spec.Values) == len(spec.Names):
			f.give(spec.Values[i], v.Type(), n)
		default:
			f.giveResult(spec.Values[0], i, v.Type(), n)
		}
	}
}

func (f *flow) returnStmt(n *ast.ReturnStmt) {
	if f.in == nil {
		return
	}
	results := f.in.sig.Results()
	for i := range results.Len() {
		switch {
		case len(n.Results) == 0:
		case len(n.Results) == results.Len():
			f.give(n.Results[i], results.At(i).Type(), f.in.results[i])
		default:
			f.giveResult(n.Results[0], i, results.At(i).Type(), f.in.results[i])
		}
	}
}

// rangeStmt gives the variables of a loop what it ranges over. A function
// ranged over calls the loop's body with what it likes.
func (f *flow) rangeStmt(n *ast.RangeStmt) {
	key, value := rangeTypes(f.info.TypeOf(n.X))
	var keys, values nodeID
	x := f.value(n.X)
	switch t := coreOf(f.info.TypeOf(n.X)).(type) {
	case *types.Signature:
		f.leakValue(x, "ranged over")
		why := f.source("element of "+exprText(n.X), f.in)
		keys, values = f.newNode(nil), f.newNode(nil)
		f.open(keys, why)
		f.open(values, why)
	case *types.Map:
		values = f.sub(x)
		if f.holds.maps(t.Key()) {
			keys = f.newNode(nil)
			f.open(keys, f.source("key of "+exprText(n.X), f.in))
		}
	case *types.Chan:
		keys = f.sub(x)
	case *types.Pointer: // to an array
		values = f.sub(f.sub(x))
	case *types.Slice, *types.Array:
		values = f.sub(x)
	case *types.Basic:
	default: // a type parameter that leaves it open
		why := f.source("element of "+exprText(n.X), f.in)
		keys, values = f.newNode(nil), f.newNode(nil)
		f.open(keys, why)
		f.open(values, why)
		f.leakValue(x, "ranged over")
		if n.Key != nil {
			key = f.info.TypeOf(n.Key)
		}
		if n.Value != nil {
			value = f.info.TypeOf(n.Value)
		}
	}
	f.rangeTarget(n.Key, key, keys)
	f.rangeTarget(n.Value, value, values)
}

func (f *flow) rangeTarget(target ast.Expr, t types.Type, from nodeID) {
	if target == nil || t == nil {
		return
	}
	if id, ok := target.(*ast.Ident); ok && id.Name == "_" {
		return
	}
	var to types.Type
	if id, ok := target.(*ast.Ident); ok {
		to = f.info.ObjectOf(id).Type()
	} else {
		to = f.info.TypeOf(target)
	}
	if isInterface(to) && !isInterface(t) {
		f.shown.add(t)
		f.leakValue(from, "converted to an interface")
		return
	}
	f.graph.flow(from, f.target(target), nil)
}
