package sizing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// many stands for a number of inserts that nothing limits.
const many = 1 << 20

// A span is how many inserts may have been made when control comes to a place.
// nil is said of a place that it does not come to.
type span struct{ least, most int }

func (s *span) add(n int) *span {
	if s == nil {
		return nil
	}
	return &span{min(s.least+n, many), min(s.most+n, many)}
}

func join(a, b *span) *span {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &span{min(a.least, b.least), max(a.most, b.most)}
}

// A fill is the body of a loop looked at for inserts into one map.
type fill struct {
	p      *rewrite.Pass
	target target
	label  string
	// next and leave say how many inserts an iteration makes that is followed by another
	// one, and one that ends the loop but not the function.
	next, leave *span
	// again and quit are the same of jumps to the loop's label, and of others out of it.
	again, quit *span
	inserts     []*ast.IndexExpr
	lookups     []*ast.IndexExpr
	// repeat is the first syntax which shows that keys come again: an update, or a
	// look for what is inserted. other is a use after which the number of entries is unknown.
	repeat, other ast.Node
}

// look counts the inserts of a loop's body.
func (f *fill) look(body *ast.BlockStmt) {
	f.uses(body)
	fall := f.list(body.List, &span{})
	f.next = join(join(f.next, f.again), fall)
	f.leave = join(f.leave, f.quit)
	rejected := f.rejections(body)
	for _, l := range f.lookups {
		for _, i := range f.inserts {
			if !rejected[l] && f.p.Text(l.Index) == f.p.Text(i.Index) {
				f.repeat = first(f.repeat, l)
			}
		}
	}
}

// rejections are the lookups in conditions after which the function is left: the
// loop takes a key that comes again for an error.
func (f *fill) rejections(body *ast.BlockStmt) map[*ast.IndexExpr]bool {
	set := map[*ast.IndexExpr]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		s, ok := n.(*ast.IfStmt)
		if !ok {
			return true
		}
		g := fill{p: f.p, target: f.target}
		if g.list(s.Body.List, &span{}) != nil || g.next != nil || g.leave != nil || g.quit != nil {
			return true
		}
		for _, part := range []ast.Node{s.Init, s.Cond} {
			if part == nil {
				continue
			}
			ast.Inspect(part, func(n ast.Node) bool {
				if x, ok := n.(*ast.IndexExpr); ok {
					set[x] = true
				}
				return true
			})
		}
		return true
	})
	return set
}

// uses tells the inserts from what else is done with the map.
func (f *fill) uses(body *ast.BlockStmt) {
	inserted := map[ast.Expr]bool{}
	var walk func(n ast.Node, closure bool)
	walk = func(n ast.Node, closure bool) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				if !closure {
					walk(n.Body, true)
					return false
				}
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					x, ok := ast.Unparen(l).(*ast.IndexExpr)
					if !ok || !f.target.is(x.X) {
						continue
					}
					inserted[x] = true
					switch {
					case closure:
						f.other = first(f.other, x)
					case n.Tok != token.ASSIGN:
						f.repeat = first(f.repeat, n)
					default:
						f.inserts = append(f.inserts, x)
					}
				}
			case *ast.IncDecStmt:
				if x, ok := ast.Unparen(n.X).(*ast.IndexExpr); ok && f.target.is(x.X) {
					inserted[x] = true
					f.repeat = first(f.repeat, n)
				}
			case *ast.IndexExpr:
				if f.target.is(n.X) {
					if !inserted[n] {
						f.lookups = append(f.lookups, n)
					}
					walk(n.Index, closure)
					return false
				}
			case *ast.CallExpr:
				if args, ok := f.p.CallOf(n, "len"); ok && f.target.is(args[0]) {
					return false
				}
			case ast.Expr:
				if f.target.is(n) {
					f.other = first(f.other, n)
					return false
				}
			}
			return true
		})
	}
	walk(body, false)
}

func first(a, b ast.Node) ast.Node {
	if a != nil {
		return a
	}
	return b
}

func (f *fill) list(list []ast.Stmt, in *span) *span {
	for _, s := range list {
		in = f.stmt(s, in)
	}
	return in
}

// stmt says how many inserts were made behind a statement.
func (f *fill) stmt(s ast.Stmt, in *span) *span {
	if in == nil {
		return nil
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		return in.add(f.count(s))
	case *ast.BlockStmt:
		return f.list(s.List, in)
	case *ast.LabeledStmt:
		return f.stmt(s.Stmt, in)
	case *ast.IfStmt:
		out := f.list(s.Body.List, in)
		if s.Else == nil {
			return join(out, in)
		}
		return join(out, f.stmt(s.Else, in))
	case *ast.SwitchStmt:
		return f.clauses(s.Body, in)
	case *ast.TypeSwitchStmt:
		return f.clauses(s.Body, in)
	case *ast.SelectStmt:
		return f.clauses(s.Body, in)
	case *ast.ForStmt:
		return f.inner(s.Body, in)
	case *ast.RangeStmt:
		return f.inner(s.Body, in)
	case *ast.ReturnStmt:
		return nil
	case *ast.BranchStmt:
		return f.branch(s, in)
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok && f.ends(call) {
			return nil
		}
	}
	return in
}

func (f *fill) count(s *ast.AssignStmt) int {
	n := 0
	for _, l := range s.Lhs {
		if x, ok := ast.Unparen(l).(*ast.IndexExpr); ok && f.target.is(x.X) {
			n++
		}
	}
	return n
}

// clauses joins the cases of a switch or select. A break in one of them leaves it.
func (f *fill) clauses(body *ast.BlockStmt, in *span) *span {
	outer := f.leave
	f.leave = nil
	var out *span
	complete := false
	for _, c := range body.List {
		switch c := c.(type) {
		case *ast.CaseClause:
			complete = complete || c.List == nil
			out = join(out, f.list(c.Body, in))
		case *ast.CommClause:
			complete = true
			out = join(out, f.list(c.Body, in))
		}
	}
	out = join(out, f.leave)
	f.leave = outer
	if !complete {
		out = join(out, in)
	}
	return out
}

// inner is a loop in the body: if it inserts at all, nothing limits how often.
func (f *fill) inner(body *ast.BlockStmt, in *span) *span {
	next, leave := f.next, f.leave
	f.next, f.leave = nil, nil
	out := join(join(f.list(body.List, in), f.next), join(f.leave, in))
	f.next, f.leave = next, leave
	if out.most > in.most {
		return &span{in.least, many}
	}
	return out
}

func (f *fill) branch(s *ast.BranchStmt, in *span) *span {
	switch {
	case s.Tok == token.FALLTHROUGH:
		return in
	case s.Tok == token.CONTINUE && s.Label == nil:
		f.next = join(f.next, in)
	case s.Tok == token.CONTINUE && s.Label.Name == f.label:
		f.again = join(f.again, in)
	case s.Tok == token.BREAK && s.Label == nil:
		f.leave = join(f.leave, in)
	default:
		f.quit = join(f.quit, in)
	}
	return nil
}

// ends reports whether a call does not return: panic, os.Exit, log.Fatal and the
// like, (*testing.T).Fatal.
func (f *fill) ends(call *ast.CallExpr) bool {
	if _, ok := f.p.CallOf(call, "panic"); ok {
		return true
	}
	fn := f.p.Callee(call)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "os":
		return fn.Name() == "Exit"
	case "runtime":
		return fn.Name() == "Goexit"
	case "log", "testing":
		return len(fn.Name()) >= 5 && fn.Name()[:5] == "Fatal" || fn.Name() == "FailNow"
	}
	return false
}

// keyed reports whether a key can be a different one in each iteration: it names
// something that the loop declares or assigns, or calls something.
func keyed(p *rewrite.Pass, key ast.Expr, loop ast.Stmt) bool {
	set := assigned(p, loop)
	for obj := range objects(p, key) {
		if set[obj] != nil || loop.Pos() <= obj.Pos() && obj.Pos() < loop.End() {
			return true
		}
	}
	return active(p, key)
}

// folds finds an operator in a key that gives different values the same result:
// a remainder, a shift, len.
func folds(p *rewrite.Pass, key ast.Expr) bool {
	switch e := ast.Unparen(key).(type) {
	case *ast.BinaryExpr:
		switch e.Op {
		case token.REM, token.QUO, token.SHR, token.AND, token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			return true
		}
		return folds(p, e.X) || folds(p, e.Y)
	case *ast.CallExpr:
		if _, ok := p.CallOf(e, "len"); ok {
			return true
		}
		if p.Info().Types[e.Fun].IsType() && len(e.Args) == 1 {
			return folds(p, e.Args[0])
		}
	}
	return false
}

// fewKeys is the number of different values of a key type where it is small.
func fewKeys(t types.Type) int {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.Bool:
			return 2
		case types.Int8, types.Uint8:
			return 256
		}
	case *types.Struct:
		if t.NumFields() == 0 {
			return 1
		}
	}
	return 0
}
