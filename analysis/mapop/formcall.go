package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// call is the form of a call: a conversion, a predeclared function, or any other.
func (f forms) call(e *ast.CallExpr) (OperandForm, token.Pos) {
	if tv, ok := f.info.Types[e.Fun]; ok && tv.IsType() {
		return f.conversion(e.Args[0], tv.Type)
	}
	if name := builtinName(f.info, e); name != "" {
		return f.builtin(name, e)
	}
	sig := coreSignature(f.info.TypeOf(e.Fun))
	if sig == nil {
		return FormOther, token.NoPos
	}
	args, ok := f.arguments(sig, e)
	if !ok {
		return FormOther, token.NoPos
	}
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
		if s, ok := f.info.Selections[sel]; ok && s.Kind() == types.MethodVal {
			args = append(args, part{expr: sel.X})
			return f.with(FormPlain, token.NoPos, args...)
		}
	}
	if !f.static(e.Fun) {
		args = append(args, part{expr: e.Fun})
	}
	return f.with(FormPlain, token.NoPos, args...)
}

// static reports whether fun names a declared function, generic or not: a call of it makes no function value.
func (f forms) static(fun ast.Expr) bool {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		_, ok := f.info.Uses[fun].(*types.Func)
		return ok
	case *ast.SelectorExpr:
		_, ok := f.info.Uses[fun.Sel].(*types.Func)
		return ok
	case *ast.IndexExpr:
		return f.static(fun.X)
	case *ast.IndexListExpr:
		return f.static(fun.X)
	}
	return false
}

// arguments are a call's arguments with their parameters' types; ok is false
// where the call itself makes something: a slice of variadic arguments, or
// boxes of another call's results.
func (f forms) arguments(sig *types.Signature, e *ast.CallExpr) (args []part, ok bool) {
	params := sig.Params()
	if len(e.Args) == 1 {
		if tuple, isTuple := f.info.TypeOf(e.Args[0]).(*types.Tuple); isTuple {
			if _, isCall := ast.Unparen(e.Args[0]).(*ast.CallExpr); isCall {
				for i := range tuple.Len() {
					if sig.Variadic() || isInterface(params.At(i).Type()) {
						return nil, false
					}
				}
				return []part{{expr: e.Args[0]}}, true
			}
		}
	}
	for i, arg := range e.Args {
		if sig.Variadic() && i >= params.Len()-1 && !e.Ellipsis.IsValid() {
			return nil, false
		}
		if i >= params.Len() {
			return nil, false
		}
		args = append(args, part{arg, params.At(i).Type()})
	}
	return args, true
}

func (f forms) builtin(name string, e *ast.CallExpr) (OperandForm, token.Pos) {
	switch name {
	case "make", "new":
		var parts []part
		for _, arg := range e.Args {
			if tv := f.info.Types[arg]; !tv.IsType() {
				parts = append(parts, part{expr: arg})
			}
		}
		return f.with(FormComposite, e.Lparen, parts...)
	case "append":
		return f.appendForm(e)
	case "len", "cap", "real", "imag", "complex", "copy", "min", "max":
		return f.inside(e.Args...)
	}
	return FormOther, token.NoPos
}

// appendForm: the appended values are converted to the slice's element type.
func (f forms) appendForm(e *ast.CallExpr) (OperandForm, token.Pos) {
	parts := []part{{expr: e.Args[0]}}
	var elem types.Type
	if s, ok := f.info.TypeOf(e).Underlying().(*types.Slice); ok && !e.Ellipsis.IsValid() {
		elem = s.Elem()
	}
	for _, arg := range e.Args[1:] {
		parts = append(parts, part{arg, elem})
	}
	return f.with(FormAppend, e.Lparen, parts...)
}

// conversion is the form of a written conversion of x to the type to.
func (f forms) conversion(x ast.Expr, to types.Type) (OperandForm, token.Pos) {
	at := f.anchor(x)
	from := single(f.info.TypeOf(x))
	if isTypeParam(from) || isTypeParam(to) {
		return FormOther, at
	}
	if isInterface(to) {
		if isInterface(from) || pointerShaped(from) || f.info.Types[x].IsNil() {
			return f.inside(x)
		}
		return FormOther, at
	}
	fromText, toText := shapeOf(from) == ShapeString, shapeOf(to) == ShapeString
	switch {
	case fromText && toText, !fromText && !toText:
		return f.inside(x) // the same bits, or arithmetic
	case toText && isByteSlice(from):
		return f.with(FormStrConv, at, part{expr: x})
	}
	return f.with(FormConv, at, part{expr: x})
}

func isByteSlice(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	b, ok := s.Elem().Underlying().(*types.Basic)
	return ok && b.Kind() == types.Byte
}
