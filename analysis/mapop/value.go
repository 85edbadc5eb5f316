package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// value is the node that holds what e yields, 0 where that leads to no map. Of
// an expression with several results it is the first.
func (f *flow) value(e ast.Expr) nodeID {
	e = ast.Unparen(e)
	if n, ok := f.exprs[e]; ok {
		return n
	}
	t := single(f.info.TypeOf(e))
	if tv := f.info.Types[e]; t == nil || tv.IsType() || tv.IsBuiltin() || tv.IsNil() || !f.holds.maps(t) {
		// Its parts may still matter.
		return 0
	}
	f.exprs[e] = 0 // an expression does not contain itself
	n := f.yielded(e)
	f.exprs[e] = n
	return n
}

func (f *flow) yielded(e ast.Expr) nodeID {
	switch e := e.(type) {
	case *ast.Ident:
		switch obj := f.info.ObjectOf(e).(type) {
		case *types.Var:
			return f.variable(obj)
		case *types.Func:
			return f.function(obj, e)
		}
	case *ast.FuncLit:
		n := f.newNode(f.in)
		if info := f.funcs[e]; info != nil {
			f.add(n, f.graph.object(object{fn: info}))
			return n
		}
	case *ast.CompositeLit:
		return f.composite(e)
	case *ast.CallExpr:
		if results := f.call(e); len(results) > 0 {
			return results[0]
		}
		return 0
	case *ast.SelectorExpr:
		return f.selector(e)
	case *ast.IndexExpr:
		return f.index(e)
	case *ast.IndexListExpr:
		return f.value(e.X)
	case *ast.StarExpr:
		return f.sub(f.value(e.X))
	case *ast.SliceExpr:
		return f.slice(e)
	case *ast.TypeAssertExpr:
		return f.from("type assertion of " + exprText(e.X))
	case *ast.UnaryExpr:
		switch e.Op {
		case token.AND:
			return f.address(e.X)
		case token.ARROW:
			return f.sub(f.value(e.X))
		}
	}
	return f.from(exprText(e))
}

// from is a node with values from elsewhere.
func (f *flow) from(words string) nodeID {
	n := f.newNode(f.in)
	f.open(n, f.source(words, f.in))
	return n
}

// create makes a site one of the things that a node may hold.
func (f *flow) create(n nodeID, s *site) {
	f.add(n, f.graph.enter(f.graph.object(object{site: s, in: f.in}), n, nil))
}

// siteAt is the creation that a node of the syntax is.
func (f *flow) siteAt(n ast.Node) (*site, bool) {
	if s, ok := f.sites[n]; ok {
		return s, s != nil
	}
	made, ok := f.place(n)
	if !ok {
		f.sites[n] = nil
		return nil, false
	}
	f.sites[n] = &made
	return &made, true
}

// made is a node with the map that is created at n.
func (f *flow) made(n ast.Expr) nodeID {
	node := f.newNode(f.in)
	if s, ok := f.siteAt(n); ok {
		f.create(node, s)
	} else {
		f.open(node, f.source("generated code", f.in))
	}
	return node
}

// give has the value of e, converted to the type t, flow to a node.
func (f *flow) give(e ast.Expr, t types.Type, to nodeID) {
	from := f.value(e)
	f.convert(from, single(f.info.TypeOf(e)), t, to)
}

// giveResult is give for result number i of e, a call or a comma-ok expression.
func (f *flow) giveResult(e ast.Expr, i int, t types.Type, to nodeID) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		if i == 0 {
			f.give(e, t, to)
		}
		return
	}
	results := f.call(call)
	if i < len(results) {
		f.convert(results[i], resultType(f.info, e, i), t, to)
	}
}

// convert has a value of type from flow to a node for values of type to. An
// interface shows it to others: what is in it can be had with reflection and type assertions.
func (f *flow) convert(n nodeID, from, to types.Type, target nodeID) {
	if from != nil && to != nil {
		f.linkFields(from, to)
		if isInterface(to) && !isInterface(from) {
			f.shown.add(from)
			f.leakValue(n, "converted to an interface")
			return
		}
	}
	f.graph.flow(n, target, nil)
}

func (f *flow) leakValue(n nodeID, words string) {
	if n != 0 {
		f.leak(n, f.sink(words, f.in))
	}
}

// linkFields: of two struct types one of which is an instance of a generic type, the
// fields are different variables even where a value of one becomes one of the other.
func (f *flow) linkFields(from, to types.Type) {
	if from == to {
		return
	}
	if p, ok := from.Underlying().(*types.Pointer); ok {
		q, ok := to.Underlying().(*types.Pointer)
		if !ok {
			return
		}
		from, to = p.Elem(), q.Elem()
	}
	s, ok := from.Underlying().(*types.Struct)
	t, ok2 := to.Underlying().(*types.Struct)
	if !ok || !ok2 || s == t || s.NumFields() != t.NumFields() {
		return
	}
	for i := range s.NumFields() {
		a, b := s.Field(i), t.Field(i)
		if f.structs.field(a) != f.structs.field(b) && (f.holds.maps(a.Origin().Type()) || f.holds.maps(b.Origin().Type())) {
			f.merge(f.variable(a), f.variable(b))
		}
	}
}

// function is the value of a declared function.
func (f *flow) function(fn *types.Func, e ast.Expr) nodeID {
	info := f.funcs[fn.Origin()]
	if info == nil {
		return f.from("function " + exprText(e))
	}
	n := f.newNode(nil)
	f.add(n, f.graph.object(object{fn: info}))
	return n
}

func (f *flow) selector(e *ast.SelectorExpr) nodeID {
	sel, ok := f.info.Selections[e]
	if !ok { // pkg.Name
		switch obj := f.info.Uses[e.Sel].(type) {
		case *types.Var:
			return f.variable(obj)
		case *types.Func:
			return f.function(obj, e)
		}
		return f.from(exprText(e))
	}
	if v, ok := sel.Obj().(*types.Var); ok {
		return f.variable(v)
	}
	return f.method(e, sel)
}

// method is the value of a method that is not called on the spot.
func (f *flow) method(e *ast.SelectorExpr, sel *types.Selection) nodeID {
	fn := sel.Obj().(*types.Func).Origin()
	info := f.funcs[fn]
	switch {
	case info != nil && sel.Kind() == types.MethodVal:
		// The receiver is kept in the value, where it is not followed.
		if recv := info.sig.Recv(); f.holds.maps(recv.Type()) {
			n, _ := f.receiver(e, fn)
			f.leakValue(n, "bound to the method value "+exprText(e))
			f.open(f.variable(recv), f.source("receiver "+recv.Name()+" of "+info.text()+", which is used as a value", nil))
		}
		n := f.newNode(nil)
		f.add(n, f.graph.object(object{fn: info}))
		return n
	case info != nil:
		f.exposeFunc(info, info.text()+", which is used as a value")
	case f.local(fn):
		for _, info := range f.methodsNamed(fn.Name()) {
			f.exposeFunc(info, info.text()+", which is used as a value")
		}
	}
	if recv := f.value(e.X); recv != 0 {
		f.leakValue(recv, "bound to the method value "+exprText(e))
	}
	return f.from("method value " + exprText(e))
}

// local reports whether fn is a method of an interface or a constraint that only
// this package can call and implement.
func (f *flow) local(fn *types.Func) bool { return !fn.Exported() && fn.Pkg() == f.pkg.Types }

// inside is the node for the elements of e or the variable that e points to.
func (f *flow) inside(e ast.Expr) nodeID { return f.sub(f.value(e)) }

func (f *flow) index(e *ast.IndexExpr) nodeID {
	if tv, ok := f.info.Types[e.Index]; ok && tv.IsType() {
		return f.value(e.X) // an instantiated function
	}
	x := f.value(e.X)
	switch coreOf(f.info.TypeOf(e.X)).(type) {
	case *types.Pointer: // to an array
		return f.sub(f.sub(x))
	case nil: // a type parameter that leaves it open
		f.leakValue(x, "indexed as "+exprText(e))
		return f.from("element of " + exprText(e.X))
	}
	return f.sub(x)
}

// indexed looks at the parts of an index expression, whatever its elements are.
func (f *flow) indexed(e *ast.IndexExpr) {
	if tv, ok := f.info.Types[e.Index]; ok && tv.IsType() {
		return
	}
	f.value(e.X)
	if m := coreMap(f.info.TypeOf(e.X)); m != nil {
		f.key(e.Index, m)
	}
	f.value(e)
}

// key: what is behind a key is not followed.
func (f *flow) key(e ast.Expr, m *types.Map) {
	if isInterface(m.Key()) {
		f.shown.add(single(f.info.TypeOf(e)))
	}
	if n := f.value(e); n != 0 {
		f.leakValue(n, "a key of a map")
	}
}

func (f *flow) slice(e *ast.SliceExpr) nodeID {
	x := f.value(e.X)
	switch coreOf(f.info.TypeOf(e.X)).(type) {
	case *types.Array:
		n := f.newNode(f.in)
		f.alias(n, x)
		return n
	case *types.Pointer:
		n := f.newNode(f.in)
		f.alias(n, f.sub(x))
		return n
	}
	return x
}

// address is the value of &x.
func (f *flow) address(x ast.Expr) nodeID {
	n := f.newNode(f.in)
	f.merge(f.sub(n), f.value(x))
	return n
}

// subIf is sub for elements that matter.
func (f *flow) subIf(n nodeID, elem types.Type) nodeID {
	if n == 0 || !f.holds.maps(elem) {
		return 0
	}
	return f.sub(n)
}

// coreOf is the type that the values of t have underneath, nil for a type parameter that leaves it open.
func coreOf(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if tp, ok := types.Unalias(t).(*types.TypeParam); ok {
		return soleUnderlying(tp.Constraint(), 0)
	}
	return t.Underlying()
}
