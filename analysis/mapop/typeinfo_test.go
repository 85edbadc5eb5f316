package mapop

import (
	"fmt"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keyDecls are what keyTypes refer to.
const keyDecls = `package a

import "unsafe"

var _ unsafe.Pointer

type (
	NStr  string
	NInt  int
	Rec   struct{ next *Rec }
	Alias = int32
)
`

// keyTypes are key types with the suffixes of the runtime's entry points on
// 64-bit and 32-bit targets.
var keyTypes = []struct{ text, fast64, fast32 string }{
	{"int", "64", "32"},
	{"uint64", "64", "64"},
	{"int32", "32", "32"},
	{"uint32", "32", "32"},
	{"rune", "32", "32"},
	{"Alias", "32", "32"},
	{"int16", "", ""},
	{"uint8", "", ""},
	{"bool", "", ""},
	{"string", "str", "str"},
	{"NStr", "str", "str"},
	{"NInt", "64", "32"},
	{"float64", "", ""},
	{"float32", "", ""},
	{"complex64", "", ""},
	{"uintptr", "64", "32"},
	{"*int", "64ptr", "32ptr"},
	{"unsafe.Pointer", "64ptr", "32ptr"},
	{"chan int", "64ptr", "32ptr"},
	{"any", "", ""},
	{"error", "", ""},
	{"Rec", "64ptr", "32ptr"},
	{"[4]byte", "32", "32"},
	{"[8]byte", "64", "64"},
	{"[2]int16", "32", "32"},
	{"[2]int32", "64", "64"},
	{"[4]bool", "32", "32"},
	{"[1]int", "64", "32"},
	{"[1]string", "str", "str"},
	{"[1]*int", "64ptr", "32ptr"},
	{"[2]*int", "", ""},
	{"[2]string", "", ""},
	{"[0]string", "", ""},
	{"[1]float64", "", ""},
	{"[1][1]string", "str", "str"},
	{"[16]byte", "", ""},
	{"[129]byte", "", ""},
	{"struct{}", "", ""},
	{"struct{ i int32 }", "32", "32"},
	{"struct{ i int64 }", "64", "64"},
	{"struct{ _ int64 }", "", ""},
	{"struct{ a, b int32 }", "64", "64"},
	{"struct{ a, b int64 }", "", ""},
	{"struct{ s string }", "str", "str"},
	{"struct{ p *int }", "64ptr", "32ptr"},
	{"struct{ a [1]struct{ s string } }", "str", "str"},
	{"struct{ a int8; b int32 }", "", ""},
	{"struct{ b int32; a int8 }", "", ""},
	{"struct{ a, b, c, d int8 }", "32", "32"},
	{"struct{ a int32; b [2]int16 }", "64", "64"},
	{"struct{ _ int32; b int32 }", "", ""},
	{"struct{ f float64 }", "", ""},
	{"struct{ a int32; f float32 }", "", ""},
	{"struct{ s string; i int }", "", ""},
	{"struct{ a int32; z struct{} }", "", ""},
	{"struct{ z struct{}; a int32 }", "32", "32"},
	{"struct{ a int64; z [0]string }", "", ""},
	{"struct{ a int32; p *int }", "", ""},
	{"struct{ p *int; a int32 }", "", ""},
}

// keyPackage is a package with one variable and one inserting function for each key type.
func keyPackage() []byte {
	var b strings.Builder
	b.WriteString(keyDecls)
	for i, k := range keyTypes {
		fmt.Fprintf(&b, "func assign%d(m map[%s]int, k %s) { m[k] = 1 }\n", i, k.text, k.text)
	}
	return []byte(b.String())
}

func TestFast(t *testing.T) {
	for arch, want := range map[string]func(i int) string{
		"amd64": func(i int) string { return keyTypes[i].fast64 },
		"arm64": func(i int) string { return keyTypes[i].fast64 },
		"386":   func(i int) string { return keyTypes[i].fast32 },
	} {
		t.Run(arch, func(t *testing.T) {
			check := newChecker(t, archiveImports...)
			check.sizes = types.SizesFor("gc", arch)
			pkg := check.load(t, "example.com/a", map[string][]byte{"a.go": keyPackage()})
			d := newTypeDescriber(pkg.Sizes, pkg.Types)
			for i, k := range keyTypes {
				fn := pkg.Types.Scope().Lookup(fmt.Sprintf("assign%d", i)).(*types.Func)
				if got := d.info(fn.Signature().Params().At(1).Type()).Fast; got != want(i) {
					t.Errorf("map[%s]int: fast %q, want %q", k.text, got, want(i))
				}
			}
		})
	}
}

var (
	assignText  = regexp.MustCompile(`^\S*\.(assign\d+) STEXT`)
	assignEntry = regexp.MustCompile(`runtime\.mapassign(?:_fast(\w+))?\(SB\)`)
)

// TestFastCompiled compares the table with the functions that compiled code calls.
func TestFastCompiled(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	dir := t.TempDir()
	for name, text := range map[string][]byte{"go.mod": []byte("module example.com/a\n\ngo 1.26\n"), "a.go": keyPackage()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, arch := range []string{"amd64", "386"} {
		t.Run(arch, func(t *testing.T) {
			cmd := exec.Command("go", "build", "-gcflags=-S", ".")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOARCH="+arch, "GOOS=linux", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOTOOLCHAIN=local", "GO111MODULE=on")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("go build: %v\n%s", err, out)
			}
			got, want := map[string]string{}, map[string]string{}
			current := ""
			for line := range strings.Lines(string(out)) {
				if m := assignText.FindStringSubmatch(line); m != nil {
					current = m[1]
				} else if m := assignEntry.FindStringSubmatch(line); m != nil && current != "" {
					got[current] = m[1]
				}
			}
			for i, k := range keyTypes {
				name := fmt.Sprintf("assign%d", i)
				want[name] = k.fast64
				if arch == "386" {
					want[name] = k.fast32
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("entry points (-table +compiler):\n%s", diff)
			}
		})
	}
}

func TestTypeInfo(t *testing.T) {
	check := newChecker(t, archiveImports...)
	pkg := check.load(t, "example.com/a", map[string][]byte{"a.go": []byte(`package a

import "time"

type S struct {
	a bool
	b [2]struct{}
	_ float64
}
type L []int
type P[T any] struct { x *T; y T }
type Q[T any] struct { x *T }

func f[K comparable](
	_ bool, _ int8, _ string, _ L, _ S, _ [3]bool, _ [9]bool, _ time.Duration, _ *int, _ map[int]int, _ func(),
	_ float32, _ [2]complex64, _ error, _ K, _ P[K], _ Q[K], _ [0]*int, _ struct{}, _ struct { a uint8; b bool },
	_ P[int],
) {
}
`)})
	params := pkg.Types.Scope().Lookup("f").(*types.Func).Signature().Params()
	want := []TypeInfo{
		{Text: "bool", Size: 1, Align: 1, Shape: ShapeBool, Reflexive: true, Values: 2},
		{Text: "int8", Size: 1, Align: 1, Shape: ShapeInteger, Reflexive: true, Values: 256},
		{Text: "string", Size: 16, Align: 8, Pointers: true, Shape: ShapeString, Reflexive: true, Fast: "str"},
		{Text: "L", Size: 24, Align: 8, Pointers: true, Shape: ShapeSlice},
		{Text: "S", Size: 16, Align: 8, Shape: ShapeStruct, Values: 2},
		{Text: "[3]bool", Size: 3, Align: 1, Shape: ShapeStruct, Reflexive: true, Values: 8},
		{Text: "[9]bool", Size: 9, Align: 1, Shape: ShapeStruct, Reflexive: true},
		{Text: "time.Duration", Size: 8, Align: 8, Shape: ShapeInteger, Reflexive: true, Fast: "64"},
		{Text: "*int", Size: 8, Align: 8, Pointers: true, Shape: ShapePointer, Reflexive: true, Fast: "64ptr"},
		{Text: "map[int]int", Size: 8, Align: 8, Pointers: true, Shape: ShapePointer},
		{Text: "func()", Size: 8, Align: 8, Pointers: true, Shape: ShapePointer},
		{Text: "float32", Size: 4, Align: 4, Shape: ShapeFloat},
		{Text: "[2]complex64", Size: 16, Align: 4, Shape: ShapeStruct},
		{Text: "error", Size: 16, Align: 8, Pointers: true, Shape: ShapeInterface},
		{Text: "K", Size: -1, Pointers: true, Shape: ShapeTypeParam},
		{Text: "P[K]", Size: -1, Pointers: true, Shape: ShapeStruct},
		{Text: "Q[K]", Size: 8, Align: 8, Pointers: true, Shape: ShapeStruct, Reflexive: true, Fast: "64ptr"},
		{Text: "[0]*int", Size: 0, Align: 8, Shape: ShapeStruct, Reflexive: true, Values: 1},
		{Text: "struct{}", Size: 0, Align: 1, Shape: ShapeStruct, Reflexive: true, Values: 1},
		{Text: "struct{a uint8; b bool}", Size: 2, Align: 1, Shape: ShapeStruct, Reflexive: true},
		{Text: "P[int]", Size: 16, Align: 8, Pointers: true, Shape: ShapeStruct, Reflexive: true},
	}
	d := newTypeDescriber(pkg.Sizes, pkg.Types)
	var got []TypeInfo
	for v := range params.Variables() {
		got = append(got, d.info(v.Type()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("type descriptions (-want +got):\n%s", diff)
	}
}
