package syncing

import (
	"go/ast"
	"go/token"
	"go/types"
	"math"

	"golang.org/x/tools/go/ast/edge"
)

// merge finds the method that does what two operations of a section do, and how
// to write it. bad is nil if there is one.
func (g *guard) merge(a, b *op, pl *plan) (bad *why) {
	if done := g.compareAnd(a, b, pl); done {
		return nil
	}
	if (a.kind == opGet || a.kind == opLoad) && b.kind == opStore && g.dependsOn(a, b) {
		return &why{compound, b.outer.Node(), g.pass.Text(b.use.Expr) + " is read, changed and written back"}
	}
	p, ok := g.pairOf(a, b)
	if ok && b.kind == opDelete && p.loadAndDelete(pl) {
		return nil
	}
	if ok && b.kind == opStore && p.when == always && p.swap(pl) {
		return nil
	}
	if ok && b.kind == opStore && p.when == miss {
		return p.loadOrStore(pl)
	}
	text := "several operations in one critical section"
	if a.key != nil && b.key != nil && !g.sameKey(a.key, b.key) {
		text = "operations on two keys in one critical section, " + g.pass.Text(a.key) + " and " + g.pass.Text(b.key)
	}
	return &why{several, b.outer.Node(), text}
}

// dependsOn reports whether what is stored is computed from what was looked up.
func (g *guard) dependsOn(a, b *op) bool {
	p := pair{guard: g, look: a, change: b}
	p.variables()
	if p.value == nil || !g.sameKey(a.key, b.key) || g.pass.Object(b.value) == p.value {
		return p.value != nil && g.sameKey(a.key, b.key) && g.pass.Object(b.value) == p.value && g.recomputed(p.value, a, b)
	}
	found := false
	ast.Inspect(b.value, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && g.pass.Object(id) == p.value {
			found = true
		}
		return !found
	})
	return found
}

// recomputed reports whether a variable is changed from its own value between two operations.
func (g *guard) recomputed(v *types.Var, a, b *op) bool {
	for _, c := range g.idents[v] {
		if c.Node().Pos() <= a.outer.Node().Pos() || c.Node().Pos() >= b.outer.Node().Pos() || !g.written(c) {
			continue
		}
		s, ok := statementOf(c).Node().(*ast.AssignStmt)
		if !ok || s.Tok != token.ASSIGN || len(s.Lhs) != 1 || g.pass.Object(s.Lhs[0]) != v {
			return true
		}
		again := false
		ast.Inspect(s.Rhs[0], func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && g.pass.Object(id) == v {
				again = true
			}
			return !again
		})
		if again {
			return true
		}
	}
	return false
}

// lookup writes a lookup as a method's call with further arguments.
func (pl *plan) lookup(o *op, method, more string) {
	ix := o.outer.Node().(*ast.IndexExpr)
	pl.method(method)
	pl.replace(o.use.Expr.End(), ix.Index.Pos(), "."+method+"(")
	pl.replace(ix.Index.End(), ix.End(), more+")")
}

// text is a method's call with the arguments as they are written.
func (p *pair) text(method string, args ...ast.Expr) string {
	text := p.pass.Text(p.look.use.Expr) + "." + method + "("
	for i, a := range args {
		if i > 0 {
			text += ", "
		}
		text += p.pass.Text(a)
	}
	return text + ")"
}

// alone reports whether the branch does nothing but the lookup and the change.
func (p *pair) alone() bool {
	return p.inside && p.look.stmt.ParentEdgeKind() == edge.IfStmt_Init && p.value == nil &&
		len(p.branch.Body.List) == 1 && p.branch.Else == nil
}

func (p *pair) loadAndDelete(pl *plan) bool {
	if p.when == miss || p.byNil {
		return false
	}
	if p.alone() {
		pl.method("Delete")
		pl.replace(p.branch.Pos(), p.branch.End(), p.text("Delete", p.look.key))
		return true
	}
	if p.inside && len(p.branch.Body.List) == 1 {
		return false // would leave an empty branch
	}
	if !p.twoResults(pl) {
		return false
	}
	pl.lookup(p.look, "LoadAndDelete", "")
	pl.remove(p.change.stmt)
	return true
}

// twoResults makes room for the second result of a method; ok is false where
// the lookup is not the assignment to a variable.
func (p *pair) twoResults(pl *plan) bool {
	if p.look.kind == opLoad {
		_, ok := p.look.stmt.Node().(*ast.AssignStmt)
		return ok
	}
	s, ok := p.look.stmt.Node().(*ast.AssignStmt)
	if !ok || p.value == nil || len(s.Lhs) != 1 {
		return false
	}
	pl.replace(s.Lhs[0].End(), s.Lhs[0].End(), ", _")
	return true
}

func (p *pair) swap(pl *plan) bool {
	if !p.eager(p.change.value) || p.look.stmt.ParentEdgeKind() == edge.IfStmt_Init || !p.twoResults(pl) {
		return false
	}
	pl.needs(p.look, "go1.20", "Swap")
	pl.lookup(p.look, "Swap", ", "+p.pass.Text(p.change.value))
	pl.remove(p.change.stmt)
	return true
}

func (p *pair) loadOrStore(pl *plan) *why {
	if p.byNil && !p.neverNil() {
		return &why{several, p.change.outer.Node(), "a missing entry and a nil one are taken for the same, and nil may be stored"}
	}
	if !p.byNil && p.look.kind == opLoad && p.eager(p.change.value) && p.value == nil {
		if p.alone() {
			pl.method("LoadOrStore")
			pl.replace(p.branch.Pos(), p.branch.End(), p.text("LoadOrStore", p.look.key, p.change.value))
			return nil
		}
		if !p.inside || len(p.branch.Body.List) > 1 {
			pl.lookup(p.look, "LoadOrStore", ", "+p.pass.Text(p.change.value))
			pl.remove(p.change.stmt)
			return nil
		}
	}
	if !p.neutral() {
		// What is behind the branch sees only what the lookup found.
		if p.look.kind == opLoad && !p.byNil && !p.inside && p.eager(p.change.value) &&
			!p.mentioned(p.value, p.branch.End(), math.MaxInt) {
			pl.lookup(p.look, "LoadOrStore", ", "+p.pass.Text(p.change.value))
			pl.remove(p.change.stmt)
			return nil
		}
		return &why{created, p.change.outer.Node(), "what follows acts on having stored the entry itself, which another goroutine may have done meanwhile"}
	}
	return p.checkAgain(pl)
}

// checkAgain keeps the lookup and lets the first of several goroutines that
// missed store its value: the value is only computed on a miss.
func (p *pair) checkAgain(pl *plan) *why {
	ok := "_"
	if p.ok != nil && p.used(p.ok) {
		ok = p.ok.Name()
	}
	stored := p.pass.Object(p.change.value)
	prefix := ""
	switch {
	case stored != nil && p.used(stored):
		v, isVar := stored.(*types.Var)
		if !isVar || !types.Identical(v.Type(), p.pass.Map(p.look.use.Expr).Elem()) || !within(v, functionOf(p.look.outer)) {
			return &why{created, p.change.outer.Node(), "the value is used afterwards, and not of the map's element type"}
		}
		prefix = v.Name() + ", " + ok + " = "
	case ok != "_":
		prefix = "_, " + ok + " = "
	}
	s := p.change.stmt.Node().(*ast.AssignStmt)
	ix := ast.Unparen(s.Lhs[0]).(*ast.IndexExpr)
	method := "Load"
	if p.look.kind == opGet {
		method = "Get"
	}
	pl.lookup(p.look, method, "")
	pl.method("LoadOrStore")
	pl.replace(s.Pos(), s.Pos(), prefix)
	pl.replace(p.change.use.Expr.End(), ix.Index.Pos(), ".LoadOrStore(")
	pl.replace(ix.Index.End(), s.Rhs[0].Pos(), ", ")
	pl.replace(s.Rhs[0].End(), s.Rhs[0].End(), ")")
	return nil
}

// compareAnd recognises if m[k] == old { delete(m, k) } and its kin.
func (g *guard) compareAnd(a, b *op, pl *plan) bool {
	if a.kind != opGet && a.kind != opLoad || b.kind != opDelete && b.kind != opStore || !g.sameKey(a.key, b.key) || !g.pass.Same(a.use.Expr, b.use.Expr) {
		return false
	}
	if !strictlyComparable(g.pass.Map(a.use.Expr).Elem()) {
		return false
	}
	list, at, ok := listOf(b.stmt)
	if !ok || at != 0 || b.stmt.Parent().ParentEdgeKind() != edge.IfStmt_Body {
		return false
	}
	branch := b.stmt.Parent().Parent().Node().(*ast.IfStmt)
	old, ok := g.compared(a, branch)
	if !ok || g.mentions(old) || !g.pass.Simple(old) || b.kind == opStore && a.kind == opGet {
		return false
	}
	method, args := "CompareAndDelete", []ast.Expr{a.key, old}
	p := pair{guard: g, look: a, change: b}
	if b.kind == opStore {
		p.variables()
		if !p.eager(b.value) {
			return false
		}
		method, args = "CompareAndSwap", append(args, b.value)
	}
	pl.needs(a, "go1.20", method)
	pl.method(method)
	if len(list) == 1 && branch.Else == nil {
		pl.replace(branch.Pos(), branch.End(), p.text(method, args...))
		return true
	}
	pl.replace(branch.Pos(), branch.Cond.End(), "if "+p.text(method, args...))
	pl.remove(b.stmt)
	return true
}

// compared is what an if compares the looked-up value with: m[k] == old, or
// v, ok := m[k]; ok && v == old where v and ok are used for nothing else.
func (g *guard) compared(a *op, branch *ast.IfStmt) (old ast.Expr, ok bool) {
	cond, isBinary := ast.Unparen(branch.Cond).(*ast.BinaryExpr)
	if !isBinary {
		return nil, false
	}
	if a.kind == opGet {
		if branch.Init != nil || cond.Op != token.EQL || ast.Unparen(cond.X) != a.outer.Node() {
			return nil, false
		}
		return cond.Y, true
	}
	p := pair{guard: g, look: a}
	p.variables()
	eq, isBinary := ast.Unparen(cond.Y).(*ast.BinaryExpr)
	if branch.Init == nil || branch.Init != a.stmt.Node() || !isBinary || cond.Op != token.LAND || eq.Op != token.EQL || p.ok == nil || p.value == nil ||
		g.pass.Object(cond.X) != p.ok || g.pass.Object(eq.X) != p.value {
		return nil, false
	}
	for _, v := range []*types.Var{p.ok, p.value} {
		if !within(v, branch) || len(g.idents[v]) != 2 {
			return nil, false
		}
	}
	return eq.Y, true
}

// strictlyComparable reports whether comparing two values cannot panic.
func strictlyComparable(t types.Type) bool {
	return types.Comparable(t) && !holdsInterface(t)
}

// holdsInterface reports whether a value of a type has an interface or a type
// parameter's value inside.
func holdsInterface(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return true
	case *types.Struct:
		for f := range u.Fields() {
			if holdsInterface(f.Type()) {
				return true
			}
		}
	case *types.Array:
		return holdsInterface(u.Elem())
	}
	return false
}

// single writes an operation that is alone in its section, or in none.
func (pl *plan) single(g *guard, o *op) {
	switch o.kind {
	case opGet, opLoad:
		pl.lookup(o, string(o.kind), "")
	case opStore:
		s := o.stmt.Node().(*ast.AssignStmt)
		ix := ast.Unparen(s.Lhs[0]).(*ast.IndexExpr)
		pl.method("Store")
		pl.replace(o.use.Expr.End(), ix.Index.Pos(), ".Store(")
		pl.replace(ix.Index.End(), s.Rhs[0].Pos(), ", ")
		pl.replace(s.Rhs[0].End(), s.Rhs[0].End(), ")")
	case opDelete:
		call := o.outer.Node().(*ast.CallExpr)
		pl.method("Delete")
		pl.replace(call.Pos(), o.use.Expr.Pos(), "")
		pl.replace(o.use.Expr.End(), o.key.Pos(), ".Delete(")
	case opClear:
		pl.needs(o, "go1.23", "Clear")
		pl.method("Clear")
		pl.replace(o.outer.Node().Pos(), o.outer.Node().End(), g.pass.Text(o.use.Expr)+".Clear()")
	case opRange:
		pl.needs(o, "go1.23", "a range over a function")
		pl.method("Range")
		pl.ranges = true
		pl.replace(o.use.Expr.End(), o.use.Expr.End(), ".Range")
	}
}
