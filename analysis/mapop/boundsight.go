package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// maxHeld is the largest number of assignments to a variable that confined looks
// at: beyond, the origins of what the variable holds may be cut short.
const maxHeld = 32

// confined are the creations, by their number in found, of maps that are only
// ever held in one local variable, which is used for nothing but operations
// of the language on the map, so that each operation on it is in sight.
func (b *bounder) confined() map[int]bool {
	escaped := b.unlisted()
	for id, obj := range b.info.Uses {
		if v, ok := obj.(*types.Var); ok && v.Kind() == types.LocalVar && !b.inSight[id] {
			escaped[v] = true
		}
	}
	all := map[int]bool{}
	for v, values := range b.assigned.values {
		if escaped[v] || !b.holds(v) || len(values) > maxHeld {
			continue
		}
		for _, x := range values {
			if x.expr == nil {
				continue
			}
			if i, ok := b.created[ast.Unparen(x.expr)]; ok {
				all[i] = true
			}
		}
	}
	return all
}

// unlisted are the local variables with inserts that are no operations of their own, in generated code.
func (b *bounder) unlisted() map[*types.Var]bool {
	listed := map[ast.Expr]bool{}
	for _, op := range b.found {
		listed[op.on] = true
	}
	all := map[*types.Var]bool{}
	for x := range b.writes {
		if v := b.assigned.target(x); v != nil && !listed[x] {
			all[v] = true
		}
	}
	return all
}

// operates reports whether a name stands where the map in it is operated on, compared, or replaced.
func (b *bounder) operates(id *ast.Ident) bool {
	switch p := b.parents[id].(type) {
	case *ast.IndexExpr:
		return p.X == id
	case *ast.RangeStmt:
		return p.X == id
	case *ast.CallExpr:
		switch builtinName(b.info, p) {
		case "len", "clear":
			return true
		case "delete":
			return p.Args[0] == id
		}
	case *ast.BinaryExpr:
		return p.Op == token.EQL || p.Op == token.NEQ
	case *ast.AssignStmt:
		for _, l := range p.Lhs {
			if l == id {
				return true
			}
		}
	}
	return false
}
