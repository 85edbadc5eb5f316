package mapop

import (
	"go/ast"
	"go/constant"
	"go/types"
)

// compositeParts are the parts of a composite literal: a struct or an array is a
// value, a slice or a map is allocated.
func (f *partFinder) compositeParts(lit *ast.CompositeLit, w standing) {
	t := f.info.TypeOf(lit)
	if _, elided := types.Unalias(t).Underlying().(*types.Pointer); elided {
		f.pointerParts(lit, lit.Lbrace, w)
		return
	}
	f.literalParts(lit, t, w)
}

// literalParts are the parts of a literal of the type t.
func (f *partFinder) literalParts(lit *ast.CompositeLit, t types.Type, w standing) {
	if parts, ok := f.forms.parts(lit); ok {
		for _, p := range parts {
			f.expr(p.expr, p.target, w)
		}
		return
	}
	stored := standing{stored: true, branch: w.branch}
	if m := coreMap(t); m != nil {
		mt := f.types.mapType(t)
		f.add(Part{Form: PartMap, Map: &mt, Hint: Hint{Form: HintConst, N: int64(len(lit.Elts))}}, lit, lit.Lbrace, w)
		w = stored // what goes into a map escapes, whatever becomes of the map
	} else if s, ok := t.Underlying().(*types.Slice); ok {
		array := types.NewArray(s.Elem(), sliceLen(f.info, lit))
		f.add(Part{Form: PartSlice, Type: f.types.info(array), Len: array.Len()}, lit, lit.Lbrace, w)
	} else {
		f.other(lit, w)
	}
	for _, p := range f.elements(lit) {
		f.expr(p.expr, p.target, w.inside())
	}
}

// sliceLen is the length of a slice literal, which its indices may make more than its elements.
func sliceLen(info *types.Info, lit *ast.CompositeLit) int64 {
	next, length := int64(0), int64(0)
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if v := info.Types[kv.Key].Value; v != nil {
				next, _ = constant.Int64Val(constant.ToInt(v))
			}
		}
		next++
		length = max(length, next)
	}
	return length
}

// callParts are the parts of a conversion or a call.
func (f *partFinder) callParts(e *ast.CallExpr, w standing) {
	if tv, ok := f.info.Types[e.Fun]; ok && tv.IsType() {
		f.conversionParts(e, e.Args[0], tv.Type, w)
		return
	}
	if name := builtinName(f.info, e); name != "" {
		f.builtinParts(name, e, w)
		return
	}
	sig := coreSignature(f.info.TypeOf(e.Fun))
	if sig == nil {
		f.other(e, w)
		return
	}
	apart := w.apart()
	f.calleeParts(e.Fun, apart)
	f.argumentParts(sig, e, apart)
}

// calleeParts are the parts of what a call calls. A literal that is called on
// the spot makes no closure (walk/closure.go: directClosureCall).
func (f *partFinder) calleeParts(fun ast.Expr, w standing) {
	fun = ast.Unparen(fun)
	if _, ok := fun.(*ast.FuncLit); ok || f.forms.static(fun) && f.receiver(fun) == nil {
		return
	}
	if x := f.receiver(fun); x != nil {
		fun = x
	}
	f.expr(fun, nil, w)
}

// receiver is the expression that a method is called on, nil where fun is no method.
func (f *partFinder) receiver(fun ast.Expr) ast.Expr {
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok || f.info.Selections[sel] == nil || f.info.Selections[sel].Kind() != types.MethodVal {
		return nil
	}
	return sel.X
}

func (f *partFinder) argumentParts(sig *types.Signature, e *ast.CallExpr, w standing) {
	params := sig.Params()
	if len(e.Args) == 1 {
		if _, several := f.info.TypeOf(e.Args[0]).(*types.Tuple); several && params.Len() > 1 {
			if _, plain := f.arguments(sig, e); !plain {
				f.other(e, w) // boxes of another call's results
			}
			f.expr(e.Args[0], nil, w)
			return
		}
	}
	fixed := params.Len()
	if sig.Variadic() && !e.Ellipsis.IsValid() {
		fixed--
		if s, ok := params.At(fixed).Type().Underlying().(*types.Slice); ok && len(e.Args) > fixed {
			array := types.NewArray(s.Elem(), int64(len(e.Args)-fixed))
			f.add(Part{Form: PartVariadic, Type: f.types.info(array), Len: array.Len()}, e, e.Lparen, w)
		}
	}
	for i, arg := range e.Args {
		var target types.Type
		switch {
		case i < fixed:
			target = params.At(i).Type()
		case sig.Variadic():
			if s, ok := params.At(params.Len() - 1).Type().Underlying().(*types.Slice); ok {
				target = s.Elem()
			}
		}
		f.expr(arg, target, w)
	}
}

func (f *partFinder) builtinParts(name string, e *ast.CallExpr, w standing) {
	t := f.info.TypeOf(e)
	switch name {
	case "make":
		f.makeParts(e, t, w)
	case "new":
		elem := t
		if ptr, ok := t.Underlying().(*types.Pointer); ok {
			elem = ptr.Elem()
		}
		f.add(Part{Form: PartNew, Type: f.types.info(elem)}, e, e.Lparen, w)
		if tv := f.info.Types[e.Args[0]]; !tv.IsType() {
			f.expr(e.Args[0], elem, w.inside())
		}
	case "append":
		f.add(Part{Form: PartAppend, Type: f.types.info(t)}, e, e.Lparen, w)
		f.expr(e.Args[0], nil, w.inside())
		var elem types.Type
		if s, ok := t.Underlying().(*types.Slice); ok && !e.Ellipsis.IsValid() {
			elem = s.Elem()
		}
		for _, arg := range e.Args[1:] {
			f.expr(arg, elem, w.inside())
		}
	case "len", "cap", "real", "imag", "complex", "copy", "min", "max":
		f.all(w.apart(), e.Args...)
	default:
		f.other(e, w)
	}
}

func (f *partFinder) makeParts(e *ast.CallExpr, t types.Type, w standing) {
	size := int64(-1)
	if len(e.Args) > 1 {
		if v := f.info.Types[e.Args[len(e.Args)-1]].Value; v != nil {
			size, _ = constant.Int64Val(constant.ToInt(v))
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		f.add(Part{Form: PartMake, Type: f.types.info(u.Elem()), Len: size}, e, e.Lparen, w)
	case *types.Chan:
		f.add(Part{Form: PartChan, Type: f.types.info(u.Elem()), Len: size}, e, e.Lparen, w)
	case *types.Map:
		mt := f.types.mapType(t)
		f.add(Part{Form: PartMap, Map: &mt, Hint: sizeHint(f.info, e.Args)}, e, e.Lparen, w)
	default:
		f.other(e, w)
	}
	f.all(w.apart(), e.Args[1:]...)
}

// conversionParts are the parts of a written conversion of x to the type to.
func (f *partFinder) conversionParts(e *ast.CallExpr, x ast.Expr, to types.Type, w standing) {
	from := single(f.info.TypeOf(x))
	switch {
	case isTypeParam(from) || isTypeParam(to):
		f.other(e, w)
		f.expr(x, nil, w.inside())
		return
	case isInterface(to):
		f.expr(x, to, w)
		return
	}
	fromText, toText := shapeOf(from) == ShapeString, shapeOf(to) == ShapeString
	if fromText == toText {
		f.expr(x, nil, w.inside()) // the same bits, or arithmetic
		return
	}
	p := Part{Type: f.types.info(from)}
	switch {
	case toText && isByteSlice(from):
		p.Form, p.InPlace = PartBytesString, w.lookup && w.literal
	case toText && shapeOf(from) == ShapeInteger:
		p.Form = PartIntString
	case toText:
		p.Form = PartRunesString
	case isByteSlice(to):
		p.Form, p.Len = PartStringBytes, -1
		if v := f.info.Types[x].Value; v != nil && v.Kind() == constant.String {
			p.Len = int64(len(constant.StringVal(v)))
		}
	default:
		p.Form = PartStringRunes
	}
	f.add(p, e, f.anchor(x), w)
	f.expr(x, nil, w.apart())
}
