package mapop

import (
	"go/ast"
	"go/types"
)

// composite is the value of a composite literal, which fill fills.
func (f *flow) composite(lit *ast.CompositeLit) nodeID {
	t := f.info.TypeOf(lit)
	if ptr, ok := t.Underlying().(*types.Pointer); ok { // an elided &T{…}
		n := f.newNode(f.in)
		f.merge(f.sub(n), f.literal(lit, ptr.Elem()))
		return n
	}
	return f.literal(lit, t)
}

// literal is the value of a literal of type t, which fill fills.
func (f *flow) literal(lit *ast.CompositeLit, t types.Type) nodeID {
	if _, ok := coreOf(t).(*types.Map); ok {
		return f.made(lit)
	}
	return f.newNode(f.in)
}

// fill gives the elements of a literal to the places that they are for.
func (f *flow) fill(lit *ast.CompositeLit) {
	t := f.info.TypeOf(lit)
	n := f.value(lit)
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t, n = ptr.Elem(), f.sub(n)
	}
	switch u := coreOf(t).(type) {
	case *types.Map:
		for _, elt := range lit.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				f.key(kv.Key, u)
				f.give(kv.Value, u.Elem(), f.subIf(n, u.Elem()))
			}
		}
	case *types.Slice:
		f.list(lit, n, u.Elem())
	case *types.Array:
		f.list(lit, n, u.Elem())
	case *types.Struct:
		f.fields(lit, u)
	}
}

func (f *flow) list(lit *ast.CompositeLit, n nodeID, elem types.Type) {
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			elt = kv.Value
		}
		f.give(elt, elem, f.subIf(n, elem))
	}
}

func (f *flow) fields(lit *ast.CompositeLit, t *types.Struct) {
	for i, elt := range lit.Elts {
		var v *types.Var
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				v, _ = f.info.Uses[id].(*types.Var)
			}
			elt = kv.Value
		} else if i < t.NumFields() {
			v = t.Field(i)
		}
		if v == nil {
			continue
		}
		var to nodeID
		if f.holds.maps(v.Type()) {
			to = f.variable(v)
		}
		f.give(elt, v.Type(), to)
	}
}
