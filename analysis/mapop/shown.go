package mapop

import (
	"go/types"
)

// shown are the declared types that code which is not at hand may have values of: those
// that the exported declarations lead to, those that go into interfaces, where
// reflection and type assertions find them, and type arguments. Of all others the exported fields
// and methods are as good as unexported.
type shown struct {
	names map[*types.TypeName]bool
	seen  map[types.Type]bool
}

func newShown(pkg *types.Package, instances func(func(types.Type))) *shown {
	s := &shown{names: map[*types.TypeName]bool{}, seen: map[types.Type]bool{}}
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		if obj := scope.Lookup(name); obj.Exported() {
			s.add(obj.Type())
		}
	}
	instances(s.add)
	return s
}

// add shows a type and all that its values lead to.
func (s *shown) add(t types.Type) {
	if t == nil || s.seen[t] {
		return
	}
	s.seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		s.named(t)
	case *types.Pointer:
		s.add(t.Elem())
	case *types.Slice:
		s.add(t.Elem())
	case *types.Array:
		s.add(t.Elem())
	case *types.Chan:
		s.add(t.Elem())
	case *types.Map:
		s.add(t.Key())
		s.add(t.Elem())
	case *types.Struct:
		for v := range t.Fields() {
			// Reflection sets nothing and calls nothing that it found in another field.
			if v.Exported() || v.Embedded() {
				s.add(v.Type())
			}
		}
	case *types.Tuple:
		for v := range t.Variables() {
			s.add(v.Type())
		}
	case *types.Signature:
		s.add(t.Params())
		s.add(t.Results())
	case *types.Interface:
		for m := range t.Methods() {
			s.add(m.Signature())
		}
	}
}

func (s *shown) named(t *types.Named) {
	s.names[t.Obj()] = true
	for arg := range t.TypeArgs().Types() {
		s.add(arg)
	}
	t = t.Origin()
	s.add(t.Underlying())
	for m := range t.Methods() {
		if m.Exported() {
			s.add(m.Signature())
		}
	}
}

// receiverName is the declared type that a method belongs to, nil for one of an interface.
func receiverName(fn *types.Func) *types.TypeName {
	t := types.Unalias(fn.Signature().Recv().Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj()
	}
	return nil
}
