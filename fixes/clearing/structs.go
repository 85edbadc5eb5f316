package clearing

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

func newFault(r rewrite.Reason, culprit ast.Node, format string, args ...any) *fault {
	return &fault{r, culprit, fmt.Sprintf(format, args...)}
}

// A parts tells which types have a field in their values.
type parts struct {
	field *types.Var
	known map[types.Type]bool
}

// hold reports whether a value of a type contains the field, not just a pointer to what does.
func (h parts) hold(t types.Type) bool {
	if t == nil {
		return false
	}
	if known, ok := h.known[t]; ok {
		return known
	}
	h.known[t] = false
	found := false
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			found = found || f.Origin() == h.field || h.hold(f.Type())
		}
	case *types.Array:
		found = h.hold(u.Elem())
	}
	h.known[t] = found
	return found
}

// A structIndex lists the places of a build where values of structs and arrays
// are made or copied, and where their types give rise to zero values.
type structIndex struct {
	zero      []typedPlace // by ValueSpec, result, ArrayType, ChanType
	made      []typedPlace // new(T)
	literals  []typedPlace
	copied    []typedPlace
	converted []typedPlace // conversions of pointers; the type is what they point to
	assigned  []typedPlace // assignments to what holds a struct
	slices    []typedPlace // types of slices; the type is that of an element
}

type typedPlace struct {
	cursor inspector.Cursor
	typ    types.Type
}

// composite reports whether values of a type have fields.
func composite(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array:
		return true
	}
	return false
}

func newStructIndex(p *rewrite.Pass) *structIndex {
	x := &structIndex{}
	info := p.Info()
	add := func(list *[]typedPlace, c inspector.Cursor, t types.Type) {
		if composite(t) {
			*list = append(*list, typedPlace{c, t})
		}
	}
	for c := range p.Everything().Preorder((*ast.Ident)(nil), (*ast.SelectorExpr)(nil), (*ast.StarExpr)(nil), (*ast.IndexExpr)(nil),
		(*ast.CallExpr)(nil), (*ast.TypeAssertExpr)(nil), (*ast.UnaryExpr)(nil), (*ast.CompositeLit)(nil), (*ast.ValueSpec)(nil),
		(*ast.RangeStmt)(nil), (*ast.Field)(nil), (*ast.ArrayType)(nil), (*ast.ChanType)(nil), (*ast.AssignStmt)(nil),
		(*ast.Ellipsis)(nil)) {
		switch n := c.Node().(type) {
		case *ast.CompositeLit:
			add(&x.literals, c, pointee(info.TypeOf(n)))
		case *ast.ValueSpec:
			if len(n.Values) == 0 {
				add(&x.zero, c, info.TypeOf(n.Names[0]))
			}
		case *ast.Field:
			if c.Parent().ParentEdgeKind() == edge.FuncType_Results && len(n.Names) > 0 {
				add(&x.zero, c, info.TypeOf(n.Type))
			}
		case *ast.ArrayType:
			add(&x.zero, c, info.TypeOf(n.Elt))
			if n.Len == nil {
				add(&x.slices, c, info.TypeOf(n.Elt))
			}
		case *ast.Ellipsis:
			if n.Elt != nil {
				add(&x.slices, c, info.TypeOf(n.Elt))
			}
		case *ast.ChanType:
			add(&x.zero, c, info.TypeOf(n.Value))
		case *ast.RangeStmt:
			if n.Value != nil && !blank(n.Value) {
				add(&x.copied, c, info.TypeOf(n.Value))
			}
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN {
				for _, e := range n.Lhs {
					add(&x.assigned, c, info.TypeOf(e))
				}
			}
		case *ast.CallExpr:
			if args, ok := p.CallOf(n, "new"); ok && info.Types[args[0]].IsType() {
				add(&x.made, c, info.TypeOf(args[0]))
			}
			if info.Types[n.Fun].IsType() && len(n.Args) == 1 {
				to, from := info.TypeOf(n), info.TypeOf(n.Args[0])
				if ptr, ok := from.Underlying().(*types.Pointer); ok && !types.IsInterface(to) && !types.Identical(to, from) {
					add(&x.converted, c, ptr.Elem())
				}
			}
			// What a function returns was copied in it, if it was.
		case ast.Expr:
			if t := receiver(p, n); t != nil {
				add(&x.copied, c, t)
			}
			if composite(info.TypeOf(n)) && copies(p, c) {
				add(&x.copied, c, info.TypeOf(n))
			}
		}
	}
	return x
}

// receiver is the type of the receiver that a method is called with or bound to,
// nil where the expression is no method or the receiver is a pointer: it is
// copied then, out of what a pointer points to too.
func receiver(p *rewrite.Pass, e ast.Expr) types.Type {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	s := p.Info().Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return nil
	}
	t := s.Obj().(*types.Func).Signature().Recv().Type()
	if isPointer(t) {
		return nil
	}
	return t
}

// structs looks at the structs that a field is part of: whether one is copied,
// and whether one is made with the field nil.
func (h *holder) structs(x *structIndex) {
	in := parts{h.obj, map[types.Type]bool{}}
	each := func(list []typedPlace, do func(inspector.Cursor)) {
		for _, place := range list {
			if in.hold(place.typ) {
				do(place.cursor)
			}
		}
	}
	each(x.copied, func(c inspector.Cursor) {
		n := c.Node()
		if loop, ok := n.(*ast.RangeStmt); ok {
			n = loop.Value
		}
		h.fail(structure, n, "%s is a copy of a struct with %s", firstLine(h.p, n), h.obj.Name())
	})
	each(x.slices, func(c inspector.Cursor) { // append and copy duplicate the elements
		h.fail(structure, c.Node(), "%s holds structs with %s, which a growing slice copies", firstLine(h.p, c.Node()), h.obj.Name())
	})
	each(x.converted, func(c inspector.Cursor) {
		h.fail(structure, c.Node(), "%s shows the struct as another type", firstLine(h.p, c.Node()))
	})
	each(x.literals, func(c inspector.Cursor) { h.literal(c, c.Node().(*ast.CompositeLit), in) })
	each(x.made, func(c inspector.Cursor) {
		if !h.filledBy(c) {
			h.nothing(c.Node())
		}
	})
	each(x.zero, func(c inspector.Cursor) {
		if spec, ok := c.Node().(*ast.ValueSpec); !ok || !h.filled(c, spec.Names[0]) {
			h.nothing(c.Node())
		}
	})
	each(x.assigned, func(inspector.Cursor) { h.replaced = true })
	h.instances(in)
	h.outside(in)
}

// copies reports whether the value of an expression is copied at its place.
func copies(p *rewrite.Pass, c inspector.Cursor) bool {
	info := p.Info()
	e := c.Node().(ast.Expr)
	if info.Types[e].IsType() || c.ParentEdgeKind() == edge.SelectorExpr_Sel {
		return false
	}
	if id, ok := e.(*ast.Ident); ok {
		if _, isVar := info.Uses[id].(*types.Var); !isVar {
			return false
		}
	}
	for c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	switch c.ParentEdgeKind() {
	case edge.AssignStmt_Rhs, edge.ValueSpec_Values, edge.CallExpr_Args, edge.ReturnStmt_Results, edge.CompositeLit_Elts,
		edge.KeyValueExpr_Value, edge.SendStmt_Value, edge.TypeAssertExpr_X, edge.RangeStmt_X, edge.IndexExpr_Index, edge.SwitchStmt_Tag:
		return true
	}
	return false
}

// literal looks at a composite literal of a type with the field.
func (h *holder) literal(c inspector.Cursor, lit *ast.CompositeLit, in parts) {
	t := pointee(h.p.Info().TypeOf(lit))
	if !in.hold(t) {
		return
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		h.nothing(lit) // an array, which need not be complete
		return
	}
	for i := range s.NumFields() {
		f := s.Field(i)
		direct := f.Origin() == h.obj
		if !direct && !in.hold(f.Type()) {
			continue
		}
		value, keyed := element(h.p, lit, i)
		switch {
		case value == nil:
			if !direct || !h.filledBy(c) {
				h.nothing(lit)
			}
		case !direct || keyed: // a keyed one is a use of the field
		case fresh(h.p, value):
			h.values = append(h.values, ast.Unparen(value))
		case h.p.Info().Types[value].IsNil():
			h.nothing(value)
		default:
			h.fail(aliased, value, "%s is set to %s, which may be held elsewhere", h.obj.Name(), firstLine(h.p, value))
		}
	}
}

// pointee is what a pointer points to, or the type itself: a literal in a list of
// pointers has a pointer's type where its own is left out.
func pointee(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}

// element is what a literal of a struct sets its i-th field to, nil if it does not.
func element(p *rewrite.Pass, lit *ast.CompositeLit, i int) (value ast.Expr, keyed bool) {
	s := pointee(p.Info().TypeOf(lit)).Underlying().(*types.Struct)
	for j, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok && j == i {
			return e, false
		}
		if ok && rewrite.Origin(p.Object(kv.Key)) == s.Field(i).Origin() {
			return kv.Value, true
		}
	}
	return nil, false
}

// filledBy reports whether the struct that an expression makes has the field set
// right after: x := &S{…}; x.m = make(…).
func (h *holder) filledBy(c inspector.Cursor) bool {
	for c.ParentEdgeKind() == edge.ParenExpr_X || c.ParentEdgeKind() == edge.UnaryExpr_X {
		c = c.Parent()
	}
	if c.ParentEdgeKind() == edge.AssignStmt_Rhs {
		s := c.Parent().Node().(*ast.AssignStmt)
		if id, ok := s.Lhs[0].(*ast.Ident); ok && len(s.Lhs) == 1 {
			return h.filled(c.Parent(), id)
		}
	}
	return false
}

// filled reports whether the statements that follow the one at c set the field of
// the struct in a variable before they do anything else with it.
func (h *holder) filled(c inspector.Cursor, id *ast.Ident) bool {
	for c.ParentEdgeKind() == edge.GenDecl_Specs || c.ParentEdgeKind() == edge.DeclStmt_Decl {
		c = c.Parent()
	}
	v := h.p.Object(id)
	for next, ok := c.NextSibling(); ok; next, ok = next.NextSibling() {
		s, isAssign := next.Node().(*ast.AssignStmt)
		if !isAssign {
			if mentions(h.p, next.Node(), v) {
				return false
			}
			continue
		}
		if len(s.Lhs) == 1 && len(s.Rhs) == 1 && s.Tok == token.ASSIGN {
			if sel, ok := s.Lhs[0].(*ast.SelectorExpr); ok && h.p.Object(sel.X) == v && !mentions(h.p, s.Rhs[0], v) {
				if rewrite.Origin(h.p.Object(sel)) == h.obj {
					return fresh(h.p, s.Rhs[0])
				}
				continue
			}
		}
		if mentions(h.p, s, v) {
			return false
		}
	}
	return false
}

func mentions(p *rewrite.Pass, n ast.Node, v types.Object) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && v != nil && p.Object(id) == v
		return !found
	})
	return found
}

// instances: generic code can make a zero value of a type that it is given.
func (h *holder) instances(in parts) {
	for id, inst := range h.p.Info().Instances {
		for t := range inst.TypeArgs.Types() {
			if in.hold(t) && !atomicPointer(h.p.Info().ObjectOf(id)) {
				h.nothing(id)
			}
		}
	}
}

func atomicPointer(obj types.Object) bool {
	return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == "sync/atomic" && obj.Name() == "Pointer"
}

// outside: other packages can make and copy a struct whose type they can name.
func (h *holder) outside(in parts) {
	if h.p.Pkg.Name == "main" {
		return
	}
	scope := h.p.Pkg.Types.Scope()
	for _, name := range scope.Names() {
		if t, ok := scope.Lookup(name).(*types.TypeName); ok && t.Exported() && in.hold(t.Type()) {
			h.open = append(h.open, "no other package makes a "+name+" with new or as a literal, which would have no map, or copies one")
			return
		}
	}
}
