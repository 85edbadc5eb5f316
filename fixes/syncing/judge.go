package syncing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// judge plans the rewrite of a guarded map, or says why there is none. Of
// several reasons it is the first in the order of the fix's list.
func (g *guard) judge() (*plan, *why) {
	if len(g.sections) == 0 {
		return nil, g.neverHeld()
	}
	if w := firstOf(g.mutexMisused, g.sectionsHoldMore, g.sectionsOpen, g.outOfReach, g.unsafely, g.unkeyed); w != nil {
		return nil, w
	}
	pl := &plan{pass: g.pass, methods: map[string]bool{}}
	ops, inits, bad := g.ops()
	first := earlier(bad, g.unlocked(ops), g.rangeBodies(ops))
	if first == nil || rank(rangeBody) < rank(first.reason) {
		first = earlier(g.plan(pl, ops), first)
	}
	if first == nil || rank(encoded) < rank(first.reason) {
		first = earlier(g.printed(), g.copied(), g.keys(), first)
	}
	if first != nil {
		return nil, first
	}
	for _, i := range inits {
		g.dropInit(pl, i)
	}
	if pl.bad != nil {
		return nil, pl.bad
	}
	return pl, pl.old
}

// neverHeld is why a map is not rewritten that stands beside a mutex, and is
// nowhere seen to be used under it.
func (g *guard) neverHeld() *why {
	if g.m.Exported() {
		return &why{exported, g.at.Node(), "other packages can use " + g.mapName()}
	}
	for _, u := range g.uses {
		if u.Kind != rewrite.UseInit && u.Kind != rewrite.UseDeclare {
			return &why{unlockedUse, u.Outer.Node(), g.pass.Text(u.Expr) + " is used where " + g.lockName() + " is not seen to be held, and nowhere is it"}
		}
	}
	return &why{unlockedUse, g.at.Node(), g.mapName() + " is nowhere used with " + g.lockName() + " held"}
}

// earlier is the reason that comes first in the fix's list.
func earlier(list ...*why) *why {
	var first *why
	for _, w := range list {
		if w != nil && (first == nil || rank(w.reason) < rank(first.reason)) {
			first = w
		}
	}
	return first
}

// mutexMisused looks for mentions of the mutex other than Lock and Unlock statements.
func (g *guard) mutexMisused() *why {
	if isPointer(g.mu.Type()) {
		return &why{lockEscapes, g.at.Node(), g.lockName() + " is a pointer, which others can hold"}
	}
	for _, c := range g.idents[g.mu] {
		if g.pass.Info().Defs[c.Node().(*ast.Ident)] == g.mu {
			continue
		}
		if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
			c = c.Parent()
		}
		sel, ok := c.Parent().Node().(*ast.SelectorExpr)
		if !ok || sel.X != c.Node() {
			return &why{lockEscapes, c.Node(), g.lockName() + " is passed or copied, or its address is taken"}
		}
	}
	for _, c := range g.methods[g.mu] {
		sel := c.Node().(*ast.SelectorExpr)
		call, ok := c.Parent().Node().(*ast.CallExpr)
		if !ok || call.Fun != sel {
			return &why{lockEscapes, sel, g.pass.Text(sel) + " is taken as a function"}
		}
		if strings.HasPrefix(sel.Sel.Name, "Try") || sel.Sel.Name == "RLocker" {
			return &why{lockEscapes, sel, g.pass.Text(sel) + " is called"}
		}
	}
	if g.embedded && g.owner != nil {
		if n := g.owner.name; n != nil && n.Exported() {
			return &why{embeddedLock, g.at.Node(), "other packages can call Lock of " + n.Name() + ", in which the mutex is embedded"}
		}
		if name := g.shownBy(); name != "" {
			return &why{embeddedLock, g.at.Node(), "other packages can call Lock by way of " + name}
		}
		for _, o := range g.structs {
			for _, f := range o.fields {
				if f.v.Embedded() && deref(f.v.Type()).Underlying() == g.owner.typ {
					return &why{embeddedLock, f.cursor.Node(), "the struct is embedded, and its Lock with it"}
				}
			}
		}
	}
	return nil
}

// shownBy is an exported variable or function that gives other packages the struct.
func (g *guard) shownBy() string {
	is := func(t types.Type) bool { return deref(t).Underlying() == g.owner.typ }
	scope := g.pass.Pkg.Types.Scope()
	for _, name := range scope.Names() {
		switch obj := scope.Lookup(name).(type) {
		case *types.Var:
			if obj.Exported() && is(obj.Type()) {
				return name
			}
		case *types.Func:
			for v := range obj.Signature().Results().Variables() {
				if obj.Exported() && is(v.Type()) {
					return name
				}
			}
		}
	}
	return ""
}

// sectionsHoldMore looks at what else runs in the sections of the map.
func (g *guard) sectionsHoldMore() *why {
	for _, s := range g.sections {
		if s.base != nil && len(s.leaves) > 0 && g.between(s.base, s.lock.Pos(), s.leaves[len(s.leaves)-1].End(), g.replaced) {
			return &why{sectionOpen, s.base, "what " + g.lockName() + " is a part of is replaced while it is held"}
		}
		q := &quiet{sight: g.sight, guard: g, section: s, function: s.function}
		for _, leaf := range s.leaves {
			q.look(leaf)
			if q.bad == nil {
				continue
			}
			if q.bad.reason.ID == heldAcross.ID && g.forInsert(s, leaf) {
				q.bad.reason = eagerValue
				q.bad.text += " to make the value to insert, and would run once for each of several goroutines"
			}
			return q.bad
		}
	}
	return nil
}

// forInsert reports whether a statement computes what a section that looks up
// first then inserts.
func (g *guard) forInsert(s *section, leaf ast.Node) bool {
	var value ast.Expr
	looks := false
	for _, u := range g.uses {
		if g.of[u.Expr] == s {
			looks = looks || u.Kind == rewrite.UseLookup
			if u.Kind == rewrite.UseInsert {
				value = u.Value
			}
		}
	}
	if value == nil || !looks {
		return false
	}
	if leaf.Pos() <= value.Pos() && value.Pos() < leaf.End() {
		return true
	}
	a, ok := leaf.(*ast.AssignStmt)
	return ok && g.pass.Object(value) != nil && slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool {
		return g.pass.Object(e) == g.pass.Object(value)
	})
}

// sectionsOpen looks for sections whose end is not in sight.
func (g *guard) sectionsOpen() *why {
	if n := g.locks.stray[g.mu]; n != nil {
		return &why{sectionOpen, n, g.lockName() + " is unlocked where its function did not lock it, or not on every way"}
	}
	for _, s := range g.locks.sections {
		if s.mutex != g.mu {
			continue
		}
		if s.tangled {
			return &why{sectionOpen, s.lock, g.lockName() + " is locked here and not unlocked on every way through the function"}
		}
		if slices.Contains(g.sections, s) {
			continue
		}
		for _, mine := range g.sections {
			if slices.ContainsFunc(s.unlocks, func(n ast.Stmt) bool { return slices.Contains(mine.unlocks, n) }) {
				return &why{sectionOpen, s.lock, "one deferred unlock ends this section and one without the map"}
			}
		}
	}
	for _, c := range g.methods[g.mu] {
		if call, ok := c.Parent().Node().(*ast.CallExpr); ok && !g.locks.paired[call] {
			return &why{sectionOpen, call, "this call is not a statement of its own"}
		}
	}
	return nil
}

// unlocked looks for operations outside of the sections.
func (g *guard) unlocked(ops []*op) *why {
	for _, o := range ops {
		s := o.section
		writes := o.kind == opStore || o.kind == opDelete || o.kind == opClear
		switch {
		case s != nil && s.read && writes:
			return &why{unlockedUse, o.outer.Node(), "the map is changed while " + g.lockName() + " is only read-locked"}
		case s == nil && !g.unshared(o.use):
			return &why{unlockedUse, o.outer.Node(), g.pass.Text(o.use.Expr) + " is used where " + g.lockName() + " is not seen to be held"}
		}
	}
	return nil
}

// unshared reports whether a use outside of every section can only be one when
// no other goroutine has the map, or in a function that is not called under the lock.
func (g *guard) unshared(u rewrite.Use) bool {
	if _, known := g.locks.of(u.Cursor); !known {
		return false
	}
	if g.private(u.Cursor) {
		return true
	}
	if sel, ok := ast.Unparen(u.Expr).(*ast.SelectorExpr); ok && g.m.IsField() {
		return g.fresh(sel.X, u.Cursor)
	}
	return !g.m.IsField() && g.home(g.m) != nil && g.home(g.m) == functionOf(u.Cursor)
}

// rangeBodies looks for loops over the map that work on it.
func (g *guard) rangeBodies(ops []*op) *why {
	for _, o := range ops {
		if o.kind != opRange {
			continue
		}
		loop := o.outer.Node().(*ast.RangeStmt)
		for _, u := range g.uses {
			if u.Expr.Pos() >= loop.Body.Pos() && u.Expr.Pos() < loop.Body.End() {
				return &why{rangeBody, u.Outer.Node(), "the loop over the map works on it, " + g.pass.Text(u.Expr)}
			}
		}
	}
	return nil
}

// plan chooses a method for every operation.
func (g *guard) plan(pl *plan, ops []*op) *why {
	bySection := map[*section][]*op{}
	for _, o := range ops {
		if o.section == nil {
			pl.single(g, o)
			continue
		}
		if loop := g.loopAround(o); loop != nil {
			return &why{several, loop, "the operation is in a loop, all of which runs in one critical section"}
		}
		bySection[o.section] = append(bySection[o.section], o)
	}
	for _, s := range g.sections {
		list := bySection[s]
		slices.SortFunc(list, func(a, b *op) int { return int(a.outer.Node().Pos() - b.outer.Node().Pos()) })
		if w := g.planSection(pl, list); w != nil {
			return w
		}
		c, ok := g.pass.Everything().FindNode(s.lock)
		if !ok {
			continue
		}
		pl.remove(c)
		for _, u := range s.unlocks {
			if c, ok := g.pass.Everything().FindNode(u); ok {
				pl.remove(c)
			}
		}
	}
	return nil
}

func (g *guard) planSection(pl *plan, list []*op) *why {
	taken := map[*op]bool{}
	for i, a := range list {
		if taken[a] {
			continue
		}
		var with []*op
		for _, b := range list[i+1:] {
			if !exclusive(a.outer, b.outer) {
				with = append(with, b)
			}
		}
		switch len(with) {
		case 0:
			pl.single(g, a)
		case 1:
			b := with[0]
			for _, other := range list {
				if other != a && other != b && !exclusive(other.outer, b.outer) {
					return &why{several, other.outer.Node(), "several operations in one critical section"}
				}
			}
			taken[b] = true
			if w := g.merge(a, b, pl); w != nil {
				return w
			}
		default:
			return &why{several, with[1].outer.Node(), "several operations in one critical section"}
		}
	}
	return nil
}

// loopAround is a loop inside of its section that an operation is repeated by.
func (g *guard) loopAround(o *op) ast.Node {
	lock, ok := g.pass.Everything().FindNode(o.section.lock)
	if !ok {
		return nil
	}
	block := lock.Parent().Index()
	for c := o.outer; c.Parent().Valid() && c.Index() != block; c = c.Parent() {
		switch c.ParentEdgeKind() {
		case edge.ForStmt_Body, edge.ForStmt_Cond, edge.ForStmt_Post, edge.RangeStmt_Body:
			return c.Parent().Node()
		case edge.FuncLit_Body:
			return nil
		}
	}
	return nil
}

// exclusive reports whether two operations, the first standing in front, never
// both run in one pass through their section.
func exclusive(a, b inspector.Cursor) bool {
	if a.Node().Pos() > b.Node().Pos() {
		a, b = b, a
	}
	gone := false
	for ; a.Parent().Valid() && !a.Contains(b); a = a.Parent() {
		kind := a.ParentEdgeKind()
		parent := a.Parent()
		if block, ok := a.Node().(*ast.BlockStmt); ok && (kind == edge.IfStmt_Body || kind == edge.IfStmt_Else) {
			gone = gone || leaves(block.List)
			if kind == edge.IfStmt_Body && parent.Contains(b) {
				other := parent.Node().(*ast.IfStmt).Else
				if other != nil && other.Pos() <= b.Node().Pos() {
					return true
				}
			}
		}
		switch clause := a.Node().(type) {
		case *ast.CaseClause:
			if gone = gone || leaves(clause.Body); parent.Contains(b) && !falls(clause) {
				return true
			}
		case *ast.CommClause:
			if gone = gone || leaves(clause.Body); parent.Contains(b) {
				return true
			}
		}
		if _, ok := a.Node().(*ast.FuncLit); ok {
			return false
		}
	}
	return gone
}

func falls(c *ast.CaseClause) bool {
	if len(c.Body) == 0 {
		return false
	}
	b, ok := c.Body[len(c.Body)-1].(*ast.BranchStmt)
	return ok && b.Tok == token.FALLTHROUGH
}

// dropInit removes what makes the map.
func (g *guard) dropInit(pl *plan, i initialiser) {
	if i.statement {
		pl.remove(i.cursor)
		return
	}
	if i.cursor.ParentEdgeKind() == edge.CompositeLit_Elts {
		pl.element(i.cursor)
	}
}
