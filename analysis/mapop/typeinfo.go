package mapop

import (
	"go/types"
)

// A typeDescriber turns go/types' types into descriptions for one target. It
// remembers what it described: the same few types recur in a package.
type typeDescriber struct {
	sizes types.Sizes
	pkg   *types.Package
	infos map[types.Type]TypeInfo
	maps  map[types.Type]MapType
}

func newTypeDescriber(sizes types.Sizes, pkg *types.Package) *typeDescriber {
	return &typeDescriber{sizes: sizes, pkg: pkg, infos: map[types.Type]TypeInfo{}, maps: map[types.Type]MapType{}}
}

// text prints a type as the package itself would write it, other packages by their names.
func (d *typeDescriber) text(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == d.pkg {
			return ""
		}
		return p.Name()
	})
}

// mapType describes a type whose core type is a map.
func (d *typeDescriber) mapType(t types.Type) MapType {
	if mt, ok := d.maps[t]; ok {
		return mt
	}
	mt := MapType{Text: d.text(t)}
	if m := coreMap(t); m != nil {
		mt.Key, mt.Elem = d.info(m.Key()), d.info(m.Elem())
	}
	d.maps[t] = mt
	return mt
}

func (d *typeDescriber) info(t types.Type) TypeInfo {
	t = types.Default(t) // a constant that no context gave a type
	if ti, ok := d.infos[t]; ok {
		return ti
	}
	ti := TypeInfo{
		Text:      d.text(t),
		Size:      -1,
		Pointers:  hasPointers(t),
		Shape:     shapeOf(t),
		Reflexive: reflexive(t),
	}
	if t != types.Typ[types.UntypedNil] && !sizeVaries(t) {
		ti.Size, ti.Align = d.sizes.Sizeof(t), d.sizes.Alignof(t)
		ti.Values = distinctValues(t)
		ti.Fast = d.fast(t)
	}
	d.infos[t] = ti
	return ti
}

// coreMap gives the map type at the bottom of t: t's underlying type or, for
// a type parameter, the only one that its constraint allows; nil if there is none.
func coreMap(t types.Type) *types.Map {
	if t == nil {
		return nil
	}
	if tp, ok := types.Unalias(t).(*types.TypeParam); ok {
		m, _ := soleUnderlying(tp.Constraint(), 0).(*types.Map)
		return m
	}
	m, _ := t.Underlying().(*types.Map)
	return m
}

// coreSignature is coreMap for functions.
func coreSignature(t types.Type) *types.Signature {
	if t == nil {
		return nil
	}
	if tp, ok := types.Unalias(t).(*types.TypeParam); ok {
		s, _ := soleUnderlying(tp.Constraint(), 0).(*types.Signature)
		return s
	}
	s, _ := t.Underlying().(*types.Signature)
	return s
}

// soleUnderlying gives the underlying type that all types of a constraint
// share, nil if there is none or the constraint does not say. Where several
// elements restrict the type set, any one that leaves a single type decides.
func soleUnderlying(constraint types.Type, depth int) types.Type {
	iface, ok := constraint.Underlying().(*types.Interface)
	if !ok {
		return constraint.Underlying()
	}
	if depth > 100 {
		return nil
	}
	for i := range iface.NumEmbeddeds() {
		switch e := iface.EmbeddedType(i).(type) {
		case *types.Union:
			if u := unionUnderlying(e, depth); u != nil {
				return u
			}
		default:
			if u := soleUnderlying(e, depth+1); u != nil {
				return u
			}
		}
	}
	return nil
}

func unionUnderlying(union *types.Union, depth int) types.Type {
	var sole types.Type
	for i := range union.Len() {
		u := soleUnderlying(union.Term(i).Type(), depth+1)
		if u == nil || sole != nil && !types.Identical(sole, u) {
			return nil
		}
		sole = u
	}
	return sole
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// isInterface excludes type parameters, whose underlying type go/types says is an interface.
func isInterface(t types.Type) bool { return types.IsInterface(t) && !isTypeParam(t) }

// sizeVaries reports whether a type parameter decides the size of t.
func sizeVaries(t types.Type) bool { return anyPart(t, isTypeParam) }

func hasPointers(t types.Type) bool {
	if isTypeParam(t) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0 || u.Kind() == types.UnsafePointer || u.Kind() == types.UntypedNil
	case *types.Array:
		return u.Len() > 0 && hasPointers(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if hasPointers(f.Type()) {
				return true
			}
		}
		return false
	}
	return true
}

func shapeOf(t types.Type) Shape {
	if isTypeParam(t) {
		return ShapeTypeParam
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch info := u.Info(); {
		case info&types.IsBoolean != 0:
			return ShapeBool
		case info&types.IsInteger != 0:
			return ShapeInteger
		case info&(types.IsFloat|types.IsComplex) != 0:
			return ShapeFloat
		case info&types.IsString != 0:
			return ShapeString
		case u.Kind() == types.UnsafePointer:
			return ShapePointer
		}
	case *types.Pointer, *types.Map, *types.Chan, *types.Signature:
		return ShapePointer
	case *types.Interface:
		return ShapeInterface
	case *types.Slice:
		return ShapeSlice
	case *types.Struct, *types.Array:
		return ShapeStruct
	}
	return ShapeUnknown
}

// pointerShaped reports whether an interface holds a value of t in its data
// word, so that boxing it allocates nothing: a pointer, or a struct of one
// field or an array of one element that is. (cmd/compile/internal/types:
// IsDirectIface, in the form that all releases accept.)
func pointerShaped(t types.Type) bool {
	if isTypeParam(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Pointer, *types.Map, *types.Chan, *types.Signature:
		return true
	case *types.Array:
		return u.Len() == 1 && pointerShaped(u.Elem())
	case *types.Struct:
		return u.NumFields() == 1 && pointerShaped(u.Field(0).Type())
	}
	return false
}

// reflexive follows cmd/compile/internal/types: IsReflexive. A type parameter
// may stand for a float.
func reflexive(t types.Type) bool {
	if isTypeParam(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&(types.IsFloat|types.IsComplex) == 0
	case *types.Pointer, *types.Chan:
		return true
	case *types.Array:
		return reflexive(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !reflexive(f.Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// anyPart reports whether is holds for t or for what lies directly in a value of t.
func anyPart(t types.Type, is func(types.Type) bool) bool {
	if is(t) {
		return true
	}
	if isTypeParam(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return anyPart(u.Elem(), is)
	case *types.Struct:
		for f := range u.Fields() {
			if anyPart(f.Type(), is) {
				return true
			}
		}
	}
	return false
}

// maxDistinct bounds what distinctValues counts: the values of a byte.
const maxDistinct = 256

// distinctValues counts the values of t that == tells apart, 0 if they are
// more than maxDistinct or not easily counted.
func distinctValues(t types.Type) int {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch u.Kind() {
		case types.Bool:
			return 2
		case types.Int8, types.Uint8:
			return maxDistinct
		}
	case *types.Array:
		elem := distinctValues(u.Elem())
		if u.Len() == 0 || elem == 1 {
			return 1
		}
		n := 1
		for range u.Len() {
			if n *= elem; n == 0 || n > maxDistinct {
				return 0
			}
		}
		return n
	case *types.Struct:
		n := 1
		for f := range u.Fields() {
			if f.Name() == "_" {
				continue // == ignores it
			}
			if n *= distinctValues(f.Type()); n == 0 || n > maxDistinct {
				return 0
			}
		}
		return n
	}
	return 0
}
