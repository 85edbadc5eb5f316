package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// An operandDescriber describes key and element expressions.
type operandDescriber struct {
	forms
	types    *typeDescriber
	assigned *assignments
}

// describe describes e, which is converted to the type target and stands
// directly in the function or loop body owner. A nil target is e's own type.
func (d *operandDescriber) describe(e ast.Expr, target types.Type, owner ast.Node) Operand {
	rng, _, ok := d.span(e.Pos(), e.End())
	if !ok {
		// Only for code that cgo generates.
		return Operand{Text: exprText(e), Form: FormOther}
	}
	val, own := e, single(d.info.TypeOf(e))
	boxed := target != nil && d.boxes(e, target)
	if !boxed {
		if inner, ok := d.writtenBox(e); ok {
			val, own, boxed = inner, single(d.info.TypeOf(inner)), true
		}
	}
	form, at := d.form(val)
	if at == token.NoPos {
		at = d.anchor(val)
	}
	op := Operand{
		Text:     exprText(e),
		Range:    rng,
		Type:     d.types.info(own),
		Boxed:    boxed,
		Const:    d.constant(val),
		Value:    d.constantValue(val, cmpType(target, own)),
		ConstVar: d.constVar(val, owner),
		Form:     form,
		Free:     form == FormPlain && (!boxed || pointerShaped(own)),
		Parts:    d.partsOf(e, target, owner),
	}
	op.Anchor, _ = d.pos(at)
	if boxed && !pointerShaped(own) {
		op.BoxAnchor, _ = d.pos(d.anchor(val))
	}
	return op
}

// cmpType is the type that a value is compared in: the one it is converted to, or else its own.
func cmpType(target, own types.Type) types.Type {
	if target == nil {
		return own
	}
	return target
}

// describeResult describes one result of e, an expression with several; the
// result's type is given, and target is what it is converted to. The compiler
// speaks of the conversion at the token at, the assignment's or the call's
// that the results go to.
func (d *operandDescriber) describeResult(e ast.Expr, result, target types.Type, at token.Pos) Operand {
	op := d.describeTurn(e, result, target)
	op.Form, _ = d.form(e)
	op.Free = op.Free && op.Form == FormPlain
	if op.Boxed && !pointerShaped(result) {
		op.BoxAnchor, _ = d.pos(at)
		for i := range op.Parts {
			op.Parts[i].Anchor = op.BoxAnchor
		}
	}
	op.Parts = append(op.Parts, d.partsOf(e, nil, nil)...)
	return op
}

// describeTurn describes what a range over e yields in each turn. Of its
// conversion the compiler says nothing.
func (d *operandDescriber) describeTurn(e ast.Expr, result, target types.Type) Operand {
	rng, _, ok := d.span(e.Pos(), e.End())
	if !ok {
		return Operand{Text: exprText(e), Form: FormOther}
	}
	op := Operand{
		Text:  exprText(e),
		Range: rng,
		Type:  d.types.info(result),
		Boxed: isInterface(target) && !isInterface(result),
	}
	op.Free = !op.Boxed || pointerShaped(result)
	op.Anchor, _ = d.pos(d.anchor(e))
	switch {
	case !op.Free:
		op.Parts = []Part{{Form: PartBox, Text: op.Text, Type: op.Type, Sole: soleShape(result), Static: StaticNone, Literal: true, Stored: true}}
	case isInterface(target) && isInterface(result) && needsMethods(result, target):
		op.Parts = []Part{{Form: PartAssert, Text: op.Text, Type: op.Type, Literal: true, Stored: true}}
	}
	return op
}

// writtenBox unwraps a written conversion of a non-interface to an interface.
func (d *operandDescriber) writtenBox(e ast.Expr) (ast.Expr, bool) {
	for {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return nil, false
		}
		tv, ok := d.info.Types[call.Fun]
		if !ok || !tv.IsType() || !isInterface(tv.Type) {
			return nil, false
		}
		if d.boxes(call.Args[0], tv.Type) {
			return call.Args[0], true
		}
		e = call.Args[0]
	}
}

// constant reports whether e is a constant, nil, or a struct or array literal of such.
func (d *operandDescriber) constant(e ast.Expr) bool {
	e = ast.Unparen(e)
	tv := d.info.Types[e]
	if tv.Value != nil || tv.IsNil() {
		return true
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok || shapeOf(tv.Type) == ShapePointer { // an elided &T{…}
		return false
	}
	elts, ok := d.parts(lit)
	if !ok {
		return false
	}
	for _, elt := range elts {
		if isInterface(elt.target) || !d.constant(elt.expr) {
			return false
		}
	}
	return true
}

func (d *operandDescriber) constVar(e ast.Expr, owner ast.Node) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := d.info.Uses[id].(*types.Var)
	if !ok || v.Kind() != types.LocalVar || d.assigned.addressed[v] || owner == nil || d.assigned.owner[v] != owner {
		return false
	}
	values := d.assigned.values[v]
	return len(values) == 1 && values[0].expr != nil && values[0].result < 0 && d.info.Types[values[0].expr].Value != nil
}

// concatenation turns the operand of m[k] += s into what the statement stores:
// the compiler reports nothing of it, but makes a new string.
func (d *operandDescriber) concatenation(op Operand, at token.Pos) Operand {
	if op.Form == FormPlain {
		op.Form = FormConcat
	} else {
		op.Form = FormOther
	}
	op.Free, op.Const, op.Value, op.ConstVar = false, false, "", false
	op.Anchor, _ = d.pos(at)
	op.Parts = append([]Part{{Form: PartConcat, Text: op.Text, Type: op.Type, Literal: true, Stored: true}}, op.Parts...)
	return op
}
