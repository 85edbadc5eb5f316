package runtimemap

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

// Sizes on 64-bit targets as they were measured, by design.
func TestGroupBytes(t *testing.T) {
	slot := func(key, keyAlign, elem, elemAlign int64) Slot {
		return Slot{KeySize: key, KeyAlign: keyAlign, ElemSize: elem, ElemAlign: elemAlign}
	}
	tests := []struct {
		name    string
		slot    Slot
		swiss   int64
		buckets int64
	}{
		{"int, int", slot(8, 8, 8, 8), 136, 144},
		{"int, struct{}", slot(8, 8, 0, 1), 136, 80},
		{"int, bool", slot(8, 8, 1, 1), 136, 88},
		{"uint8, int64", slot(1, 1, 8, 8), 136, 88},
		{"int32, int32", slot(4, 4, 4, 4), 72, 80},
		{"int32, struct{}", slot(4, 4, 0, 1), 72, 48},
		{"uint8, uint8", slot(1, 1, 1, 1), 24, 32},
		{"struct{}, struct{}", slot(0, 1, 0, 1), 16, 16},
		{"string, int", slot(16, 8, 8, 8), 200, 208},
		{"string, bool", slot(16, 8, 1, 1), 200, 152},
		{"string, struct{}", slot(16, 8, 0, 1), 200, 144},
		{"any, any", slot(16, 8, 16, 8), 264, 272},
		{"string, []byte", slot(16, 8, 24, 8), 328, 336},
		{"[128]byte, [128]byte", slot(128, 1, 128, 1), 2056, 2064},
		{"[129]byte, int", slot(129, 1, 8, 8), 136, 144},
		{"int, [129]byte", slot(8, 8, 129, 1), 136, 144},
	}
	for _, tt := range tests {
		for _, version := range []string{"go1.24.0", "go1.25.0", "go1.26.8", "go1.27.3"} {
			if got, ok := For(version, "amd64", "").GroupBytes(tt.slot); got != tt.swiss || !ok {
				t.Errorf("%s: %s: %d, %v, want %d", version, tt.name, got, ok, tt.swiss)
			}
		}
		for _, f := range []Facts{For("go1.23.0", "arm64", ""), For("go1.25.0", "amd64", "noswissmap")} {
			if got, ok := f.GroupBytes(tt.slot); got != tt.buckets || !ok {
				t.Errorf("%s: %s: %d, %v, want %d", f.Version, tt.name, got, ok, tt.buckets)
			}
		}
	}
}

func TestGroupBytesUnknown(t *testing.T) {
	good := Slot{KeySize: 8, KeyAlign: 8, ElemSize: 8, ElemAlign: 8}
	key, elem, align := good, good, good
	key.KeySize, elem.ElemSize, align.ElemAlign = -1, -1, 0
	f := For("go1.26.8", "amd64", "")
	for _, s := range []Slot{key, elem, align, {}} {
		if n, ok := f.GroupBytes(s); ok {
			t.Errorf("GroupBytes(%+v) = %d", s, n)
		}
		if c, ok := f.Tables(s, 100); ok {
			t.Errorf("Tables(%+v, 100) = %+v", s, c)
		}
		if c, ok := f.Growth(s); ok {
			t.Errorf("Growth(%+v) = %+v", s, c)
		}
		if c, ok := f.Tables(s, 8); !ok || c != (Cost{}) {
			t.Errorf("Tables(%+v, 8) = %+v, %v", s, c, ok)
		}
	}
	for _, f := range []Facts{For("go1.26.8", "vax", ""), For("go1.27.0", "amd64", "mapsplitgroup")} {
		if n, ok := f.GroupBytes(good); ok {
			t.Errorf("%+v: GroupBytes = %d", f, n)
		}
	}
}

func TestIndirect(t *testing.T) {
	f := For("go1.26.8", "amd64", "")
	for size, want := range map[int64]bool{-1: false, 0: false, 128: false, 129: true} {
		if got := f.Indirect(size); got != want {
			t.Errorf("Indirect(%d) = %v", size, got)
		}
	}
}

// keyTypes and elemTypes are as different in size and alignment as types get.
var keyTypes = []string{
	"bool", "int8", "int16", "int32", "int64", "int", "uintptr", "string", "float32", "float64", "complex64", "complex128",
	"any", "error", "*int", "chan int", "unsafe.Pointer", "struct{}", "[0]int64", "[3]byte", "[5]int16", "[7]int32",
	"[128]byte", "[129]byte", "[16]string", "[8]string", "[17]*int", "struct{ a int8; b int64 }", "struct{ a int64; b int8 }",
	"struct{ a int32; b string }", "struct{ a int64; b struct{} }", "struct{ a int16; b [0]int64 }", "[33]int32",
}

var elemTypes = append([]string{
	"[]byte", "map[string]int", "func()", "[1024]byte", "[1025]byte", "[]struct{ a, b int }", "struct{ a [3]int16; f func() }",
}, keyTypes...)

// The formula against the compiler's layout as go/types has it, for every
// target and all pairs of types.
func TestGroupBytesAgainstTypes(t *testing.T) {
	var src strings.Builder
	src.WriteString("package p\nimport \"unsafe\"\nvar _ unsafe.Pointer\n")
	for _, decl := range []struct {
		name  string
		types []string
	}{{"keys", keyTypes}, {"elems", elemTypes}} {
		src.WriteString("type " + decl.name + " struct {\n")
		for _, typ := range decl.types {
			src.WriteString("_ " + typ + "\n")
		}
		src.WriteString("}\n")
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", src.String(), 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.Default()}
	pkg, err := conf.Check("p", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	fields := func(name string) (all []types.Type) {
		s := pkg.Scope().Lookup(name).Type().Underlying().(*types.Struct)
		for f := range s.Fields() {
			all = append(all, f.Type())
		}
		return all
	}
	keys, elems := fields("keys"), fields("elems")

	for arch, ptr := range ptrSizes {
		sizes := types.SizesFor("gc", arch)
		if sizes == nil {
			t.Errorf("go/types does not know %s", arch)
			continue
		}
		if n := sizes.Sizeof(types.Typ[types.Uintptr]); n != ptr {
			t.Errorf("%s: a pointer has %d bytes, not %d", arch, n, ptr)
		}
		swiss, buckets := For("go1.26.8", arch, ""), For("go1.23.0", arch, "")
		for _, k := range keys {
			for _, e := range elems {
				slot := Slot{KeySize: sizes.Sizeof(k), KeyAlign: sizes.Alignof(k), ElemSize: sizes.Sizeof(e), ElemAlign: sizes.Alignof(e)}
				ki, ei := inlined(sizes, k), inlined(sizes, e)
				group := structType(types.Typ[types.Uint64], types.NewArray(structType(ki, ei), 8))
				if got, ok := swiss.GroupBytes(slot); !ok || got != sizes.Sizeof(group) {
					t.Errorf("%s: map[%s]%s: group of %d, %v, want %d", arch, k, e, got, ok, sizes.Sizeof(group))
				}
				bucket := structType(types.NewArray(types.Typ[types.Uint8], 8), types.NewArray(ki, 8), types.NewArray(ei, 8), types.Typ[types.Uintptr])
				if got, ok := buckets.GroupBytes(slot); !ok || got != sizes.Sizeof(bucket) {
					t.Errorf("%s: map[%s]%s: bucket of %d, %v, want %d", arch, k, e, got, ok, sizes.Sizeof(bucket))
				}
			}
		}
	}
}

func inlined(sizes types.Sizes, t types.Type) types.Type {
	if sizes.Sizeof(t) > 128 {
		return types.NewPointer(t)
	}
	return t
}

func structType(fields ...types.Type) *types.Struct {
	var vars []*types.Var
	for _, f := range fields {
		vars = append(vars, types.NewField(token.NoPos, nil, "_", f, false))
	}
	return types.NewStruct(vars, nil)
}

// rtype and mapType are the beginnings of internal/abi.Type and
// internal/abi.MapType, which are the same in every release since Go 1.24.
type rtype struct {
	size, ptrBytes uintptr
	hash           uint32
	_              [4]uint8
	_              func(unsafe.Pointer, unsafe.Pointer) bool
	_              *byte
	_, _           int32
}

type mapType struct {
	rtype
	key, elem, group *rtype
	_                func(unsafe.Pointer, uintptr) uintptr
	groupSize        uintptr
}

// group gives the size of a map's group, and whether it is scanned, as the type
// descriptor that the compiler or package reflect made for the runtime says.
func group(m reflect.Type) (bytes int64, pointers bool) {
	d := (*mapType)((*[2]unsafe.Pointer)(unsafe.Pointer(&m))[1])
	return int64(d.groupSize), d.group.ptrBytes != 0
}

// mapTypes are maps whose descriptors the compiler made.
var mapTypes = []reflect.Type{
	reflect.TypeFor[map[int]int](),
	reflect.TypeFor[map[int]struct{}](),
	reflect.TypeFor[map[int]bool](),
	reflect.TypeFor[map[int32]int32](),
	reflect.TypeFor[map[int32]struct{}](),
	reflect.TypeFor[map[uint8]uint8](),
	reflect.TypeFor[map[uint8]int64](),
	reflect.TypeFor[map[int16]string](),
	reflect.TypeFor[map[struct{}]struct{}](),
	reflect.TypeFor[map[string]int](),
	reflect.TypeFor[map[string]bool](),
	reflect.TypeFor[map[string]struct{}](),
	reflect.TypeFor[map[string]string](),
	reflect.TypeFor[map[string]any](),
	reflect.TypeFor[map[any]any](),
	reflect.TypeFor[map[string][]byte](),
	reflect.TypeFor[map[int]*int](),
	reflect.TypeFor[map[int]func()](),
	reflect.TypeFor[map[int]map[int]int](),
	reflect.TypeFor[map[unsafe.Pointer]uintptr](),
	reflect.TypeFor[map[float64]complex128](),
	reflect.TypeFor[map[[128]byte][128]byte](),
	reflect.TypeFor[map[[129]byte]int](),
	reflect.TypeFor[map[int][129]byte](),
	reflect.TypeFor[map[[200]byte][200]byte](),
	reflect.TypeFor[map[struct {
		a int32
		b string
	}]struct {
		a int8
		b int64
		c bool
	}](),
	reflect.TypeFor[map[[0]int64]struct {
		a int16
		b [0]int64
	}](),
}

// reflectedTypes are maps whose descriptors package reflect makes.
func reflectedTypes() []reflect.Type {
	keys := []reflect.Type{
		reflect.TypeFor[bool](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](), reflect.TypeFor[string](),
		reflect.TypeFor[complex128](), reflect.TypeFor[any](), reflect.TypeFor[*int](), reflect.TypeFor[[3]byte](), reflect.TypeFor[[5]int16](),
		reflect.TypeFor[[0]int64](), reflect.TypeFor[struct{}](), reflect.TypeFor[[8]string](), reflect.TypeFor[[129]byte](), reflect.TypeFor[[17]*int](),
	}
	elems := append([]reflect.Type{reflect.TypeFor[[]byte](), reflect.TypeFor[func()](), reflect.TypeFor[[1025]byte]()}, keys...)
	var all []reflect.Type
	for _, k := range keys {
		for _, e := range elems {
			all = append(all, reflect.MapOf(k, e))
		}
	}
	return all
}

// slotOf describes the keys and elements of a map.
func slotOf(m reflect.Type) Slot {
	k, e := m.Key(), m.Elem()
	return Slot{
		KeySize: int64(k.Size()), KeyAlign: int64(k.Align()),
		ElemSize: int64(e.Size()), ElemAlign: int64(e.Align()),
		Pointers: holdsPointers(k) || holdsPointers(e),
	}
}

func holdsPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && holdsPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	default:
		return t.Kind() == reflect.String || t.Kind() >= reflect.Chan
	}
}

// The formula against the descriptors that the runtime works with.
func TestGroupBytesAgainstDescriptors(t *testing.T) {
	f := sized(t)
	for _, m := range append(reflectedTypes(), mapTypes...) {
		s := slotOf(m)
		bytes, pointers := group(m)
		if got, ok := f.GroupBytes(s); !ok || got != bytes {
			t.Errorf("%s: group of %d bytes, %v; the descriptor says %d", m, got, ok, bytes)
		}
		if got := f.groupPointers(s); got != pointers {
			t.Errorf("%s: groups with pointers is %v; the descriptor says %v", m, got, pointers)
		}
	}
}
