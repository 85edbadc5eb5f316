package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A value is something that a variable may be given.
type value struct {
	// expr is the expression; result is the result of a call with several that is meant, else -1.
	expr   ast.Expr
	result int
	// zero is the name in a declaration without a value.
	zero *ast.Ident
	// open says in words that the value comes from where we do not look: "element of x".
	open string
}

// A function is one with a body in the package: a *types.Func or an *ast.FuncLit.
type function any

// assignments are all assignments of a package by variable: local and package
// variables, results, parameters of literals called on the spot, and fields,
// which are counted together over all values of their struct type.
type assignments struct {
	info   *types.Info
	values map[*types.Var][]value
	// addressed are the variables that may change behind our back.
	addressed map[*types.Var]bool
	// bound are the parameters whose arguments are all known.
	bound map[*types.Var]bool
	// owner is the function literal, declaration or range-over-func loop that a
	// local variable is declared directly in.
	owner map[*types.Var]ast.Node
}

func collectAssignments(info *types.Info, files []*ast.File) *assignments {
	a := &assignments{
		info:      info,
		values:    map[*types.Var][]value{},
		addressed: map[*types.Var]bool{},
		bound:     map[*types.Var]bool{},
		owner:     map[*types.Var]ast.Node{},
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			fd, ok := decl.(*ast.FuncDecl)
			if !ok {
				a.walk(decl, nil, nil)
				continue
			}
			fn, ok := info.Defs[fd.Name].(*types.Func)
			if !ok || fd.Body == nil {
				continue
			}
			a.walk(fd.Body, fn.Signature(), fd)
		}
	}
	return a
}

// walk records the assignments in root, which lies directly in owner and in a function with the signature in.
func (a *assignments) walk(root ast.Node, in *types.Signature, owner ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			sig, _ := a.info.TypeOf(n).(*types.Signature)
			a.walk(n.Body, sig, n)
			return false
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN || n.Tok == token.DEFINE {
				a.assign(n.Lhs, n.Rhs, owner)
			} else if v := a.target(n.Lhs[0]); v != nil {
				a.give(v, value{open: "a calculation", result: -1})
			}
		case *ast.IncDecStmt:
			if v := a.target(n.X); v != nil {
				a.give(v, value{open: "a calculation", result: -1})
			}
		case *ast.ValueSpec:
			a.declare(n, owner)
		case *ast.RangeStmt:
			a.rangeVars(n, in, owner)
			return false
		case *ast.TypeSwitchStmt:
			a.typeSwitch(n)
		case *ast.ReturnStmt:
			a.returns(n, in)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				a.address(n.X)
			}
		case *ast.SelectorExpr:
			a.implicitAddress(n)
		case *ast.SliceExpr:
			if _, array := a.info.TypeOf(n.X).Underlying().(*types.Array); array {
				a.address(n.X)
			}
		case *ast.CompositeLit:
			a.fields(n)
		case *ast.CallExpr:
			if lit, ok := ast.Unparen(n.Fun).(*ast.FuncLit); ok {
				a.bind(lit, n)
			}
		}
		return true
	})
}

func (a *assignments) give(v *types.Var, x value) { a.values[v] = append(a.values[v], x) }

// target is the variable or field that an assignment to e sets whole, nil for any other place.
func (a *assignments) target(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if e.Name != "_" {
			v, _ := a.info.ObjectOf(e).(*types.Var)
			return v
		}
	case *ast.SelectorExpr:
		return a.selected(e)
	}
	return nil
}

// selected is the field or the package variable that a selector names, nil for a method.
func (a *assignments) selected(e *ast.SelectorExpr) *types.Var {
	if sel, ok := a.info.Selections[e]; ok {
		if field, ok := sel.Obj().(*types.Var); ok {
			return field.Origin()
		}
		return nil
	}
	v, _ := a.info.Uses[e.Sel].(*types.Var)
	return v
}

func (a *assignments) assign(lhs, rhs []ast.Expr, owner ast.Node) {
	for i, l := range lhs {
		v := a.target(l)
		if v == nil {
			continue
		}
		if id, ok := l.(*ast.Ident); ok && a.info.Defs[id] != nil {
			a.owner[v] = owner
		}
		a.give(v, pairedValue(rhs, len(lhs), i))
	}
}

// pairedValue is what the i-th of n targets is given.
func pairedValue(rhs []ast.Expr, n, i int) value {
	if len(rhs) == n {
		return value{expr: rhs[i], result: -1}
	}
	if _, call := ast.Unparen(rhs[0]).(*ast.CallExpr); call {
		return value{expr: rhs[0], result: i}
	}
	if i == 0 {
		return value{expr: rhs[0], result: -1} // v, ok = …
	}
	return value{open: "a calculation", result: -1}
}

func (a *assignments) declare(spec *ast.ValueSpec, owner ast.Node) {
	for i, name := range spec.Names {
		v, ok := a.info.Defs[name].(*types.Var)
		if !ok || name.Name == "_" {
			continue
		}
		a.owner[v] = owner
		if len(spec.Values) == 0 {
			a.give(v, value{zero: name, result: -1})
			continue
		}
		a.give(v, pairedValue(spec.Values, len(spec.Names), i))
	}
}

// rangeVars walks a range statement. The body of a range-over-func loop is a
// function of its own to the compiler, but not to return.
func (a *assignments) rangeVars(n *ast.RangeStmt, in *types.Signature, owner ast.Node) {
	a.walk(n.X, in, owner)
	if coreSignature(a.info.TypeOf(n.X)) != nil {
		owner = n
	}
	for _, target := range []ast.Expr{n.Key, n.Value} {
		if target == nil {
			continue
		}
		if v := a.target(target); v != nil {
			a.give(v, value{open: "element of " + exprText(n.X), result: -1})
			if n.Tok == token.DEFINE {
				a.owner[v] = owner
			}
		}
		a.walk(target, in, owner)
	}
	a.walk(n.Body, in, owner)
}

// typeSwitch: the variable of a type switch is one in each clause.
func (a *assignments) typeSwitch(n *ast.TypeSwitchStmt) {
	for _, clause := range n.Body.List {
		if v, ok := a.info.Implicits[clause].(*types.Var); ok {
			a.give(v, value{open: "a type switch", result: -1})
		}
	}
}

func (a *assignments) returns(n *ast.ReturnStmt, in *types.Signature) {
	if in == nil || len(n.Results) == 0 {
		return
	}
	results := in.Results()
	for i := range results.Len() {
		if v := results.At(i); v.Name() != "" && v.Name() != "_" {
			a.give(v, pairedValue(n.Results, results.Len(), i))
		}
	}
}

// address notes that the address of e is taken.
func (a *assignments) address(e ast.Expr) {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			if v, ok := a.info.ObjectOf(x).(*types.Var); ok {
				a.addressed[v] = true
			}
			return
		case *ast.SelectorExpr:
			v := a.selected(x)
			if v == nil {
				return
			}
			a.addressed[v] = true
			if sel := a.info.Selections[x]; sel == nil || sel.Indirect() {
				return // a part of what a pointer leads to
			}
			e = x.X
		case *ast.IndexExpr:
			if _, array := a.info.TypeOf(x.X).Underlying().(*types.Array); !array {
				return
			}
			e = x.X
		default:
			return
		}
	}
}

// implicitAddress: a method with a pointer receiver takes the address of the variable it is called on.
func (a *assignments) implicitAddress(n *ast.SelectorExpr) {
	sel, ok := a.info.Selections[n]
	if !ok || sel.Kind() != types.MethodVal {
		return
	}
	fn, ok := sel.Obj().(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return
	}
	_, wantsPointer := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer)
	_, isPointer := a.info.TypeOf(n.X).Underlying().(*types.Pointer)
	if wantsPointer && !isPointer {
		a.address(n.X)
	}
}

// fields records what a struct literal gives its fields.
func (a *assignments) fields(lit *ast.CompositeLit) {
	t := a.info.TypeOf(lit)
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		var field *types.Var
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				field, _ = a.info.Uses[id].(*types.Var)
			}
			elt = kv.Value
		} else if i < s.NumFields() {
			field = s.Field(i)
		}
		if field != nil {
			a.give(field.Origin(), value{expr: elt, result: -1})
		}
	}
}

// bind gives the parameters of a literal that is called on the spot their arguments.
func (a *assignments) bind(lit *ast.FuncLit, call *ast.CallExpr) {
	sig, ok := a.info.TypeOf(lit).(*types.Signature)
	if !ok {
		return
	}
	n := sig.Params().Len()
	for i := range n {
		v := sig.Params().At(i)
		if v.Name() == "" || v.Name() == "_" || sig.Variadic() && i == n-1 {
			continue
		}
		switch {
		case len(call.Args) == 1 && n > 1:
			a.give(v, value{expr: call.Args[0], result: i})
		case i < len(call.Args):
			a.give(v, value{expr: call.Args[i], result: -1})
		default:
			continue
		}
		a.bound[v] = true
	}
}
