package elements

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A holder is a variable or field that holds a map of pointers to structs, with
// all that the package does with it.
type holder struct {
	p    *rewrite.Pass
	obj  *types.Var
	elem types.Type // the struct's type
	// at is where it is declared: a struct's field, a specification, an assignment.
	at inspector.Cursor
	// types are the places that write the map's type.
	types []*ast.MapType
	// inserts are the statements m[k] = &T{…}, entries the same in literals.
	inserts []rewrite.Use
	entries []ast.Expr
	deletes []rewrite.Use
	takes   []take
	// out says that the map itself gets out of sight, or that an element does not come
	// from where it is inserted: nobody would expect a rewrite then.
	out bool
	// problems are the uses of pointers that stand in the way.
	problems []problem
}

// A take is a place where a pointer comes out of the map.
type take struct {
	at inspector.Cursor // the index expression, or the variable of a range
	// v is the variable that gets it, nil where its field is read on the spot.
	v types.Object
	// sure says that the key is known to be there: from a range, or tested by a second result.
	sure bool
	uses []pointerUse
}

// A pointerUse is one thing done with a pointer.
type pointerUse struct {
	kind useKind
	at   inspector.Cursor
}

type useKind string

const (
	reads  useKind = "reads"  // a field is read, or a method called that gets a copy
	writes useKind = "writes" // a field is assigned
	copies useKind = "copies" // *p is read
	tests  useKind = "tests"  // p is compared with nil
	keeps  useKind = "keeps"  // anything after which the pointer may be anywhere
)

// A problem is a use that stands in the way.
type problem struct {
	reason rewrite.Reason
	at     ast.Node
	text   string
}

// holders finds the variables and fields whose maps hold pointers to structs, and
// which only this package can use.
func holders(p *rewrite.Pass) []*holder {
	var found []*holder
	seen := map[types.Object]bool{}
	for _, c := range p.Preorder((*ast.Field)(nil), (*ast.ValueSpec)(nil), (*ast.AssignStmt)(nil)) {
		for _, id := range names(p, c) {
			v, ok := p.Info().Defs[id].(*types.Var)
			if !ok || seen[v] || v.Exported() && (v.IsField() || v.Parent() == p.Pkg.Types.Scope()) {
				continue
			}
			m, ok := v.Type().(*types.Map)
			if !ok {
				continue
			}
			ptr, ok := m.Elem().(*types.Pointer)
			if !ok {
				continue
			}
			if _, ok := ptr.Elem().Underlying().(*types.Struct); !ok {
				continue
			}
			seen[v] = true
			found = append(found, &holder{p: p, obj: v, elem: ptr.Elem(), at: c})
		}
	}
	return found
}

// names are the identifiers that a field of a struct, a specification or a definition declares.
func names(p *rewrite.Pass, c inspector.Cursor) []*ast.Ident {
	switch n := c.Node().(type) {
	case *ast.Field:
		if c.Parent().ParentEdgeKind() == edge.StructType_Fields {
			return n.Names
		}
	case *ast.ValueSpec:
		return n.Names
	case *ast.AssignStmt:
		var ids []*ast.Ident
		for _, l := range n.Lhs {
			if id, ok := l.(*ast.Ident); ok && n.Tok == token.DEFINE {
				ids = append(ids, id)
			}
		}
		return ids
	}
	return nil
}

// generic reports whether a type depends on type parameters.
func generic(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		return t.TypeParams().Len() > 0 || t.TypeArgs().Len() > 0
	case *types.Pointer:
		return generic(t.Elem())
	}
	return false
}

// survey looks at every use of the map.
func (h *holder) survey() {
	h.declared()
	for _, u := range h.p.Uses(h.obj) {
		switch u.Kind {
		case rewrite.UseInit, rewrite.UseAssign:
			h.out = h.out || !h.value(u.Value)
		case rewrite.UseInsert:
			h.out = h.out || !h.fresh(u.Value)
			h.inserts = append(h.inserts, u)
		case rewrite.UseDelete:
			h.deletes = append(h.deletes, u)
		case rewrite.UseLookup:
			h.lookup(u)
		case rewrite.UseRange:
			h.ranged(u)
		case rewrite.UseClear, rewrite.UseLen, rewrite.UseNil, rewrite.UseDeclare:
		case rewrite.UseMaps:
			h.out = h.out || !h.p.IsFunc(u.Outer.Node().(*ast.CallExpr), "maps", "Keys")
		default:
			h.out = true
		}
	}
	if h.obj.IsField() {
		h.unkeyed()
	}
}

func (h *holder) problem(r rewrite.Reason, at ast.Node, format string, args ...any) {
	h.problems = append(h.problems, newProblem(r, at, format, args...))
}

// declared notes the type in the declaration.
func (h *holder) declared() {
	var typ ast.Expr
	switch n := h.at.Node().(type) {
	case *ast.Field:
		typ = n.Type
	case *ast.ValueSpec:
		typ = n.Type
	case *ast.AssignStmt:
		return
	}
	if typ == nil {
		return
	}
	h.written(typ)
}

// written notes a map type that is written out; a name of one may be used elsewhere.
func (h *holder) written(typ ast.Expr) {
	if m, ok := ast.Unparen(typ).(*ast.MapType); ok {
		if _, ok := m.Value.(*ast.StarExpr); ok {
			h.types = append(h.types, m)
			return
		}
	}
	h.out = true
}

// value looks at what the variable is set to, which has to be a new map or nil.
func (h *holder) value(e ast.Expr) bool {
	if e == nil {
		return false
	}
	if h.p.Info().Types[e].IsNil() {
		return true
	}
	if args, ok := h.p.CallOf(ast.Unparen(e), "make"); ok {
		h.written(args[0])
		return true
	}
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return false
	}
	h.written(lit.Type)
	for _, elt := range lit.Elts {
		kv := elt.(*ast.KeyValueExpr)
		inner, elided := kv.Value.(*ast.CompositeLit)
		if !h.fresh(kv.Value) && (!elided || inner.Type != nil) {
			return false
		}
		h.entries = append(h.entries, kv.Value)
	}
	return true
}

// fresh reports whether an expression is &T{…}.
func (h *holder) fresh(e ast.Expr) bool {
	u, ok := ast.Unparen(e).(*ast.UnaryExpr)
	if e == nil || !ok || u.Op != token.AND {
		return false
	}
	lit, ok := ast.Unparen(u.X).(*ast.CompositeLit)
	return ok && lit.Type != nil && types.Identical(h.p.Info().TypeOf(lit), h.elem)
}

// lookup follows the pointer that m[k] gives.
func (h *holder) lookup(u rewrite.Use) {
	c := u.Outer
	for c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	t := take{at: u.Outer}
	switch kind, index := c.ParentEdge(); kind {
	case edge.AssignStmt_Rhs:
		s := c.Parent().Node().(*ast.AssignStmt)
		if len(s.Rhs) == 1 && len(s.Lhs) == 2 {
			t.sure, index = true, 0
		}
		h.into(&t, s.Lhs[index], s.Tok)
	default:
		t.uses = append(t.uses, follow(h.p, c))
	}
	h.takes = append(h.takes, t)
}

// ranged follows the pointer that a loop's second variable gets.
func (h *holder) ranged(u rewrite.Use) {
	loop := u.Outer.Node().(*ast.RangeStmt)
	if loop.Value == nil {
		return
	}
	t := take{at: u.Outer, sure: true}
	h.into(&t, loop.Value, loop.Tok)
	h.takes = append(h.takes, t)
}

// into follows the pointer into a variable that is declared for it.
func (h *holder) into(t *take, e ast.Expr, tok token.Token) {
	id, ok := e.(*ast.Ident)
	if ok && id.Name == "_" {
		return
	}
	if !ok || tok != token.DEFINE || h.p.Info().Defs[id] == nil {
		h.problem(kept, e, "%s keeps a pointer to an element", h.p.Text(e))
		return
	}
	t.v = h.p.Info().Defs[id]
	for _, u := range h.p.Uses(t.v) {
		switch {
		case u.Expr == ast.Expr(id):
		case u.Kind == rewrite.UseAssign:
			t.uses = append(t.uses, pointerUse{keeps, u.Cursor})
		default:
			t.uses = append(t.uses, follow(h.p, u.Cursor))
		}
	}
}

// unkeyed looks for literals of the struct that set the field by its place.
func (h *holder) unkeyed() {
	for c := range h.p.Everything().Preorder((*ast.CompositeLit)(nil)) {
		lit := c.Node().(*ast.CompositeLit)
		s, ok := h.p.Info().TypeOf(lit).Underlying().(*types.Struct)
		if !ok || len(lit.Elts) == 0 {
			continue
		}
		if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); keyed {
			continue
		}
		for f := range s.Fields() {
			if f.Origin() == h.obj.Origin() {
				h.out = true
			}
		}
	}
}
