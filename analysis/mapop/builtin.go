package mapop

import (
	"go/ast"
	"go/types"
	"slices"
)

// builtin gives the node of the result of a predeclared function.
func (f *flow) builtin(name string, e *ast.CallExpr) nodeID {
	if n, ok := f.tupleArgument(e); ok {
		return n
	}
	switch name {
	case "make":
		if coreMap(f.info.TypeOf(e)) != nil {
			return f.made(e)
		}
		return f.empty(e)
	case "new":
		return f.newVariable(e)
	case "append":
		return f.appended(e)
	case "copy":
		if dst, src := f.value(e.Args[0]), f.argument(e, 1); dst != 0 && src != 0 {
			f.alias(dst, src)
		}
		return 0
	case "panic":
		f.shown.add(single(f.info.TypeOf(e.Args[0])))
		f.leakValue(f.value(e.Args[0]), "given to panic")
		return 0
	case "delete":
		f.value(e.Args[0])
		if len(e.Args) > 1 {
			if m := coreMap(f.info.TypeOf(e.Args[0])); m != nil {
				f.key(e.Args[1], m)
			}
		}
		return 0
	case "Slice", "SliceData", "Add": // package unsafe
		for _, arg := range e.Args {
			f.unsafeValue(arg)
		}
		return f.from("package unsafe")
	}
	for _, arg := range e.Args {
		f.value(arg)
	}
	return 0
}

// tupleArgument gives up on a call whose arguments are the results of another.
func (f *flow) tupleArgument(e *ast.CallExpr) (nodeID, bool) {
	if len(e.Args) != 1 {
		return 0, false
	}
	inner, ok := ast.Unparen(e.Args[0]).(*ast.CallExpr)
	if _, tuple := f.info.TypeOf(e.Args[0]).(*types.Tuple); !ok || !tuple {
		return 0, false
	}
	for _, n := range f.call(inner) {
		f.leakValue(n, "passed to "+exprText(e.Fun))
	}
	if !f.holds.maps(f.info.TypeOf(e)) {
		return 0, true
	}
	return f.from("result of " + exprText(e.Fun)), true
}

func (f *flow) argument(e *ast.CallExpr, i int) nodeID {
	if i < len(e.Args) {
		return f.value(e.Args[i])
	}
	return 0
}

// empty is a new node for what e yields, 0 where that leads to no map.
func (f *flow) empty(e ast.Expr) nodeID {
	if !f.holds.maps(f.info.TypeOf(e)) {
		return 0
	}
	return f.newNode(f.in)
}

func (f *flow) newVariable(e *ast.CallExpr) nodeID {
	n := f.empty(e)
	if !f.info.Types[e.Args[0]].IsType() { // new(x), from go1.26 on
		f.give(e.Args[0], f.info.TypeOf(e).Underlying().(*types.Pointer).Elem(), f.sub(n))
		return n
	}
	if s, ok := f.siteAt(e); ok && n != 0 {
		f.create(f.sub(n), s)
	}
	return n
}

func (f *flow) appended(e *ast.CallExpr) nodeID {
	n := f.empty(e)
	f.graph.flow(f.value(e.Args[0]), n, nil)
	slice, ok := coreOf(f.info.TypeOf(e)).(*types.Slice)
	if !ok {
		for _, arg := range e.Args[1:] {
			f.leakValue(f.value(arg), "appended")
		}
		return n
	}
	for _, arg := range e.Args[1:] {
		if e.Ellipsis.IsValid() {
			if x := f.value(arg); x != 0 && n != 0 {
				f.alias(n, x)
			}
			continue
		}
		f.give(arg, slice.Elem(), f.subIf(n, slice.Elem()))
	}
	return n
}

// conversion is the value of a written conversion to the type to. Maps, slices
// and functions stay what they are.
func (f *flow) conversion(e *ast.CallExpr, to types.Type) nodeID {
	x := e.Args[0]
	from := single(f.info.TypeOf(x))
	n := f.value(x)
	switch {
	case isUnsafePointer(to):
		f.unsafeValue(x)
		return 0
	case isUnsafePointer(from):
		f.openDeep(to, f.source("memory that package unsafe can write", nil), map[types.Type]bool{})
		if !f.holds.maps(to) {
			return 0
		}
		return f.from("conversion of " + exprText(x))
	case isInterface(to):
		if !isInterface(from) {
			f.shown.add(from)
			f.leakValue(n, "converted to an interface")
		}
		return 0
	case isTypeParam(from) || isTypeParam(to):
		why := f.source("conversion to a type parameter", nil)
		for _, t := range []types.Type{coreOf(from), coreOf(to)} {
			if s, ok := t.(*types.Struct); ok {
				f.openDeep(s, why, map[types.Type]bool{})
			}
		}
	}
	f.linkFields(from, to)
	if !f.holds.maps(to) {
		return 0
	}
	if n == 0 {
		return f.newNode(f.in)
	}
	if _, ok := coreOf(from).(*types.Slice); ok {
		switch coreOf(to).(type) {
		case *types.Array:
			array := f.newNode(f.in)
			f.alias(array, n)
			return array
		case *types.Pointer:
			ptr := f.newNode(f.in)
			f.alias(f.sub(ptr), n)
			return ptr
		}
	}
	return n
}

func isUnsafePointer(t types.Type) bool {
	if t == nil || isTypeParam(t) {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.UnsafePointer
}

// unsafeValue: what e leads to is beyond the type system.
func (f *flow) unsafeValue(e ast.Expr) {
	f.leakValue(f.value(e), "given to package unsafe")
	f.openDeep(single(f.info.TypeOf(e)), f.source("memory that package unsafe can write", nil), map[types.Type]bool{})
}

// openDeep opens all fields in memory that a value of type t leads to.
func (f *flow) openDeep(t types.Type, why reasonID, seen map[types.Type]bool) {
	if t == nil || seen[t] {
		return
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for i := range u.NumFields() {
			v := u.Field(i)
			if f.holds.maps(v.Origin().Type()) {
				f.open(f.variable(v), why)
				f.leak(f.variable(v), why)
			}
			f.openDeep(v.Type(), why, seen)
		}
	case *types.Pointer:
		f.openDeep(u.Elem(), why, seen)
	case *types.Slice:
		f.openDeep(u.Elem(), why, seen)
	case *types.Array:
		f.openDeep(u.Elem(), why, seen)
	case *types.Chan:
		f.openDeep(u.Elem(), why, seen)
	case *types.Map:
		f.openDeep(u.Key(), why, seen)
		f.openDeep(u.Elem(), why, seen)
	}
}

// transparent are the functions of package maps that let nothing else see
// or set the elements of their arguments.
var transparent = []string{"Clone", "Copy", "Equal"}

// mapsFunc gives the node of the result of a call of package maps, whose
// functions keep no map that they are given but to read it.
func (f *flow) mapsFunc(e *ast.CallExpr, fn *types.Func) nodeID {
	if n, ok := f.tupleArgument(e); ok {
		return n
	}
	var first nodeID
	for i, arg := range e.Args {
		n := f.value(arg)
		if i == 0 {
			first = n
		}
		if n == 0 {
			continue
		}
		if coreMap(f.info.TypeOf(arg)) == nil {
			f.leakValue(n, "passed to "+exprText(e.Fun))
		} else if !slices.Contains(transparent, fn.Name()) {
			f.expose(f.at(n).shape, f.sink("an element of what is passed to "+exprText(e.Fun), f.in))
		}
	}
	switch fn.Name() {
	case "Clone":
		n := f.made(e)
		if first != 0 {
			f.alias(n, first)
		}
		return n
	case "Copy":
		if second := f.argument(e, 1); first != 0 && second != 0 {
			f.alias(first, second)
		}
	case "Collect":
		n := f.made(e)
		f.expose(f.at(n).shape, f.source("element of "+exprText(e), f.in))
		return n
	}
	if !f.holds.maps(f.info.TypeOf(e)) {
		return 0
	}
	return f.from("result of " + exprText(e.Fun))
}
