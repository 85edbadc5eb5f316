package syncing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A pair is a lookup and a change of the same key in one section, the change
// made for what the lookup found.
type pair struct {
	*guard
	look, change *op
	// value and ok are the variables that the lookup sets, nil for none.
	value, ok *types.Var
	// branch is the if that tests them, nil where the change always follows; when
	// says for which outcome it does.
	branch *ast.IfStmt
	when   outcome
	// byNil says that the test compares the value with nil.
	byNil bool
	// inside says that the change is in the branch's body or else, and not behind the branch.
	inside bool
	// asserted is the type that the loaded value is asserted to where it is returned
	// for the stored one; set by neutral.
	asserted ast.Expr
	// before are the statements between the two, tail those after the change in its block.
	before, tail []ast.Stmt
}

type outcome int

const (
	always outcome = iota
	hit
	miss
)

// pairOf recognises how a change depends on a lookup; ok is false for forms that it does not know.
func (g *guard) pairOf(a, b *op) (pair, bool) {
	p := pair{guard: g, look: a, change: b}
	if (a.kind != opGet && a.kind != opLoad) || (b.kind != opStore && b.kind != opDelete) || !g.sameKey(a.key, b.key) ||
		!g.pass.Same(a.use.Expr, b.use.Expr) || g.changed(a.key, a.outer.Node().Pos(), b.outer.Node().Pos()) {
		return p, false
	}
	p.variables()
	block, at, ok := listOf(b.stmt)
	if !ok {
		return p, false
	}
	p.tail = block[at+1:]
	if init := a.stmt; init.ParentEdgeKind() == edge.IfStmt_Init {
		p.branch = init.Parent().Node().(*ast.IfStmt)
		if p.contains(block, at) {
			return p, p.straight()
		}
		return p, p.behind(init.Parent(), block, at)
	}
	list, from, ok := listOf(a.stmt)
	if !ok {
		return p, false
	}
	for i, s := range list[from+1:] {
		if s == b.stmt.Node() {
			return p, p.straight()
		}
		if branch, ok := s.(*ast.IfStmt); ok && branch.Init == nil && !slices.Contains(p.lazies, ast.Node(s)) {
			p.branch = branch
			if p.contains(block, at) {
				return p, p.straight()
			}
			c, found := a.stmt.Parent().FindNode(branch)
			return p, found && sameList(list[from+1+i:], block, at) && p.behind(c, block, at)
		}
		p.before = append(p.before, s)
	}
	return p, false
}

// sameList reports whether a block's change is in a list of statements.
func sameList(list, block []ast.Stmt, at int) bool { return slices.Contains(list, block[at]) }

// variables finds what the lookup sets.
func (p *pair) variables() {
	s, ok := p.look.stmt.Node().(*ast.AssignStmt)
	if !ok || len(s.Rhs) != 1 || ast.Unparen(s.Rhs[0]) != ast.Unparen(p.look.outer.Node().(ast.Expr)) {
		return
	}
	at := func(i int) *types.Var {
		if i >= len(s.Lhs) || isBlank(s.Lhs[i]) {
			return nil
		}
		v, _ := p.pass.Object(s.Lhs[i]).(*types.Var)
		return v
	}
	p.value, p.ok = at(0), at(1)
}

// contains tells in which arm of the branch the change is, if it is in one.
func (p *pair) contains(block []ast.Stmt, at int) bool {
	w, ok := p.test(p.branch.Cond)
	if !ok {
		return false
	}
	if slices.Contains(p.branch.Body.List, block[at]) {
		p.when, p.inside = w, true
	} else if other, ok := p.branch.Else.(*ast.BlockStmt); ok && slices.Contains(other.List, block[at]) {
		p.when, p.inside = hit+miss-w, true
	} else {
		return false
	}
	p.before = append(p.before, block[:at]...)
	return true
}

// behind tells whether the change comes after a branch that leaves the function or loop.
func (p *pair) behind(branch inspector.Cursor, block []ast.Stmt, at int) bool {
	w, ok := p.test(p.branch.Cond)
	list, i, inList := listOf(branch)
	if !ok || !inList || p.branch.Else != nil || !leaves(p.branch.Body.List) || !slices.Contains(list[i+1:], block[at]) {
		return false
	}
	p.when = hit + miss - w
	p.before = append(p.before, block[i+1:at]...)
	return p.straight()
}

// test says for which outcome of the lookup a condition holds.
func (p *pair) test(cond ast.Expr) (outcome, bool) {
	switch e := ast.Unparen(cond).(type) {
	case *ast.Ident:
		return hit, p.ok != nil && p.pass.Object(e) == p.ok
	case *ast.UnaryExpr:
		return miss, e.Op == token.NOT && p.ok != nil && p.pass.Object(e.X) == p.ok
	case *ast.BinaryExpr:
		if p.value == nil || p.pass.Object(e.X) != p.value || !p.pass.Info().Types[e.Y].IsNil() {
			return always, false
		}
		p.byNil = true
		switch e.Op {
		case token.EQL:
			return miss, true
		case token.NEQ:
			return hit, true
		}
	}
	return always, false
}

// straight reports whether nothing but simple statements is between the two.
func (p *pair) straight() bool {
	for _, s := range p.before {
		switch s.(type) {
		case *ast.AssignStmt, *ast.DeclStmt, *ast.IncDecStmt, *ast.ExprStmt:
		default:
			if !slices.Contains(p.lazies, ast.Node(s)) {
				return false
			}
		}
	}
	return true
}

// listOf is the list of statements that one is in, and its place there.
func listOf(c inspector.Cursor) ([]ast.Stmt, int, bool) {
	kind, i := c.ParentEdge()
	switch kind {
	case edge.BlockStmt_List:
		return c.Parent().Node().(*ast.BlockStmt).List, i, true
	case edge.CaseClause_Body:
		return c.Parent().Node().(*ast.CaseClause).Body, i, true
	case edge.CommClause_Body:
		return c.Parent().Node().(*ast.CommClause).Body, i, true
	}
	return nil, 0, false
}

// leaves reports whether a list of statements ends by leaving what is around it.
func leaves(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.CONTINUE // a break may only leave a switch
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := call.Fun.(*ast.Ident)
		return ok && id.Name == "panic"
	}
	return false
}

// changed reports whether a variable in an expression is written between two places.
func (s *sight) changed(e ast.Expr, from, to token.Pos) bool {
	return s.between(e, from, to, s.written)
}

// between reports whether a variable in an expression has a mention of some kind between two places.
func (s *sight) between(e ast.Expr, from, to token.Pos, kind func(inspector.Cursor) bool) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return !found
		}
		v, ok := s.pass.Info().Uses[id].(*types.Var)
		if !ok {
			return true
		}
		for _, c := range s.idents[v.Origin()] {
			if pos := c.Node().Pos(); from < pos && pos < to && kind(c) {
				found = true
			}
		}
		return !found
	})
	return found
}

// mentioned reports whether a variable is mentioned in [from, to).
func (s *sight) mentioned(v *types.Var, from, to token.Pos) bool {
	if v == nil {
		return false
	}
	return slices.ContainsFunc(s.idents[v], func(c inspector.Cursor) bool {
		return from <= c.Node().Pos() && c.Node().Pos() < to
	})
}

// eager reports whether a value can as well be computed where the lookup is.
func (p *pair) eager(e ast.Expr) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			ok = ok && p.pass.Info().Types[n.Fun].IsType()
		case *ast.FuncLit, *ast.UnaryExpr:
			u, isUnary := n.(*ast.UnaryExpr)
			ok = ok && isUnary && u.Op != token.ARROW
		case *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr:
			ok = false // may panic where the lookup is not a miss
		case *ast.Ident:
			v, isVar := p.pass.Info().Uses[n].(*types.Var)
			if isVar && !v.IsField() {
				local := v.Parent() != p.pass.Pkg.Types.Scope()
				ok = ok && v != p.value && v != p.ok && (!local || v.Pos() < p.look.outer.Node().Pos())
			}
		}
		return ok
	})
	return ok && !p.changed(e, p.look.outer.Node().Pos(), p.change.outer.Node().Pos())
}

// isUnlock reports whether a statement leaves the section.
func (p *pair) isUnlock(s ast.Stmt) bool { return slices.Contains(p.look.section.unlocks, s) }

// withoutUnlocks drops the statements that leave the section.
func (p *pair) withoutUnlocks(list []ast.Stmt) []ast.Stmt {
	return slices.DeleteFunc(slices.Clone(list), p.isUnlock)
}

// neutral reports whether what follows the change does not tell whether this
// goroutine or another one made it, so that a lookup and a LoadOrStore may stand in the place.
func (p *pair) neutral() bool {
	tail := p.withoutUnlocks(p.tail)
	for len(tail) > 0 {
		a, ok := tail[0].(*ast.AssignStmt)
		if !ok || a.Tok != token.ASSIGN || len(a.Lhs) != 1 || p.pass.Object(a.Lhs[0]) != p.value || p.value == nil ||
			p.pass.Object(a.Rhs[0]) == nil || p.pass.Object(a.Rhs[0]) != p.pass.Object(p.change.value) {
			break
		}
		tail = tail[1:] // v = w, the stored value
	}
	if p.inside {
		return len(tail) == 0
	}
	hits := p.withoutUnlocks(p.branch.Body.List)
	if len(tail) == 0 {
		if len(hits) != 1 {
			return false
		}
		r, ok := hits[0].(*ast.ReturnStmt)
		return ok && len(r.Results) == 0
	}
	if len(tail) != 1 || len(hits) != 1 {
		return false
	}
	r, ok1 := tail[0].(*ast.ReturnStmt)
	h, ok2 := hits[0].(*ast.ReturnStmt)
	if !ok1 || !ok2 || len(r.Results) != len(h.Results) {
		return false
	}
	stored := p.pass.Object(p.change.value)
	for i, e := range r.Results {
		obj := p.pass.Object(e)
		if stored != nil && obj == stored && p.value != nil && p.pass.Object(h.Results[i]) == p.value {
			continue
		}
		if a, ok := ast.Unparen(h.Results[i]).(*ast.TypeAssertExpr); ok && stored != nil && obj == stored && p.value != nil &&
			p.pass.Object(a.X) == p.value && a.Type != nil && types.Identical(p.pass.Info().TypeOf(a), stored.Type()) {
			p.asserted = a.Type
			continue
		}
		if p.pass.Text(e) != p.pass.Text(h.Results[i]) || obj != nil && (obj == p.ok || obj == stored || obj == p.value) {
			return false
		}
	}
	return true
}

// used reports whether a variable is mentioned anywhere but between the lookup
// and the change, which a loop can bring about again.
func (p *pair) used(v types.Object) bool {
	w, ok := v.(*types.Var)
	if !ok {
		return false
	}
	from, to := p.look.stmt.Node().Pos(), p.change.stmt.Node().End()
	return slices.ContainsFunc(p.idents[w], func(c inspector.Cursor) bool {
		pos := c.Node().Pos()
		return (pos < from || to <= pos) && p.pass.Info().Defs[c.Node().(*ast.Ident)] == nil
	})
}

// neverNil reports whether all that is ever put into the map is made on the spot, and so not nil.
func (g *guard) neverNil() bool {
	for _, u := range g.uses {
		if u.Kind == rewrite.UseInsert && (u.Value == nil || !g.creates(u.Value) && !g.justMade(u)) {
			return false
		}
	}
	return true
}

// justMade reports whether the value of an insert is a variable that the
// statement in front of it, or one before that in the block, set to a new value.
func (g *guard) justMade(u rewrite.Use) bool {
	v := g.pass.Object(u.Value)
	list, at, ok := listOf(statementOf(u.Outer))
	if !ok || v == nil {
		return false
	}
	for i := at - 1; i >= 0; i-- {
		a, ok := list[i].(*ast.AssignStmt)
		if !ok {
			if d, ok := list[i].(*ast.DeclStmt); ok && d != nil {
				continue
			}
			return false
		}
		if j := slices.IndexFunc(a.Lhs, func(e ast.Expr) bool { return g.pass.Object(e) == v }); j >= 0 {
			return len(a.Lhs) == len(a.Rhs) && g.creates(a.Rhs[j])
		}
	}
	return false
}
