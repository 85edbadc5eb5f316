package clearing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapDeleteFunc replaces a loop that deletes the entries which meet a condition.
var MapDeleteFunc = &rewrite.Fix{
	ID:         "mapdeletefunc",
	Title:      "a loop that deletes some entries becomes maps.DeleteFunc",
	Kind:       "refactor.rewrite.mapDeleteFunc",
	Standalone: true,
	Doc: `**What.** A loop over a map that does nothing but decide about each entry and delete it or not becomes a call of
` + "`maps.DeleteFunc`" + ` with that decision: ` + "`if cond { delete(m, k) }`" + `, with an initialiser too,
` + "`if !cond { continue }; delete(m, k)`" + `, nested, and with statements that compute what the condition needs.

**When.** Every delete is the last thing that its iteration does and takes the loop's own key, nothing leaves the loop, and
nothing is assigned that was declared outside of it. The call evaluates the map expression once where the loop does for each
delete: where the condition calls a function of which it is not known that it leaves the map's field or variable alone, the fix is of class B.

**Gain.** None in speed. The compiler inlines the call, so that it comes down to the loop that stood there, allocates no closure,
and inlines the condition too unless that is large. What is gained is that a reader sees at a glance that the loop only deletes.

**Example.**

` + "```go" + `
for id, s := range sessions {      // → maps.DeleteFunc(sessions, func(_ string, s *session) bool { return s.expired(now) })
	if s.expired(now) {
		delete(sessions, id)
	}
}
` + "```",
	Reasons: []rewrite.Reason{keyOutlives, effects, leavesLoop, moreWork, unwritable, shadowedMaps},
	Run:     mapDeleteFunc,
}

var (
	leavesLoop   = rewrite.Reason{ID: "leaves-loop", Doc: "A statement in the body leaves the loop, or acts on the function around it, which it could not do from within a function literal."}
	moreWork     = rewrite.Reason{ID: "more-work", Doc: "The body does more than decide about entries and delete them."}
	unwritable   = rewrite.Reason{ID: "unwritable-type", Doc: "The map's key or element type cannot be written down there."}
	shadowedMaps = rewrite.Reason{ID: "shadowed-maps", Doc: "The name maps means something else there."}
)

func mapDeleteFunc(p *rewrite.Pass) {
	var q *conduct
	for _, c := range p.Preorder((*ast.RangeStmt)(nil)) {
		loop := c.Node().(*ast.RangeStmt)
		if p.Map(loop.X) == nil || deletesOnly(p, loop) || everyDelete(p, loop) != nil {
			continue
		}
		f := newFilter(p, c)
		if f == nil || !f.list(loop.Body.List, true) || len(f.deletes) == 0 {
			continue
		}
		if q == nil {
			q = newConduct(p)
		}
		f.offer(q)
	}
}

func (f *filter) offer(q *conduct) {
	p, loop := f.p, f.loop
	text := p.Text(ast.Unparen(loop.X))
	title := "Replace delete loop with maps.DeleteFunc(" + text + ", …)"
	at := rewrite.At{Cursor: f.whole, Head: loop.Body}
	typeText, typed := f.types()
	body := f.body()
	var call ast.Node
	loud := f.loud(q, &call)
	switch {
	case loop.Tok == token.ASSIGN:
		p.Refuse(at, title, keyOutlives, loop.Key, "%s is set to the last key looked at, and may be read after the loop", p.Text(loop.Key))
	case !p.Simple(loop.X):
		p.Refuse(at, title, effects, loop.X, "%s is evaluated again for each delete", text)
	case f.leaves != nil:
		p.Refuse(at, title, leavesLoop, f.leaves, "%s cannot be done from within a function literal", firstLine(p, f.leaves))
	case f.work != nil:
		p.Refuse(at, title, moreWork, f.work, "%s does more than decide whether an entry goes", firstLine(p, f.work))
	case loud && !body.plain:
		p.Refuse(at, title, moreWork, call, "%s may do more than decide whether an entry goes", firstLine(p, call))
	case !p.AtLeast(f.cursor, "go1.21"):
		p.Refuse(at, title, rewrite.OldGo, nil, "maps.DeleteFunc needs go1.21")
	case !p.AtLeast(f.cursor, "go1.22") && f.captured():
		p.Refuse(at, title, rewrite.OldGo, nil, "before go1.22 all iterations share the loop's variables, which the body takes the address of")
	case !typed:
		p.Refuse(at, title, unwritable, nil, "the types of %s need a package that the file does not import, or a name that is hidden here", text)
	default:
		e := p.Edit()
		name, ok := e.Import(f.cursor, "maps")
		if !ok {
			p.Refuse(at, title, shadowedMaps, nil, "maps is not the package of the standard library here")
			return
		}
		o := rewrite.Offer{
			Title: title, Class: rewrite.Safe,
			Message: "this loop only decides which entries of " + text + " to delete",
			Cost:    "nothing: the compiler inlines the call and allocates no closure; a condition too large to be inlined as well costs one call for each entry",
		}
		if loud && !f.settled() {
			o.Class = rewrite.Review
			o.Title += " (review)"
			o.Assumes = firstLine(p, call) + " does not make " + text + " another map: the loop would delete from the new one, and maps.DeleteFunc goes on with the old"
		}
		e.ReplaceNode(f.whole.Node(), f.call(name, typeText, body))
		p.Offer(at, o, e)
	}
}

// loud finds a part of the condition that is not known to leave everything
// alone. The deletes, which are calls too, are not part of it.
func (f *filter) loud(q *conduct, first *ast.Node) bool {
	*first = nil
	ast.Inspect(f.loop.Body, func(n ast.Node) bool {
		if *first != nil || n == nil {
			return false
		}
		if s, ok := n.(*ast.ExprStmt); ok && f.isDelete(s) {
			return false
		}
		if q.disturbs(n, f.loop) {
			*first = n
		}
		return *first == nil
	})
	return *first != nil
}

// settled reports whether no call in the loop can make the map expression stand
// for another map: it is a local variable that only the loop's own function
// assigns, or a package variable that is never assigned.
func (f *filter) settled() bool {
	id, ok := ast.Unparen(f.loop.X).(*ast.Ident)
	if !ok {
		return false
	}
	obj, ok := f.p.Object(id).(*types.Var)
	if !ok {
		return false
	}
	global := obj.Parent() == f.p.Pkg.Types.Scope()
	if global && (obj.Exported() || f.p.Elsewhere(obj.Name())) {
		return false
	}
	here := function(f.cursor)
	for _, u := range f.p.Uses(obj) {
		switch u.Kind {
		case rewrite.UseAddress:
			return false
		case rewrite.UseAssign:
			if global || function(u.Cursor) != here {
				return false
			}
		}
	}
	return true
}

// function is the innermost function around a node, nil outside of any.
func function(c inspector.Cursor) ast.Node {
	for f := range c.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		return f.Node()
	}
	return nil
}

// captured reports whether the body lets a variable of the loop outlive its iteration.
func (f *filter) captured() bool {
	found := false
	ast.Inspect(f.loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND
		case *ast.SliceExpr:
			found = true
		case *ast.SelectorExpr: // a method with a pointer receiver takes the address
			s := f.p.Info().Selections[n]
			found = found || s != nil && s.Kind() == types.MethodVal
		}
		return !found
	})
	return found
}

// types are the texts of the map's key and element types.
func (f *filter) types() (text [2]string, ok bool) {
	m := f.p.Map(f.loop.X)
	key, ok1 := f.p.TypeText(f.cursor, m.Key())
	elem, ok2 := f.p.TypeText(f.cursor, m.Elem())
	return [2]string{key, elem}, ok1 && ok2
}

// labelOf is the labelled statement that a loop is, if it is one.
func labelOf(c inspector.Cursor) (inspector.Cursor, *ast.LabeledStmt) {
	if c.ParentEdgeKind() == edge.LabeledStmt_Stmt {
		return c.Parent(), c.Parent().Node().(*ast.LabeledStmt)
	}
	return c, nil
}
