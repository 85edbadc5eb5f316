package syncing

import (
	"go/ast"
	"go/types"
	"math"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// SyncIdiom replaces several calls of a sync.Map by the one that does the same
// in one step.
var SyncIdiom = &rewrite.Fix{
	ID:         "syncidiom",
	Title:      "calls of a sync.Map become the one that does both",
	Kind:       "refactor.rewrite.syncMapIdiom",
	Standalone: true,
	Doc: `**What.** A Load and a Store of what was missing become LoadOrStore, a Load and a Delete become LoadAndDelete, a Range that deletes
every key becomes Clear, and a Range with a function literal becomes a range statement.

**When.** Load and change are of the same key of the same map, and nothing between them can go another way. With the first two another
goroutine can no longer come between, so the fix is of class B: what the program does then changes, usually to what was meant. Clear is of class A for a map
that one function alone uses. A range statement does exactly what the call did; it is offered where the literal's returns
can be written as continue and break.

**Gain.** One lookup less for the first two; Clear drops the trie with one allocation of 160 B instead of a lookup and a deletion for each entry. A range statement
is for the reader.

**Example.**

` + "```go" + `
v, ok := m.Load(k)     // → v, ok := m.LoadAndDelete(k)
if ok {
	m.Delete(k)        // →
	use(v)
}
` + "```",
	Reasons: []rewrite.Reason{made, nestedReturn, deferInBody, computedReturn},
	Run:     syncIdiom,
}

var (
	made           = rewrite.Reason{ID: "created", Doc: "What follows the Store acts on the value stored, or on having stored it."}
	nestedReturn   = rewrite.Reason{ID: "nested-return", Doc: "The function returns from within a loop, switch or select, where continue or break would mean something else."}
	deferInBody    = rewrite.Reason{ID: "defer", Doc: "The function defers a call or recovers, which a loop's body would do at another time."}
	computedReturn = rewrite.Reason{ID: "computed-return", Doc: "The function returns a computed value, or does not end in a return."}
)

func syncIdiom(p *rewrite.Pass) {
	s, ok := look(p)
	if !ok {
		return
	}
	var ops []*op
	for _, c := range p.Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		x, method, ok := syncMapCall(p, call)
		if !ok || !p.Simple(x) {
			continue
		}
		o := &op{use: rewrite.Use{Expr: x, Cursor: c, Outer: c}, outer: c, stmt: statementOf(c), section: &section{}}
		switch {
		case method == "Range" && len(call.Args) == 1:
			s.ranged(o)
			continue
		case method == "Load":
			o.kind, o.key = opLoad, call.Args[0]
		case method == "Store" && c.ParentEdgeKind() == edge.ExprStmt_X:
			o.kind, o.key, o.value = opStore, call.Args[0], call.Args[1]
		case method == "Delete" && c.ParentEdgeKind() == edge.ExprStmt_X:
			o.kind, o.key = opDelete, call.Args[0]
		default:
			continue
		}
		ops = append(ops, o)
	}
	for i, a := range ops {
		if a.kind != opLoad {
			continue
		}
		for _, b := range ops[i+1:] {
			if functionOf(a.outer) != functionOf(b.outer) {
				continue
			}
			g := &guard{sight: s}
			if pr, ok := g.pairOf(a, b); ok && !pr.byNil {
				s.idiom(pr)
				break
			}
		}
	}
}

// syncMapCall takes a call of a method of sync.Map apart.
func syncMapCall(p *rewrite.Pass, call *ast.CallExpr) (x ast.Expr, method string, ok bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, "", false
	}
	s := p.Info().Selections[sel]
	if s == nil || s.Kind() != types.MethodVal || !isSync(deref(p.Info().TypeOf(sel.X)), "Map") {
		return nil, "", false
	}
	return sel.X, sel.Sel.Name, true
}

// idiom offers to do a pair of calls in one.
func (s *sight) idiom(p pair) {
	text := s.pass.Text(p.look.use.Expr)
	at := rewrite.At{Cursor: p.look.outer, Also: []ast.Node{p.change.outer.Node()}}
	pl := &plan{pass: s.pass, methods: map[string]bool{}}
	o := rewrite.Offer{Class: rewrite.Review}
	switch {
	case p.change.kind == opDelete && p.when != miss:
		o.Title = "Replace Load and Delete of " + text + " with LoadAndDelete (review)"
		o.Message = "between this Load and the Delete another goroutine can change the entry of " + text
		o.Cost = "one lookup instead of two"
		o.Assumes = "of several goroutines that delete the same key, only one is to find it; before, several could"
		switch {
		case p.alone():
			pl.replace(p.branch.Pos(), p.branch.End(), p.text("Delete", p.look.key))
			o.Title = "Replace Load and Delete of " + text + " with Delete (review)"
			o.Assumes = "the Load was not there for anything but the Delete"
		case p.inside && len(p.branch.Body.List) == 1:
			return // would leave an empty branch
		default:
			pl.rename(p.look, "LoadAndDelete")
			pl.remove(p.change.stmt)
		}
	case p.change.kind == opStore && p.when == miss:
		o.Title = "Replace Load and Store of " + text + " with LoadOrStore (review)"
		o.Message = "between this Load and the Store another goroutine can store an entry of " + text + ", which is overwritten"
		o.Cost = "one step that no other goroutine can come between; a value that is made before it is known to be missing is made for nothing otherwise"
		o.Assumes = "of several goroutines that store a missing key, the first is to win; before, it was the last"
		if !p.storeOnce(pl) {
			s.pass.Refuse(at, o.Title, made, p.change.outer.Node(), "what follows acts on %s, or on having stored it, when another goroutine may have stored something else", s.pass.Text(p.change.value))
			return
		}
	default:
		return
	}
	if pl.bad != nil {
		return
	}
	e := s.pass.Edit()
	pl.apply(e)
	s.pass.Offer(at, o, e)
}

// rename calls another method in the place of an operation, with more arguments.
func (pl *plan) rename(o *op, method string, more ...ast.Expr) {
	call := o.outer.Node().(*ast.CallExpr)
	pl.replace(ast.Unparen(call.Fun).(*ast.SelectorExpr).Sel.Pos(), ast.Unparen(call.Fun).(*ast.SelectorExpr).Sel.End(), method)
	for _, e := range more {
		last := call.Args[len(call.Args)-1].End()
		pl.replace(last, last, ", "+pl.pass.Text(e))
	}
}

// storeOnce writes a Load and a Store of what was missing as LoadOrStore.
func (p *pair) storeOnce(pl *plan) bool {
	if p.eager(p.change.value) && p.value == nil {
		if p.alone() {
			pl.replace(p.branch.Pos(), p.branch.End(), p.text("LoadOrStore", p.look.key, p.change.value))
			return true
		}
		if !p.inside || len(p.branch.Body.List) > 1 {
			pl.rename(p.look, "LoadOrStore", p.change.value)
			pl.remove(p.change.stmt)
			return true
		}
	}
	stored := p.pass.Object(p.change.value)
	okUsed := p.ok != nil && p.mentioned(p.ok, p.change.stmt.Node().End(), math.MaxInt)
	switch {
	case okUsed || !p.neutral():
		return false
	case stored == nil || !p.used(stored):
		if p.value != nil && p.inside && p.mentioned(p.value, p.branch.End(), math.MaxInt) {
			return false // still what the Load found
		}
	case types.IsInterface(stored.Type()) && types.Identical(stored.Type().Underlying(), types.NewInterfaceType(nil, nil)):
		pl.replace(p.change.stmt.Node().Pos(), p.change.stmt.Node().Pos(), stored.Name()+", _ = ")
	case p.asserted != nil && !types.IsInterface(stored.Type()):
		s := p.change.stmt.Node()
		actual := p.pass.Fresh("actual", p.change.stmt)
		loaded := p.pass.Fresh("loaded", p.change.stmt)
		pl.replace(s.Pos(), s.Pos(), "if "+actual+", "+loaded+" := ")
		pl.replace(s.End(), s.End(), "; "+loaded+" {\n"+stored.Name()+" = "+actual+".("+p.pass.Text(p.asserted)+")\n}")
	default:
		return false
	}
	pl.rename(p.change, "LoadOrStore")
	return true
}

// ranged looks at a call of Range with a function literal.
func (s *sight) ranged(o *op) {
	p := s.pass
	call := o.outer.Node().(*ast.CallExpr)
	lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit)
	if !ok || o.outer.ParentEdgeKind() != edge.ExprStmt_X {
		return
	}
	text := p.Text(o.use.Expr)
	at := rewrite.At{Cursor: o.outer, Head: lit.Body}
	if s.deletesAll(o, lit) {
		title := "Replace Range and Delete with " + text + ".Clear()"
		if !p.AtLeast(o.outer, "go1.23") {
			p.Refuse(at, title, rewrite.OldGo, nil, "Clear needs go1.23")
			return
		}
		of := rewrite.Offer{
			Title: title, Class: rewrite.Safe, Message: "this deletes every entry of " + text,
			Cost: "one allocation of 160 B, and no lookup and deletion for each entry",
		}
		if !s.unsharedMap(o.use.Expr) {
			of.Title, of.Class = title+" (review)", rewrite.Review
			of.Assumes = "entries that other goroutines store meanwhile may go too"
		}
		e := p.Edit()
		e.ReplaceNode(call, text+".Clear()")
		p.Offer(at, of, e)
		return
	}
	s.rangeStatement(o, lit, at, text)
}

// deletesAll reports whether a Range's function does nothing but delete its key.
func (s *sight) deletesAll(o *op, lit *ast.FuncLit) bool {
	if len(lit.Body.List) != 2 {
		return false
	}
	x, ok1 := lit.Body.List[0].(*ast.ExprStmt)
	r, ok2 := lit.Body.List[1].(*ast.ReturnStmt)
	if !ok1 || !ok2 || len(r.Results) != 1 || !isConstant(s.pass, r.Results[0], "true") {
		return false
	}
	call, ok := x.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	m, method, ok := syncMapCall(s.pass, call)
	key := firstParam(lit)
	return ok && method == "Delete" && s.pass.Same(m, o.use.Expr) && key != nil && s.pass.Object(call.Args[0]) == s.pass.Object(key)
}

func firstParam(lit *ast.FuncLit) *ast.Ident {
	for _, f := range lit.Type.Params.List {
		for _, n := range f.Names {
			return n
		}
	}
	return nil
}

func isConstant(p *rewrite.Pass, e ast.Expr, value string) bool {
	v := p.Info().Types[e].Value
	return v != nil && v.String() == value
}

// unsharedMap reports whether a sync.Map is a local variable that only its
// function uses, and literals given to its own methods.
func (s *sight) unsharedMap(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := s.pass.Info().Uses[id].(*types.Var)
	if !ok || v.Parent() == s.pass.Pkg.Types.Scope() || isPointer(v.Type()) {
		return false
	}
	home := s.home(v)
	if home == nil {
		return false
	}
	for _, c := range s.idents[v] {
		if s.pass.Info().Defs[c.Node().(*ast.Ident)] == v {
			continue
		}
		sel, ok := c.Parent().Node().(*ast.SelectorExpr)
		if !ok {
			return false
		}
		call, ok := c.Parent().Parent().Node().(*ast.CallExpr)
		if !ok || call.Fun != sel {
			return false
		}
		for f := range c.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
			if f.Node() == home {
				break
			}
			outer, ok := f.Parent().Node().(*ast.CallExpr)
			if !ok {
				return false
			}
			if x, method, ok := syncMapCall(s.pass, outer); !ok || method != "Range" || s.pass.Object(x) != v {
				return false
			}
		}
		if _, isGo := c.Parent().Parent().Parent().Node().(*ast.GoStmt); isGo {
			return false
		}
	}
	return true
}

// rangeStatement offers to write a Range with a literal as a loop.
func (s *sight) rangeStatement(o *op, lit *ast.FuncLit, at rewrite.At, text string) {
	p := s.pass
	title := "Replace Range of " + text + " with a range statement"
	if !p.AtLeast(o.outer, "go1.23") || len(lit.Body.List) < 2 {
		return // nobody expects a newer form there; an empty loop gains nothing
	}
	e := p.Edit()
	body, ok := o.outer.FindNode(lit.Body)
	if !ok {
		return
	}
	for c := range body.Preorder((*ast.DeferStmt)(nil), (*ast.CallExpr)(nil), (*ast.LabeledStmt)(nil)) {
		if functionOf(c) != lit {
			continue
		}
		_, recovers := p.CallOf(c.Node(), "recover")
		_, isCall := c.Node().(*ast.CallExpr)
		if !isCall || recovers {
			p.Refuse(at, title, deferInBody, c.Node(), "the function defers, recovers or has a label")
			return
		}
	}
	for c := range body.Preorder((*ast.ReturnStmt)(nil)) {
		if functionOf(c) != lit {
			continue
		}
		if w := s.returnAsBranch(c, body, e); w != nil {
			p.Refuse(at, title, w.reason, w.culprit, "%s", w.text)
			return
		}
	}
	last := lit.Body.List[len(lit.Body.List)-1]
	if _, ok := last.(*ast.ReturnStmt); !ok {
		p.Refuse(at, title, computedReturn, last, "the function does not end in a return")
		return
	}
	names, ok := s.loopNames(lit)
	if !ok {
		return
	}
	e.Replace(o.stmt.Node().Pos(), lit.Body.Pos(), "for "+names+"range "+text+".Range ")
	e.Replace(lit.Body.End(), o.stmt.Node().End(), "")
	p.Offer(at, rewrite.Offer{
		Title: title, Class: rewrite.Safe, Message: "a range statement can range over " + text + ".Range",
		Cost: "the same calls; continue and break say what the returns of true and false mean",
	}, e)
}

// loopNames are the variables of the loop, those that its body uses.
func (s *sight) loopNames(lit *ast.FuncLit) (string, bool) {
	names := []string{"_", "_"}
	i := 0
	for _, f := range lit.Type.Params.List {
		for _, n := range f.Names {
			if v, ok := s.pass.Info().Defs[n].(*types.Var); ok && i < 2 && s.mentioned(v, lit.Body.Pos(), lit.Body.End()) {
				names[i] = n.Name
			}
			i++
		}
	}
	switch {
	case i != 0 && i != 2:
		return "", false
	case names[0] == "_" && names[1] == "_":
		return "", true
	case names[1] == "_":
		return names[0] + " := ", true
	}
	return names[0] + ", " + names[1] + " := ", true
}

// returnAsBranch writes a return of the literal as a branch of the loop.
func (s *sight) returnAsBranch(c, body inspector.Cursor, e *rewrite.Edits) *why {
	r := c.Node().(*ast.ReturnStmt)
	for x := c.Parent(); x.Index() != body.Index(); x = x.Parent() {
		switch x.Node().(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			return &why{nestedReturn, r, "it returns from within a loop, switch or select"}
		}
	}
	if len(r.Results) != 1 {
		return &why{computedReturn, r, "the result is not written at the return"}
	}
	final := c.Parent().Index() == body.Index() && r == body.Node().(*ast.BlockStmt).List[len(body.Node().(*ast.BlockStmt).List)-1]
	switch {
	case isConstant(s.pass, r.Results[0], "true") && final:
		e.RemoveLine(r)
	case isConstant(s.pass, r.Results[0], "true"):
		e.ReplaceNode(r, "continue")
	case isConstant(s.pass, r.Results[0], "false"):
		e.ReplaceNode(r, "break")
	default:
		return &why{computedReturn, r, "it returns " + s.pass.Text(r.Results[0])}
	}
	return nil
}
