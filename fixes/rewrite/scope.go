package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis/mapop"
)

// Resolve is what a name means at the start of a node; nil is nothing.
func (p *Pass) Resolve(at inspector.Cursor, name string) types.Object {
	return p.ResolveAt(at.Node().Pos(), name)
}

// ResolveAt is what a name means at a place.
func (p *Pass) ResolveAt(pos token.Pos, name string) types.Object {
	scope := p.Pkg.Types.Scope().Innermost(pos)
	if scope == nil {
		return nil
	}
	_, obj := scope.LookupParent(name, pos)
	return obj
}

// IsBuiltin reports whether a name means the predeclared function at a node.
func (p *Pass) IsBuiltin(at inspector.Cursor, name string) bool {
	obj := p.Resolve(at, name)
	return obj != nil && obj.Parent() == types.Universe
}

// IsPackage reports whether a name means an imported package at a node.
func (p *Pass) IsPackage(at inspector.Cursor, name, path string) bool {
	pkg, ok := p.Resolve(at, name).(*types.PkgName)
	return ok && pkg.Imported().Path() == path
}

// CallOf gives the arguments of a call of a predeclared function, ok false for
// every other node.
func (p *Pass) CallOf(n ast.Node, builtin string) (args []ast.Expr, ok bool) {
	call, isCall := n.(*ast.CallExpr)
	if !isCall {
		return nil, false
	}
	id, isID := ast.Unparen(call.Fun).(*ast.Ident)
	if !isID || id.Name != builtin {
		return nil, false
	}
	_, ok = p.Info().Uses[id].(*types.Builtin)
	return call.Args, ok
}

// Callee is the function or method that a call names; nil where it calls a value.
func (p *Pass) Callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	switch f := fun.(type) {
	case *ast.Ident:
		fn, _ := p.Info().Uses[f].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := p.Info().Uses[f.Sel].(*types.Func)
		return fn
	}
	return nil
}

// IsFunc reports whether a call is one of a package's function, "maps", "Keys" for example.
func (p *Pass) IsFunc(call *ast.CallExpr, path, name string) bool {
	fn := p.Callee(call)
	return fn != nil && fn.Name() == name && fn.Pkg() != nil && fn.Pkg().Path() == path && fn.Signature().Recv() == nil
}

// Map is the map type of an expression, a type parameter's core type included; nil where it is no map.
func (p *Pass) Map(e ast.Expr) *types.Map { return mapop.CoreMap(p.Info().TypeOf(e)) }

// Same reports whether two expressions are the same one and free of side effects.
func (p *Pass) Same(a, b ast.Expr) bool { return mapop.Same(p.Info(), a, b) }

// Simple reports whether an expression may be evaluated any number of times
// alike: it has no calls, receives or other side effects.
func (p *Pass) Simple(e ast.Expr) bool { return p.Same(e, e) }

// Object is the variable, field or other object that an identifier or selector names.
func (p *Pass) Object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return p.Info().ObjectOf(e)
	case *ast.SelectorExpr:
		return p.Info().ObjectOf(e.Sel)
	}
	return nil
}

// TypeText writes a type as it can be written in a file; ok is false where the
// file does not import a package that the type needs, or a name is out of reach.
func (p *Pass) TypeText(at inspector.Cursor, t types.Type) (text string, ok bool) {
	file := FileOf(at)
	ok = true
	text = types.TypeString(t, func(pkg *types.Package) string {
		if pkg == p.Pkg.Types {
			return ""
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil || path != pkg.Path() {
				continue
			}
			name := pkg.Name()
			if spec.Name != nil {
				name = spec.Name.Name
			}
			if name == "." {
				return ""
			}
			if p.IsPackage(at, name, path) {
				return name
			}
		}
		ok = false
		return pkg.Name()
	})
	return text, ok && p.reachable(at, t)
}

// reachable reports whether every type name in a type means that type at a node.
func (p *Pass) reachable(at inspector.Cursor, t types.Type) bool {
	ok := true
	var walk func(types.Type)
	walk = func(t types.Type) {
		switch t := t.(type) {
		case *types.Named:
			if pkg := t.Obj().Pkg(); pkg != nil && pkg != p.Pkg.Types && !t.Obj().Exported() {
				ok = false
			}
			if pkg := t.Obj().Pkg(); (pkg == nil || pkg == p.Pkg.Types) && p.Resolve(at, t.Obj().Name()) != t.Obj() {
				ok = false
			}
			for arg := range t.TypeArgs().Types() {
				walk(arg)
			}
		case *types.Alias:
			if pkg := t.Obj().Pkg(); (pkg == nil || pkg == p.Pkg.Types) && p.Resolve(at, t.Obj().Name()) != t.Obj() {
				ok = false
			}
		case *types.TypeParam:
			ok = ok && p.Resolve(at, t.Obj().Name()) == t.Obj()
		case *types.Basic:
			if t.Kind() != types.UnsafePointer && p.Resolve(at, t.Name()) != types.Universe.Lookup(t.Name()) {
				ok = false
			}
		case *types.Pointer:
			walk(t.Elem())
		case *types.Slice:
			walk(t.Elem())
		case *types.Array:
			walk(t.Elem())
		case *types.Chan:
			walk(t.Elem())
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case *types.Signature:
			for v := range t.Params().Variables() {
				walk(v.Type())
			}
			for v := range t.Results().Variables() {
				walk(v.Type())
			}
		case *types.Struct:
			for f := range t.Fields() {
				walk(f.Type())
			}
		}
	}
	walk(t)
	return ok
}

// Fresh is a name derived from base that means nothing at any of the nodes, and
// that no identifier inside of them is spelled like.
func (p *Pass) Fresh(base string, nodes ...inspector.Cursor) string {
	used := map[string]bool{}
	for _, c := range nodes {
		for id := range c.Preorder((*ast.Ident)(nil)) {
			used[id.Node().(*ast.Ident).Name] = true
		}
	}
	for i := 1; ; i++ {
		name := base
		if i > 1 {
			name += strconv.Itoa(i)
		}
		free := !used[name] && !token.IsKeyword(name)
		for _, c := range nodes {
			free = free && p.Resolve(c, name) == nil
		}
		if free {
			return name
		}
	}
}
