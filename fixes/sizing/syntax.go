package sizing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// inList reports whether a statement stands in a list of statements, where
// others can be put in front of it or taken away.
func inList(c inspector.Cursor) bool {
	switch c.ParentEdgeKind() {
	case edge.BlockStmt_List, edge.CaseClause_Body, edge.CommClause_Body:
		return true
	}
	return false
}

// harmless reports whether evaluating an expression can neither panic nor have
// an effect, wherever it is done while its variables have the same values.
func harmless(p *rewrite.Pass, e ast.Expr) bool {
	if tv := p.Info().Types[e]; tv.Value != nil || tv.IsNil() {
		return true
	}
	switch e := e.(type) {
	case *ast.Ident:
		return true
	case *ast.BasicLit:
		return true
	case *ast.ParenExpr:
		return harmless(p, e.X)
	case *ast.SelectorExpr:
		sel := p.Info().Selections[e]
		return sel == nil || sel.Kind() == types.FieldVal && !sel.Indirect() && harmless(p, e.X)
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && harmless(p, e.X)
	case *ast.BinaryExpr:
		return harmlessBinary(p, e) && harmless(p, e.X) && harmless(p, e.Y)
	case *ast.CompositeLit:
		if m := p.Map(e); m != nil && len(e.Elts) > 0 {
			return false
		}
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				x = kv.Value
			}
			if !harmless(p, x) {
				return false
			}
		}
		return true
	case *ast.CallExpr:
		return harmlessCall(p, e)
	}
	return false
}

// harmlessBinary reports whether an operator can be applied to any operands of its types.
func harmlessBinary(p *rewrite.Pass, e *ast.BinaryExpr) bool {
	switch e.Op {
	case token.QUO, token.REM:
		b, ok := p.Info().TypeOf(e).Underlying().(*types.Basic)
		return p.Info().Types[e.Y].Value != nil || ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
	case token.SHL, token.SHR:
		b, ok := p.Info().TypeOf(e.Y).Underlying().(*types.Basic)
		return p.Info().Types[e.Y].Value != nil || ok && b.Info()&types.IsUnsigned != 0
	case token.EQL, token.NEQ:
		// Values in interfaces may not be comparable.
		x, y := p.Info().Types[e.X], p.Info().Types[e.Y]
		return x.IsNil() || y.IsNil() || basic(x.Type) && basic(y.Type)
	}
	return true
}

func basic(t types.Type) bool {
	_, ok := t.Underlying().(*types.Basic)
	return ok
}

// harmlessCall reports whether a call is a conversion, len or cap of something
// harmless, or makes something new without a size that may be negative.
func harmlessCall(p *rewrite.Pass, call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if !p.Info().Types[arg].IsType() && !harmless(p, arg) {
			return false
		}
	}
	if fun := p.Info().Types[call.Fun]; fun.IsType() {
		switch t := fun.Type.Underlying().(type) {
		case *types.Array:
			return false // the slice may be shorter
		case *types.Pointer:
			_, array := t.Elem().Underlying().(*types.Array)
			return !array
		}
		return true
	}
	for _, name := range []string{"len", "cap", "min", "max", "new"} {
		if _, ok := p.CallOf(call, name); ok {
			return true
		}
	}
	args, ok := p.CallOf(call, "make")
	if !ok {
		return false
	}
	for _, size := range args[1:] {
		if _, isLen := p.CallOf(ast.Unparen(size), "len"); !isLen && p.Info().Types[size].Value == nil {
			return false
		}
	}
	return true
}

// active reports whether code that is not in sight may run in a node, or another
// goroutine may have its turn: calls, and operations on channels.
func active(p *rewrite.Pass, n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if fun := p.Info().Types[n.Fun]; !fun.IsType() && !fun.IsBuiltin() {
				found = true
			}
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.SendStmt, *ast.SelectStmt, *ast.GoStmt, *ast.DeferStmt:
			found = true
		case *ast.RangeStmt:
			switch p.Info().TypeOf(n.X).Underlying().(type) {
			case *types.Chan, *types.Signature:
				found = true
			}
		}
		return !found
	})
	return found
}

// objects are the variables and fields that an expression names.
func objects(p *rewrite.Pass, e ast.Node) map[types.Object]bool {
	set := map[types.Object]bool{}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := p.Info().ObjectOf(id).(*types.Var); ok {
				set[v.Origin()] = true
			}
		}
		return true
	})
	return set
}

// mentions reports whether a node names one of the variables and fields.
func mentions(p *rewrite.Pass, n ast.Node, set map[types.Object]bool) bool {
	for obj := range objects(p, n) {
		if set[obj] {
			return true
		}
	}
	return false
}

// assigned are the variables and fields that a node may give another value by
// itself: it assigns them or a part of them, or takes their address. The syntax
// that does so is the value. Elements of maps, and what pointers point to, are
// told by the field that is assigned.
func assigned(p *rewrite.Pass, n ast.Node) map[types.Object]ast.Node {
	set := map[types.Object]ast.Node{}
	put := func(e ast.Expr, by ast.Node) {
		for e != nil {
			switch x := ast.Unparen(e).(type) {
			case *ast.Ident:
				if v, ok := p.Info().ObjectOf(x).(*types.Var); ok {
					set[v.Origin()] = by
				}
				e = nil
			case *ast.SelectorExpr:
				if v, ok := p.Info().ObjectOf(x.Sel).(*types.Var); ok {
					set[v.Origin()] = by
				}
				e = x.X
				if sel := p.Info().Selections[x]; sel == nil || sel.Indirect() {
					e = nil
				}
			case *ast.IndexExpr:
				switch core(p.Info().TypeOf(x.X)).(type) {
				case *types.Map, *types.Array:
					e = x.X // a map's length changes, an array is its elements
				default:
					e = nil
				}
			default:
				e = nil
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				put(l, n)
			}
		case *ast.IncDecStmt:
			put(n.X, n)
		case *ast.RangeStmt:
			put(n.Key, n)
			put(n.Value, n)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				put(n.X, n)
			}
		case *ast.CallExpr:
			for _, name := range []string{"delete", "clear"} {
				if args, ok := p.CallOf(n, name); ok && len(args) > 0 {
					put(args[0], n)
				}
			}
			if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok {
				if s := p.Info().Selections[sel]; s != nil && s.Kind() == types.MethodVal && pointerMethod(s) {
					put(sel.X, n)
				}
			}
		}
		return true
	})
	return set
}

// pointerMethod reports whether a method is called on the address of what is in front of the dot.
func pointerMethod(s *types.Selection) bool {
	fn, ok := s.Obj().(*types.Func)
	if !ok {
		return false
	}
	_, pointer := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer)
	_, already := s.Recv().Underlying().(*types.Pointer)
	return pointer && !already
}

// changes finds what in a node gives one of the variables and fields another value.
func changes(p *rewrite.Pass, n ast.Node, set map[types.Object]bool) ast.Node {
	for obj, by := range assigned(p, n) {
		if set[obj] {
			return by
		}
	}
	return nil
}

// shared reports whether code that is not in sight can give a variable another
// value: that it is no local variable, or captured by a closure, or that its address is taken.
func shared(p *rewrite.Pass, v types.Object) bool {
	obj, ok := v.(*types.Var)
	if !ok || obj.IsField() || obj.Parent() == nil || obj.Parent() == p.Pkg.Types.Scope() || obj.Pkg() != p.Pkg.Types {
		return true
	}
	for _, u := range p.Uses(obj) {
		if u.Kind == rewrite.UseAddress {
			return true
		}
		for lit := range u.Cursor.Enclosing((*ast.FuncLit)(nil)) {
			if n := lit.Node(); obj.Pos() < n.Pos() || obj.Pos() >= n.End() {
				return true
			}
		}
		if u.Kind == rewrite.UseMethod {
			if sel, ok := u.Outer.Node().(*ast.SelectorExpr); ok {
				if s := p.Info().Selections[sel]; s != nil && s.Kind() == types.MethodVal && pointerMethod(s) {
					return true
				}
			}
		}
	}
	return false
}

// core is the type that decides what can be done with a value: the underlying
// one, of a type parameter that of all types in its type set.
func core(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if m := mapop.CoreMap(t); m != nil {
		return m
	}
	param, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		return t.Underlying()
	}
	iface := param.Constraint().Underlying().(*types.Interface)
	if iface.NumEmbeddeds() != 1 {
		return nil
	}
	switch u := types.Unalias(iface.EmbeddedType(0)).(type) {
	case *types.Union:
		if u.Len() == 1 {
			return u.Term(0).Type().Underlying()
		}
		return nil
	case *types.Named:
		if _, ok := u.Underlying().(*types.Interface); ok {
			return nil
		}
	}
	return iface.EmbeddedType(0).Underlying()
}

// hashable reports whether every value of a key type can be hashed: that it holds no
// interface, whose value may be a slice, a map or a function.
func hashable(t types.Type) bool {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return false
	case *types.Array:
		return hashable(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !hashable(f.Type()) {
				return false
			}
		}
	}
	return true
}
