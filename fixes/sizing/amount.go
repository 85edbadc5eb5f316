package sizing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// An amount is how often a loop's body is executed if nothing ends it early.
type amount struct {
	// of is the expression whose value or length it is, nil where there is none
	// that can be evaluated in front of the loop. call is of where that is a call.
	of   ast.Expr
	call *ast.CallExpr
	// text is the amount as an expression. In it, of has the place of %s where it is a call.
	text string
	// n is its value where that is constant, else -1.
	n int64
	// index is the variable that has a different value in each iteration, if there is one.
	index types.Object
	// letters says that the elements are those of a string.
	letters bool
}

// amountOf gives a loop's amount; ok is false where it cannot be told in front of the loop.
func amountOf(p *rewrite.Pass, loop ast.Stmt) (amount, bool) {
	switch s := loop.(type) {
	case *ast.RangeStmt:
		return rangeAmount(p, s)
	case *ast.ForStmt:
		return countAmount(p, s)
	}
	return amount{}, false
}

func rangeAmount(p *rewrite.Pass, s *ast.RangeStmt) (amount, bool) {
	a := amount{n: -1}
	if id, ok := s.Key.(*ast.Ident); ok && s.Tok == token.DEFINE {
		a.index = p.Object(id)
	}
	x := ast.Unparen(s.X)
	if call, ok := x.(*ast.CallExpr); ok {
		if inner, index, ok := sequence(p, call); ok {
			if !index {
				a.index = nil
			}
			a.of, a.text = inner, "len("+p.Text(inner)+")"
			return a, true
		}
	}
	switch t := core(p.Info().TypeOf(x)).(type) {
	case *types.Slice, *types.Map:
		if lit, ok := x.(*ast.CompositeLit); ok {
			a.n = entries(p, lit)
			a.text = strconv.FormatInt(a.n, 10)
			return a, a.n >= 0
		}
		if lit := fixed(p, x); lit != nil {
			a.n = entries(p, lit)
		}
		a.length(p, x)
	case *types.Array:
		a.n = t.Len()
		a.length(p, x)
	case *types.Pointer:
		array, ok := t.Elem().Underlying().(*types.Array)
		if !ok {
			return a, false
		}
		a.n = array.Len()
		a.length(p, x)
	case *types.Basic:
		switch {
		case t.Info()&types.IsString != 0:
			if v := p.Info().Types[x].Value; v != nil {
				a.n = int64(len(constant.StringVal(v)))
			}
			a.letters = true
			a.length(p, x)
		case t.Info()&types.IsInteger != 0:
			if v, ok := constant.Int64Val(constant.ToInt(constValue(p, x))); ok {
				a.n = v
			}
			a.of, a.text = x, p.Text(x)
			if call, ok := x.(*ast.CallExpr); ok && !p.Simple(x) {
				a.call, a.text = call, "%s"
			}
		default:
			return a, false
		}
	default:
		return a, false
	}
	return a, true
}

func constValue(p *rewrite.Pass, e ast.Expr) constant.Value {
	if v := p.Info().Types[e].Value; v != nil {
		return v
	}
	return constant.MakeUnknown()
}

func (a *amount) length(p *rewrite.Pass, x ast.Expr) {
	a.of, a.text = x, "len("+p.Text(x)+")"
	if call, ok := x.(*ast.CallExpr); ok && !p.Info().Types[call.Fun].IsType() {
		a.call, a.text = call, "len(%s)"
	}
}

// sequence gives what an iterator of the standard library goes over, if it
// yields everything in it: maps.Keys(m), slices.Values(s) and the like, and
// slices.Sorted and slices.Collect of such. index says that the first variable
// is different in each iteration.
func sequence(p *rewrite.Pass, call *ast.CallExpr) (of ast.Expr, index, ok bool) {
	if len(call.Args) != 1 {
		return nil, false, false
	}
	arg := ast.Unparen(call.Args[0])
	for _, f := range []struct {
		pkg, name string
		index     bool
	}{{"maps", "Keys", true}, {"maps", "All", true}, {"maps", "Values", false}, {"slices", "All", true}, {"slices", "Backward", true}, {"slices", "Values", false}} {
		if p.IsFunc(call, f.pkg, f.name) {
			return arg, f.index, true
		}
	}
	if p.IsFunc(call, "slices", "Sorted") || p.IsFunc(call, "slices", "Collect") {
		if inner, ok := arg.(*ast.CallExpr); ok {
			of, _, ok := sequence(p, inner)
			return of, true, ok // of a slice's two variables the first is the index
		}
	}
	return nil, false, false
}

// entries counts the elements of a literal of a slice or map; -1 if they have explicit indices.
func entries(p *rewrite.Pass, lit *ast.CompositeLit) int64 {
	if p.Map(lit) == nil {
		for _, e := range lit.Elts {
			if _, ok := e.(*ast.KeyValueExpr); ok {
				return -1
			}
		}
	}
	return int64(len(lit.Elts))
}

// fixed is the literal that a variable has from its declaration to its end, nil where there is none.
func fixed(p *rewrite.Pass, e ast.Expr) *ast.CompositeLit {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := p.Object(id).(*types.Var)
	if !ok || v.Exported() && v.Parent() == p.Pkg.Types.Scope() {
		return nil
	}
	if v.Parent() == p.Pkg.Types.Scope() && p.Elsewhere(v.Name()) {
		return nil
	}
	var lit *ast.CompositeLit
	for _, u := range p.Uses(v) {
		switch u.Kind {
		case rewrite.UseInit:
			lit, _ = u.Value.(*ast.CompositeLit)
			if lit == nil {
				return nil
			}
		case rewrite.UseAssign, rewrite.UseAddress, rewrite.UseDeclare, rewrite.UseInsert, rewrite.UseUpdate, rewrite.UseDelete, rewrite.UseClear:
			return nil
		}
	}
	if lit != nil && p.Map(lit) != nil {
		return nil // it may be filled through another variable
	}
	return lit
}

// countAmount is that of for i := c; i < n; i++, where neither i nor n changes in the body.
func countAmount(p *rewrite.Pass, s *ast.ForStmt) (amount, bool) {
	a := amount{n: -1}
	init, ok := s.Init.(*ast.AssignStmt)
	if !ok || init.Tok != token.DEFINE || len(init.Lhs) != 1 || len(init.Rhs) != 1 {
		return a, false
	}
	start, ok := constant.Int64Val(constant.ToInt(constValue(p, init.Rhs[0])))
	id, isID := init.Lhs[0].(*ast.Ident)
	cond, isCond := s.Cond.(*ast.BinaryExpr)
	if !ok || !isID || !isCond || start < 0 || p.Object(cond.X) != p.Object(id) || !stepsByOne(p, s.Post, id) {
		return a, false
	}
	more := -start
	switch cond.Op {
	case token.LSS:
	case token.LEQ:
		more++
	default:
		return a, false
	}
	bound := ast.Unparen(cond.Y)
	fixedVars := objects(p, bound)
	fixedVars[p.Object(id)] = true
	if !p.Simple(bound) && !isLen(p, bound) || changes(p, s.Body, fixedVars) != nil {
		return a, false
	}
	a.index, a.of, a.text = p.Object(id), bound, p.Text(bound)
	if v, ok := constant.Int64Val(constant.ToInt(constValue(p, bound))); ok {
		a.n = v + more
	}
	b, ok := core(p.Info().TypeOf(bound)).(*types.Basic)
	if !ok || b.Info()&types.IsInteger == 0 || b.Info()&types.IsUnsigned != 0 && more != 0 && a.n < 0 {
		return a, false
	}
	from := ""
	if _, literal := ast.Unparen(init.Rhs[0]).(*ast.BasicLit); !literal {
		from, more = "-"+p.Text(init.Rhs[0]), more+start
		if isBinary(init.Rhs[0]) {
			return a, false
		}
	}
	if more != 0 || from != "" {
		if b, ok := bound.(*ast.BinaryExpr); ok && b.Op.Precedence() < token.ADD.Precedence() {
			a.text = "(" + a.text + ")"
		}
		a.text += from
		if more != 0 {
			a.text += map[bool]string{true: "+", false: ""}[more > 0] + strconv.FormatInt(more, 10)
		}
	}
	if lenArgs, ok := p.CallOf(bound, "len"); ok {
		a.of = ast.Unparen(lenArgs[0])
	}
	return a, a.n != 0
}

func isBinary(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.BinaryExpr)
	return ok
}

func isLen(p *rewrite.Pass, e ast.Expr) bool {
	args, ok := p.CallOf(e, "len")
	return ok && p.Simple(args[0])
}

func stepsByOne(p *rewrite.Pass, s ast.Stmt, id *ast.Ident) bool {
	switch s := s.(type) {
	case *ast.IncDecStmt:
		return s.Tok == token.INC && p.Object(s.X) == p.Object(id)
	case *ast.AssignStmt:
		return s.Tok == token.ADD_ASSIGN && p.Object(s.Lhs[0]) == p.Object(id) && p.Text(s.Rhs[0]) == "1"
	}
	return false
}
