package sizing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapTwice takes the element from the lookup that tests for its key.
var MapTwice = &rewrite.Fix{
	ID:         "maptwice",
	Title:      "an element that is looked up again after the test for its key",
	Kind:       "refactor.rewrite.mapTwice",
	Standalone: true,
	Doc: `**What.** ` + "`if _, ok := m[k]; ok { v := m[k]; … }`" + ` becomes ` + "`if v, ok := m[k]; ok { … }`" + `, and ` + "`if _, ok := m[k]; ok { return m[k] }`" + `
becomes ` + "`if v, ok := m[k]; ok { return v }`" + `.

**When.** The element is read in the first statement of the body, before that statement calls anything. Map and key have no side effects. A
name for the value that means something else in the branch for a missing key is not taken.

**Gain.** One lookup instead of two where the key is there; the compiler does not join two calls of the runtime by itself. Nothing is allocated in
either form.

**Example.**

` + "```go" + `
if _, ok := ages[name]; ok {     // → if age, ok := ages[name]; ok {
	age := ages[name]            //   removed
	…
}
` + "```",
	Reasons: []rewrite.Reason{calledBefore, nameTaken},
	Run:     mapTwice,
}

var (
	calledBefore = rewrite.Reason{ID: "call", Doc: "Something is called before the element is read again, and may change it."}
	nameTaken    = rewrite.Reason{ID: "name", Doc: "The value's name means something else in the branch for a missing key."}
)

func mapTwice(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.IfStmt)(nil)) {
		s := c.Node().(*ast.IfStmt)
		x, missing, ok := presence(p, s)
		if !ok || missing || s.Init == nil || len(s.Body.List) == 0 {
			continue
		}
		twice(p, c, s, x)
	}
}

func twice(p *rewrite.Pass, c inspector.Cursor, s *ast.IfStmt, x *ast.IndexExpr) {
	at := rewrite.At{Cursor: c, Head: s.Body}
	first := s.Body.List[0]
	blank := s.Init.(*ast.AssignStmt).Lhs[0]
	o := rewrite.Offer{
		Class:   rewrite.Safe,
		Message: p.Text(x) + " is looked up again right after the test for its key",
		Cost:    "one lookup instead of two where the key is there",
		Gain:    rewrite.Gain{Proven: p.Runtime.Known, Text: "one lookup less"},
	}
	if id, ok := bound(p, first, x); ok {
		o.Title = "Take " + id.Name + " from the lookup that tests for it"
		if s.Else != nil && named(s.Else, id.Name) {
			p.Refuse(at, o.Title, nameTaken, s.Else, "%s in the else branch is another variable", id.Name)
			return
		}
		if p.Text(s.Init.(*ast.AssignStmt).Lhs[1]) == id.Name || named(x, id.Name) {
			return
		}
		if declaredAgain(s.Body, id.Name) {
			return
		}
		e := p.Edit()
		e.ReplaceNode(blank, id.Name)
		e.RemoveLine(first)
		p.Offer(at, o, e)
		return
	}
	reads, early := rereads(p, c, first, x)
	if len(reads) == 0 {
		return
	}
	name := p.Fresh(valueName(p, x), c)
	o.Title = "Take the element from the lookup that tests for it"
	if early != nil {
		p.Refuse(at, o.Title, calledBefore, early, "%s is called before the element is read", p.Text(early))
		return
	}
	e := p.Edit()
	e.ReplaceNode(blank, name)
	for _, r := range reads {
		e.ReplaceNode(r, name)
	}
	p.Offer(at, o, e)
}

// bound recognises v := m[k].
func bound(p *rewrite.Pass, s ast.Stmt, x *ast.IndexExpr) (*ast.Ident, bool) {
	a, ok := s.(*ast.AssignStmt)
	if !ok || a.Tok != token.DEFINE || len(a.Lhs) != 1 || len(a.Rhs) != 1 || !sameElement(p, a.Rhs[0], x) {
		return nil, false
	}
	id, ok := a.Lhs[0].(*ast.Ident)
	return id, ok && id.Name != "_"
}

// named reports whether a node has an identifier of a name that is no field's or method's.
func named(n ast.Node, name string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			found = found || named(n.X, name)
			return false
		case *ast.Ident:
			found = found || n.Name == name
		}
		return !found
	})
	return found
}

// declaredAgain reports whether a block declares a name more than once at its own
// level, the first time in its first statement: the second would then be no assignment any more.
func declaredAgain(body *ast.BlockStmt, name string) bool {
	for _, s := range body.List[1:] {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != token.DEFINE {
			continue
		}
		for _, l := range a.Lhs {
			if id, ok := l.(*ast.Ident); ok && id.Name == name && len(a.Lhs) > 1 {
				return true // it would declare another variable
			}
		}
	}
	return false
}

// rereads are the places in a statement that read the element again. early is the
// first call that may be made before.
func rereads(p *rewrite.Pass, c inspector.Cursor, first ast.Stmt, x *ast.IndexExpr) (reads []*ast.IndexExpr, early ast.Node) {
	switch s := first.(type) {
	case *ast.ReturnStmt, *ast.ExprStmt:
	case *ast.AssignStmt:
		for _, l := range s.Lhs {
			if !isIdent(l) {
				return nil, nil
			}
		}
		if len(s.Lhs) == 2 && len(s.Rhs) == 1 {
			return nil, nil // v, ok := m[k]
		}
	default:
		return nil, nil
	}
	cursor, ok := c.FindNode(first)
	if !ok {
		return nil, nil
	}
	for r := range cursor.Preorder((*ast.IndexExpr)(nil)) {
		n := r.Node().(*ast.IndexExpr)
		if !sameElement(p, n, x) {
			continue
		}
		if lit := enclosingLit(r); lit != nil && lit.Pos() >= first.Pos() {
			return nil, nil // it is read later, if at all
		}
		reads = append(reads, n)
	}
	if len(reads) == 0 {
		return nil, nil
	}
	ast.Inspect(first, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if early != nil || !ok {
			return early == nil
		}
		fun := p.Info().Types[call.Fun]
		if fun.IsType() || fun.IsBuiltin() {
			return true
		}
		for _, r := range reads {
			if r.Pos() < call.Pos() || r.End() > call.End() {
				early = call
			}
		}
		return true
	})
	return reads, early
}

func enclosingLit(c inspector.Cursor) ast.Node {
	for l := range c.Enclosing((*ast.FuncLit)(nil)) {
		return l.Node()
	}
	return nil
}

// valueName is a short name for an element.
func valueName(p *rewrite.Pass, x *ast.IndexExpr) string {
	if _, ok := p.Map(x.X).Elem().Underlying().(*types.Signature); ok {
		return "f"
	}
	return "v"
}
