package elements

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapRecycle keeps the elements that delete drops for the next inserts.
var MapRecycle = &rewrite.Fix{
	ID:         "maprecycle",
	Title:      "elements that delete drops are used again",
	Kind:       "refactor.rewrite.mapRecycle",
	Standalone: true,
	Doc: `**What.** Beside a ` + "`map[K]*T`" + ` that is deleted from and inserted into, a slice keeps the elements that delete drops, zeroed, and an insert takes one from there
before it allocates.

**When.** The map is in a local variable, or in a variable or field that only this package can use; elements are made where they are inserted, and every pointer that comes out of the
map is dead before anything can be deleted: it is used for its fields alone, in the same function, with no delete and no call that might lead to one between where it is
taken and where it is used for the last time. Elements that are only read, and small, are better kept in the map itself. Always of class B.

**Gain.** No allocation for a delete and an insert, instead of one of T's size, and less for the garbage collector to do. It costs a lookup more for each delete, and the
elements are kept until the map's owner goes: as many as were in the map at most.

**Example.**

` + "```go" + `
delete(s.jobs, id)     // → if old, ok := s.jobs[id]; ok {
                       //   	delete(s.jobs, id)
                       //   	*old = job{}
                       //   	s.freeJobs = append(s.freeJobs, old)
                       //   }
` + "```",
	Reasons: []rewrite.Reason{kept, alive, lock, elsewhere, noPlace},
	Run:     mapRecycle,
}

var (
	alive   = rewrite.Reason{ID: "alive", Doc: "A pointer to an element may still be used after the element has been deleted."}
	noPlace = rewrite.Reason{ID: "place", Doc: "An insert or delete has side effects in its map or key, or is no statement of its own, or the names that are needed are taken."}
)

func mapRecycle(p *rewrite.Pass) {
	for _, h := range holders(p) {
		if generic(h.elem) {
			continue
		}
		h.survey()
		if h.out || len(h.inserts) == 0 || len(h.deletes) == 0 || p.Pkg.Sizes.Sizeof(h.elem) == 0 {
			continue
		}
		if len(h.problems) == 0 && h.wantsValues() {
			continue // mapvalue has the better answer
		}
		for _, t := range h.takes {
			h.dead(t)
		}
		h.recycle()
	}
}

// wantsValues reports whether the elements can be in the map itself.
func (h *holder) wantsValues() bool {
	for _, t := range h.takes {
		for _, u := range t.uses {
			if u.kind != reads && u.kind != copies {
				return false
			}
		}
	}
	return !locked(h.elem) && h.p.Pkg.Sizes.Sizeof(h.elem) <= maxInline
}

// dead adds a problem where a pointer may be used after its element was deleted.
func (h *holder) dead(t take) {
	last := token.NoPos
	for _, u := range t.uses {
		n := u.at.Node()
		if u.kind == keeps {
			h.problem(kept, n, "line %d takes a pointer to an element elsewhere", h.line(n))
			return
		}
		if t.v == nil {
			if u.kind == writes && h.deleting(statement(u.at).Node(), t.at.Node().Pos(), token.Pos(1<<62)) != nil {
				h.problem(alive, n, "line %d calls something while it holds a pointer to an element", h.line(n))
				return
			}
			continue
		}
		if n.Pos() < t.v.Pos() {
			h.problem(alive, n, "line %d uses the pointer of an earlier iteration", h.line(n))
			return
		}
		for lit := range u.at.Enclosing((*ast.FuncLit)(nil)) {
			if lit.Node().Pos() > t.v.Pos() {
				h.problem(kept, n, "line %d uses the pointer in a function literal, which may run later", h.line(n))
				return
			}
		}
		last = max(last, statement(u.at).Node().End())
		for loop := range u.at.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
			if loop.Node().Pos() > t.v.Pos() {
				last = max(last, loop.Node().End())
			}
		}
	}
	if t.v == nil || last == token.NoPos {
		return
	}
	for body := range t.at.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		for jump := range body.Preorder((*ast.BranchStmt)(nil)) {
			if jump.Node().(*ast.BranchStmt).Tok == token.GOTO {
				h.problem(alive, jump.Node(), "line %d may jump to where a pointer to an element is used", h.line(jump.Node()))
				return
			}
		}
		if by := h.deleting(body.Node(), t.v.Pos(), last); by != nil {
			h.problem(alive, by, "line %d deletes, or calls what may delete, while a pointer to an element is in use", h.line(by))
		}
		return
	}
}

// statement is the simple statement, or the condition of one, that an expression is in.
func statement(c inspector.Cursor) inspector.Cursor {
	for {
		switch c.Node().(type) {
		case *ast.AssignStmt, *ast.ExprStmt, *ast.IncDecStmt, *ast.ReturnStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt, *ast.DeclStmt, *ast.FuncDecl, *ast.File:
			return c
		}
		switch c.ParentEdgeKind() {
		case edge.IfStmt_Cond, edge.ForStmt_Cond, edge.SwitchStmt_Tag, edge.CaseClause_List, edge.RangeStmt_X:
			return c
		}
		c = c.Parent()
	}
}

// deleting finds what may delete an element between two places in a node: a delete
// from this map, or a call or channel operation through which other code runs.
func (h *holder) deleting(n ast.Node, from, to token.Pos) ast.Node {
	var found ast.Node
	ast.Inspect(n, func(n ast.Node) bool {
		if found != nil || n == nil || n.End() <= from || n.Pos() >= to {
			return false
		}
		if n.Pos() < from {
			return true
		}
		switch n := n.(type) {
		case *ast.CallExpr:
			if args, ok := h.p.CallOf(n, "delete"); ok {
				if h.p.Object(args[0]) == h.obj {
					found = n
				}
			} else if !inert(h.p, n) {
				found = n
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				found = n
			}
		case *ast.SendStmt, *ast.SelectStmt, *ast.GoStmt:
			found = n
		case *ast.RangeStmt:
			switch h.p.Info().TypeOf(n.X).Underlying().(type) {
			case *types.Chan, *types.Signature:
				found = n
			}
		}
		return found == nil
	})
	return found
}

// inert reports whether a call runs no code of this package, and lets no other
// goroutine in: predeclared functions, conversions, and a few packages of the standard
// library that are given no functions or interfaces.
func inert(p *rewrite.Pass, call *ast.CallExpr) bool {
	if fun := p.Info().Types[call.Fun]; fun.IsType() || fun.IsBuiltin() {
		return true
	}
	fn := p.Callee(call)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "strings", "bytes", "strconv", "math", "math/bits", "unicode", "unicode/utf8", "time":
	default:
		return false
	}
	if fn.Pkg().Path() == "time" && (fn.Name() == "Sleep" || fn.Name() == "AfterFunc") {
		return false
	}
	for v := range fn.Signature().Params().Variables() {
		switch t := v.Type().Underlying().(type) {
		case *types.Signature, *types.Interface:
			return false
		case *types.Slice:
			if _, ok := t.Elem().Underlying().(*types.Interface); ok {
				return false
			}
		}
	}
	return true
}

// recycle offers the free list.
func (h *holder) recycle() {
	p := h.p
	at := rewrite.On(h.at)
	title := "Reuse the elements that delete drops from " + h.obj.Name() + " (review)"
	switch {
	case len(h.problems) > 1:
		return
	case len(h.problems) == 1:
		x := h.problems[0]
		p.Refuse(at, title, x.reason, x.at, "%s", x.text)
		return
	case locked(h.elem):
		p.Refuse(at, title, lock, nil, "an element holds a lock, which may be held when the element is used again")
		return
	case h.unseen():
		p.Refuse(at, title, elsewhere, nil, "a file that is left out by build constraints mentions %s", h.obj.Name())
		return
	}
	e := p.Edit()
	free := "free" + strings.ToUpper(h.obj.Name()[:1]) + h.obj.Name()[1:]
	if !h.declare(e, free) {
		p.Refuse(at, title, noPlace, nil, "there is no place for a variable or field %s", free)
		return
	}
	for _, u := range h.deletes {
		if !h.keep(e, u, free) {
			p.Refuse(at, title, noPlace, u.Outer.Node(), "the delete at line %d is no statement of its own, or has side effects", h.line(u.Outer.Node()))
			return
		}
	}
	for _, u := range h.inserts {
		if !h.reuse(e, u, free) {
			p.Refuse(at, title, noPlace, u.Outer.Node(), "the insert at line %d is no statement of its own, or has side effects", h.line(u.Outer.Node()))
			return
		}
	}
	p.Offer(at, rewrite.Offer{
		Title: title, Class: rewrite.Review,
		Message: "each insert allocates an element, and each delete drops one",
		Cost:    fmt.Sprintf("no allocation of %d bytes for an insert after a delete; a lookup more for each delete, and %s keeps as many elements as were in the map at most", p.Pkg.Sizes.Sizeof(h.elem), free),
		Assumes: "whoever uses the map or an element of it does so in one goroutine, or under one lock from taking the element to its last use; and the memory of dropped elements is worth keeping",
		Gain:    rewrite.Gain{Text: "saves 1 allocation per insert after a delete"},
	}, e)
}

// declare adds the free list beside the map.
func (h *holder) declare(e *rewrite.Edits, free string) bool {
	p := h.p
	elem, ok := p.TypeText(h.at, h.elem)
	if !ok {
		return false
	}
	comment := " // elements that were deleted from " + h.obj.Name() + ", to be used again\n"
	switch n := h.at.Node().(type) {
	case *ast.Field:
		owner := h.at.Parent().Parent()
		t := p.Info().TypeOf(owner.Node().(ast.Expr))
		if owner.ParentEdgeKind() != edge.TypeSpec_Type {
			return false
		}
		if obj, _, _ := types.LookupFieldOrMethod(t, true, p.Pkg.Types, free); obj != nil {
			return false
		}
		pos := n.Pos()
		if n.Doc != nil {
			pos = n.Doc.Pos()
		}
		e.Insert(pos, free+" []*"+elem+comment)
		return true
	case *ast.AssignStmt:
		if !inList(h.at) || p.Fresh(free, h.at.Parent()) != free {
			return false
		}
		e.Insert(n.Pos(), "var "+free+" []*"+elem+comment)
		return true
	case *ast.ValueSpec:
		decl := h.at.Parent()
		g := decl.Node().(*ast.GenDecl)
		scope := decl.Parent()
		if p.Fresh(free, scope) != free || p.Elsewhere(free) || p.Pkg.Types.Scope().Lookup(free) != nil {
			return false
		}
		if g.Lparen.IsValid() {
			pos := n.Pos()
			if n.Doc != nil {
				pos = n.Doc.Pos()
			}
			e.Insert(pos, free+" []*"+elem+comment)
			return true
		}
		pos := g.Pos()
		if g.Doc != nil {
			pos = g.Doc.Pos()
		}
		e.Insert(pos, "var "+free+" []*"+elem+comment+"\n")
		return true
	}
	return false
}

// list is the free list as it is written beside a use of the map.
func (h *holder) list(u rewrite.Use, free string) string {
	if sel, ok := ast.Unparen(u.Expr).(*ast.SelectorExpr); ok && h.obj.IsField() {
		return h.p.Text(sel.X) + "." + free
	}
	return free
}

// keep makes a delete keep the element.
func (h *holder) keep(e *rewrite.Edits, u rewrite.Use, free string) bool {
	p := h.p
	stmt := u.Outer.Parent()
	args, _ := p.CallOf(u.Outer.Node(), "delete")
	elem, ok := p.TypeText(stmt, h.elem)
	if _, isStmt := stmt.Node().(*ast.ExprStmt); !ok || !isStmt || !inList(stmt) || !p.Simple(args[0]) || !p.Simple(args[1]) || !p.IsBuiltin(stmt, "append") {
		return false
	}
	old, found := p.Fresh("old", stmt), p.Fresh("ok", stmt)
	list := h.list(u, free)
	m, k := p.Text(args[0]), p.Text(args[1])
	e.ReplaceNode(stmt.Node(), fmt.Sprintf("if %s, %s := %s[%s]; %s {\n%s\n*%s = %s{}\n%s = append(%s, %s)\n}",
		old, found, m, k, found, p.Text(stmt.Node()), old, elem, list, list, old))
	return true
}

// reuse makes an insert take an element from the list.
func (h *holder) reuse(e *rewrite.Edits, u rewrite.Use, free string) bool {
	p := h.p
	x := u.Outer.Node().(*ast.IndexExpr)
	stmt := u.Outer.Parent()
	s, isAssign := stmt.Node().(*ast.AssignStmt)
	if !isAssign || len(s.Lhs) != 1 || !inList(stmt) || !p.Simple(x.X) || !p.Simple(x.Index) {
		return false
	}
	elem, ok := p.TypeText(stmt, h.elem)
	if !ok || !p.IsBuiltin(stmt, "len") || !p.IsBuiltin(stmt, "new") {
		return false
	}
	item, n := p.Fresh("item", stmt.Parent()), p.Fresh("n", stmt)
	list := h.list(u, free)
	lit := ast.Unparen(u.Value).(*ast.UnaryExpr).X
	e.ReplaceNode(s, fmt.Sprintf("var %s *%s\nif %s := len(%s); %s > 0 {\n%s, %s = %s[%s-1], %s[:%s-1]\n} else {\n%s = new(%s)\n}\n*%s = %s\n%s = %s",
		item, elem, n, list, n, item, list, list, n, list, n, item, elem, item, p.Text(lit), p.Text(x), item))
	return true
}

// inList reports whether a statement stands in a list of statements.
func inList(c inspector.Cursor) bool {
	switch c.ParentEdgeKind() {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
		return true
	}
	return false
}
