package clearing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A work is what a loop does with an entry beside deleting it: the first thing
// of each kind that would tell when the deletes happen.
type work struct {
	p    *rewrite.Pass
	loop *ast.RangeStmt

	leaves, sees, calls, panics ast.Node
	// breaks says that it may be done with the loop before it has seen all entries.
	breaks bool
}

func first(at *ast.Node, n ast.Node) {
	if *at == nil {
		*at = n
	}
}

// look goes through a statement.
func (w *work) look(s ast.Stmt) {
	w.breaks = w.breaks || breaks(s)
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			first(&w.leaves, n)
		case *ast.BranchStmt:
			if n.Tok == token.GOTO || n.Label != nil {
				first(&w.leaves, n)
			}
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt, *ast.SendStmt:
			first(&w.calls, n)
			return false
		case *ast.AssignStmt:
			w.assign(n.Tok, n.Lhs)
		case *ast.IncDecStmt:
			w.assign(token.ASSIGN, []ast.Expr{n.X})
		case *ast.RangeStmt:
			w.ranges(n)
		case ast.Expr:
			return w.expr(n)
		}
		return true
	})
}

func (w *work) ranges(n *ast.RangeStmt) {
	switch w.p.Info().TypeOf(n.X).Underlying().(type) {
	case *types.Signature, *types.Chan:
		first(&w.calls, n.X)
	}
	if n.Tok == token.ASSIGN {
		w.assign(n.Tok, []ast.Expr{n.Key, n.Value})
	}
}

// assign: what is assigned must not be what the map is named by, and the
// assignment must not panic.
func (w *work) assign(tok token.Token, targets []ast.Expr) {
	for _, e := range targets {
		if e == nil {
			continue
		}
		if obj := w.p.Object(e); obj != nil && tok != token.DEFINE {
			ast.Inspect(w.loop.X, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && w.p.Object(id) == obj {
					first(&w.sees, e)
				}
				return true
			})
		}
		if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok && w.p.Map(index.X) != nil {
			first(&w.panics, e) // a nil map
		}
		if tok == token.QUO_ASSIGN || tok == token.REM_ASSIGN {
			w.divides(e, e)
		}
	}
}

// expr looks at one node of an expression. It is false where its parts need no look.
func (w *work) expr(e ast.Expr) bool {
	info := w.p.Info()
	tv := info.Types[e]
	if tv.IsType() || tv.Value != nil {
		return false
	}
	if m := w.p.Map(e); m != nil && types.IdenticalIgnoreTags(m, w.p.Map(w.loop.X)) {
		first(&w.sees, e)
	}
	switch e := e.(type) {
	case *ast.CallExpr:
		w.call(e)
	case *ast.UnaryExpr:
		if e.Op == token.ARROW {
			first(&w.calls, e)
		}
	case *ast.IndexExpr:
		if m := w.p.Map(e.X); (m == nil || !reflexive(m.Key())) && !tv.IsBuiltin() && info.Instances[identOf(e.X)].Type == nil {
			first(&w.panics, e)
		}
	case *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr:
		first(&w.panics, e)
	case *ast.SelectorExpr:
		if s := info.Selections[e]; s != nil && (s.Indirect() || isPointer(info.TypeOf(e.X))) && !w.known(e.X) {
			first(&w.panics, e)
		}
	case *ast.BinaryExpr:
		w.binary(e)
	}
	return true
}

func identOf(e ast.Expr) *ast.Ident {
	id, _ := ast.Unparen(e).(*ast.Ident)
	return id
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// known reports whether the loop has followed a pointer already, so that it is not nil.
func (w *work) known(e ast.Expr) bool {
	sel, ok := ast.Unparen(w.loop.X).(*ast.SelectorExpr)
	return ok && w.p.Same(sel.X, e)
}

func (w *work) call(call *ast.CallExpr) {
	info := w.p.Info()
	if info.Types[call.Fun].IsType() {
		if _, ok := info.TypeOf(call).Underlying().(*types.Array); ok {
			first(&w.panics, call) // of a slice that is too short
		}
		return
	}
	if id := identOf(call.Fun); id != nil {
		if b, ok := info.Uses[id].(*types.Builtin); ok {
			switch b.Name() {
			case "append", "len", "cap", "min", "max", "new", "real", "imag", "complex":
			case "panic":
				first(&w.panics, call)
			default:
				first(&w.calls, call)
			}
			return
		}
	}
	fn := w.p.Callee(call)
	if fn == nil || !quietInLibrary(fn.Origin()) || fn.Signature().TypeParams().Len() > 0 || fn.Name() == "Repeat" { // it panics on a negative count
		first(&w.calls, call)
		return
	}
	for _, arg := range call.Args {
		if _, ok := info.TypeOf(arg).Underlying().(*types.Signature); ok {
			first(&w.calls, call)
		}
	}
}

func (w *work) binary(e *ast.BinaryExpr) {
	t := w.p.Info().TypeOf(e.X).Underlying()
	switch e.Op {
	case token.QUO, token.REM:
		w.divides(e, e.Y)
	case token.SHL, token.SHR:
		if w.p.Info().Types[e.Y].Value == nil {
			first(&w.panics, e)
		}
	case token.EQL, token.NEQ:
		if !mayCompare(t) || !mayCompare(w.p.Info().TypeOf(e.Y).Underlying()) {
			first(&w.panics, e)
		}
	}
}

// mayCompare reports whether comparing values of a type never panics: those of basic types, pointers and nil.
func mayCompare(t types.Type) bool {
	switch t.(type) {
	case *types.Basic, *types.Pointer, *types.Chan:
		return true
	}
	return false
}

// divides: only a division by a constant other than zero, which the type checker sees to, never panics.
func (w *work) divides(e, by ast.Expr) {
	b, ok := w.p.Info().TypeOf(by).Underlying().(*types.Basic)
	if (!ok || b.Info()&types.IsInteger != 0) && w.p.Info().Types[by].Value == nil {
		first(&w.panics, e)
	}
}

// header is the head of the loop from its first variable up to the map, without the key if
// nothing but the delete used it.
func (w *work) header(del ast.Stmt) string {
	used := false
	for _, s := range w.loop.Body.List {
		ast.Inspect(s, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			used = used || ok && s != del && w.p.Info().Uses[id] == w.p.Object(w.loop.Key)
			return !used
		})
	}
	switch {
	case used:
		return w.p.TextBetween(w.loop.Key.Pos(), w.loop.X.Pos())
	case blank(w.loop.Value):
		return "range "
	}
	return "_, " + w.p.Text(w.loop.Value) + " := range "
}
