package syncing

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// sight is what the fixes of this package know of a package: its critical
// sections, its structs, and where each variable and field is mentioned.
type sight struct {
	pass  *rewrite.Pass
	locks *locking
	// idents are the mentions of variables and fields, by their origin.
	idents map[types.Object][]inspector.Cursor
	// methods are the selectors of a mutex's methods, by mutex; nil has those of an unknown one.
	methods map[*types.Var][]inspector.Cursor
	// owners are the structs that declare fields.
	owners map[*types.Var]*owner
	// structs are all of them, in order.
	structs []*owner
	// functions are the declarations of functions.
	functions map[*types.Func]*ast.FuncDecl
	settled   map[*types.Var]bool
	guarded   map[*types.Var]map[*types.Var]bool
}

// owner is a struct type as it is written.
type owner struct {
	cursor inspector.Cursor
	typ    *types.Struct
	// name is the type's name; nil for a struct without one.
	name *types.TypeName
	// params are the type parameters of its declaration.
	params *ast.FieldList
	fields []field
}

// field is a field's declaration.
type field struct {
	v      *types.Var
	cursor inspector.Cursor
}

// sightKey is the key of a package's sight.
type sightKey struct{}

// look gives the sight of a package, ok false for one that does not import package sync.
func look(p *rewrite.Pass) (s *sight, ok bool) {
	for _, pkg := range p.Pkg.Types.Imports() {
		if pkg.Path() == "sync" {
			s := *p.Shared(sightKey{}, func() any { return see(p) }).(*sight)
			s.pass = p
			return &s, true
		}
	}
	return nil, false
}

func see(p *rewrite.Pass) *sight {
	s := &sight{
		pass: p, locks: findSections(p),
		idents: map[types.Object][]inspector.Cursor{}, methods: map[*types.Var][]inspector.Cursor{},
		owners: map[*types.Var]*owner{}, functions: map[*types.Func]*ast.FuncDecl{}, settled: map[*types.Var]bool{}, guarded: map[*types.Var]map[*types.Var]bool{},
	}
	for c := range p.Everything().Preorder((*ast.Ident)(nil), (*ast.SelectorExpr)(nil), (*ast.StructType)(nil), (*ast.FuncDecl)(nil)) {
		switch n := c.Node().(type) {
		case *ast.FuncDecl:
			if fn, ok := p.Info().Defs[n.Name].(*types.Func); ok {
				s.functions[fn] = n
			}
		case *ast.Ident:
			if v, ok := p.Info().ObjectOf(n).(*types.Var); ok {
				s.idents[rewrite.Origin(v)] = append(s.idents[rewrite.Origin(v)], c)
			}
		case *ast.SelectorExpr:
			if m, ok := selected(p, n); ok {
				s.methods[m.mutex] = append(s.methods[m.mutex], c)
			}
		case *ast.StructType:
			s.addStruct(c)
		}
	}
	return s
}

func (s *sight) addStruct(c inspector.Cursor) {
	typ, ok := s.pass.Info().TypeOf(c.Node().(*ast.StructType)).(*types.Struct)
	if !ok {
		return
	}
	o := &owner{cursor: c, typ: typ}
	if spec, ok := c.Parent().Node().(*ast.TypeSpec); ok {
		o.name, _ = s.pass.Info().Defs[spec.Name].(*types.TypeName)
		o.params = spec.TypeParams
	}
	i := 0
	for f := range c.ChildAt(edge.StructType_Fields, -1).Children() {
		for range max(1, len(f.Node().(*ast.Field).Names)) {
			v := typ.Field(i)
			o.fields = append(o.fields, field{v, f})
			s.owners[v] = o
			i++
		}
	}
	s.structs = append(s.structs, o)
}

// declared is the cursor at the name in a variable's declaration.
func (s *sight) declared(v *types.Var) (inspector.Cursor, bool) {
	for _, c := range s.idents[v] {
		if s.pass.Info().Defs[c.Node().(*ast.Ident)] == v {
			return c, true
		}
	}
	return inspector.Cursor{}, false
}

// functionOf is the function declaration or literal around a node, nil outside of all.
func functionOf(c inspector.Cursor) ast.Node {
	for f := range c.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		if f.Index() != c.Index() {
			return f.Node()
		}
	}
	return nil
}

// declarationOf is the function declaration around a node.
func declarationOf(c inspector.Cursor) *ast.FuncDecl {
	for f := range c.Enclosing((*ast.FuncDecl)(nil)) {
		return f.Node().(*ast.FuncDecl)
	}
	return nil
}

func within(v types.Object, n ast.Node) bool {
	return n != nil && n.Pos() <= v.Pos() && v.Pos() < n.End()
}

// written reports whether a mention of a variable or field changes it, or
// elements of the slice or map that it holds, or takes its address. What a
// pointer that it holds points to is another variable.
func (s *sight) written(c inspector.Cursor) bool {
	if _, isExpr := c.Node().(ast.Expr); !isExpr {
		return false
	}
	if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
		c = c.Parent()
	}
	for {
		kind, i := c.ParentEdge()
		parent := c.Parent()
		switch kind {
		case edge.ParenExpr_X:
		case edge.IndexExpr_X, edge.SliceExpr_X:
			if isPointer(s.pass.Info().TypeOf(c.Node().(ast.Expr))) {
				return false
			}
		case edge.SelectorExpr_X:
			sel := s.pass.Info().Selections[parent.Node().(*ast.SelectorExpr)]
			if sel == nil || sel.Kind() != types.FieldVal {
				fn, ok := selectedFunc(sel)
				return ok && isPointer(fn.Signature().Recv().Type()) && !isPointer(s.pass.Info().TypeOf(c.Node().(ast.Expr)))
			}
			if isPointer(s.pass.Info().TypeOf(c.Node().(ast.Expr))) {
				return false
			}
		case edge.AssignStmt_Lhs:
			a := parent.Node().(*ast.AssignStmt)
			id, isIdent := c.Node().(*ast.Ident)
			return !(a.Tok == token.DEFINE && isIdent && s.pass.Info().Defs[id] != nil)
		case edge.RangeStmt_Key, edge.RangeStmt_Value:
			return parent.Node().(*ast.RangeStmt).Tok == token.ASSIGN
		case edge.IncDecStmt_X:
			return true
		case edge.UnaryExpr_X:
			return parent.Node().(*ast.UnaryExpr).Op == token.AND
		case edge.CallExpr_Args:
			for _, name := range []string{"delete", "clear", "copy"} {
				if _, ok := s.pass.CallOf(parent.Node(), name); ok && i == 0 {
					return true
				}
			}
			return false
		default:
			return false
		}
		c = parent
	}
}

func selectedFunc(sel *types.Selection) (*types.Func, bool) {
	if sel == nil {
		return nil, false
	}
	fn, ok := sel.Obj().(*types.Func)
	return fn, ok
}

func isPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// isSettled reports whether a variable or field has its value before anybody
// else can see it: nothing writes to it but its declaration, a literal, func
// init, or the function that made the struct.
func (s *sight) isSettled(v *types.Var) bool {
	v = v.Origin()
	if known, ok := s.settled[v]; ok {
		return known
	}
	ok := true
	for _, c := range s.idents[v] {
		if !s.written(c) || v.IsField() && s.fresh(baseOf(c), c) {
			continue
		}
		if f := declarationOf(c); f != nil && f.Recv == nil && f.Name.Name == "init" && !v.IsField() {
			continue
		}
		ok = false
		break
	}
	s.settled[v] = ok
	return ok
}

// replaced reports whether a mention of a variable or field gives it another value as a whole.
func (s *sight) replaced(c inspector.Cursor) bool {
	if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
		c = c.Parent()
	}
	for c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	switch c.ParentEdgeKind() {
	case edge.AssignStmt_Lhs, edge.RangeStmt_Key, edge.RangeStmt_Value, edge.IncDecStmt_X:
		return s.written(c)
	case edge.UnaryExpr_X:
		// A pointer to a struct whose fields are looked at one by one changes nothing by itself.
		_, isStruct := s.pass.Info().TypeOf(c.Node().(ast.Expr)).Underlying().(*types.Struct)
		return s.written(c) && !isStruct
	}
	return false
}

// replacedNowhere reports whether a variable or field keeps its first value.
func (s *sight) replacedNowhere(v *types.Var) bool {
	for _, c := range s.idents[v.Origin()] {
		if s.replaced(c) && !(v.IsField() && s.fresh(baseOf(c), c)) {
			return false
		}
	}
	return true
}

// baseOf is x in x.f for the cursor at f.
func baseOf(c inspector.Cursor) ast.Expr {
	if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
		return c.Parent().Node().(*ast.SelectorExpr).X
	}
	return nil
}

// fresh reports whether an expression is a local variable that holds a value
// made by the function of the node at, and never another one.
func (s *sight) fresh(e ast.Expr, at inspector.Cursor) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if e == nil || !ok {
		return false
	}
	v, ok := s.pass.Info().ObjectOf(id).(*types.Var)
	if !ok || v.IsField() || v.Parent() == s.pass.Pkg.Types.Scope() || functionOf(at) == nil || !within(v, functionOf(at)) {
		return false
	}
	made := false
	for _, c := range s.idents[v] {
		u, ok := s.pass.UseOf(c)
		if !ok {
			return false
		}
		switch u.Kind {
		case rewrite.UseInit, rewrite.UseAssign:
			if u.Value == nil || !s.creates(u.Value) {
				return false
			}
			made = true
		case rewrite.UseDeclare:
			made = made || !isPointer(v.Type())
		}
	}
	return made
}

// creates reports whether an expression makes a new value.
func (s *sight) creates(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, ok := ast.Unparen(e.X).(*ast.CompositeLit)
		return ok && e.Op == token.AND
	case *ast.CallExpr:
		for _, name := range []string{"new", "make"} {
			if _, ok := s.pass.CallOf(e, name); ok {
				return true
			}
		}
	}
	return false
}

// private reports whether a function runs without locks of its caller: init,
// main, a test, and what is written inside of these.
func (s *sight) private(c inspector.Cursor) bool {
	f := declarationOf(c)
	if f == nil || f.Recv != nil {
		return false
	}
	name := f.Name.Name
	if name == "init" || name == "main" && s.pass.Pkg.Name == "main" {
		return functionOf(c) == f
	}
	if !strings.HasSuffix(s.pass.Pkg.Fset.Position(c.Node().Pos()).Filename, "_test.go") {
		return false
	}
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
