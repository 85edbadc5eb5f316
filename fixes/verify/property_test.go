package verify_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// TestSafeKeepsBehaviour generates programs, makes every offer of class A in
// them, and compares what they print before and after. MAPESCAPE_FIXES_SEEDS says
// how many programs; seeds "N-M" are those from N to M.
func TestSafeKeepsBehaviour(t *testing.T) {
	first, last := 1, 2
	if spec := os.Getenv("MAPESCAPE_FIXES_SEEDS"); spec != "" {
		var err error
		if n, _ := fmt.Sscanf(spec, "%d-%d", &first, &last); n != 2 {
			if last, err = strconv.Atoi(spec); err != nil {
				t.Fatalf("MAPESCAPE_FIXES_SEEDS=%q is no number", spec)
			}
		}
	}
	made := map[string]int{}
	for seed := first; seed <= last; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) { keepsBehaviour(t, uint64(seed), made) })
	}
	t.Logf("offers made, by fix: %v", made)
	if len(made) == 0 {
		t.Error("no program has an offer of class A")
	}
}

func keepsBehaviour(t *testing.T, seed uint64, made map[string]int) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text := program(seed, 25)
	write(t, filepath.Join(dir, "go.mod"), "module example.com/generated\n\ngo 1.26\n")
	path := filepath.Join(dir, "main.go")
	write(t, path, text)
	base, err := verify.Prepare(context.Background(), analysis.Request{Dir: dir, Patterns: []string{"."}})
	if err != nil {
		t.Fatal(err)
	}
	if base.Package == nil {
		t.Fatalf("the generated program does not build: %v", base.Problems)
	}
	before := output(t, dir)
	var safe []rewrite.Offer
	for _, o := range base.Found.Offers {
		if o.Class == rewrite.Safe {
			safe = append(safe, o)
			made[o.Fix]++
		}
	}
	for _, set := range apart(safe) {
		write(t, path, apply(t, text, set))
		if after := output(t, dir); after == before {
			continue
		}
		for _, o := range set { // which of them is it?
			write(t, path, apply(t, text, []rewrite.Offer{o}))
			if after := output(t, dir); after != before {
				t.Errorf("%s at line %d changes what the program prints. -before +after\n%s", o.Title, o.Pos.Line, cmp.Diff(before, after))
			}
		}
	}
}

func apply(t *testing.T, text string, set []rewrite.Offer) string {
	t.Helper()
	var edits []source.Edit
	for _, o := range set {
		edits = append(edits, o.Edits...)
	}
	after, err := source.Apply([]byte(text), sorted(edits))
	if err != nil {
		t.Fatal(err)
	}
	return string(after)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// output is what the program in a directory prints. One that does not build or
// ends badly prints that.
func output(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s\n%v\n", out, err)
	}
	return string(out)
}
