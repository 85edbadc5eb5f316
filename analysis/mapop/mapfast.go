package mapop

import "go/types"

// An alg is how the compiler compares and hashes values of a type
// (cmd/compile/internal/types/alg.go: AlgKind), as far as the choice of the
// runtime's entry points needs it.
type alg int

const (
	algOther  alg = iota // anything that no fast entry point serves
	algMemory            // as plain memory
	algString
	algNone // not comparable: such a field makes the whole so
)

// fast gives the suffix of the runtime's map functions for keys of type t, "" for
// the general ones: cmd/compile/internal/walk/walk.go: mapfast.
func (d *typeDescriber) fast(t types.Type) string {
	switch d.alg(t) {
	case algString:
		return "str"
	case algMemory:
		word := d.sizes.Sizeof(types.Typ[types.Uintptr])
		switch size := d.sizes.Sizeof(t); {
		case size == 4 && !hasPointers(t):
			return "32"
		case size == 4 && word == 4:
			return "32ptr"
		case size == 8 && !hasPointers(t):
			return "64"
		case size == 8 && word == 8:
			return "64ptr"
		}
	}
	return ""
}

// alg follows cmd/compile/internal/types/size.go: CalcSize, CalcArraySize, CalcStructSize.
func (d *typeDescriber) alg(t types.Type) alg {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch info := u.Info(); {
		case info&types.IsString != 0:
			return algString
		case info&(types.IsBoolean|types.IsInteger) != 0, u.Kind() == types.UnsafePointer:
			return algMemory
		}
		return algOther
	case *types.Pointer, *types.Chan:
		return algMemory
	case *types.Map, *types.Slice, *types.Signature:
		return algNone
	case *types.Array:
		switch a := d.alg(u.Elem()); {
		case a == algMemory, a == algNone, u.Len() == 1:
			return a
		case u.Len() == 0:
			return algMemory
		}
		return algOther
	case *types.Struct:
		return d.structAlg(t, u)
	}
	return algOther
}

// structAlg: a struct of one field is that field; a struct of plain memory is
// plain memory unless bytes of it do not count, in padding or blank fields.
func (d *typeDescriber) structAlg(t types.Type, s *types.Struct) alg {
	if s.NumFields() == 1 && s.Field(0).Name() != "_" {
		return d.alg(s.Field(0).Type())
	}
	fields := make([]*types.Var, s.NumFields())
	for i := range fields {
		fields[i] = s.Field(i)
	}
	offsets := d.sizes.Offsetsof(fields)
	result := algMemory
	for i, f := range fields {
		end := d.sizes.Sizeof(t)
		if i+1 < len(fields) {
			end = offsets[i+1]
		}
		switch a := d.alg(f.Type()); {
		case a == algNone:
			return algNone
		case a != algMemory, f.Name() == "_", offsets[i]+d.sizes.Sizeof(f.Type()) != end:
			result = algOther
		}
	}
	return result
}
