package clearing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A filter is a loop over a map that decides about each entry whether to delete it.
type filter struct {
	p      *rewrite.Pass
	cursor inspector.Cursor // at the loop
	whole  inspector.Cursor // at the loop, or at the labelled statement that it is
	loop   *ast.RangeStmt
	label  types.Object
	key    types.Object
	// deletes are the deletes of the loop's key, each the last thing that is done in its
	// iteration: a continue that follows is its value here.
	deletes map[*ast.ExprStmt]*ast.BranchStmt
	// continues are the other statements that end an iteration.
	continues map[*ast.BranchStmt]bool
	// leaves is the first statement that leaves the loop, work the first that
	// does more than decide.
	leaves, work ast.Node

	inner  int // loops around the statement looked at
	breaks int // loops, switches and selects around it
	inside map[types.Object]bool
}

// newFilter prepares for a loop; it is nil for one without a key variable.
func newFilter(p *rewrite.Pass, c inspector.Cursor) *filter {
	loop := c.Node().(*ast.RangeStmt)
	if loop.Key == nil {
		return nil
	}
	f := &filter{
		p: p, cursor: c, loop: loop, key: p.Object(loop.Key),
		deletes: map[*ast.ExprStmt]*ast.BranchStmt{}, continues: map[*ast.BranchStmt]bool{}, inside: map[types.Object]bool{},
	}
	if f.key == nil {
		return nil
	}
	var labelled *ast.LabeledStmt
	if f.whole, labelled = labelOf(c); labelled != nil {
		f.label = p.Info().Defs[labelled.Label]
		if namedOutside(p, f.label, loop.Body) {
			f.leaves = labelled.Label
		}
	}
	if call := recovers(p, loop.Body); call != nil {
		f.leave(call)
	}
	return f
}

// isDelete reports whether a statement deletes the loop's key from the loop's map.
func (f *filter) isDelete(s ast.Stmt) bool { return isDelete(f.p, f.loop, s) }

func isDelete(p *rewrite.Pass, loop *ast.RangeStmt, s ast.Stmt) bool {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	args, ok := p.CallOf(ast.Unparen(e.X), "delete")
	if !ok || len(args) != 2 {
		return false
	}
	key, ok := unconverted(p, args[1]).(*ast.Ident)
	if !ok || p.Object(key) == nil || p.Object(key) != p.Object(loop.Key) {
		return false
	}
	return p.Same(args[0], loop.X) || !p.Simple(loop.X) && p.Text(args[0]) == p.Text(loop.X)
}

// list looks at the statements of a block, of which tail says that nothing
// follows them in the iteration. It is false where they are not those of a filter.
func (f *filter) list(stmts []ast.Stmt, tail bool) bool {
	for i := 0; i < len(stmts); i++ {
		s, last := stmts[i], tail && i == len(stmts)-1
		if !f.isDelete(s) {
			if !f.stmt(s, last) {
				return false
			}
			continue
		}
		var next *ast.BranchStmt
		if !last {
			if i+1 < len(stmts) {
				next, _ = stmts[i+1].(*ast.BranchStmt)
			}
			if next == nil || !f.ends(next) {
				return false
			}
		}
		f.deletes[s.(*ast.ExprStmt)] = next
		if next != nil {
			i++
		}
	}
	return true
}

// ends reports whether a branch is to the next iteration.
func (f *filter) ends(b *ast.BranchStmt) bool {
	if b.Tok != token.CONTINUE {
		return false
	}
	if b.Label == nil {
		return f.inner == 0
	}
	return f.label != nil && f.p.Info().Uses[b.Label] == f.label
}

func (f *filter) stmt(s ast.Stmt, last bool) bool {
	switch s := s.(type) {
	case nil, *ast.EmptyStmt:
	case *ast.BlockStmt:
		return f.list(s.List, last)
	case *ast.IfStmt:
		return f.stmt(s.Init, false) && f.list(s.Body.List, last) && f.stmt(s.Else, last)
	case *ast.SwitchStmt:
		return f.stmt(s.Init, false) && f.clauses(s.Body, last)
	case *ast.TypeSwitchStmt:
		return f.stmt(s.Init, false) && f.clauses(s.Body, last)
	case *ast.ForStmt:
		return f.stmt(s.Init, false) && f.stmt(s.Post, false) && f.nested(s.Body)
	case *ast.RangeStmt:
		if s.Tok == token.ASSIGN {
			if !f.assigned(s, s.Key, s.Value) {
				return false
			}
		}
		return f.nested(s.Body)
	case *ast.LabeledStmt:
		f.inside[f.p.Info().Defs[s.Label]] = true
		return f.stmt(s.Stmt, last)
	case *ast.BranchStmt:
		f.branch(s)
	case *ast.AssignStmt:
		return f.assigned(s, s.Lhs...)
	case *ast.IncDecStmt:
		return f.assigned(s, s.X)
	case *ast.ReturnStmt:
		f.leave(s)
	case *ast.DeferStmt:
		f.leave(s)
	case *ast.DeclStmt:
	default:
		f.more(s)
	}
	return true
}

func (f *filter) clauses(body *ast.BlockStmt, last bool) bool {
	f.breaks++
	defer func() { f.breaks-- }()
	for _, s := range body.List {
		if !f.list(s.(*ast.CaseClause).Body, last) {
			return false
		}
	}
	return true
}

func (f *filter) nested(body *ast.BlockStmt) bool {
	f.breaks++
	f.inner++
	defer func() { f.breaks--; f.inner-- }()
	return f.list(body.List, false)
}

func (f *filter) branch(b *ast.BranchStmt) {
	switch {
	case f.ends(b):
		f.continues[b] = true
	case b.Tok == token.FALLTHROUGH:
	case b.Label != nil && f.inside[f.p.Info().Uses[b.Label]]:
	case b.Tok == token.BREAK && b.Label == nil && f.breaks > 0:
	case b.Tok == token.CONTINUE && b.Label == nil:
	default:
		f.leave(b)
	}
}

// assigned looks at what a statement assigns. It is false if that is the key.
func (f *filter) assigned(s ast.Stmt, targets ...ast.Expr) bool {
	for _, e := range targets {
		if e == nil || blank(e) {
			continue
		}
		id, ok := ast.Unparen(e).(*ast.Ident)
		if ok && f.p.Object(id) == f.key {
			return false
		}
		if !ok || f.p.Object(id) == nil || !within(f.p.Object(id).Pos(), f.loop) {
			f.more(s)
		}
	}
	return true
}

func (f *filter) leave(n ast.Node) {
	if f.leaves == nil {
		f.leaves = n
	}
}

func (f *filter) more(n ast.Node) {
	if f.work == nil {
		f.work = n
	}
}

// recovers finds a call of recover that is not in a function literal.
func recovers(p *rewrite.Pass, body *ast.BlockStmt) ast.Node {
	var found ast.Node
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok || found != nil {
			return false
		}
		if _, ok := p.CallOf(n, "recover"); ok {
			found = n
		}
		return found == nil
	})
	return found
}
