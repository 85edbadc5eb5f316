package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// UseKind says what is done with a variable or field that holds a map.
type UseKind string

// What can be done with it.
const (
	UseLookup  UseKind = "lookup"  // m[k] as a value
	UseInsert  UseKind = "insert"  // m[k] = v
	UseUpdate  UseKind = "update"  // m[k] += v, m[k]++
	UseDelete  UseKind = "delete"  // delete(m, k)
	UseClear   UseKind = "clear"   // clear(m)
	UseRange   UseKind = "range"   // for … range m
	UseLen     UseKind = "len"     // len(m)
	UseNil     UseKind = "nil"     // m == nil, m != nil
	UseAssign  UseKind = "assign"  // m = x
	UseInit    UseKind = "init"    // T{m: x}, var m = x, m := x
	UseDeclare UseKind = "declare" // var m T
	UseMaps    UseKind = "maps"    // maps.Keys(m) and the like; Call is the call
	UseMethod  UseKind = "method"  // m.Lock(), where m is no map
	UseAddress UseKind = "address" // &m
	UseOther   UseKind = "other"   // copied, passed, returned, captured by reflection …
)

// A Use is one mention of a variable or field.
type Use struct {
	Kind UseKind
	// Expr is the whole expression: m, or x.y.m for a field.
	Expr ast.Expr
	// Cursor stands at Expr; Outer at the operation: the index expression, the
	// call, the range statement, the assignment; at Expr itself for UseOther.
	Cursor, Outer inspector.Cursor
	// Value is what UseAssign and UseInit put into it, UseInsert into the map; nil
	// where a call with several results does.
	Value ast.Expr
}

// Uses finds every mention of a variable, or of a field in any value of its
// struct, in the files of the package. A declaration without a value is one;
// that of a field is not, nor is a parameter's.
func (p *Pass) Uses(obj types.Object) []Use {
	var uses []Use
	for _, c := range p.names.of(obj) {
		if u, ok := p.use(c); ok {
			uses = append(uses, u)
		}
	}
	return uses
}

// Origin is the field or variable of a generic type's declaration that one of
// an instantiated type stems from.
func Origin(obj types.Object) types.Object {
	if v, ok := obj.(*types.Var); ok {
		return v.Origin()
	}
	return obj
}

func (p *Pass) use(c inspector.Cursor) (Use, bool) {
	if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
		c = c.Parent()
	}
	for c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	u := Use{Kind: UseOther, Expr: c.Node().(ast.Expr), Cursor: c, Outer: c}
	parent := c.Parent()
	kind, index := c.ParentEdge()
	switch kind {
	case edge.Field_Names:
		return u, false
	case edge.IndexExpr_X:
		if p.Map(u.Expr) != nil {
			u.indexed(parent)
		}
	case edge.RangeStmt_X:
		if p.Map(u.Expr) != nil {
			u.Kind, u.Outer = UseRange, parent
		}
	case edge.RangeStmt_Key, edge.RangeStmt_Value:
		u.Kind, u.Outer = UseAssign, parent
	case edge.CallExpr_Args:
		p.passed(&u, parent, index)
	case edge.BinaryExpr_X, edge.BinaryExpr_Y:
		p.compared(&u, parent)
	case edge.AssignStmt_Lhs:
		s := parent.Node().(*ast.AssignStmt)
		u.Kind, u.Outer = UseAssign, parent
		if s.Tok == token.DEFINE && p.Info().Defs[identOf(u.Expr)] != nil {
			u.Kind = UseInit
		}
		if len(s.Lhs) == len(s.Rhs) {
			u.Value = s.Rhs[index]
		}
	case edge.ValueSpec_Names:
		s := parent.Node().(*ast.ValueSpec)
		u.Kind, u.Outer = UseInit, parent
		switch {
		case len(s.Values) == 0:
			u.Kind = UseDeclare
		case len(s.Values) == len(s.Names):
			u.Value = s.Values[index]
		}
	case edge.KeyValueExpr_Key:
		kv := parent.Node().(*ast.KeyValueExpr)
		if lit, ok := parent.Parent().Node().(*ast.CompositeLit); ok && isStruct(p.Info().TypeOf(lit)) {
			u.Kind, u.Outer, u.Value = UseInit, parent, kv.Value
		}
	case edge.SelectorExpr_X:
		if p.Map(u.Expr) == nil {
			u.Kind, u.Outer = UseMethod, parent
		}
	case edge.UnaryExpr_X:
		if parent.Node().(*ast.UnaryExpr).Op == token.AND {
			u.Kind, u.Outer = UseAddress, parent
		}
	}
	return u, true
}

func identOf(e ast.Expr) *ast.Ident {
	id, _ := ast.Unparen(e).(*ast.Ident)
	return id
}

func isStruct(t types.Type) bool {
	if t == nil {
		return false
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

// indexed tells a lookup from an insert.
func (u *Use) indexed(index inspector.Cursor) {
	u.Kind, u.Outer = UseLookup, index
	for index.ParentEdgeKind() == edge.ParenExpr_X {
		index = index.Parent()
	}
	kind, i := index.ParentEdge()
	switch kind {
	case edge.AssignStmt_Lhs:
		s := index.Parent().Node().(*ast.AssignStmt)
		u.Kind = UseUpdate
		if s.Tok == token.ASSIGN {
			u.Kind = UseInsert
			if len(s.Lhs) == len(s.Rhs) {
				u.Value = s.Rhs[i]
			}
		}
	case edge.IncDecStmt_X:
		u.Kind = UseUpdate
	case edge.RangeStmt_Key, edge.RangeStmt_Value:
		u.Kind = UseInsert
	}
}

// passed tells what a call does with a map that is its argument.
func (p *Pass) passed(u *Use, call inspector.Cursor, index int) {
	n := call.Node().(*ast.CallExpr)
	for name, kind := range map[string]UseKind{"delete": UseDelete, "clear": UseClear, "len": UseLen} {
		if _, ok := p.CallOf(n, name); ok && index == 0 && p.Map(u.Expr) != nil {
			u.Kind, u.Outer = kind, call
			return
		}
	}
	if fn := p.Callee(n); fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "maps" {
		u.Kind, u.Outer = UseMaps, call
	}
}

// compared looks for a comparison with nil.
func (p *Pass) compared(u *Use, parent inspector.Cursor) {
	b := parent.Node().(*ast.BinaryExpr)
	if b.Op != token.EQL && b.Op != token.NEQ {
		return
	}
	if p.Info().Types[b.X].IsNil() || p.Info().Types[b.Y].IsNil() {
		u.Kind, u.Outer = UseNil, parent
	}
}
