package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

func (f *finder) file(file *ast.File) {
	for _, decl := range file.Decls {
		fd, ok := decl.(*ast.FuncDecl)
		if !ok {
			f.walk(scope{name: funcName{"init", "init"}}, decl)
			continue
		}
		fn, ok := f.info.Defs[fd.Name].(*types.Func)
		if !ok || fd.Body == nil {
			continue
		}
		f.walk(scope{
			name:     f.names.of(fn),
			owner:    fd,
			generic:  isGeneric(fn),
			dead:     fn.Name() == "_",
			backward: backwardJumps(fd.Body),
		}, fd.Body)
	}
}

func isGeneric(fn *types.Func) bool {
	sig := fn.Signature()
	return sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0
}

// walk finds the operations in root. A statement is seen before its parts, so
// that it can say what its index expressions are for.
func (f *finder) walk(sc scope, root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.funcLit(sc, n)
			return false
		case *ast.ForStmt:
			f.forStmt(sc, n)
			return false
		case *ast.RangeStmt:
			f.rangeStmt(sc, n)
			return false
		case *ast.GoStmt:
			f.detached[n.Call] = true
		case *ast.DeferStmt:
			f.detached[n.Call] = true
		case *ast.AssignStmt:
			f.assign(sc, n)
		case *ast.IncDecStmt:
			if ix := f.mapIndex(n.X); ix != nil {
				f.roles[ix] = role{kind: Update, stmt: n, operator: n.Tok.String()}
			}
		case *ast.ValueSpec:
			f.valueSpec(sc, n)
		case *ast.IndexExpr:
			f.index(sc, n)
		case *ast.CompositeLit:
			f.compositeLit(sc, n)
		case *ast.SelectorExpr:
			f.methodValue(sc, n)
		case *ast.CallExpr:
			return f.call(sc, n)
		}
		return true
	})
}

func (f *finder) funcLit(sc scope, lit *ast.FuncLit) {
	sc.dead = f.names.dropped(lit, sc.name) || sc.dead
	f.walk(sc.literal(lit, f.names.of(lit)), lit.Body)
}

func (f *finder) forStmt(sc scope, n *ast.ForStmt) {
	if n.Init != nil {
		f.walk(sc, n.Init)
	}
	sc = sc.loop()
	if n.Cond != nil {
		f.walk(sc, n.Cond)
	}
	if n.Post != nil {
		f.walk(sc, n.Post)
	}
	f.walk(sc, n.Body)
}

// A role is what a statement does with an index expression.
type role struct {
	kind Kind
	// stmt is the statement, nil where the index expression is not all of its left side.
	stmt     ast.Node
	elem     Operand
	operator string
	// part says that it is part of another operation: the inner m[k] of m[k] = append(m[k], …).
	part bool
}

// mapIndex is e, in parentheses or not, if it indexes a map.
func (f *finder) mapIndex(e ast.Expr) *ast.IndexExpr {
	if e == nil {
		return nil
	}
	ix, ok := ast.Unparen(e).(*ast.IndexExpr)
	if !ok {
		return nil
	}
	if tv := f.info.Types[ix.X]; !tv.IsValue() || coreMap(tv.Type) == nil {
		return nil
	}
	return ix
}

func (f *finder) assign(sc scope, n *ast.AssignStmt) {
	f.hold(n.Lhs, n.Rhs)
	for i, l := range n.Lhs {
		ix := f.mapIndex(l)
		if ix == nil {
			continue
		}
		elem := coreMap(f.info.TypeOf(ix.X)).Elem()
		var r role
		switch {
		case n.Tok != token.ASSIGN:
			r = f.calculation(sc, n, elem)
		case len(n.Lhs) == 1 && f.appendsTo(ix, n.Rhs[0], elem):
			r = role{kind: Update, operator: "append", elem: f.operands.describe(n.Rhs[0], elem, sc.owner)}
		case len(n.Lhs) == len(n.Rhs):
			r = role{kind: Insert, elem: f.operands.describe(n.Rhs[i], elem, sc.owner)}
		default:
			r = role{kind: Insert, elem: f.operands.describeResult(n.Rhs[0], resultType(f.info, n.Rhs[0], i), elem, n.TokPos)}
		}
		if len(n.Lhs) == 1 {
			r.stmt = n
		}
		f.roles[ix] = r
	}
}

// calculation is the role of m[k] in m[k] op= v.
func (f *finder) calculation(sc scope, n *ast.AssignStmt, elem types.Type) role {
	r := role{kind: Update, operator: n.Tok.String(), elem: f.operands.describe(n.Rhs[0], nil, sc.owner)}
	if shape := shapeOf(elem); n.Tok == token.ADD_ASSIGN && shape != ShapeInteger && shape != ShapeFloat {
		r.elem = f.operands.concatenation(r.elem, n.TokPos)
	}
	return r
}

// appendsTo reports whether an assignment of rhs to ix has the form m[k] = append(m[k], …)
// that the compiler does with one access (cmd/compile/internal/walk/order.go: mapAppend).
func (f *finder) appendsTo(ix *ast.IndexExpr, rhs ast.Expr, elem types.Type) bool {
	call, ok := ast.Unparen(rhs).(*ast.CallExpr)
	if !ok || builtinName(f.info, call) != "append" || !types.Identical(f.info.TypeOf(call), elem) {
		return false
	}
	same := sameExpr{f.info}
	inner, ok := same.strip(call.Args[0]).(*ast.IndexExpr)
	if !ok || !same.safe(ix, inner) {
		return false
	}
	f.roles[inner] = role{part: true}
	return true
}

// hold notes the variables that the values of an assignment go to.
func (f *finder) hold(lhs, rhs []ast.Expr) {
	texts := make([]string, len(lhs))
	for i, l := range lhs {
		switch l := ast.Unparen(l).(type) {
		case *ast.Ident:
			if l.Name != "_" {
				texts[i] = l.Name
			}
		case *ast.SelectorExpr:
			texts[i] = exprText(l)
		}
	}
	if len(rhs) == 1 {
		f.holders[f.creation(rhs[0])] = texts
		return
	}
	for i, r := range rhs {
		if i < len(texts) {
			f.holders[f.creation(r)] = texts[i : i+1]
		}
	}
}

// creation unwraps parentheses and conversions between maps.
func (f *finder) creation(e ast.Expr) ast.Expr {
	for {
		e = ast.Unparen(e)
		call, ok := e.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 || !f.info.Types[call.Fun].IsType() || coreMap(f.info.TypeOf(call)) == nil {
			return e
		}
		e = call.Args[0]
	}
}

// holder is the variable that result number i of e goes to.
func (f *finder) holder(e ast.Expr, i int) string {
	if texts := f.holders[e]; i < len(texts) {
		return texts[i]
	}
	return ""
}

// resultType is the type of result number i of e: of a call with several or of a comma-ok expression.
func resultType(info *types.Info, e ast.Expr, i int) types.Type {
	t := info.TypeOf(e)
	if tuple, ok := t.(*types.Tuple); ok {
		if i < tuple.Len() {
			return tuple.At(i).Type()
		}
		return types.Typ[types.Invalid]
	}
	return t
}
