package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// static says what the compiler may know of the value of e when it boxes it:
// what it finds by following variables that are assigned once, and calls that
// it inlines (ir/reassignment.go: StaticValue).
func (f *partFinder) static(e ast.Expr) Static { return f.staticValue(e, 0) }

// staticDepth bounds how many assignments are followed.
const staticDepth = 8

func (f *partFinder) staticValue(e ast.Expr, depth int) Static {
	e = ast.Unparen(e)
	tv := f.info.Types[e]
	switch {
	case tv.Value != nil:
		return StaticConst
	case depth > staticDepth:
		return StaticUnknown
	}
	switch e := e.(type) {
	case *ast.Ident:
		return f.staticIdent(e, depth)
	case *ast.CompositeLit:
		return f.staticLiteral(e)
	case *ast.CallExpr:
		if f.info.Types[e.Fun].IsType() && len(e.Args) == 1 {
			if v := f.staticValue(e.Args[0], depth+1); v != StaticConst {
				return v
			}
			return StaticUnknown
		}
		if builtinName(f.info, e) != "" {
			return StaticNone
		}
		return StaticUnknown
	case *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr, *ast.BinaryExpr, *ast.UnaryExpr, *ast.SliceExpr, *ast.TypeAssertExpr:
		return StaticNone
	}
	return StaticUnknown
}

func (f *partFinder) staticIdent(id *ast.Ident, depth int) Static {
	v, ok := f.info.ObjectOf(id).(*types.Var)
	if !ok {
		return StaticUnknown
	}
	if !isLocal(v) {
		return StaticNone // a package variable
	}
	if f.constVar(id, f.owner) {
		return StaticVar
	}
	values := f.assigned.values[v]
	switch {
	case len(values) > 1, f.assigned.addressed[v]:
		return StaticNone
	case len(values) == 0, v.Kind() != types.LocalVar:
		if len(values) > 0 {
			return StaticNone // a parameter that is assigned to
		}
		return StaticUnknown
	case values[0].open != "":
		return StaticNone // what a range statement yields, or a type switch
	case values[0].expr == nil || values[0].result >= 0:
		return StaticUnknown
	}
	if s := f.staticValue(values[0].expr, depth+1); s == StaticNone {
		return StaticNone
	}
	return StaticUnknown
}

// staticLiteral: the compiler does not follow variables in a literal.
func (f *partFinder) staticLiteral(lit *ast.CompositeLit) Static {
	if f.constant(lit) {
		return StaticComposite
	}
	parts, ok := f.forms.parts(lit)
	if !ok {
		return StaticNone
	}
	for _, p := range parts {
		x := ast.Unparen(p.expr)
		if tv := f.info.Types[x]; tv.Value != nil || tv.IsNil() {
			continue
		}
		switch x := x.(type) {
		case *ast.CompositeLit:
			if s := f.staticLiteral(x); s == StaticNone {
				return StaticNone
			}
		case *ast.CallExpr: // of a conversion to an interface it sees the operand
		default:
			return StaticNone
		}
	}
	return StaticUnknown
}

// soleShape is the shape of t or of its only component.
func soleShape(t types.Type) Shape {
	if isTypeParam(t) {
		return ShapeTypeParam
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		if u.NumFields() == 1 {
			return soleShape(u.Field(0).Type())
		}
	case *types.Array:
		if u.Len() == 1 {
			return soleShape(u.Elem())
		}
	}
	return shapeOf(t)
}

// captures lists the variables that a function literal uses from outside.
func (f *partFinder) captures(lit *ast.FuncLit) []Capture {
	var list []Capture
	seen := map[*types.Var]bool{}
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := f.info.Uses[id].(*types.Var)
		if !ok || seen[v] || !isLocal(v) || inSpan(v.Pos(), lit) {
			return true
		}
		seen[v] = true
		c := Capture{Name: v.Name(), Type: f.types.info(v.Type())}
		c.Decl, _ = f.pos(v.Pos())
		list = append(list, c)
		return true
	})
	return list
}

func inSpan(at token.Pos, n ast.Node) bool { return n.Pos() <= at && at < n.End() }
