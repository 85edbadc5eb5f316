package mapop

import (
	"go/ast"
	"go/token"
)

func (f *partFinder) binaryParts(e *ast.BinaryExpr, w standing) {
	t := f.info.TypeOf(e)
	switch e.Op {
	case token.LAND, token.LOR:
		f.expr(e.X, nil, w.apart())
		right := w.apart()
		right.branch = true
		f.expr(e.Y, nil, right)
		return
	case token.ADD:
		shape := shapeOf(t)
		if isTypeParam(t) {
			f.other(e, w)
		} else if shape != ShapeInteger && shape != ShapeFloat {
			f.concatParts(e, w)
			return
		}
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		x, y := f.info.Types[e.X], f.info.Types[e.Y]
		if isInterface(single(x.Type)) != isInterface(single(y.Type)) && !x.IsNil() && !y.IsNil() {
			f.other(e, w)
		}
		from := len(f.parts)
		f.all(w.apart(), e.X, e.Y)
		f.inPlace(from, e.X, e.Y)
		return
	}
	f.all(w.apart(), e.X, e.Y)
}

// concatParts are the parts of a chain of concatenations, which the compiler
// does at once. Constants side by side are one piece to it.
func (f *partFinder) concatParts(e ast.Expr, w standing) {
	pieces := f.pieces(e)
	constants, before := int64(0), false
	for _, piece := range pieces {
		v := f.info.Types[piece].Value
		nonEmpty := v != nil && v.ExactString() != `""`
		if nonEmpty && !before {
			constants++
		}
		if v == nil || nonEmpty {
			before = nonEmpty
		}
	}
	at := f.anchor(ast.Unparen(e))
	f.add(Part{Form: PartConcat, Type: f.types.info(f.info.TypeOf(e)), Len: constants}, e, at, w)
	from := len(f.parts)
	f.all(w.apart(), pieces...)
	if constants > 0 {
		f.inPlace(from, pieces...)
	}
}

// pieces are the operands of a chain of concatenations.
func (f *partFinder) pieces(e ast.Expr) []ast.Expr {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok || b.Op != token.ADD || f.info.Types[e].Value != nil {
		return []ast.Expr{e}
	}
	return append(f.pieces(b.X), f.pieces(b.Y)...)
}

// inPlace marks those of the parts from an index on that are a conversion
// string(b) which one of exprs is.
func (f *partFinder) inPlace(from int, exprs ...ast.Expr) {
	for i := from; i < len(f.parts); i++ {
		for _, e := range exprs {
			e = ast.Unparen(e)
			if f.parts[i].Form == PartBytesString && f.parts[i].Text == exprText(e) {
				f.parts[i].InPlace = true
			}
		}
	}
}
