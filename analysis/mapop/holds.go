package mapop

import (
	"go/types"
	"slices"
)

// A holding tells which types the flow looks at: those of values that are maps or
// lead to maps without a struct in between, whose fields are followed by themselves.
type holding struct {
	known map[types.Type]bool
	// active are the types being looked at; cut says that one of them was met again.
	active map[types.Type]bool
	cut    bool
}

func newHolding() *holding {
	return &holding{known: map[types.Type]bool{}, active: map[types.Type]bool{}}
}

// maps reports whether a value of the type may hold or lead to a map, or is a function that takes or gives one.
func (h *holding) maps(t types.Type) bool {
	if t == nil {
		return false
	}
	if known, ok := h.known[t]; ok {
		return known
	}
	if h.active[t] {
		h.cut = true
		return false
	}
	h.active[t] = true
	found := h.parts(t)
	delete(h.active, t)
	if len(h.active) == 0 {
		h.cut = false
	}
	if found || !h.cut {
		h.known[t] = found
	}
	return found
}

func (h *holding) parts(t types.Type) bool {
	switch u := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Tuple:
		for i := range u.Len() {
			if h.maps(u.At(i).Type()) {
				return true
			}
		}
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Slice:
		return h.maps(u.Elem())
	case *types.Array:
		return h.maps(u.Elem())
	case *types.Chan:
		return h.maps(u.Elem())
	case *types.Pointer:
		return h.maps(u.Elem())
	case *types.Signature:
		return h.maps(u.Params()) || h.maps(u.Results())
	}
	return false
}

// A structs gives the fields of struct types that are identical, and so
// may be converted into each other, one representative.
type structs struct {
	like   map[*types.Var]*types.Var
	byName map[string][]*types.Struct
	// owner is the type that a field was declared in, owners are those of all fields that
	// one represents, with nil for a struct type without a name.
	owner  map[*types.Var]*types.TypeName
	owners map[*types.Var][]*types.TypeName
	// derived are the types declared as others are: type B A.
	derived []derivedType
}

type derivedType struct {
	name *types.TypeName
	typ  *types.Struct
}

func newStructs() *structs {
	return &structs{
		like: map[*types.Var]*types.Var{}, byName: map[string][]*types.Struct{},
		owner: map[*types.Var]*types.TypeName{}, owners: map[*types.Var][]*types.TypeName{},
	}
}

// add notes a struct type written in the package.
func (s *structs) add(t *types.Struct, name *types.TypeName) {
	if t.NumFields() == 0 || name == nil && len(s.owners[s.field(t.Field(0))]) > 0 {
		return // the type of a declaration was met before
	}
	key := ""
	for v := range t.Fields() {
		key += v.Name() + " "
		if name != nil {
			s.owner[v] = name
		}
	}
	i := slices.IndexFunc(s.byName[key], func(other *types.Struct) bool { return types.IdenticalIgnoreTags(t, other) })
	if i < 0 {
		i = len(s.byName[key])
		s.byName[key] = append(s.byName[key], t)
	}
	for j := range t.NumFields() {
		first := s.byName[key][i].Field(j)
		if first != t.Field(j) {
			s.like[t.Field(j)] = first
		}
		s.owners[first] = append(s.owners[first], name)
	}
}

// addDerived makes the types declared by others owners of their fields.
func (s *structs) addDerived() {
	for _, d := range s.derived {
		for v := range d.typ.Fields() {
			first := s.field(v)
			s.owners[first] = append(s.owners[first], d.name)
		}
	}
}

// field is the representative of a field.
func (s *structs) field(v *types.Var) *types.Var {
	v = v.Origin()
	if like, ok := s.like[v]; ok {
		return like
	}
	return v
}

// text names a field.
func (s *structs) text(v *types.Var) string {
	v = v.Origin()
	if owner := s.owner[v]; owner != nil {
		return "field " + owner.Name() + "." + v.Name()
	}
	return "field " + v.Name()
}
