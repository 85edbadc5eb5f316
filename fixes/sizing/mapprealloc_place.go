package sizing

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// place decides where the size can be evaluated, and makes the offer.
func place(p *rewrite.Pass, made creation, next filled, f *fill, a amount, at rewrite.At, title string) {
	loop := next.loop.Node().(ast.Stmt)
	stmt := made.stmt.Node().(ast.Stmt)
	for _, name := range []string{"make", "len"} {
		if !p.IsBuiltin(made.at, name) {
			p.Refuse(at, title, shadowed, nil, "%s is not the predeclared function here", name)
			return
		}
	}
	if a.call == nil && a.of != nil && !p.Simple(a.of) {
		p.Refuse(at, title, effects, a.of, "%s cannot be evaluated once more", p.Text(a.of))
		return
	}
	if strings.Contains(a.text, "\n") || a.call != nil && strings.Contains(p.Text(a.call), "\n") {
		p.Refuse(at, title, effects, a.of, "the expression is one of several lines")
		return
	}
	vars := map[types.Object]bool{}
	if a.of != nil {
		vars = objects(p, a.of)
	}
	if by := changes(p, loop, vars); by != nil && p.Map(a.of) != nil {
		p.Refuse(at, title, changesBetween, by, "the loop changes %s while it goes over it", p.Text(a.of))
		return
	}
	moves := len(next.between) > 0 && a.call != nil
	why := ""
	if by := unsettled(p, made, next, a, vars); by != nil {
		moves, why = true, fmt.Sprintf("line %d", line(p, by))
	}
	if (moves || a.call != nil) && !made.fresh {
		p.Refuse(at, title, changesBetween, a.of, "the number is known only after %s, and that statement does more than declare %s", orElse(why, "the map is made"), made.target.text)
		return
	}
	e := p.Edit()
	text := a.text
	front := ""
	if a.call != nil {
		name := resultName(p, next, a.call)
		text = fmt.Sprintf(a.text, name)
		front = name + " := " + p.Text(a.call) + "\n"
		e.ReplaceNode(a.call, name)
	}
	remake := func() string {
		n := made.at.Node()
		typ := ""
		switch n := n.(type) {
		case *ast.CallExpr:
			typ = p.Text(n.Args[0])
		case *ast.CompositeLit:
			typ = p.Text(n.Type)
		}
		return "make(" + typ + ", " + text + ")"
	}
	switch {
	case moves:
		n, whole := made.at.Node(), withComments(p, stmt)
		e.RemoveLine(whole)
		e.Insert(next.stmt.Node().Pos(), front+p.TextBetween(whole.from, n.Pos())+remake()+p.TextBetween(n.End(), whole.to)+"\n")
	default:
		if front != "" {
			e.Insert(stmt.Pos(), front)
		}
		e.ReplaceNode(made.at.Node(), remake())
	}
	o, useful := describe(p, made, f, a, strings.ReplaceAll(a.text, "%s", textOf(p, a)))
	if !useful {
		p.Refuse(at, title, small, loop, "%d entries take as many allocations in either form: the map grows once", a.n)
		return
	}
	o.Title = title + o.Title
	p.Offer(at, o, e)
}

func textOf(p *rewrite.Pass, a amount) string {
	if a.of == nil {
		return ""
	}
	return p.Text(a.of)
}

func orElse(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// unsettled finds why the amount cannot be evaluated where the map is made.
func unsettled(p *rewrite.Pass, made creation, next filled, a amount, vars map[types.Object]bool) ast.Node {
	stmt := made.stmt.Node().(ast.Stmt)
	for v := range vars {
		if stmt.Pos() <= v.Pos() && v.Pos() < next.loop.Node().Pos() {
			return stmt
		}
	}
	if by := changes(p, stmt, vars); by != nil {
		return by
	}
	exposed := false
	for v := range vars {
		exposed = exposed || shared(p, v)
	}
	if a.of != nil && p.Map(a.of) != nil {
		exposed = true
	}
	safe := a.of == nil || harmless(p, a.of)
	for _, s := range next.between {
		if by := changes(p, s, vars); by != nil {
			return by
		}
		if exposed && active(p, s) || !safe && !quiet(p, s) {
			return s
		}
	}
	return nil
}

// quiet reports whether a statement declares or assigns variables and does nothing
// else that could be told from outside.
func quiet(p *rewrite.Pass, s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.AssignStmt:
		if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			return false
		}
		for _, l := range s.Lhs {
			if !isIdent(l) {
				return false
			}
		}
		for _, r := range s.Rhs {
			if !harmless(p, r) {
				return false
			}
		}
		return true
	case *ast.DeclStmt:
		d := s.Decl.(*ast.GenDecl)
		for _, spec := range d.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok {
				return false
			}
			for _, x := range v.Values {
				if !harmless(p, x) {
					return false
				}
			}
		}
		return true
	}
	return false
}

// A stretch is a part of a file, as a node.
type stretch struct{ from, to token.Pos }

func (s stretch) Pos() token.Pos { return s.from }
func (s stretch) End() token.Pos { return s.to }

// withComments is a statement with the comments that belong to it: those right
// above it, and one behind it on its line.
func withComments(p *rewrite.Pass, n ast.Node) stretch {
	s := stretch{n.Pos(), n.End()}
	at := func(pos token.Pos) int { return p.Pkg.Fset.Position(pos).Line }
	for _, f := range p.Pkg.Syntax {
		if f.FileStart > n.Pos() || n.Pos() >= f.FileEnd {
			continue
		}
		for _, c := range f.Comments {
			switch {
			case at(c.End()) == at(n.Pos())-1 && alone(p, c):
				s.from = c.Pos()
			case at(c.Pos()) == at(n.End()) && c.Pos() > n.End():
				s.to = c.End()
			}
		}
	}
	return s
}

// alone reports whether nothing stands in front of a comment on its line.
func alone(p *rewrite.Pass, c *ast.CommentGroup) bool {
	pos := p.Pkg.Fset.Position(c.Pos())
	before := p.TextBetween(c.Pos()-token.Pos(pos.Column-1), c.Pos())
	return strings.TrimSpace(before) == ""
}

// resultName is a name for the result of a call that a loop goes over: the plural of
// the loop's variable, or the name of what is called.
func resultName(p *rewrite.Pass, next filled, call *ast.CallExpr) string {
	var names []string
	if b, ok := core(p.Info().TypeOf(call)).(*types.Basic); ok && b.Info()&types.IsInteger != 0 {
		names = append(names, "n", "count")
	}
	if loop, ok := next.loop.Node().(*ast.RangeStmt); ok {
		if id, ok := loop.Value.(*ast.Ident); ok && len(id.Name) > 2 && id.Name[len(id.Name)-1] != 's' {
			names = append(names, id.Name+"s")
		}
	}
	if fn := p.Callee(call); fn != nil {
		name := strings.TrimPrefix(strings.TrimPrefix(fn.Name(), "Get"), "List")
		if len(name) > 2 && name[len(name)-1] == 's' && strings.ToUpper(name) != name {
			names = append(names, strings.ToLower(name[:1])+name[1:])
		}
	}
	names = append(names, "items", "all", "list")
	for _, name := range names {
		if p.Fresh(name, next.stmt.Parent()) == name {
			return name
		}
	}
	return p.Fresh("items", next.stmt.Parent())
}
