package syncing_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/syncing"
	"github.com/mapescape/mapescape/fixes/verify"
)

// TestPrograms makes the offers in each program of testdata/programs, the only
// ones there, also at the places that the program notes, and compares what it prints before and after. Where there is a C compiler it is
// run with the race detector. The programs' results hang on no order of goroutines.
func TestPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs programs")
	}
	paths, err := filepath.Glob("testdata/programs/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatal("no programs")
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { runProgram(t, path) })
	}
}

func runProgram(t *testing.T, path string) {
	arch, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string, text []byte) {
		t.Helper()
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "go.mod"), []byte("module example.com/program\n\ngo 1.26\n"))
	var want, also []string
	for _, f := range arch.Files {
		lines := strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		switch f.Name {
		case "offers":
			want = lines
			continue
		case "also":
			also = lines
			continue
		}
		write(filepath.Join(dir, f.Name), f.Data)
	}
	base, err := verify.Prepare(context.Background(), analysis.Request{Dir: dir, Patterns: []string{"."}})
	if err != nil {
		t.Fatal(err)
	}
	if base.Package == nil {
		t.Fatalf("the program does not build: %v", base.Problems)
	}
	var offers []rewrite.Offer
	var got []string
	for _, o := range base.Found.Offers {
		if slices.ContainsFunc(syncing.All, func(f *rewrite.Fix) bool { return f.ID == o.Fix }) {
			offers = append(offers, o)
			got = append(got, o.Title)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other offers than noted. -want +got\n%s", diff)
	}
	main := filepath.Join(dir, "main.go")
	for _, text := range also {
		at := strings.Index(string(base.Package.Files[main].Text()), text)
		if at < 0 || !slices.ContainsFunc(offers, func(o rewrite.Offer) bool { return o.Touches(main, at, at+len(text)) }) {
			t.Errorf("nothing is offered at %q", text)
		}
	}
	before := run(t, dir)
	for _, o := range offers {
		v, err := base.Check(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if !v.Good() {
			t.Errorf("%s: %s", o.Title, v.Text())
		}
		for _, path := range o.Files() {
			original := base.Package.Files[path].Text()
			after, err := source.Apply(original, slices.DeleteFunc(slices.Clone(o.Edits), func(e source.Edit) bool { return e.Path != path }))
			if err != nil {
				t.Fatal(err)
			}
			write(path, after)
		}
		if diff := cmp.Diff(before, run(t, dir)); diff != "" {
			t.Errorf("%s changes what the program prints. -before +after\n%s", o.Title, diff)
		}
		for _, path := range o.Files() {
			write(path, base.Package.Files[path].Text())
		}
	}
}

// run is what the program in a directory prints.
func run(t *testing.T, dir string) string {
	t.Helper()
	args := []string{"run"}
	if _, err := exec.LookPath("gcc"); err == nil && os.Getenv("CGO_ENABLED") != "0" {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
