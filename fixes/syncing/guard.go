package syncing

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A guard is a map and the mutex that is held where it is used: two fields of
// a struct, two variables of the package, or two of a function.
type guard struct {
	*sight
	m, mu *types.Var
	// at is the declaration of the map.
	at inspector.Cursor
	// owner is the struct of a field.
	owner *owner
	uses  []rewrite.Use
	// sections are those in which the map is used, in order.
	sections []*section
	// of is the section of a use, by its Expr; nil is none.
	of map[ast.Expr]*section
	// embedded says that the mutex is.
	embedded bool
	// lazies are the statements that make the map if it is nil.
	lazies []ast.Node
}

// isMap reports whether an expression is the map.
func (g *guard) isMap(e ast.Expr) bool {
	return g.m != nil && rewrite.Origin(g.pass.Object(e)) == g.m
}

// mapName and lockName are what a reader calls them.
func (g *guard) mapName() string { return g.qualified(g.m) }

func (g *guard) lockName() string {
	if g.mu == nil {
		return "the mutex"
	}
	return g.qualified(g.mu)
}

func (g *guard) qualified(v *types.Var) string {
	if g.owner != nil && v.IsField() {
		if g.owner.name != nil {
			return g.owner.name.Name() + "." + v.Name()
		}
		if spec, ok := g.owner.cursor.Parent().Node().(*ast.ValueSpec); ok && len(spec.Names) == 1 {
			return spec.Names[0].Name + "." + v.Name()
		}
		if _, ok := g.owner.cursor.Parent().Node().(*ast.CompositeLit); ok {
			if spec, ok := g.owner.cursor.Parent().Parent().Node().(*ast.ValueSpec); ok && len(spec.Names) == 1 {
				return spec.Names[0].Name + "." + v.Name()
			}
		}
	}
	return v.Name()
}

// guards finds the maps of a package that a mutex beside them guards, and those
// that stand beside one in a struct.
func (s *sight) guards() []*guard {
	var out []*guard
	for _, o := range s.structs {
		var mutexes []*types.Var
		for _, f := range o.fields {
			if isMutex(deref(f.v.Type())) {
				mutexes = append(mutexes, f.v)
			}
		}
		for _, f := range o.fields {
			if len(mutexes) > 0 && isMapType(f.v.Type()) {
				g := &guard{sight: s, m: f.v, owner: o, at: s.place(f)}
				g.find(mutexes)
				out = append(out, g)
			}
		}
	}
	var variables []*types.Var
	for obj := range s.idents {
		if v, ok := obj.(*types.Var); ok && !v.IsField() && v.Pkg() == s.pass.Pkg.Types && isMapType(v.Type()) {
			variables = append(variables, v)
		}
	}
	slices.SortFunc(variables, func(a, b *types.Var) int { return cmp.Compare(a.Pos(), b.Pos()) })
	for _, v := range variables {
		c, ok := s.declared(v)
		if !ok || c.ParentEdgeKind() == edge.Field_Names {
			continue
		}
		g := &guard{sight: s, m: v, at: c}
		switch c.ParentEdgeKind() {
		case edge.ValueSpec_Names:
			if len(c.Parent().Node().(*ast.ValueSpec).Names) == 1 {
				g.at = c.Parent()
			}
		case edge.AssignStmt_Lhs:
			if len(c.Parent().Node().(*ast.AssignStmt).Lhs) == 1 {
				g.at = c.Parent()
			}
		}
		if g.find(nil); g.mu != nil {
			out = append(out, g)
		}
	}
	return out
}

// place is the field's declaration, or its name where it shares one.
func (s *sight) place(f field) inspector.Cursor {
	if len(f.cursor.Node().(*ast.Field).Names) > 1 {
		if c, ok := s.declared(f.v); ok {
			return c
		}
	}
	return f.cursor
}

func isMapType(t types.Type) bool {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// find looks the uses of the map up and chooses the mutex that most of them hold.
func (g *guard) find(mutexes []*types.Var) {
	g.of = map[ast.Expr]*section{}
	for _, c := range g.idents[g.m] {
		if u, ok := g.pass.UseOf(c); ok {
			g.uses = append(g.uses, u)
		}
	}
	count := map[*types.Var]int{}
	for _, u := range g.uses {
		sections, _ := g.locks.of(u.Cursor)
		for _, s := range sections {
			if g.beside(s, u) {
				count[s.mutex]++
			}
		}
	}
	for v, n := range count {
		if g.mu == nil || n > count[g.mu] || n == count[g.mu] && v.Pos() < g.mu.Pos() {
			g.mu = v
		}
	}
	if g.mu == nil && len(mutexes) > 0 {
		g.mu = mutexes[0]
	}
	if g.mu == nil {
		return
	}
	g.embedded = g.mu.Embedded()
	for _, u := range g.uses {
		sections, _ := g.locks.of(u.Cursor)
		for _, s := range sections {
			if s.mutex == g.mu && g.beside(s, u) {
				g.of[u.Expr] = s
				if !slices.Contains(g.sections, s) {
					g.sections = append(g.sections, s)
				}
			}
		}
	}
	slices.SortFunc(g.sections, func(a, b *section) int { return cmp.Compare(a.lock.Pos(), b.lock.Pos()) })
}

// beside reports whether a section's mutex is declared where the used map is:
// in the same struct, the package, or the same function.
func (g *guard) beside(s *section, u rewrite.Use) bool {
	if g.m.IsField() {
		sel, ok := ast.Unparen(u.Expr).(*ast.SelectorExpr)
		return ok && s.mutex.IsField() && g.owners[s.mutex] == g.owner && g.sameStruct(s.base, sel.X)
	}
	if s.mutex.IsField() || s.base != nil {
		return false
	}
	if inPackage := g.m.Parent() == g.pass.Pkg.Types.Scope(); inPackage != (s.mutex.Parent() == g.pass.Pkg.Types.Scope()) {
		return false
	} else if inPackage {
		return true
	}
	return g.home(g.m) != nil && g.home(g.m) == g.home(s.mutex)
}

// sameStruct reports whether two expressions are one struct: c, *c and (*c) alike.
func (g *guard) sameStruct(a, b ast.Expr) bool {
	strip := func(e ast.Expr) ast.Expr {
		e = ast.Unparen(e)
		if s, ok := e.(*ast.StarExpr); ok {
			return ast.Unparen(s.X)
		}
		if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.AND {
			return ast.Unparen(u.X)
		}
		return e
	}
	return a != nil && g.pass.Same(strip(a), strip(b))
}

// home is the innermost function that declares a local variable.
func (s *sight) home(v *types.Var) ast.Node {
	c, ok := s.declared(v)
	if !ok {
		return nil
	}
	return functionOf(c)
}
