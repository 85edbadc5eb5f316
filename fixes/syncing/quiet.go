package syncing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A why is a refusal before it has a place.
type why struct {
	reason  rewrite.Reason
	culprit ast.Node
	text    string
}

// quiet looks at what runs while a map's mutex is held, for anything but the
// map's operations that the mutex may be there for: other variables, writes
// through pointers, calls that are not known to be free of effects.
type quiet struct {
	*sight
	guard *guard
	// section is what is looked at, nil for a function that is called in it.
	section *section
	// function is the function whose local variables are nobody else's.
	function ast.Node
	depth    int
	bad      *why
}

func (q *quiet) refuse(reason rewrite.Reason, culprit ast.Node, text string) {
	if q.bad == nil {
		q.bad = &why{reason, culprit, text}
	}
}

// look looks at a statement or expression.
func (q *quiet) look(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if q.bad != nil {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // what it does, it does when it is called
		case *ast.GoStmt:
			q.refuse(heldAcross, n, "a goroutine is started while "+q.guard.lockName()+" is held")
		case *ast.DeferStmt:
			q.refuse(heldAcross, n, "a call is deferred while "+q.guard.lockName()+" is held")
		case *ast.SendStmt:
			q.refuse(heldAcross, n, "a value is sent while "+q.guard.lockName()+" is held")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				q.refuse(heldAcross, n, "a value is received while "+q.guard.lockName()+" is held")
			}
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					q.write(e, e)
				}
			}
		case *ast.IncDecStmt:
			q.write(n.X, n.X)
		case *ast.CallExpr:
			q.call(n)
		case *ast.SelectorExpr:
			switch {
			case !q.guard.isMap(n):
				q.field(n, false)
			case q.section != nil && q.section.base != nil && !q.guard.sameStruct(q.section.base, n.X):
				q.refuse(guardsMore, n, q.pass.Text(n)+", the map of another struct, is used while "+q.guard.lockName()+" is held")
			}
			q.holder(n.X)
			return false
		case *ast.Ident:
			q.variable(n)
		}
		return q.bad == nil
	})
}

// holder looks at what a field is selected from, of which nothing but that is used.
func (q *quiet) holder(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		if !q.guard.isMap(e) {
			q.field(e, true)
		}
		q.holder(e.X)
	case *ast.Ident:
		if v, ok := q.pass.Info().Uses[e].(*types.Var); !ok || q.replacedNowhere(v) {
			return
		}
		q.variable(e)
	default:
		q.look(e)
	}
}

// variable looks at the mention of a variable.
func (q *quiet) variable(id *ast.Ident) {
	v, ok := q.pass.Info().Uses[id].(*types.Var)
	if !ok || v.IsField() || v.Origin() == q.guard.m || q.mine(v) || q.isSettled(v) {
		return
	}
	if v.Pkg() != q.pass.Pkg.Types {
		return // another package's, which cannot hold this mutex
	}
	q.refuse(guardsMore, id, id.Name+" is used while "+q.guard.lockName()+" is held, and changes")
}

// mine reports whether a variable is a local one of the function that nothing else changes.
func (q *quiet) mine(v *types.Var) bool {
	if !within(v, q.function) {
		return false
	}
	shared, changed := false, false
	for _, c := range q.idents[v] {
		shared = shared || functionOf(c) != q.function
		changed = changed || q.written(c)
	}
	return !shared || !changed
}

// field looks at the selection of a field; holder says that only a part of its value is used.
func (q *quiet) field(sel *ast.SelectorExpr, holder bool) {
	s := q.pass.Info().Selections[sel]
	if s == nil || s.Kind() != types.FieldVal {
		return
	}
	v := s.Obj().(*types.Var).Origin()
	if v == q.guard.m || isMutex(deref(v.Type())) {
		return
	}
	o := q.owners[v]
	switch {
	case holder && q.replacedNowhere(v):
	case o != nil && o == q.guard.owner:
		if !q.isSettled(v) {
			q.refuse(guardsMore, sel, q.pass.Text(sel)+" is used while "+q.guard.lockName()+" is held, and changes")
		}
	case q.writtenUnder(q.guard.mu, v):
		q.refuse(guardsMore, sel, q.pass.Text(sel)+" is used while "+q.guard.lockName()+" is held, and written under it elsewhere")
	}
}

// writtenUnder reports whether a field is written in a section of a mutex.
func (s *sight) writtenUnder(mu, v *types.Var) bool {
	set, ok := s.guarded[mu]
	if !ok {
		set = map[*types.Var]bool{}
		s.guarded[mu] = set
		for _, sec := range s.locks.sections {
			if sec.mutex != mu {
				continue
			}
			for _, leaf := range sec.leaves {
				s.targets(leaf, set)
			}
		}
	}
	return set[v]
}

// targets adds the fields that a statement writes to a set.
func (s *sight) targets(n ast.Node, set map[*types.Var]bool) {
	add := func(e ast.Expr) {
		for {
			switch x := ast.Unparen(e).(type) {
			case *ast.SelectorExpr:
				if v, ok := s.pass.Info().Uses[x.Sel].(*types.Var); ok {
					set[v.Origin()] = true
				}
				return
			case *ast.IndexExpr:
				e = x.X
			case *ast.StarExpr:
				e = x.X
			default:
				return
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				add(e)
			}
		case *ast.IncDecStmt:
			add(n.X)
		}
		return true
	})
}

// write looks at what an assignment, shown to the reader, changes.
func (q *quiet) write(e, shown ast.Expr) {
	e = ast.Unparen(e)
	if ix, ok := e.(*ast.IndexExpr); ok && q.guard.isMap(ix.X) || q.guard.isMap(e) {
		return
	}
	root, direct := q.root(e)
	q.change(root, direct, shown)
}

// change looks at a change of something that root is, or leads to.
func (q *quiet) change(root ast.Expr, direct bool, e ast.Expr) {
	if root == nil {
		q.refuse(guardsMore, e, q.pass.Text(e)+" is written while "+q.guard.lockName()+" is held")
		return
	}
	if q.guard.isMap(root) {
		q.refuse(nestedState, e, "what the map holds is changed while "+q.guard.lockName()+" is held")
		return
	}
	id, ok := root.(*ast.Ident)
	if !ok {
		q.refuse(guardsMore, e, q.pass.Text(e)+" is written while "+q.guard.lockName()+" is held")
		return
	}
	if id.Name == "_" {
		return
	}
	v, ok := q.pass.Info().ObjectOf(id).(*types.Var)
	switch {
	case ok && q.mine(v) && (direct || q.madeHere(v)):
	case ok && q.fromMap(v):
		q.refuse(nestedState, e, q.pass.Text(e)+", which the map holds, is changed while "+q.guard.lockName()+" is held")
	default:
		q.refuse(guardsMore, e, q.pass.Text(e)+" is written while "+q.guard.lockName()+" is held")
	}
}

// root is the variable, or the map, that an expression is a part of; direct says
// that no pointer, slice or map is between.
func (q *quiet) root(e ast.Expr) (root ast.Expr, direct bool) {
	direct = true
	for {
		e = ast.Unparen(e)
		if q.guard.isMap(e) {
			return e, direct
		}
		switch x := e.(type) {
		case *ast.Ident:
			return x, direct
		case *ast.StarExpr:
			e, direct = x.X, false
		case *ast.IndexExpr:
			if _, ok := q.pass.Info().TypeOf(x.X).Underlying().(*types.Array); !ok {
				direct = false
			}
			e = x.X
		case *ast.SelectorExpr:
			if s := q.pass.Info().Selections[x]; s == nil || s.Kind() != types.FieldVal {
				return nil, false
			}
			if isPointer(q.pass.Info().TypeOf(x.X)) {
				direct = false
			}
			e = x.X
		default:
			return nil, false
		}
	}
}

// madeHere reports whether a local variable only ever holds what the function made.
func (q *quiet) madeHere(v *types.Var) bool {
	for _, c := range q.idents[v] {
		return q.fresh(identAt(c), c)
	}
	return false
}

func identAt(c inspector.Cursor) ast.Expr {
	id, _ := c.Node().(*ast.Ident)
	return id
}

// fromMap reports whether a variable may hold what was taken out of the map.
func (q *quiet) fromMap(v *types.Var) bool {
	for _, u := range q.guard.uses {
		outer := u.Outer
		for outer.Valid() && outer.Node() != nil {
			switch s := outer.Node().(type) {
			case *ast.AssignStmt:
				for _, e := range s.Lhs {
					if q.pass.Object(e) == v {
						return true
					}
				}
			case *ast.RangeStmt:
				if s.Key != nil && q.pass.Object(s.Key) == v || s.Value != nil && q.pass.Object(s.Value) == v {
					return true
				}
			}
			if _, ok := outer.Node().(ast.Stmt); ok {
				break
			}
			outer = outer.Parent()
		}
	}
	return false
}
