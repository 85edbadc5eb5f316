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

// opKind is what an operation on a map becomes.
type opKind string

const (
	opGet    opKind = "Get" // a lookup with one result
	opLoad   opKind = "Load"
	opStore  opKind = "Store"
	opDelete opKind = "Delete"
	opClear  opKind = "Clear"
	opRange  opKind = "Range"
)

// An op is one operation on the map, a loop that deletes every entry included.
type op struct {
	kind opKind
	use  rewrite.Use
	// outer is the operation's syntax, stmt the statement that it is, or that it is a part of.
	outer, stmt inspector.Cursor
	section     *section
	key, value  ast.Expr
}

// ops sorts the uses of the map into operations, what makes the map, and what
// stands in the way.
func (g *guard) ops() (ops []*op, inits []initialiser, bad *why) {
	done := map[ast.Expr]bool{}
	for _, u := range g.uses {
		if done[u.Expr] {
			continue
		}
		if c, del, ok := g.emptied(u); ok {
			done[del] = true
			ops = append(ops, &op{kind: opClear, use: u, outer: c, stmt: c, section: g.of[u.Expr]})
			continue
		}
		if c, assigned, ok := g.lazy(u); ok {
			done[assigned] = true
			g.lazies = append(g.lazies, c.Node())
			inits = append(inits, initialiser{cursor: c, statement: true})
			continue
		}
		o, init, w := g.op(u)
		switch {
		case w != nil:
			if bad == nil || rank(w.reason) < rank(bad.reason) {
				bad = w
			}
		case init != nil:
			inits = append(inits, *init)
		default:
			o.section, o.stmt = g.of[u.Expr], statementOf(u.Outer)
			ops = append(ops, o)
		}
	}
	return ops, inits, bad
}

func statementOf(c inspector.Cursor) inspector.Cursor {
	for ; c.Valid() && c.Node() != nil; c = c.Parent() {
		if _, ok := c.Node().(ast.Stmt); ok {
			return c
		}
	}
	return c
}

// op sorts one use.
func (g *guard) op(u rewrite.Use) (*op, *initialiser, *why) {
	refuse := func(r rewrite.Reason, text string) (*op, *initialiser, *why) {
		return nil, nil, &why{r, u.Outer.Node(), text}
	}
	text := g.pass.Text(u.Expr)
	o := &op{use: u, outer: u.Outer}
	switch u.Kind {
	case rewrite.UseLookup:
		o.kind, o.key = opGet, u.Outer.Node().(*ast.IndexExpr).Index
		if commaOk(u.Outer) {
			o.kind = opLoad
		}
		if _, ok := g.pass.CallOf(callAround(u.Outer), "append"); ok && g.appendsTo(u) {
			return refuse(compound, text+" is read, changed and written back")
		}
		return o, nil, nil
	case rewrite.UseInsert:
		o.kind, o.key, o.value = opStore, u.Outer.Node().(*ast.IndexExpr).Index, u.Value
		s, ok := u.Outer.Parent().Node().(*ast.AssignStmt)
		if !ok || len(s.Lhs) != 1 || len(s.Rhs) != 1 {
			return refuse(form, text+" is written together with something else")
		}
		if g.mentions(s.Rhs[0]) {
			return refuse(compound, text+" is read, changed and written back")
		}
		return o, nil, nil
	case rewrite.UseUpdate:
		return refuse(compound, text+" is read, changed and written back")
	case rewrite.UseDelete:
		o.kind, o.key = opDelete, u.Outer.Node().(*ast.CallExpr).Args[1]
		if u.Outer.ParentEdgeKind() != edge.ExprStmt_X {
			return refuse(form, "the deletion is deferred or starts a goroutine")
		}
		return o, nil, nil
	case rewrite.UseClear:
		o.kind = opClear
		if u.Outer.ParentEdgeKind() != edge.ExprStmt_X {
			return refuse(form, "the clear is deferred or starts a goroutine")
		}
		return o, nil, nil
	case rewrite.UseRange:
		o.kind = opRange
		return o, nil, nil
	case rewrite.UseLen:
		return refuse(hasLen, "a sync.Map does not know its length, which len("+text+") asks for")
	case rewrite.UseNil:
		return refuse(nilMap, text+" is compared with nil, which a sync.Map cannot be")
	case rewrite.UseMaps:
		return refuse(leaks, text+" is passed to "+g.pass.Text(u.Outer.Node().(*ast.CallExpr).Fun))
	case rewrite.UseDeclare:
		return nil, &initialiser{cursor: u.Outer, use: u}, nil
	case rewrite.UseInit, rewrite.UseAssign:
		return g.initialised(u, text)
	}
	if g.drained(u) {
		return refuse(drain, text+" is taken and replaced by a new map")
	}
	return refuse(leaks, text+" is passed, returned or copied as a value")
}

// commaOk reports whether a lookup has two results.
func commaOk(index inspector.Cursor) bool {
	for index.ParentEdgeKind() == edge.ParenExpr_X {
		index = index.Parent()
	}
	switch s := index.Parent().Node().(type) {
	case *ast.AssignStmt:
		return len(s.Lhs) == 2 && len(s.Rhs) == 1
	case *ast.ValueSpec:
		return len(s.Names) == 2 && len(s.Values) == 1
	}
	return false
}

func callAround(c inspector.Cursor) ast.Node {
	if c.ParentEdgeKind() == edge.CallExpr_Args {
		return c.Parent().Node()
	}
	return nil
}

// appendsTo reports whether a lookup is appended to and put back: m[k] = append(m[k], v).
func (g *guard) appendsTo(u rewrite.Use) bool {
	s, ok := statementOf(u.Outer).Node().(*ast.AssignStmt)
	if !ok || len(s.Lhs) != 1 {
		return false
	}
	ix, ok := ast.Unparen(s.Lhs[0]).(*ast.IndexExpr)
	return ok && g.isMap(ix.X)
}

// mentions reports whether an expression reads the map.
func (g *guard) mentions(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && g.isMap(e) {
			found = true
		}
		return !found
	})
	return found
}

// emptied recognises a loop that deletes every entry, and gives the map in the delete.
func (g *guard) emptied(u rewrite.Use) (loop inspector.Cursor, inDelete ast.Expr, ok bool) {
	if u.Kind != rewrite.UseRange {
		return loop, nil, false
	}
	l := u.Outer.Node().(*ast.RangeStmt)
	if len(l.Body.List) != 1 || l.Tok != token.DEFINE || l.Value != nil && !isBlank(l.Value) {
		return loop, nil, false
	}
	s, isExpr := l.Body.List[0].(*ast.ExprStmt)
	if !isExpr {
		return loop, nil, false
	}
	args, isDelete := g.pass.CallOf(s.X, "delete")
	if !isDelete || len(args) != 2 || !g.isMap(args[0]) || !g.pass.Same(args[0], l.X) ||
		g.pass.Object(args[1]) == nil || g.pass.Object(args[1]) != g.pass.Object(l.Key) {
		return loop, nil, false
	}
	return u.Outer, args[0], true
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// An initialiser is where the map is made: it goes, because a sync.Map needs none.
type initialiser struct {
	cursor inspector.Cursor
	use    rewrite.Use
	// statement says that it is a statement of its own.
	statement bool
}

// lazy recognises if m == nil { m = make(…) }, and gives the map in the assignment.
func (g *guard) lazy(u rewrite.Use) (stmt inspector.Cursor, assigned ast.Expr, ok bool) {
	if u.Kind != rewrite.UseNil || u.Outer.ParentEdgeKind() != edge.IfStmt_Cond || u.Outer.Node().(*ast.BinaryExpr).Op != token.EQL {
		return stmt, nil, false
	}
	s := u.Outer.Parent().Node().(*ast.IfStmt)
	if s.Init != nil || s.Else != nil || len(s.Body.List) != 1 {
		return stmt, nil, false
	}
	a, isAssign := s.Body.List[0].(*ast.AssignStmt)
	if !isAssign || len(a.Lhs) != 1 || len(a.Rhs) != 1 || !g.isMap(a.Lhs[0]) || !g.empty(a.Rhs[0]) || !g.pass.Same(a.Lhs[0], u.Expr) {
		return stmt, nil, false
	}
	return u.Outer.Parent(), a.Lhs[0], true
}

// empty reports whether an expression is a new map without entries.
func (g *guard) empty(e ast.Expr) bool {
	if args, ok := g.pass.CallOf(ast.Unparen(e), "make"); ok {
		return len(args) == 1 || g.harmlessHint(args[1])
	}
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	return ok && len(lit.Elts) == 0
}

// harmlessHint reports whether a size hint can be dropped.
func (g *guard) harmlessHint(e ast.Expr) bool {
	args, ok := g.pass.CallOf(ast.Unparen(e), "len")
	return g.pass.Simple(e) || ok && g.pass.Simple(args[0])
}

// initialised sorts an assignment to the map.
func (g *guard) initialised(u rewrite.Use, text string) (*op, *initialiser, *why) {
	n := u.Outer.Node()
	if u.Value == nil || len(assigned(n)) > 1 && u.Kind == rewrite.UseAssign {
		return nil, nil, &why{form, n, text + " is assigned together with something else"}
	}
	if lit, ok := ast.Unparen(u.Value).(*ast.CompositeLit); ok && len(lit.Elts) > 0 {
		return nil, nil, &why{filled, n, text + " starts with entries"}
	}
	isNil := g.pass.Info().Types[u.Value].IsNil()
	if !g.empty(u.Value) && !isNil {
		return nil, nil, &why{leaks, n, text + " is set to a map that comes from elsewhere"}
	}
	if u.Kind == rewrite.UseInit {
		return nil, &initialiser{cursor: u.Outer, use: u}, nil
	}
	if isNil {
		return nil, nil, &why{nilMap, n, text + " is set to nil, which says something that an empty sync.Map does not"}
	}
	if g.of[u.Expr] == nil && g.firstIn(u) {
		return nil, &initialiser{cursor: u.Outer, statement: true}, nil
	}
	if g.drainedBefore(u) {
		return nil, nil, &why{drain, n, text + " is taken and replaced by a new map"}
	}
	return &op{kind: opClear, use: u, outer: u.Outer}, nil, nil
}

func assigned(n ast.Node) []ast.Expr {
	if s, ok := n.(*ast.AssignStmt); ok {
		return s.Lhs
	}
	return nil
}

// firstIn reports whether an assignment outside of every section comes before
// all other uses in its function, which made the struct, or is init.
func (g *guard) firstIn(u rewrite.Use) bool {
	f := functionOf(u.Cursor)
	made := g.private(u.Cursor)
	if sel, ok := ast.Unparen(u.Expr).(*ast.SelectorExpr); ok && g.m.IsField() {
		made = made || g.fresh(sel.X, u.Cursor)
	} else if !g.m.IsField() {
		made = made || g.home(g.m) != nil && g.home(g.m) == f
	}
	if !made || f == nil {
		return false
	}
	for _, other := range g.uses {
		if functionOf(other.Cursor) == f && other.Expr.Pos() < u.Expr.Pos() && other.Kind != rewrite.UseDeclare && g.pass.Same(other.Expr, u.Expr) {
			return false
		}
	}
	return true
}

// drained reports whether the map is copied and a new one put in its place, in one function.
func (g *guard) drained(u rewrite.Use) bool {
	kind := u.Cursor.ParentEdgeKind()
	if kind != edge.AssignStmt_Rhs && kind != edge.ValueSpec_Values {
		return false
	}
	f := functionOf(u.Cursor)
	return slices.ContainsFunc(g.uses, func(o rewrite.Use) bool {
		return o.Kind == rewrite.UseAssign && functionOf(o.Cursor) == f
	})
}

// drainedBefore reports whether the map that an assignment replaces was copied in the same function.
func (g *guard) drainedBefore(u rewrite.Use) bool {
	f := functionOf(u.Cursor)
	return slices.ContainsFunc(g.uses, func(o rewrite.Use) bool {
		return o.Kind == rewrite.UseOther && functionOf(o.Cursor) == f
	})
}

// sameKey compares keys: the same expression, or the same conversion of one.
func (g *guard) sameKey(a, b ast.Expr) bool {
	if g.pass.Same(a, b) {
		return true
	}
	x, ok1 := ast.Unparen(a).(*ast.CallExpr)
	y, ok2 := ast.Unparen(b).(*ast.CallExpr)
	if !ok1 || !ok2 || len(x.Args) != 1 || len(y.Args) != 1 {
		return false
	}
	tx, ty := g.pass.Info().Types[x.Fun], g.pass.Info().Types[y.Fun]
	return tx.IsType() && ty.IsType() && types.Identical(tx.Type, ty.Type) && g.pass.Same(x.Args[0], y.Args[0])
}
