package analysis

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/mapop"
)

// loweredKeys and loweredElems are the types of the maps that TestLowered compiles.
var (
	loweredKeys = []string{
		"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "rune", "byte",
		"bool", "float32", "float64", "complex64", "complex128", "string", "any", "error", "*int", "unsafe.Pointer", "chan int",
		"[0]int", "[1]*int", "[2]*int", "[1]string", "[2]string", "[4]byte", "[8]byte", "[16]byte", "[2]int32", "[129]byte",
		"struct{}", "struct{ p *int }", "struct{ s string }", "struct{ a int32 }", "struct{ a, b int32 }", "struct{ a, b int }",
		"struct{ s string; i int }", "struct{ a int8; b int32 }", "struct{ _ int32; b int32 }", "struct{ f float64 }", "named", "text",
	}
	loweredElems = []string{"struct{}", "int", "string", "[128]byte", "[129]byte", "[1024]byte", "[1025]byte"}
)

// loweredLoops are ranges over m, a map[K]int, whose bodies delete.
var loweredLoops = []string{
	"for k := range m { delete(m, k) }",
	"for k := range m { if true { delete(m, k) } }",
	"for k := range m { delete((m), (k)) }",
	"for k, _ := range m { delete(m, k) }",
	"var k K; for k = range m { delete(m, k) }",
	"n := 0; for k := range m { delete(m, k); n++ }; _ = n",
	"for k := range m { delete(m, k); break }",
	"o := m; for k := range m { delete(o, k) }",
	"var z K; for range m { delete(m, z) }",
	"for k := range m { if k == k { delete(m, k) } }",
}

// loweredSource is a package in which every function is named after what it does: one
// operation each, the ranges apart.
func loweredSource() string {
	var b strings.Builder
	b.WriteString("package p\n\nimport (\n\t\"maps\"\n\t\"unsafe\"\n)\n\ntype (\n\tnamed int64\n\ttext string\n)\n\nvar (\n\t_ unsafe.Pointer\n\tN int\n\tany1 any\n)\n\n")
	for i, k := range loweredKeys {
		for j, e := range loweredElems {
			m := fmt.Sprintf("m map[%s]%s, k %s", k, e, k)
			fmt.Fprintf(&b, "func access1_%d_%d(%s) %s { return m[k] }\n", i, j, m, e)
			fmt.Fprintf(&b, "func access2_%d_%d(%s) bool { _, ok := m[k]; return ok }\n", i, j, m)
			fmt.Fprintf(&b, "func assign_%d_%d(%s, e *%s) { m[k] = *e }\n", i, j, m, e)
			fmt.Fprintf(&b, "func delete_%d_%d(%s) { delete(m, k) }\n", i, j, m)
		}
		fmt.Fprintf(&b, "func inc_%d(m map[%s]int, k %s) { m[k]++ }\n", i, k, k)
		fmt.Fprintf(&b, "func append_%d(m map[%s][]int, k %s) { m[k] = append(m[k], 1) }\n", i, k, k)
		fmt.Fprintf(&b, "func clear_%d(m map[%s]int) { clear(m) }\n", i, k)
		fmt.Fprintf(&b, "func range_%d(m map[%s]int) { for range m { N++ } }\n", i, k)
		fmt.Fprintf(&b, "func clone_%d(m map[%s]int) map[%s]int { return maps.Clone(m) }\n", i, k, k)
		fmt.Fprintf(&b, "func small_%d() { any1 = make(map[%s]int) }\n", i, k)
		fmt.Fprintf(&b, "func literal_%d() { any1 = map[%s]int{} }\n", i, k)
		fmt.Fprintf(&b, "func hinted_%d() { any1 = make(map[%s]int, 100) }\n", i, k)
		fmt.Fprintf(&b, "func variable_%d(n int) { any1 = make(map[%s]int, n) }\n", i, k)
		fmt.Fprintf(&b, "func len_%d(m map[%s]int) int { return len(m) }\n", i, k)
	}
	for i, loop := range loweredLoops {
		for j, k := range []string{"int", "string", "float64", "any", "struct{ a, b int }"} {
			fmt.Fprintf(&b, "func loop_%d_%d(m map[%s]int) { %s }\n", i, j, k, strings.ReplaceAll(loop, "K", k))
		}
	}
	return b.String()
}

var (
	listedFunc = regexp.MustCompile(`^example\.com/p\.(\w+) STEXT`)
	listedCall = regexp.MustCompile(`\tCALL\t((?:runtime\.(?:map|makemap)|maps\.clone)\w*)\(SB\)`)
)

// TestLowered compares the entry points that are claimed for operations with
// the calls in the compiler's code for them, in several builds.
func TestLowered(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "module example.com/p\n\ngo 1.23\n", "p.go": loweredSource()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"GOWORK=off", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local"}
	for _, build := range []struct {
		name  string
		flags []string
	}{
		{"plain", nil}, {"N", []string{"-gcflags=-N"}}, {"l", []string{"-gcflags=-l"}}, {"race", []string{"-race"}}, {"cover", []string{"-cover"}},
	} {
		t.Run(build.name, func(t *testing.T) {
			if testing.Short() && build.flags != nil {
				t.Skip("builds the standard library with other flags")
			}
			t.Parallel()
			result, err := Run(context.Background(), Request{Dir: dir, Env: env, Flags: build.flags})
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Packages) != 1 {
				t.Fatal(result.Problems)
			}
			compareLowered(t, result.Packages[0].Ops, listing(t, dir, env, build.flags), build.name)
		})
	}
}

// listing gives the map functions that each function of the package calls.
func listing(t *testing.T, dir string, env, flags []string) map[string][]string {
	args, gcflags := []string{"build"}, "-S"
	for _, f := range flags {
		if more, ok := strings.CutPrefix(f, "-gcflags="); ok {
			gcflags = more + " " + gcflags
			continue
		}
		args = append(args, f)
	}
	cmd := exec.CommandContext(context.Background(), "go", append(args, "-gcflags="+gcflags, ".")...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	calls := map[string][]string{}
	current := ""
	for line := range strings.Lines(string(out)) {
		if m := listedFunc.FindStringSubmatch(line); m != nil {
			current = m[1]
			calls[current] = []string{}
		} else if strings.Contains(line, " STEXT ") {
			current = "" // of another package, or generated
		} else if m := listedCall.FindStringSubmatch(line); m != nil && current != "" && !slices.Contains(calls[current], m[1]) {
			calls[current] = append(calls[current], m[1])
		}
	}
	return calls
}

func compareLowered(t *testing.T, ops []Op, calls map[string][]string, build string) {
	t.Helper()
	byFunc := map[string][]string{}
	for _, op := range ops {
		name := op.Op.Func
		if op.Lowered == "" && op.Op.Kind != mapop.Delete {
			t.Errorf("%s: %s: nothing is claimed", name, op.Op.Kind)
		}
		if op.Lowered != "inline" && !slices.Contains(byFunc[name], op.Lowered) {
			byFunc[name] = append(byFunc[name], op.Lowered)
		}
		if op.Lowered == "inline" && byFunc[name] == nil {
			byFunc[name] = []string{}
		}
	}
	compared := 0
	for name, claimed := range byFunc {
		if build == "l" && strings.HasPrefix(name, "clone_") {
			continue // not inlined, maps.Clone itself makes the call
		}
		got, ok := calls[name]
		if !ok {
			t.Errorf("%s: not compiled", name)
			continue
		}
		got = slices.DeleteFunc(slices.Clone(got), func(call string) bool { return strings.HasSuffix(strings.ToLower(call), "iternext") })
		if slices.Contains(claimed, "runtime.mapclear") {
			// The delete in the loop is a part of the clear.
			claimed = slices.DeleteFunc(slices.Clone(claimed), func(c string) bool { return strings.HasPrefix(c, "runtime.mapdelete") })
		}
		if build == "race" && strings.HasPrefix(name, "inc_") {
			// Instrumented, m[k]++ becomes m[k] = m[k] + 1 (walk/order.go: OASOP).
			got = slices.DeleteFunc(got, func(call string) bool { return strings.HasPrefix(call, "runtime.mapaccess1") })
		}
		slices.Sort(claimed)
		slices.Sort(got)
		compared++
		if !slices.Equal(claimed, got) {
			t.Errorf("%s: claimed %v, calls %v", name, claimed, got)
		}
	}
	if want := len(loweredKeys) * (4*len(loweredElems) + 9); compared < want {
		t.Errorf("compared %d functions, want %d", compared, want)
	}
}
