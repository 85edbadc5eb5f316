package sizing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A target is what a new map is assigned to: a variable, a field, or a field of a
// struct that is made with it.
type target struct {
	p    *rewrite.Pass
	text string
	expr ast.Expr // the variable or field
	// base and field are set in the place of expr for S{field: make(…)} that is
	// assigned to base.
	base, field types.Object
}

// is reports whether an expression is the target.
func (t target) is(e ast.Expr) bool {
	if t.expr != nil {
		return t.p.Same(t.expr, e)
	}
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok || t.p.Object(sel) != t.field {
		return false
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	return ok && t.p.Object(id) == t.base
}

// own is what identifies the target in code that has nothing to do with it.
func (t target) own() types.Object {
	if t.expr == nil {
		return t.base
	}
	if id, ok := ast.Unparen(t.expr).(*ast.Ident); ok {
		return rewrite.Origin(t.p.Object(id))
	}
	if sel, ok := ast.Unparen(t.expr).(*ast.SelectorExpr); ok {
		return rewrite.Origin(t.p.Object(sel))
	}
	return nil
}

// A creation is a new map without room, in a statement of its own.
type creation struct {
	at     inspector.Cursor // the make or literal
	stmt   inspector.Cursor
	target target
	// fresh says that the statement declares the variable, and nothing else.
	fresh bool
}

// creations finds the maps that are made without a size and assigned at once.
func creations(p *rewrite.Pass) []creation {
	var found []creation
	for _, c := range p.Preorder((*ast.CallExpr)(nil), (*ast.CompositeLit)(nil)) {
		if !roomless(p, c.Node()) {
			continue
		}
		if made, ok := assignedTo(p, c); ok && inList(made.stmt) {
			found = append(found, made)
		}
	}
	return found
}

// roomless reports whether a node makes an empty map and gives no size, or 0.
func roomless(p *rewrite.Pass, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		args, ok := p.CallOf(n, "make")
		if !ok || p.Map(n) == nil {
			return false
		}
		return len(args) == 1 || p.Text(args[1]) == "0"
	case *ast.CompositeLit:
		return n.Type != nil && p.Map(n) != nil && len(n.Elts) == 0
	}
	return false
}

// assignedTo finds what a new map is assigned to.
func assignedTo(p *rewrite.Pass, c inspector.Cursor) (creation, bool) {
	made := creation{at: c, stmt: c.Parent(), target: target{p: p}}
	kind, index := c.ParentEdge()
	switch kind {
	case edge.AssignStmt_Rhs:
		s := made.stmt.Node().(*ast.AssignStmt)
		if len(s.Lhs) != len(s.Rhs) || s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			return made, false
		}
		made.target.expr = s.Lhs[index]
		made.fresh = len(s.Lhs) == 1 && s.Tok == token.DEFINE
	case edge.ValueSpec_Values:
		s := made.stmt.Node().(*ast.ValueSpec)
		if len(s.Names) != len(s.Values) {
			return made, false
		}
		made.target.expr = s.Names[index]
		decl := made.stmt.Parent()
		made.fresh = len(s.Names) == 1 && len(decl.Node().(*ast.GenDecl).Specs) == 1
		made.stmt = decl.Parent()
	case edge.KeyValueExpr_Value:
		return fieldOf(p, made)
	default:
		return made, false
	}
	made.target.text = p.Text(made.target.expr)
	return made, p.Simple(made.target.expr) && p.Map(made.target.expr) != nil
}

// fieldOf finds the variable that a struct with a new map in it is assigned to.
func fieldOf(p *rewrite.Pass, made creation) (creation, bool) {
	kv := made.stmt.Node().(*ast.KeyValueExpr)
	key, ok := kv.Key.(*ast.Ident)
	if !ok {
		return made, false
	}
	field, ok := p.Object(key).(*types.Var)
	if !ok || !field.IsField() {
		return made, false
	}
	lit := made.stmt.Parent()
	if lit.ParentEdgeKind() == edge.UnaryExpr_X {
		lit = lit.Parent()
	}
	kind, index := lit.ParentEdge()
	if kind != edge.AssignStmt_Rhs {
		return made, false
	}
	made.stmt = lit.Parent()
	s := made.stmt.Node().(*ast.AssignStmt)
	if len(s.Lhs) != len(s.Rhs) || s.Tok != token.DEFINE {
		return made, false
	}
	id, ok := s.Lhs[index].(*ast.Ident)
	if !ok || p.Object(id) == nil {
		return made, false
	}
	made.target.base, made.target.field = p.Object(id), field
	made.target.text = id.Name + "." + key.Name
	return made, p.Map(kv.Value) != nil
}

// filled is the loop that fills a new map, and what stands between.
type filled struct {
	loop    inspector.Cursor
	stmt    inspector.Cursor // the loop with its label
	label   string
	between []ast.Stmt
}

// nextLoop finds the loop behind a creation that is the first to use the map.
func (made creation) nextLoop(p *rewrite.Pass) (filled, bool) {
	var out filled
	own := map[types.Object]bool{made.target.own(): true}
	if made.target.own() == nil {
		return out, false
	}
	if uses := creationUses(p, made, own); uses > 1 {
		return out, false
	}
	for next, ok := made.stmt.NextSibling(); ok; next, ok = next.NextSibling() {
		s, isStmt := next.Node().(ast.Stmt)
		if !isStmt {
			return out, false
		}
		if !mentions(p, s, own) {
			if _, label := s.(*ast.LabeledStmt); label {
				return out, false // a goto may come here
			}
			if made.target.expr != nil && !isIdent(made.target.expr) && (active(p, s) || changes(p, s, objects(p, made.target.expr)) != nil) {
				return out, false // the map may be another one behind it
			}
			out.between = append(out.between, s)
			continue
		}
		out.stmt = next
		if l, ok := s.(*ast.LabeledStmt); ok {
			out.label = l.Label.Name
			next, _ = next.FirstChild()
			next, _ = next.NextSibling()
		}
		switch next.Node().(type) {
		case *ast.RangeStmt, *ast.ForStmt:
			out.loop = next
			return out, true
		}
		return out, false
	}
	return out, false
}

// creationUses counts how often the statement of the creation names the target.
func creationUses(p *rewrite.Pass, made creation, own map[types.Object]bool) int {
	n := 0
	ast.Inspect(made.stmt.Node(), func(x ast.Node) bool {
		if id, ok := x.(*ast.Ident); ok && own[rewrite.Origin(p.Info().ObjectOf(id))] {
			n++
		}
		return true
	})
	return n
}

func isIdent(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.Ident)
	return ok
}
