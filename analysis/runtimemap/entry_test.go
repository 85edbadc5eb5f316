package runtimemap

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEntry(t *testing.T) {
	tests := []struct {
		op   EntryOp
		fast string
		elem int64
		want string
	}{
		{Access1, "", 8, "runtime.mapaccess1"},
		{Access2, "str", 128, "runtime.mapaccess2_faststr"},
		{Access1, "str", 129, "runtime.mapaccess1"},
		{Access1, "64", 1024, "runtime.mapaccess1"},
		{Access1, "64", 1025, "runtime.mapaccess1_fat"},
		{Access2, "", 1025, "runtime.mapaccess2_fat"},
		{Access2, "64ptr", 8, "runtime.mapaccess2_fast64"},
		{Assign, "64ptr", 8, "runtime.mapassign_fast64ptr"},
		{Assign, "64ptr", 129, "runtime.mapassign"},
		{Assign, "32", 0, "runtime.mapassign_fast32"},
		{Assign, "", 2000, "runtime.mapassign"},
		{Delete, "64ptr", 8, "runtime.mapdelete_fast64"},
		{Delete, "str", 2000, "runtime.mapdelete"},
		{Access1, "", -1, ""},
		{Assign, "str", -1, ""},
		{Assign, "16", 8, ""},
		{Assign, "ptr", 8, ""},
		{Assign, "32ptr", 8, ""}, // no pointer of 4 bytes on amd64
		{"", "", 8, ""},
		{"copy", "", 8, ""},
	}
	for _, version := range []string{"go1.23.0", "go1.24.0", "go1.25.0", "go1.26.8", "go1.27.0"} {
		f := For(version, "amd64", "")
		for _, tt := range tests {
			if got := f.Entry(tt.op, tt.fast, tt.elem); got != tt.want {
				t.Errorf("%s: Entry(%q, %q, %d) = %q, want %q", version, tt.op, tt.fast, tt.elem, got, tt.want)
			}
		}
	}

	made := func(f Facts) (names []string) {
		for _, op := range []EntryOp{MakeSmall, Make, MakeStack, Clear, RangeInit, RangeNext, Clone} {
			names = append(names, strings.TrimPrefix(f.Entry(op, "", 0), "runtime."))
		}
		return names
	}
	for _, tt := range []struct {
		facts Facts
		want  []string
	}{
		{For("go1.23.0", "amd64", ""), []string{"makemap_small", "makemap", "rand32", "mapclear", "mapiterinit", "mapiternext", "maps.clone"}},
		{For("go1.24.0", "amd64", ""), []string{"makemap_small", "makemap", "rand", "mapclear", "mapIterStart", "mapIterNext", "maps.clone"}},
		{For("go1.27.0", "386", ""), []string{"makemap_small", "makemap", "rand", "mapclear", "mapIterStart", "mapIterNext", "maps.clone"}},
		{For("go1.25.0", "amd64", "noswissmap"), []string{"makemap_small", "makemap", "rand32", "mapclear", "", "", "maps.clone"}},
	} {
		if diff := cmp.Diff(tt.want, made(tt.facts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.facts.Version, diff)
		}
	}
}

// keyClasses are key types with their class on 64-bit and 32-bit targets.
var keyClasses = []struct{ typ, on64, on32 string }{
	{"int", "64", "32"},
	{"uint64", "64", "64"},
	{"uintptr", "64", "32"},
	{"int32", "32", "32"},
	{"rune", "32", "32"},
	{"int16", "", ""},
	{"uint8", "", ""},
	{"bool", "", ""},
	{"float32", "", ""},
	{"float64", "", ""},
	{"complex64", "", ""},
	{"string", "str", "str"},
	{"any", "", ""},
	{"error", "", ""},
	{"*int", "64ptr", "32ptr"},
	{"unsafe.Pointer", "64ptr", "32ptr"},
	{"chan int", "64ptr", "32ptr"},
	{"[1]*int", "64ptr", "32ptr"},
	{"struct{ p *int }", "64ptr", "32ptr"},
	{"[2]*int", "", ""},
	{"[2]int32", "64", "64"},
	{"[4]byte", "32", "32"},
	{"[8]byte", "64", "64"},
	{"[16]byte", "", ""},
	{"[129]byte", "", ""},
	{"struct{ a int32 }", "32", "32"},
	{"struct{ a, b int32 }", "64", "64"},
	{"struct{ a, b int64 }", "", ""},
	{"struct{ s string }", "str", "str"},
	{"[1]string", "str", "str"},
	{"struct{ s string; i int }", "", ""},
	{"struct{ a int8; b int32 }", "", ""},
	{"struct{ _ int32; b int32 }", "", ""},
	{"struct{}", "", ""},
}

var callLine = regexp.MustCompile(`\tCALL\t((?:runtime\.(?:map|makemap|rand)|maps\.)\w*)\(SB\)`)

// calls reads the listing of go tool compile -S: for each function of the
// package the distinct map functions that it calls, in order.
func calls(listing string) map[string][]string {
	all := map[string][]string{}
	var fn string
	for line := range strings.Lines(listing) {
		if symbol, _, ok := strings.Cut(line, " STEXT"); ok {
			_, fn, _ = strings.Cut(symbol, ".")
		} else if m := callLine.FindStringSubmatch(line); m != nil && !slices.Contains(all[fn], m[1]) {
			all[fn] = append(all[fn], m[1])
		}
	}
	return all
}

// Entry against what the compiler at hand calls, for targets of both word sizes.
func TestEntryAgainstCompiler(t *testing.T) {
	elemSizes := []int64{0, 8, 128, 129, 1024, 1025}
	var src strings.Builder
	src.WriteString("package p\n\nimport \"unsafe\"\n\nvar _ unsafe.Pointer\nvar N int\n")
	for i, k := range keyClasses {
		for _, size := range elemSizes {
			m := fmt.Sprintf("m map[%s][%d]byte, k %s", k.typ, size, k.typ)
			fmt.Fprintf(&src, "func access1_%d_%d(%s) [%d]byte { return m[k] }\n", i, size, m, size)
			fmt.Fprintf(&src, "func access2_%d_%d(%s) bool { _, ok := m[k]; return ok }\n", i, size, m)
			fmt.Fprintf(&src, "func assign_%d_%d(%s, e *[%d]byte) { m[k] = *e }\n", i, size, m, size)
			fmt.Fprintf(&src, "func delete_%d_%d(%s) { delete(m, k) }\n", i, size, m)
		}
	}
	src.WriteString(`
func makeSmall() map[int]int { return make(map[int]int, 8) }
func make9() map[int]int { return make(map[int]int, 9) }
func makeVariable(n int) map[int]int { return make(map[int]int, n) }
func makeStack() { m := make(map[int]int); N = len(m) }
func makeStack9() { m := make(map[int]int, 9); N = len(m) }
func makeStackVariable(n int) { m := make(map[int]int, n); N = len(m) }
func clearMap(m map[int]int) { clear(m) }
func rangeMap(m map[int]int) { for k := range m { N += k } }
func deleteLoop(m map[string]int) { for k := range m { delete(m, k) } }
func deleteLoopFloat(m map[float64]int) { for k := range m { delete(m, k) } }
func deleteLoopInterface(m map[any]int) { for k := range m { delete(m, k) } }
func deleteLoopTwoVariables(m map[string]int) { for k, _ := range m { delete(m, k) } }
func deleteLoopTwoStatements(m map[string]int) { for k := range m { delete(m, k); N++ } }
func increment(m map[string]int, k string) { m[k]++ }
func appendTo(m map[string][]int, k string) { m[k] = append(m[k], 1) }
func literal() map[int]int { return map[int]int{1: N, 2: N} }
`)

	for _, arch := range []string{"amd64", "386", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			f := For(here(t).Version, arch, "")
			dir := t.TempDir()
			file := filepath.Join(dir, "p.go")
			if err := os.WriteFile(file, []byte(src.String()), 0o666); err != nil {
				t.Fatal(err)
			}
			listing, _ := goCommand(t, dir, []string{"GOARCH=" + arch}, "tool", "compile", "-S", "-p", "p", "-o", filepath.Join(dir, "p.o"), file)
			got := calls(listing)

			entry := func(op EntryOp) string { return f.Entry(op, "", 0) }
			deleteFrom := func(fast string) string { return f.Entry(Delete, fast, 8) }
			want := map[string][]string{
				"makeSmall":               {entry(MakeSmall)},
				"make9":                   {entry(Make)},
				"makeVariable":            {entry(Make)},
				"makeStack":               {entry(MakeStack)},
				"makeStack9":              {entry(Make)},
				"makeStackVariable":       {entry(Make)},
				"clearMap":                {entry(Clear)},
				"rangeMap":                {entry(RangeInit), entry(RangeNext)},
				"deleteLoop":              {entry(Clear)},
				"deleteLoopFloat":         {entry(RangeInit), deleteFrom(""), entry(RangeNext)},
				"deleteLoopInterface":     {entry(RangeInit), deleteFrom(""), entry(RangeNext)},
				"deleteLoopTwoVariables":  {entry(RangeInit), deleteFrom("str"), entry(RangeNext)},
				"deleteLoopTwoStatements": {entry(RangeInit), deleteFrom("str"), entry(RangeNext)},
				"increment":               {f.Entry(Assign, "str", 8)},
				"appendTo":                {f.Entry(Assign, "str", 24)},
				"literal":                 {entry(MakeSmall), f.Entry(Assign, f.intClass(), 8)},
			}
			for i, k := range keyClasses {
				class := k.on64
				if f.PtrSize == 4 {
					class = k.on32
				}
				for _, size := range elemSizes {
					for _, op := range []EntryOp{Access1, Access2, Assign, Delete} {
						want[fmt.Sprintf("%s_%d_%d", op, i, size)] = []string{f.Entry(op, class, size)}
					}
				}
			}
			for name, calls := range got {
				slices.Sort(calls)
				slices.Sort(want[name])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("calls (-Entry +compiler):\n%s", diff)
			}
		})
	}
}

// intClass is the class of int.
func (f Facts) intClass() string {
	if f.PtrSize == 4 {
		return "32"
	}
	return "64"
}

func TestEntryClone(t *testing.T) {
	f := here(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module p\n\ngo 1.23\n",
		"p.go":   "package p\n\nimport \"maps\"\n\nfunc clone(m map[int]int) map[int]int { return maps.Clone(m) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, listing := goCommand(t, dir, []string{"GOARCH=" + runtime.GOARCH}, "build", "-gcflags=-S", "-o", filepath.Join(dir, "p.a"))
	want := []string{f.Entry(Clone, "", 0)}
	if diff := cmp.Diff(want, calls(listing)["clone"]); diff != "" {
		t.Errorf("calls of maps.Clone (-Entry +compiler):\n%s", diff)
	}
}
