package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A standing says how an expression stands to the operand that it is in.
type standing struct {
	literal, stored, lookup, branch bool
}

// inside is what holds for the parts of an expression that is no literal of
// a struct or an array.
func (w standing) inside() standing { return standing{stored: w.stored, branch: w.branch} }

// apart is what holds for what does not become part of the operand's value.
func (w standing) apart() standing { return standing{branch: w.branch} }

// A partFinder lists the parts of one operand.
type partFinder struct {
	*operandDescriber
	owner ast.Node
	parts []Part
}

// partsOf lists the parts of e, which is converted to the type target, nil for its own.
func (d *operandDescriber) partsOf(e ast.Expr, target types.Type, owner ast.Node) []Part {
	f := &partFinder{operandDescriber: d, owner: owner}
	w := standing{literal: true, stored: true}
	if f.appended(e) && (target == nil || !isInterface(target)) {
		f.add(Part{Form: PartMoved, Type: f.types.info(f.info.TypeOf(e))}, e, f.anchor(e), w)
	}
	f.expr(e, target, w)
	return f.parts
}

// appended reports whether e is a local slice variable that is appended to: its array
// may be in the frame until the variable is assigned to something else
// (cmd/compile/internal/slice).
func (f *partFinder) appended(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.info.ObjectOf(id).(*types.Var)
	if !ok || !isLocal(v) {
		return false
	}
	for _, x := range f.assigned.values[v] {
		if call, ok := x.expr.(*ast.CallExpr); ok && builtinName(f.info, call) == "append" {
			if first, ok := ast.Unparen(call.Args[0]).(*ast.Ident); ok && f.info.ObjectOf(first) == v {
				return true
			}
		}
	}
	return false
}

// add keeps a part found at the token at.
func (f *partFinder) add(p Part, e ast.Expr, at token.Pos, w standing) {
	p.Text = exprText(e)
	p.Anchor, _ = f.pos(at)
	p.Literal, p.Stored, p.Branch = w.literal, w.stored, w.branch
	f.parts = append(f.parts, p)
}

// other notes syntax of which it is not known whether it allocates.
func (f *partFinder) other(e ast.Expr, w standing) {
	f.add(Part{Form: PartOther}, e, f.anchor(e), w)
}

func (f *partFinder) expr(e ast.Expr, target types.Type, w standing) {
	if e == nil {
		return
	}
	tv := f.info.Types[e]
	if target != nil && isInterface(target) && !tv.IsNil() {
		own := single(f.info.TypeOf(e))
		switch {
		case !isInterface(own):
			if !pointerShaped(own) {
				f.add(Part{Form: PartBox, Type: f.types.info(own), Sole: soleShape(own), Static: f.static(e)}, e, f.anchor(e), w)
			}
			w = w.inside()
		case needsMethods(own, target):
			f.add(Part{Form: PartAssert, Type: f.types.info(target)}, e, f.anchor(e), w)
		}
	}
	if tv.Value != nil || tv.IsNil() {
		return
	}
	f.syntax(e, w)
}

// needsMethods reports whether a conversion between interfaces looks up a
// method table, for which the runtime may keep a cache (runtime/iface.go: typeAssert).
func needsMethods(from, to types.Type) bool {
	i, ok := to.Underlying().(*types.Interface)
	return ok && i.NumMethods() > 0 && !types.Identical(from.Underlying(), to.Underlying())
}

func (f *partFinder) syntax(e ast.Expr, w standing) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		f.expr(e.X, nil, w)
	case *ast.Ident:
		if _, generic := f.info.Instances[e]; generic {
			f.other(e, w) // a function with a dictionary
		}
	case *ast.BasicLit:
	case *ast.FuncLit:
		f.add(Part{Form: PartClosure, Captures: f.captures(e)}, e, e.Pos(), w)
	case *ast.SelectorExpr:
		f.selectorParts(e, w)
	case *ast.StarExpr:
		f.expr(e.X, nil, w.apart())
	case *ast.UnaryExpr:
		f.unaryParts(e, w)
	case *ast.BinaryExpr:
		f.binaryParts(e, w)
	case *ast.IndexExpr:
		f.indexParts(e, w)
	case *ast.SliceExpr:
		if _, array := f.info.TypeOf(e.X).Underlying().(*types.Array); array {
			f.variable(e.X, e.Lbrack, w)
		}
		f.expr(e.X, nil, w.inside())
		f.all(w.apart(), e.Low, e.High, e.Max)
	case *ast.TypeAssertExpr:
		t := single(f.info.TypeOf(e))
		if isTypeParam(t) || isInterface(t) && t.Underlying().(*types.Interface).NumMethods() > 0 {
			f.add(Part{Form: PartAssert, Type: f.types.info(t)}, e, f.anchor(e), w)
		}
		f.expr(e.X, nil, w.inside())
	case *ast.CompositeLit:
		f.compositeParts(e, w)
	case *ast.CallExpr:
		f.callParts(e, w)
	default:
		f.other(e, w)
	}
}

func (f *partFinder) all(w standing, exprs ...ast.Expr) {
	for _, e := range exprs {
		f.expr(e, nil, w)
	}
}

func (f *partFinder) selectorParts(e *ast.SelectorExpr, w standing) {
	sel, ok := f.info.Selections[e]
	if !ok { // pkg.Name
		f.syntax(e.Sel, w)
		return
	}
	switch sel.Kind() {
	case types.FieldVal:
		f.expr(e.X, nil, w.apart())
	case types.MethodVal:
		recv := f.info.TypeOf(e.X)
		if fn, ok := sel.Obj().(*types.Func); ok && fn.Signature().Recv() != nil {
			recv = fn.Signature().Recv().Type()
		}
		f.add(Part{Form: PartMethod, Type: f.types.info(recv)}, e, f.anchor(e), w)
		f.expr(e.X, nil, w.inside())
	default: // a method expression is a function
		if f.anyTypeParam(sel.Recv()) {
			f.other(e, w)
		}
	}
}

func (f *partFinder) anyTypeParam(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if ptr, isPtr := types.Unalias(t).(*types.Pointer); isPtr {
		named, ok = types.Unalias(ptr.Elem()).(*types.Named)
	}
	return !ok || named.TypeArgs().Len() > 0
}

func (f *partFinder) unaryParts(e *ast.UnaryExpr, w standing) {
	switch e.Op {
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			f.pointerParts(lit, e.OpPos, w)
			return
		}
		f.variable(e.X, e.OpPos, w)
		f.expr(e.X, nil, w.apart())
		return
	case token.ARROW:
		f.other(e, w) // a receive that waits may take a sudog from the heap
	}
	f.expr(e.X, nil, w.apart())
}

// pointerParts are the parts of &T{…}, written or elided.
func (f *partFinder) pointerParts(lit *ast.CompositeLit, at token.Pos, w standing) {
	t := f.info.TypeOf(lit)
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	f.add(Part{Form: PartAddress, Type: f.types.info(t)}, lit, at, w)
	f.literalParts(lit, t, w.inside())
}

// variable notes that the address of e is taken, if that is of a local variable
// or of a part of one.
func (f *partFinder) variable(e ast.Expr, at token.Pos, w standing) {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			v, ok := f.info.ObjectOf(x).(*types.Var)
			if !ok || !isLocal(v) {
				return
			}
			p := Part{Form: PartVariable, Type: f.types.info(v.Type())}
			p.Decl, _ = f.pos(v.Pos())
			f.add(p, x, at, w)
			return
		case *ast.SelectorExpr:
			if _, pointer := f.info.TypeOf(x.X).Underlying().(*types.Pointer); pointer || f.info.Selections[x] == nil || f.info.Selections[x].Indirect() {
				return
			}
			e = x.X
		case *ast.IndexExpr:
			if _, array := f.info.TypeOf(x.X).Underlying().(*types.Array); !array {
				return
			}
			e = x.X
		default:
			return
		}
	}
}

func isLocal(v *types.Var) bool {
	switch v.Kind() {
	case types.LocalVar, types.ParamVar, types.RecvVar, types.ResultVar:
		return true
	}
	return false
}

func (f *partFinder) indexParts(e *ast.IndexExpr, w standing) {
	if tv, ok := f.info.Types[e.Index]; ok && tv.IsType() {
		f.other(e, w) // an instantiated function
		return
	}
	f.expr(e.X, nil, w.apart())
	if m := coreMap(f.info.TypeOf(e.X)); m != nil {
		f.expr(e.Index, m.Key(), standing{literal: true, lookup: true, branch: w.branch})
		return
	}
	f.expr(e.Index, nil, w.apart())
}
