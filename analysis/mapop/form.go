package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// forms finds the syntax in an expression that may allocate. It errs on the
// side of finding some: FormPlain is said only of expressions whose every part
// is known to allocate nothing, the bodies of called functions apart.
type forms struct {
	placer
	info *types.Info
}

// boxes reports whether e is boxed by an implicit conversion to target. What
// is held in an interface already is not, nor is nil.
func (f forms) boxes(e ast.Expr, target types.Type) bool {
	tv, ok := f.info.Types[e]
	if !ok {
		return false
	}
	return isInterface(target) && !tv.IsNil() && !isInterface(single(tv.Type))
}

// single is t or, for the type that go/types gives a comma-ok expression, its first component.
func single(t types.Type) types.Type {
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
		return tuple.At(0).Type()
	}
	return t
}

// A part is an expression inside another and the type that it is converted to.
type part struct {
	expr   ast.Expr
	target types.Type
}

// form gives the form of e, and the token where the compiler speaks of the
// syntax meant, NoPos for none.
func (f forms) form(e ast.Expr) (OperandForm, token.Pos) {
	if tv := f.info.Types[e]; tv.Value != nil || tv.IsNil() {
		return FormPlain, token.NoPos
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.form(e.X)
	case *ast.Ident:
		if _, generic := f.info.Instances[e]; generic {
			return FormOther, e.Pos() // a function with a dictionary
		}
		return FormPlain, token.NoPos
	case *ast.BasicLit:
		return FormPlain, token.NoPos
	case *ast.FuncLit:
		return FormClosure, e.Pos()
	case *ast.SelectorExpr:
		return f.selector(e)
	case *ast.StarExpr:
		return f.inside(e.X)
	case *ast.UnaryExpr:
		return f.unary(e)
	case *ast.BinaryExpr:
		return f.binary(e)
	case *ast.IndexExpr:
		return f.index(e)
	case *ast.SliceExpr:
		if _, array := f.info.TypeOf(e.X).Underlying().(*types.Array); array {
			return FormOther, e.Lbrack // the array's address is taken
		}
		return f.inside(e.X, e.Low, e.High, e.Max)
	case *ast.TypeAssertExpr:
		if isInterface(single(f.info.TypeOf(e))) || isTypeParam(single(f.info.TypeOf(e))) {
			return FormOther, token.NoPos
		}
		return f.inside(e.X)
	case *ast.CompositeLit:
		return f.composite(e)
	case *ast.CallExpr:
		return f.call(e)
	}
	return FormOther, token.NoPos
}

// plain reports whether all parts allocate nothing, their conversions included.
func (f forms) plain(parts []part) bool {
	for _, p := range parts {
		if form, _ := f.form(p.expr); form != FormPlain {
			return false
		}
		if p.target != nil && f.boxes(p.expr, p.target) && !pointerShaped(single(f.info.TypeOf(p.expr))) {
			return false
		}
	}
	return true
}

// inside is the form of syntax that itself allocates nothing, with the given
// parts; nil ones are left out.
func (f forms) inside(exprs ...ast.Expr) (OperandForm, token.Pos) {
	for _, e := range exprs {
		if e != nil && !f.plain([]part{{expr: e}}) {
			return FormOther, token.NoPos
		}
	}
	return FormPlain, token.NoPos
}

// with is the given form if the parts allocate nothing, else FormOther.
func (f forms) with(form OperandForm, at token.Pos, parts ...part) (OperandForm, token.Pos) {
	if !f.plain(parts) {
		return FormOther, at
	}
	return form, at
}

func (f forms) selector(e *ast.SelectorExpr) (OperandForm, token.Pos) {
	sel, ok := f.info.Selections[e]
	if !ok { // pkg.Name
		return f.form(e.Sel)
	}
	if sel.Kind() == types.FieldVal {
		return f.inside(e.X)
	}
	return FormOther, token.NoPos // a method value is a closure
}

func (f forms) unary(e *ast.UnaryExpr) (OperandForm, token.Pos) {
	switch e.Op {
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			return f.pointer(lit, e.OpPos)
		}
		return FormVariable, e.OpPos
	case token.ARROW:
		return FormOther, token.NoPos // a receive that waits may take a sudog from the heap
	}
	return f.inside(e.X)
}

// pointer is the form of &T{…}, written or elided.
func (f forms) pointer(lit *ast.CompositeLit, at token.Pos) (OperandForm, token.Pos) {
	parts, ok := f.parts(lit)
	if !ok {
		return FormOther, at // the pointer and the slice or map behind it
	}
	return f.with(FormAddress, at, parts...)
}

func (f forms) binary(e *ast.BinaryExpr) (OperandForm, token.Pos) {
	t := f.info.TypeOf(e)
	switch e.Op {
	case token.ADD:
		if shape := shapeOf(t); shape == ShapeInteger || shape == ShapeFloat {
			return f.inside(e.X, e.Y)
		}
		if isTypeParam(t) {
			return FormOther, e.OpPos
		}
		return f.with(FormConcat, e.OpPos, summands(e)...)
	case token.EQL, token.NEQ:
		x, y := f.info.Types[e.X], f.info.Types[e.Y]
		mixed := isInterface(single(x.Type)) != isInterface(single(y.Type)) && !x.IsNil() && !y.IsNil()
		if mixed {
			return FormOther, token.NoPos
		}
	}
	return f.inside(e.X, e.Y)
}

// summands are the operands of a chain of concatenations, which the compiler does at once.
func summands(e ast.Expr) []part {
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == token.ADD {
		return append(summands(b.X), summands(b.Y)...)
	}
	return []part{{expr: e}}
}

func (f forms) index(e *ast.IndexExpr) (OperandForm, token.Pos) {
	if tv, ok := f.info.Types[e.Index]; ok && tv.IsType() {
		return FormOther, token.NoPos // an instantiated function
	}
	parts := []part{{expr: e.X}, {expr: e.Index}}
	if m := coreMap(f.info.TypeOf(e.X)); m != nil {
		parts[1].target = m.Key()
	}
	return f.with(FormPlain, token.NoPos, parts...)
}

// composite: a struct or an array is a value, whose parts the compiler treats
// like operands of their own; a slice or a map is allocated.
func (f forms) composite(lit *ast.CompositeLit) (OperandForm, token.Pos) {
	if _, elided := types.Unalias(f.info.TypeOf(lit)).Underlying().(*types.Pointer); elided {
		return f.pointer(lit, lit.Lbrace)
	}
	parts, ok := f.parts(lit)
	if !ok {
		return f.with(FormComposite, lit.Lbrace, f.elements(lit)...)
	}
	found, at := FormPlain, token.NoPos
	for _, p := range parts {
		form, pos := f.form(p.expr)
		if f.boxes(p.expr, p.target) && !pointerShaped(single(f.info.TypeOf(p.expr))) {
			return FormOther, pos
		}
		switch {
		case form == FormPlain:
		case found != FormPlain:
			return FormOther, at
		default:
			found, at = form, pos
		}
	}
	return found, at
}

// parts are the elements of a struct or array literal; ok is false for any other.
func (f forms) parts(lit *ast.CompositeLit) (parts []part, ok bool) {
	t := f.info.TypeOf(lit)
	if ptr, isPtr := t.Underlying().(*types.Pointer); isPtr {
		t = ptr.Elem()
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for i, elt := range lit.Elts {
			kv, keyed := elt.(*ast.KeyValueExpr)
			if !keyed {
				parts = append(parts, part{elt, u.Field(i).Type()})
				continue
			}
			id, _ := kv.Key.(*ast.Ident)
			field, _ := f.info.Uses[id].(*types.Var)
			if field == nil {
				return nil, false
			}
			parts = append(parts, part{kv.Value, field.Type()})
		}
		return parts, true
	case *types.Array:
		for _, elt := range lit.Elts {
			if kv, keyed := elt.(*ast.KeyValueExpr); keyed {
				elt = kv.Value
			}
			parts = append(parts, part{elt, u.Elem()})
		}
		return parts, true
	}
	return nil, false
}

// elements are the elements of a slice or map literal, keys included.
func (f forms) elements(lit *ast.CompositeLit) []part {
	var key, elem types.Type
	t := f.info.TypeOf(lit)
	if m := coreMap(t); m != nil {
		key, elem = m.Key(), m.Elem()
	} else if s, ok := t.Underlying().(*types.Slice); ok {
		elem = s.Elem()
	}
	var parts []part
	for _, elt := range lit.Elts {
		if kv, keyed := elt.(*ast.KeyValueExpr); keyed {
			if key != nil {
				parts = append(parts, part{kv.Key, key})
			}
			elt = kv.Value
		}
		parts = append(parts, part{elt, elem})
	}
	return parts
}
