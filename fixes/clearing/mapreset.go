package clearing

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapReset replaces a new map in the place of an old one by emptying the old one.
var MapReset = &rewrite.Fix{
	ID:         "mapreset",
	Title:      "a map replaced by a new one is cleared instead",
	Kind:       "refactor.rewrite.mapReset",
	Standalone: true,
	Doc: `**What.** ` + "`m = make(map[K]V)`" + ` or ` + "`m = map[K]V{}`" + `, where m is a local variable, a field or a package variable that
holds a map already, becomes ` + "`clear(m)`" + `.

**When.** Nothing else holds the old map: every mention of the variable or field in the package is an operation on the map, or
passes it to a function of the package that does no more than that; no struct with the field is copied; and no loop over the
map is under way. The map is not nil there: it is set wherever a struct with the field comes into being, or the function
inserted into it or found it not empty. And clear leaves as much room as the new map would have. Class B where other packages can make or copy the struct,
where files are out of sight, or where it cannot be followed what a loop over the map calls.

**Gain.** The header, and what the new map would allocate while it is filled again: clear keeps all room. It costs time in
proportion to the largest number of entries that the map ever had, so that it loses where the map was once more than ten times
as large as it usually is; such a map keeps its memory too. Which it is the code does not say, so that nothing is applied unasked.

**Example.**

` + "```go" + `
func (b *batch) flush() {
	b.send(len(b.seen))
	b.seen = make(map[string]bool) // → clear(b.seen)
}
` + "```",
	Reasons: []rewrite.Reason{effects, aliased, exported, structure, mayBeNil, iterated, hinted, notRepeated, shadowedClear},
	Run:     mapReset,
}

var (
	mayBeNil    = rewrite.Reason{ID: "may-be-nil", Doc: "The map may be nil there: clear leaves it nil, and the next insert would panic."}
	iterated    = rewrite.Reason{ID: "iterated", Doc: "A loop over the old map may be under way: it goes on over the old entries, which clear would take from it."}
	hinted      = rewrite.Reason{ID: "hint", Doc: "The new map is made for more entries than the old one may have room for."}
	notRepeated = rewrite.Reason{ID: "not-repeated", Doc: "The map is replaced once at most, so that nothing says that it is filled again to the same size."}
)

func mapReset(p *rewrite.Pass) {
	var hs *holders
	for _, c := range p.Preorder((*ast.AssignStmt)(nil)) {
		s := c.Node().(*ast.AssignStmt)
		made, hint, ok := resets(p, s)
		if !ok || !statement(c) {
			continue
		}
		if hs == nil {
			hs = newHolders(p)
		}
		r := reset{p: p, hs: hs, cursor: c, m: ast.Unparen(s.Lhs[0]), made: made, hint: hint}
		if r.h = hs.of(r.m); r.h == nil || r.first() {
			continue
		}
		r.offer()
	}
}

// A reset is an assignment of a new empty map to something that may hold one.
type reset struct {
	p       *rewrite.Pass
	hs      *holders
	h       *holder
	cursor  inspector.Cursor
	m       ast.Expr
	made    ast.Expr
	hint    ast.Expr
	assumes []string
}

// first reports whether it gives the variable or field its first map, by all appearances.
func (r *reset) first() bool {
	if declared := declOf(r.p, r.cursor); declared != nil && constructs(declared.Name()) || function(r.cursor) == nil {
		return true
	}
	for f := range r.cursor.Enclosing((*ast.IfStmt)(nil)) {
		if r.tests(f.Node().(*ast.IfStmt).Cond) {
			return true
		}
	}
	if sel, ok := r.m.(*ast.SelectorExpr); ok && r.created(sel.X) {
		return true
	}
	if !r.h.local {
		return false
	}
	// A variable that is declared without a map and assigned once.
	n := 0
	for _, u := range r.h.uses {
		if u.Kind == rewrite.UseInit || u.Kind == rewrite.UseAssign {
			n++
		}
	}
	return n < 2
}

func constructs(name string) bool {
	for _, prefix := range []string{"New", "new", "Init", "init", "Make", "make", "Test", "Benchmark", "main"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// expected reports whether a reader could take the assignment for emptying a map
// that has been in use: the function uses the map before, or says so by its name.
func (r *reset) expected() bool {
	if fn := declOf(r.p, r.cursor); fn != nil {
		name := strings.ToLower(fn.Name())
		for _, word := range []string{"reset", "clear", "flush", "purge", "drain", "empty", "clean"} {
			if strings.Contains(name, word) {
				return true
			}
		}
	}
	here := function(r.cursor)
	for _, u := range r.h.uses {
		if u.Expr.Pos() >= r.cursor.Node().Pos() || here == nil || !within(u.Expr.Pos(), here) {
			continue
		}
		switch u.Kind {
		case rewrite.UseLookup, rewrite.UseNil, rewrite.UseDeclare:
		case rewrite.UseAssign, rewrite.UseInit:
			if u.Value == nil || !fresh(r.p, u.Value) {
				return false // a variable for maps of different descent
			}
		default:
			return true
		}
	}
	return r.h.local && inLoop(r.cursor, r.h.obj) && r.h.empty == nil
}

// tests reports whether a condition compares the map with nil.
func (r *reset) tests(cond ast.Expr) bool {
	found := false
	ast.Inspect(cond, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if ok && b.Op == token.EQL && (r.p.Info().Types[b.Y].IsNil() && r.p.Same(b.X, r.m) || r.p.Info().Types[b.X].IsNil() && r.p.Same(b.Y, r.m)) {
			found = true
		}
		return !found
	})
	return found
}

// created reports whether an expression names a struct that the function itself makes.
func (r *reset) created(e ast.Expr) bool {
	for {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			break
		}
		e = sel.X
	}
	v, ok := r.p.Object(e).(*types.Var)
	if !ok || identOf(e) == nil || v.IsField() || v.Parent() == r.p.Pkg.Types.Scope() {
		return false
	}
	for _, u := range r.p.Uses(v) {
		switch u.Kind {
		case rewrite.UseDeclare:
			return !isPointer(v.Type())
		case rewrite.UseInit, rewrite.UseAssign:
			value := u.Value
			if unary, ok := value.(*ast.UnaryExpr); ok && unary.Op == token.AND {
				value = unary.X
			}
			if _, isLit := value.(*ast.CompositeLit); isLit {
				return true
			}
			if value == nil {
				continue
			}
			if _, isNew := r.p.CallOf(value, "new"); isNew {
				return true
			}
		}
	}
	return v.Kind() == types.ResultVar
}

func (r *reset) offer() {
	p := r.p
	text := p.Text(r.m)
	title := "Empty " + text + " with clear instead of making it anew"
	at := rewrite.On(r.cursor)
	if f := r.fault(); f != nil {
		if !r.expected() {
			return
		}
		p.Refuse(at, title, f.reason, f.culprit, "%s", f.text)
		return
	}
	switch {
	case !p.AtLeast(r.cursor, "go1.21"):
		p.Refuse(at, title, rewrite.OldGo, nil, "clear needs go1.21")
		return
	case !p.IsBuiltin(r.cursor, "clear"):
		p.Refuse(at, title, shadowedClear, nil, "clear is not the predeclared function here")
		return
	}
	o := rewrite.Offer{
		Title: title, Class: rewrite.Safe,
		Message: text + " is thrown away and made anew each time, and nothing else holds it",
		Cost: "clear keeps the room that the map has, and takes time in proportion to it: a map that is filled to about the same size each time gains, " +
			"one that was once more than ten times as large loses",
		Gain: rewrite.Gain{Text: r.gain()},
	}
	if len(r.assumes) > 0 {
		o.Class = rewrite.Review
		o.Title += " (review)"
		o.Assumes = r.assumption()
	}
	e := p.Edit()
	e.ReplaceNode(r.cursor.Node(), "clear("+text+")")
	p.Offer(at, o, e)
}

// gain says what each new map allocates that clear does not.
func (r *reset) gain() string {
	if op, ok := r.p.Op(r.made, mapop.Make, mapop.Literal); ok && op.Header == placement.Heap {
		if text := saved(op, "each time"); text != "" {
			return text + ", and those of growing again"
		}
	}
	return "saves the allocations of growing again"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// statement reports whether a node stands in a list of statements, where another
// statement can take its place.
func statement(c inspector.Cursor) bool {
	switch c.ParentEdgeKind() {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body, edge.LabeledStmt_Stmt:
		return true
	}
	return false
}
