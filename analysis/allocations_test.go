package analysis

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
)

// A wanted is what the comment behind a function of the allocations program wants of its operations.
type wanted struct {
	name, file string
	line       int
	claim      placement.Allocates
	elsewhere  bool // "+heap": something listed is allocated where a variable is declared
	more       bool // "+more": the function may allocate more than its operation does
	other      bool // "+other": in other builds it may
}

var wantedFunc = regexp.MustCompile(`^func (\w+)\(\) *\{.*// want (.*)$`)

// wantedOf reads the comments of a file, for a release.
func wantedOf(t *testing.T, name, text string, minor int) []wanted {
	var all []wanted
	for i, line := range strings.Split(text, "\n") {
		m := wantedFunc.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		w := wanted{name: m[1], file: name, line: i + 1}
		use := true
		for _, word := range strings.Fields(m[2]) {
			if since, ok := strings.CutPrefix(word, "[1."); ok {
				n, err := strconv.Atoi(strings.TrimSuffix(since, "]"))
				if err != nil {
					t.Fatalf("%s:%d: %s", name, i+1, word)
				}
				use = minor >= n
				continue
			}
			if use {
				claim, extra, _ := strings.Cut(word, "+")
				w.claim, w.elsewhere, w.more, w.other = placement.Allocates(claim), extra == "heap", extra == "more", extra == "other"
			}
		}
		all = append(all, w)
	}
	return all
}

// A measurement is what one call of a function allocated, on average.
type measurement struct {
	Name   string
	Large  bool
	Allocs float64
	Bytes  float64
}

// harness is the program's main function; %s stands for the table of functions.
const harness = `package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

var cases = []struct {
	name string
	f    func()
}{
%s}

func main() {
	debug.SetGCPercent(-1)
	out := json.NewEncoder(os.Stdout)
	for _, large := range []bool{false, true} {
		for _, c := range cases {
			setInputs(large)
			for range 5 {
				c.f()
			}
			const runs = 50
			allocs := testing.AllocsPerRun(runs, c.f)
			least := uint64(1 << 40) // what else happens now and then does not count
			for range 3 {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for range runs {
					c.f()
				}
				runtime.ReadMemStats(&after)
				least = min(least, after.TotalAlloc-before.TotalAlloc)
			}
			out.Encode(map[string]any{"Name": c.name, "Large": large, "Allocs": allocs, "Bytes": float64(least) / runs})
			runtime.GC()
		}
	}
}
`

// TestAllocations measures what the functions of a program allocate, each of
// which is one map operation, and compares it with the claims: "never" must be
// no allocation whatever the inputs, "always" at least one with all of them, and where numbers
// and bytes are stated they must be those measured. Builds with other flags are checked the same way.
func TestAllocations(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/allocations/cases.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, build := range []struct {
		name  string
		flags []string
		asks  bool // the comments are of this build
	}{
		{"plain", nil, true},
		{"unoptimised", []string{"-gcflags=-N"}, false},
		{"uninlined", []string{"-gcflags=-l"}, false},
		{"race", []string{"-race"}, false},
	} {
		t.Run(build.name, func(t *testing.T) {
			if testing.Short() && !build.asks {
				t.Skip("builds the standard library with other flags")
			}
			t.Parallel()
			measureAndCompare(t, archive, build.flags, build.asks)
		})
	}
}

func measureAndCompare(t *testing.T, archive *txtar.Archive, flags []string, asks bool) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var table strings.Builder
	for _, f := range archive.Files {
		write(f.Name, string(f.Data))
		for _, w := range wantedOf(t, f.Name, string(f.Data), 0) {
			fmt.Fprintf(&table, "\t{%q, %s},\n", w.name, w.name)
		}
	}
	write("main.go", fmt.Sprintf(harness, table.String()))

	env := []string{"GOWORK=off", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local"}
	result, err := Run(context.Background(), Request{Dir: dir, Env: env, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Packages) != 1 {
		t.Fatal(result.Problems)
	}
	claims := map[string]tally{}
	for _, op := range result.Packages[0].Ops {
		name, _, _ := strings.Cut(op.Op.Func, ".")
		claims[name] = claims[name].plus(op)
	}
	measured := measure(t, dir, env, flags)
	cases := 0
	for _, f := range archive.Files {
		for _, w := range wantedOf(t, f.Name, string(f.Data), result.Runtime.Minor) {
			c, ok := claims[w.name]
			if w.claim == "none" {
				continue
			}
			where := fmt.Sprintf("%s:%d: %s", w.file, w.line, w.name)
			if !ok || len(measured[w.name]) != 2 {
				t.Errorf("%s: no operation, or not measured", where)
				continue
			}
			cases++
			if asks && (c.answer() != w.claim || c.elsewhere != w.elsewhere) {
				t.Errorf("%s: %s, want %s: %s; measured %s", where, c.answer(), w.claim, c.describe(), describeMeasured(measured[w.name]))
			}
			c.compare(t, where, measured[w.name], !w.more && (asks || !w.other), !slices.Contains(flags, "-race"))
		}
	}
	if cases < 200 {
		t.Errorf("only %d cases", cases)
	}
}

// measure builds and runs the program.
func measure(t *testing.T, dir string, env, flags []string) map[string][]measurement {
	program := filepath.Join(dir, "program")
	args := append(append([]string{"build", "-o", program}, flags...), ".")
	cmd := exec.CommandContext(context.Background(), "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd = exec.CommandContext(context.Background(), program)
	cmd.Env = append(os.Environ(), "GOCOVERDIR="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := map[string][]measurement{}
	for line := range bytes.Lines(out) {
		var m measurement
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all[m.Name] = append(all[m.Name], m)
	}
	return all
}

// A tally is what is said of all operations of a function together.
type tally struct {
	never, always bool // some operation never allocates, or always
	may           bool
	elsewhere     bool
	// low and high bound the number of allocations; high is -1 where it is open.
	low, high int
	// bytes is the exact number; -1 where it is not stated.
	bytes int64
	texts []string
}

// plus adds an operation. The program's inserts find their keys there, so that
// the growth that they may need is left out.
func (c tally) plus(op Op) tally {
	list := slices.DeleteFunc(slices.Clone(op.Allocations), func(a placement.Allocation) bool {
		insert := op.Op.Kind == mapop.Insert || op.Op.Kind == mapop.Update
		return insert && (a.What == "growth" || a.What == "group") || a.Cause == "map" // a map inside is an operation of its own
	})
	switch {
	case op.Allocates == placement.Never:
		c.never = true
	case slices.ContainsFunc(list, func(a placement.Allocation) bool { return a.When == "" && a.Cause != placement.CauseMoved }):
		c.always = true
	case slices.ContainsFunc(list, func(a placement.Allocation) bool { return a.Cause != placement.CauseMoved }), len(op.Allocations) == 0:
		c.may = true
		if len(op.Allocations) == 0 {
			c.high = -1
		}
	}
	for _, a := range list {
		c.texts = append(c.texts, fmt.Sprintf("%s of %s: %s %s (%d in %d) %q", op.Op.Kind, op.Op.Map, a.What, a.Cause, a.Bytes, a.Count, a.When))
		if a.Cause == placement.CauseMoved {
			c.elsewhere = true
			continue
		}
		if a.When == "" {
			c.low += max(a.Count, 1)
		}
		if a.When != "" || a.Bytes == 0 || a.Count == 0 {
			c.bytes = -1
		} else if c.bytes >= 0 {
			c.bytes += a.Bytes
		}
		if a.Count == 0 {
			c.high = -1
		} else if c.high >= 0 {
			c.high += a.Count
		}
	}
	return c
}

func (c tally) answer() placement.Allocates {
	switch {
	case c.always:
		return placement.Always
	case c.may:
		return placement.May
	}
	return placement.Never
}

func (c tally) describe() string { return strings.Join(c.texts, "; ") }

func describeMeasured(all []measurement) string {
	var texts []string
	for _, m := range all {
		texts = append(texts, fmt.Sprintf("%v (%v B)", m.Allocs, m.Bytes))
	}
	return strings.Join(texts, ", ")
}

// compare holds a claim against what was measured; atMost says that the function
// does nothing else, and sizes that the bytes are those of the plain allocator.
func (c tally) compare(t *testing.T, where string, all []measurement, atMost, sizes bool) {
	t.Helper()
	lowest := slices.MinFunc(all, func(a, b measurement) int { return cmp.Compare(a.Allocs, b.Allocs) }).Allocs
	highest := slices.MaxFunc(all, func(a, b measurement) int { return cmp.Compare(a.Allocs, b.Allocs) }).Allocs
	text := fmt.Sprintf("%s is said: %s; measured %s", c.answer(), c.describe(), describeMeasured(all))
	switch {
	case c.elsewhere:
		if lowest < float64(c.low+1) {
			t.Errorf("%s: no variable was allocated: %s", where, text)
		}
	case atMost && c.answer() == placement.Never && highest > 0, c.answer() == placement.Always && lowest < 1:
		t.Errorf("%s: %s", where, text)
	case lowest < float64(c.low), atMost && c.high >= 0 && highest > float64(c.high):
		t.Errorf("%s: %d to %d allocations, %s", where, c.low, c.high, text)
	case atMost && sizes && c.answer() == placement.Always && c.bytes > 0:
		for _, m := range all {
			if d := m.Bytes - float64(c.bytes); d > 4+0.02*m.Bytes || -d > 4+0.02*m.Bytes {
				t.Errorf("%s: %d bytes, %s", where, c.bytes, text)
			}
		}
	}
}
