package syncing

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// outOfReach looks for uses that are out of sight, or where nothing may be changed.
func (g *guard) outOfReach() *why {
	local := !g.m.IsField() && g.m.Parent() != g.pass.Pkg.Types.Scope()
	for _, v := range []*types.Var{g.m, g.mu} {
		if local {
			break
		}
		if v.Exported() && !v.Embedded() {
			return &why{exported, g.at.Node(), "other packages can use " + g.qualified(v)}
		}
		if !v.Embedded() && g.pass.Elsewhere(v.Name()) {
			return &why{elsewhere, g.at.Node(), "a file that is not part of this build mentions " + v.Name()}
		}
		if !v.IsField() && (g.pass.Pkg.Assembly[v.Name()] || g.linked(v.Name())) {
			return &why{unsafeUse, g.at.Node(), v.Name() + " is used by assembly or linked to from elsewhere"}
		}
	}
	for _, v := range []*types.Var{g.m, g.mu} {
		for _, c := range g.idents[v] {
			if !g.pass.Writable(c) {
				return &why{rewrite.Mixed, c.Node(), g.qualified(v) + " is mentioned in a file that is not to be changed"}
			}
		}
	}
	return nil
}

// linked reports whether a //go:linkname directive names a variable.
func (g *guard) linked(name string) bool {
	for _, f := range g.pass.Pkg.Syntax {
		for _, group := range f.Comments {
			for _, c := range group.List {
				if fields := strings.Fields(c.Text); len(fields) > 1 && fields[0] == "//go:linkname" && fields[1] == name {
					return true
				}
			}
		}
	}
	return false
}

// holds reports whether a value of a type has the struct inside, or is it.
func (g *guard) holds(t types.Type) bool {
	if t == nil || g.owner == nil {
		return false
	}
	return g.inside(t, map[types.Type]bool{})
}

func (g *guard) inside(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if f.Origin() == g.m || g.inside(f.Type(), seen) {
				return true
			}
		}
	case *types.Array:
		return g.inside(u.Elem(), seen)
	}
	return false
}

// unsafely looks for what sees the struct as memory.
func (g *guard) unsafely() *why {
	for c := range g.pass.Everything().Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		if len(call.Args) != 1 {
			continue
		}
		arg := ast.Unparen(call.Args[0])
		t := g.pass.Info().TypeOf(arg)
		if t == nil {
			continue
		}
		toPointer := types.Identical(g.pass.Info().TypeOf(call.Fun), types.Typ[types.UnsafePointer])
		sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		inUnsafe := false
		if isSel {
			_, builtin := g.pass.Info().Uses[sel.Sel].(*types.Builtin)
			inUnsafe = builtin
		}
		if toPointer && isPointer(t) && (g.holds(deref(t)) || g.isMap(operand(arg))) ||
			inUnsafe && (g.holds(t) || g.isMap(arg)) {
			return &why{unsafeUse, call, "package unsafe sees the memory of " + g.mapName()}
		}
	}
	return nil
}

func operand(e ast.Expr) ast.Expr {
	if u, ok := e.(*ast.UnaryExpr); ok {
		return u.X
	}
	return e
}

// unkeyed looks for literals that give the struct's fields by their order.
func (g *guard) unkeyed() *why {
	if g.owner == nil {
		return nil
	}
	for c := range g.pass.Everything().Preorder((*ast.CompositeLit)(nil)) {
		lit := c.Node().(*ast.CompositeLit)
		if len(lit.Elts) == 0 {
			continue
		}
		if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); keyed {
			continue
		}
		if st, ok := deref(g.pass.Info().TypeOf(lit)).Underlying().(*types.Struct); ok && st.NumFields() > 0 && hasField(st, g.m) {
			return &why{unkeyedLit, lit, "the literal gives the fields by their order"}
		}
	}
	return nil
}

func hasField(st *types.Struct, v *types.Var) bool {
	for f := range st.Fields() {
		if f.Origin() == v {
			return true
		}
	}
	return false
}

// printers are packages whose functions look into what they are given.
var printers = []string{"fmt", "log", "log/slog", "testing", "reflect", "encoding/", "text/template", "html/template", "github.com/google/go-cmp/", "github.com/stretchr/testify/", "gopkg.in/yaml"}

// printed looks for tags on the map, and for calls that encode, print or compare the struct.
func (g *guard) printed() *why {
	if g.owner == nil {
		return nil
	}
	for _, f := range g.owner.fields {
		if f.v == g.m && f.cursor.Node().(*ast.Field).Tag != nil {
			return &why{encoded, f.cursor.Node().(*ast.Field).Tag, "the field has a tag, for something that reads it"}
		}
	}
	for c := range g.pass.Everything().Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		fn := g.pass.Callee(call)
		if fn == nil || fn.Pkg() == nil || !prints(fn.Pkg().Path()) {
			continue
		}
		for _, arg := range call.Args {
			t := g.pass.Info().TypeOf(arg)
			if t == nil || !g.holds(deref(t)) || g.describesItself(t) {
				continue
			}
			return &why{encoded, arg, g.pass.Text(arg) + ", which holds the map, is passed to " + g.pass.Text(call.Fun)}
		}
	}
	return nil
}

func prints(path string) bool {
	for _, p := range printers {
		if path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(path, p) || strings.HasPrefix(path, p+".") {
			return true
		}
	}
	return false
}

// describesItself reports whether a type has a method of its own to be printed by.
func (g *guard) describesItself(t types.Type) bool {
	for _, name := range []string{"String", "Error", "Format", "LogValue"} {
		if obj, _, _ := types.LookupFieldOrMethod(t, true, g.pass.Pkg.Types, name); obj != nil {
			if _, ok := obj.(*types.Func); ok {
				return true
			}
		}
	}
	return false
}

// copied looks for copies of the struct.
func (g *guard) copied() *why {
	if g.owner == nil {
		return nil
	}
	for c := range g.pass.Everything().Preorder((*ast.Ident)(nil), (*ast.SelectorExpr)(nil), (*ast.StarExpr)(nil), (*ast.IndexExpr)(nil), (*ast.Field)(nil), (*ast.MapType)(nil), (*ast.ChanType)(nil)) {
		switch n := c.Node().(type) {
		case *ast.Field:
			if _, inFunc := c.Parent().Parent().Node().(*ast.FuncType); (inFunc || isReceiver(c)) && g.holds(g.pass.Info().TypeOf(n.Type)) {
				return &why{copies, n, "the struct is passed or returned by value"}
			}
		case *ast.MapType:
			if g.holds(g.pass.Info().TypeOf(n.Value)) {
				return &why{copies, n, "the struct is the element of a map"}
			}
		case *ast.ChanType:
			if g.holds(g.pass.Info().TypeOf(n.Value)) {
				return &why{copies, n, "the struct is sent through a channel"}
			}
		case ast.Expr:
			tv := g.pass.Info().Types[n]
			if id, ok := n.(*ast.Ident); ok {
				if v, ok := g.pass.Info().Uses[id].(*types.Var); ok && !v.IsField() {
					tv.Type = v.Type()
				} else {
					continue
				}
			} else if !tv.IsValue() {
				continue
			}
			if c.ParentEdgeKind() != edge.SelectorExpr_Sel && g.holds(tv.Type) && g.isCopy(c) {
				return &why{copies, n, g.pass.Text(n) + ", which holds the map, is copied or replaced"}
			}
		}
	}
	return nil
}

func isReceiver(c inspector.Cursor) bool {
	return c.Parent().ParentEdgeKind() == edge.FuncDecl_Recv
}

// isCopy reports whether a struct's value is used other than as that of which a part is taken.
func (g *guard) isCopy(c inspector.Cursor) bool {
	for {
		kind, i := c.ParentEdge()
		switch kind {
		case edge.ParenExpr_X:
			c = c.Parent()
			continue
		case edge.SelectorExpr_X, edge.IndexExpr_X, edge.SliceExpr_X, edge.ValueSpec_Names:
			return false
		case edge.RangeStmt_X:
			loop := c.Parent().Node().(*ast.RangeStmt)
			return loop.Value != nil && !isBlank(loop.Value)
		case edge.UnaryExpr_X:
			return false
		case edge.CallExpr_Args:
			for _, name := range []string{"len", "cap", "new"} {
				if _, ok := g.pass.CallOf(c.Parent().Node(), name); ok && i == 0 {
					return false
				}
			}
			fn, ok := ast.Unparen(c.Parent().Node().(*ast.CallExpr).Fun).(*ast.SelectorExpr)
			return !ok || g.pass.Text(fn.X) != "unsafe"
		case edge.AssignStmt_Lhs:
			id, ok := c.Node().(*ast.Ident)
			return !ok || g.pass.Info().Defs[id] == nil
		}
		return true
	}
}

// keys looks at the key's type.
func (g *guard) keys() *why {
	key := g.m.Type().Underlying().(*types.Map).Key()
	if _, ok := types.Unalias(key).(*types.TypeParam); ok {
		return nil
	}
	if n, ok := types.Unalias(key).(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "reflect" && n.Obj().Name() == "Type" {
		return nil // reflect's own type of it is a pointer
	}
	if holdsInterface(key) {
		return &why{interfaceKey, g.at.Node(), "keys hold interfaces, and values that cannot be compared panic in another place"}
	}
	return nil
}
