package analysis

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

// A growthRun is what the program in testdata/growth prints.
type growthRun struct {
	Calls  int64
	Lines  map[string]struct{ Objects, Growth int64 }
	PerRun map[string]float64
}

// TestGrowth analyses a program, runs it, and compares what is claimed of each
// insert with what the insert allocated.
func TestGrowth(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", []byte("module m\n\ngo 1.26\n"))
	write("generated.go", []byte(generateGrowth()))
	for _, name := range []string{"bounds.go", "measure.go"} {
		text, err := os.ReadFile(filepath.Join("testdata", "growth", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		write(name, text)
	}
	env := []string{"GOWORK=off", "GOFLAGS=-buildvcs=false"}
	result, err := Run(context.Background(), Request{Dir: dir, Patterns: []string{"."}, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Packages) != 1 {
		t.Fatal(result.Problems)
	}
	measured := measureGrowth(t, dir, env)
	ops := result.Packages[0].Ops
	checkCalled(t, ops, measured)
	checkExpected(t, ops, result.Runtime)
	checkLines(t, ops, measured)
	checkTables(t, ops, measured)
	checkRuns(t, ops, measured)
}

func measureGrowth(t *testing.T, dir string, env []string) growthRun {
	t.Helper()
	cmd := exec.Command("go", "run", ".")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), env...), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var m growthRun
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func isInsert(op Op) bool { return op.Op.Kind == mapop.Insert || op.Op.Kind == mapop.Update }

func lineOf(op Op) string {
	return fmt.Sprintf("%s:%d", filepath.Base(op.Op.Pos.Path), op.Op.Pos.Line)
}

var expectation = regexp.MustCompile(`// grow:(\w+)`)

// checkExpected compares claims with the comments in the program, so that no proof is lost.
func checkExpected(t *testing.T, ops []Op, rt runtimemap.Facts) {
	lines := map[string][]string{}
	for _, op := range ops {
		if !isInsert(op) {
			continue
		}
		text, ok := lines[op.Op.Pos.Path]
		if !ok {
			data, err := os.ReadFile(op.Op.Pos.Path)
			if err != nil {
				t.Fatal(err)
			}
			text = strings.Split(string(data), "\n")
			lines[op.Op.Pos.Path] = text
		}
		m := expectation.FindStringSubmatch(text[op.Op.Pos.Line-1])
		if m == nil {
			continue
		}
		want := m[1]
		if want == "full8" {
			want = "never"
			if rt.Full8UpdateGrows {
				want = "may"
			}
		}
		if string(op.Allocates) != want {
			t.Errorf("%s: %s in %s: %s, want %s: %+v", lineOf(op), op.Op.Kind, op.Op.Func, op.Allocates, want, op.Allocations)
		}
	}
}

// checkLines compares claims with what was counted on their lines.
func checkLines(t *testing.T, ops []Op, measured growthRun) {
	byLine := map[string][]Op{}
	for _, op := range ops {
		byLine[lineOf(op)] = append(byLine[lineOf(op)], op)
	}
	checked := 0
	for line, ops := range byLine {
		if !slices.ContainsFunc(ops, isInsert) {
			continue
		}
		objects := measured.Lines[line].Objects
		all := func(a placement.Allocates) bool {
			return !slices.ContainsFunc(ops, func(op Op) bool { return op.Allocates != a })
		}
		switch {
		case all(placement.Never):
			checked++
			if objects != 0 {
				t.Errorf("%s: never allocates, measured %d objects in %d calls: %s", line, objects, measured.Calls, ops[0].Op.Func)
			}
		case all(placement.Always):
			checked++
			if objects < measured.Calls*int64(len(ops)) {
				t.Errorf("%s: always allocates, measured %d objects in %d calls: %s", line, objects, measured.Calls, ops[0].Op.Func)
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d lines with a claim", checked)
	}
}

// checkTables compares what is said of tables at a map's creation with the growth under its inserts.
func checkTables(t *testing.T, ops []Op, measured growthRun) {
	grown := map[string]int64{}
	for _, op := range ops {
		if !isInsert(op) {
			continue
		}
		for _, o := range op.Op.Origins {
			grown[fmt.Sprint(o.Site)] += measured.Lines[lineOf(op)].Growth
		}
	}
	none := 0
	for _, op := range ops {
		if op.Op.Kind != mapop.Make && op.Op.Kind != mapop.Literal || op.Tables != placement.TablesNone {
			continue
		}
		none++
		if n := grown[fmt.Sprint(op.Op.Range)]; n > 0 {
			t.Errorf("%s: no tables, measured %d objects for growth: %s", lineOf(op), n, op.Op.Func)
		}
	}
	if none < 30 {
		t.Errorf("only %d maps without tables", none)
	}
}

// checkCalled reports functions with inserts that the program does not call: a claim about them would pass unmeasured.
func checkCalled(t *testing.T, ops []Op, measured growthRun) {
	called := map[string]bool{"fill": true, "push": true, "grow20": true, "fillSelf": true, "(*holder)": true, "(*crowd)": true} // by others
	for _, op := range ops {
		name, _, _ := strings.Cut(op.Op.Func, ".")
		if _, ok := measured.PerRun[name]; isInsert(op) && filepath.Base(op.Op.Pos.Path) != "measure.go" && !ok && !called[name] {
			called[name] = true
			t.Errorf("%s is never called", name)
		}
	}
}

// checkRuns compares the functions of which every operation is claimed to allocate nothing with testing.AllocsPerRun.
func checkRuns(t *testing.T, ops []Op, measured growthRun) {
	free := map[string]bool{}
	for _, op := range ops {
		name, _, _ := strings.Cut(op.Op.Func, ".")
		was, seen := free[name]
		free[name] = op.Allocates == placement.Never && (was || !seen)
	}
	checked := 0
	for name, runs := range measured.PerRun {
		if !free[name] {
			continue
		}
		checked++
		if runs != 0 {
			t.Errorf("%s: nothing in it allocates, measured %v allocations a run", name, runs)
		}
	}
	if checked < 30 {
		t.Errorf("only %d functions without allocations", checked)
	}
}

// generateGrowth makes functions that fill maps of every hint near a limit with
// as many keys as the hint says, as the map has room for, and with one more.
func generateGrowth() string {
	var funcs, list strings.Builder
	keys := []struct{ name, typ, key string }{
		{"int", "int", "i"}, {"string", "string", "texts[i]"}, {"pair", "pair", "pair{i, -i}"}, {"pointer", "*int", "&places[i]"},
	}
	fills := map[int][]int{
		0: {0, 1, 7, 8, 9}, 1: {7, 8, 9}, 7: {7, 8, 9}, 8: {7, 8, 9}, 9: {8, 9, 13, 14, 15}, 14: {14, 15}, 15: {14, 15, 16, 28, 29},
		28: {28, 29}, 29: {29, 56, 57}, 100: {100, 112, 113}, 112: {112, 113}, 113: {113, 224, 225}, 448: {448, 449}, 449: {449, 896, 897},
		895: {895, 896, 897}, 896: {895, 896, 897}, 897: {895, 896, 897}, 898: {898}, 1000: {900}, 1792: {897, 1792},
	}
	for _, hint := range slices.Sorted(maps.Keys(fills)) {
		for _, n := range fills[hint] {
			for _, k := range keys {
				for _, escapes := range []bool{false, true} {
					name := fmt.Sprintf("fill_%d_%d_%s_%v", hint, n, k.name, escapes)
					sink := ""
					if escapes {
						sink = "\tsink = m\n"
					}
					fmt.Fprintf(&funcs, "//go:noinline\nfunc %s() int {\n\tm := make(map[%s]int, %d)\n\tfor i := range %d {\n\t\tm[%s] = i\n\t}\n%s\treturn len(m)\n}\n\n",
						name, k.typ, hint, n, k.key, sink)
					fmt.Fprintf(&list, "\t\t%q: %s,\n", name, name)
				}
			}
		}
	}
	return "package main\n\nimport \"strconv\"\n\nvar places [2000]int\n\nvar texts = func() (all [2000]string) {\n\tfor i := range all {\n\t\tall[i] = strconv.Itoa(i)\n\t}\n\treturn all\n}()\n\n" +
		funcs.String() + "func generated() map[string]func() int {\n\treturn map[string]func() int{\n" + list.String() + "\t}\n}\n"
}

// TestGrowthInTests: a claim that holds without the tests must hold with them too.
func TestGrowthInTests(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m\n\ngo 1.26\n",
		"a.go": `package m

var table, small = make(map[int]int, 100), map[int]int{1: 1}

func put() {
	table[1] = 1
	small[2] = 1
}

func Put() { put() }
`,
		"a_test.go": `package m

import "testing"

func TestPut(t *testing.T) {
	for i := range 1000 {
		table[i] = i
		small[i] = i
	}
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tests := range []bool{false, true} {
		want := map[bool]placement.Allocates{false: placement.Never, true: placement.May}[tests]
		result, err := Run(context.Background(), Request{Dir: dir, Patterns: []string{"."}, Tests: tests, Env: []string{"GOWORK=off", "GOFLAGS=-buildvcs=false"}})
		if err != nil || len(result.Packages) != 1 {
			t.Fatal(err, result)
		}
		checked := 0
		for _, op := range result.Packages[0].Ops {
			if op.Op.Func != "put" {
				continue
			}
			checked++
			if op.Allocates != want {
				t.Errorf("tests %v: %s allocates %s, want %s", tests, op.Op.Map, op.Allocates, want)
			}
		}
		if checked != 2 {
			t.Errorf("tests %v: %d inserts", tests, checked)
		}
	}
}
