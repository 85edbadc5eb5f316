package analysis_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// directPackages names further packages to compare, "DIR PATTERN…" each, separated by semicolons.
const directPackages = "MAPESCAPE_DIRECT"

// TestDirect checks that the compiler run directly says what it says through
// the go command, and that what is concluded is the same.
func TestDirect(t *testing.T) {
	archives, err := filepath.Glob("testdata/direct/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := writeArchive(t, archive)
			flags := strings.Fields(strings.TrimSpace(string(archive.Comment)))
			for i, f := range flags {
				if f == "#" {
					flags = flags[:i]
					break
				}
			}
			compareDirect(t, dir, flags)
		})
	}
	for group := range strings.SplitSeq(os.Getenv(directPackages), ";") {
		fields := strings.Fields(group)
		if len(fields) < 2 {
			continue
		}
		tc, err := toolchain.Detect(context.Background(), toolchain.Query{Dir: fields[0]})
		if err != nil {
			t.Fatal(err)
		}
		list, problems, err := load.List(context.Background(), tc, fields[0], fields[1:])
		if err != nil || len(list) == 0 {
			t.Fatal(list, problems, err)
		}
		for _, l := range list {
			t.Run(l.Path, func(t *testing.T) { compareDirect(t, l.Dir, nil) })
		}
	}
}

func writeArchive(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// known asks the go command about the package in dir.
func known(t testing.TB, dir string, flags []string, tests bool) *load.Dependencies {
	t.Helper()
	tc, err := toolchain.Detect(context.Background(), toolchain.Query{Dir: dir, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	d, err := load.DependenciesOf(context.Background(), tc, dir, tests)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func compareDirect(t *testing.T, dir string, flags []string) {
	request := analysis.Request{Dir: dir, Patterns: []string{"."}, Tests: true, Flags: flags, Facts: true}
	want, err := analysis.Run(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Packages) != 1 || len(want.Problems) > 0 {
		t.Fatal("not built: ", want.Problems)
	}
	direct := request
	direct.Known, direct.Warm = known(t, dir, flags, true), new(analysis.Warm)
	direct.Upstream = "unchanged"
	for _, round := range []string{"first", "again"} {
		got, ok, err := analysis.Direct(context.Background(), direct)
		if err != nil || !ok {
			t.Fatalf("%s: no result: %v, %s", round, err, direct.Warm.Reason())
		}
		compareResults(t, got, want)
		if t.Failed() {
			t.Fatal(round)
		}
	}
}

// TestDirectEdited checks that what was kept of one text does no harm to the
// next, and that a mistake is left to the go command to explain.
func TestDirectEdited(t *testing.T) {
	for _, tt := range []struct{ archive, file, old, new string }{
		{"plain", "a.go", "counts := make(map[string]int)", "counts := map[string]int{\"x\": 1}\n\tkept = counts"},
		{"plain", "a_test.go", "want := map[string]int{", "kept = nil\n\twant := map[string]int{"},
		{"plain", "x_test.go", "make(map[string]int)", "make(map[string]int, 100)"},
		{"external", "a.go", "int { return", "int { kept = m; return"},
		{"alone", "a.go", "int { return", "int { kept = m; return"},
		{"between", "a.go", "out := make(map[string]int, len(entries))", "out := make(map[string]int)"},
		{"cgo", "a.go", "m := make(map[int]C.int)", "m := make(map[int]C.int, 9)\n\tn := make(map[C.int]int, 99)\n\tn[C.twice(1)] = 1"},
		{"cgo", "a.go", "2 * x", "3 * x"},
		{"cgo", "b.go", "= Twice(x)", "= Twice(len(map[int]int{1: x}))"},
	} {
		t.Run(tt.archive+" "+tt.file, func(t *testing.T) {
			archive, err := txtar.ParseFile("testdata/direct/" + tt.archive + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(tt.new, "kept") {
				key := map[bool]string{true: "string", false: "int"}[tt.archive == "plain"]
				text := fmt.Sprintf("package %s\n\nvar kept map[%s]int\n", tt.archive, key)
				archive.Files = append(archive.Files, txtar.File{Name: "kept.go", Data: []byte(text)})
			}
			dir := writeArchive(t, archive)
			req := analysis.Request{Dir: dir, Patterns: []string{"."}, Tests: true, Facts: true, Warm: new(analysis.Warm), Upstream: "unchanged"}
			req.Known = known(t, dir, nil, true)
			direct := func() *analysis.Result {
				got, ok, err := analysis.Direct(context.Background(), req)
				if err != nil || !ok {
					t.Fatalf("no result: %v, %s", err, req.Warm.Reason())
				}
				return got
			}
			direct()
			path := filepath.Join(dir, tt.file)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write := func(text string) {
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write(string(text) + "\nfunc mistake() { return 1 }\n")
			if _, ok, err := analysis.Direct(context.Background(), req); ok || err != nil {
				t.Fatalf("a mistake is accepted: %v", err)
			}
			edited := strings.Replace(string(text), tt.old, tt.new, 1)
			if edited == string(text) {
				t.Fatal("nothing edited")
			}
			write(edited)
			got := direct()
			want, err := analysis.Run(context.Background(), analysis.Request{Dir: dir, Patterns: []string{"."}, Tests: true, Facts: true})
			if err != nil || len(want.Packages) != 1 || len(want.Problems) > 0 {
				t.Fatal(want.Problems, err)
			}
			compareResults(t, got, want)
		})
	}
}

// TestDirectUnsaved checks that unsaved text of the package is analysed
// directly, and that of a dependency is left to the go command.
func TestDirectUnsaved(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/direct/plain.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := writeArchive(t, archive)
	text, err := os.ReadFile(filepath.Join(dir, "a.go"))
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), "make(map[string]int)", "make(map[string]int, 1000)", 1)
	req := analysis.Request{
		Dir: dir, Patterns: []string{"."}, Tests: true, Facts: true,
		Overlay: source.Overlay{filepath.Join(dir, "a.go"): []byte(edited)},
	}
	want, err := analysis.Run(context.Background(), req)
	if err != nil || len(want.Packages) != 1 || len(want.Problems) > 0 {
		t.Fatal(want.Problems, err)
	}
	req.Known, req.Warm = known(t, dir, nil, true), new(analysis.Warm)
	got, ok, err := analysis.Direct(context.Background(), req)
	if err != nil || !ok {
		t.Fatalf("no result: %v, %s", err, req.Warm.Reason())
	}
	compareResults(t, got, want)
	req.Overlay = source.Overlay{filepath.Join(dir, "set/set.go"): []byte("package set\n")}
	if _, ok, err := analysis.Direct(context.Background(), req); ok || err != nil {
		t.Errorf("unsaved text of a dependency was left out: %v %v", ok, err)
	}
}

// TestDirectDeclined checks that a package which only the go command can build
// has its result, and that the compiler is not run directly on it again.
func TestDirectDeclined(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/direct/between.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := writeArchive(t, archive)
	req := analysis.Request{Dir: dir, Patterns: []string{"."}, Warm: new(analysis.Warm), Upstream: "unchanged"}
	req.Known = known(t, dir, nil, false)
	req.Known.Builds[0].EmbedFiles = nil // as if it were known wrongly
	for _, want := range []string{"the compiler does not accept", "has failed where the go command has not"} {
		result, err := analysis.Run(context.Background(), req)
		if err != nil || len(result.Packages) != 1 || len(result.Problems) > 0 {
			t.Fatal(result, err)
		}
		if reason := req.Warm.Reason(); !strings.Contains(reason, want) {
			t.Errorf("reason %q, want %q", reason, want)
		}
	}
	again := known(t, dir, nil, false)
	req.Known = again
	if _, err := analysis.Run(context.Background(), req); err != nil || req.Warm.Reason() != "" {
		t.Errorf("not tried again when it is known anew: %v, %s", err, req.Warm.Reason())
	}
}

func compareResults(t *testing.T, got, want *analysis.Result) {
	t.Helper()
	for i, w := range want.Packages[0].Facts {
		g := got.Packages[0].Facts[i]
		if g.ImportPath != w.ImportPath || g.Complete != w.Complete {
			t.Errorf("facts of %s, complete %v, want %s, %v", g.ImportPath, g.Complete, w.ImportPath, w.Complete)
		}
		sayings := func(f *escape.Facts) []string {
			var out []string
			for _, x := range f.All {
				if x.Kind == escape.BoundsCheck || x.Kind == escape.Autogenerated {
					continue // said by the back end
				}
				out = append(out, strings.Join(append([]string{x.Pos.String(), x.Mapped.String(), x.Raw}, x.Explanation...), "\n"))
			}
			slices.Sort(out)
			return out
		}
		if diff := cmp.Diff(sayings(w), sayings(g)); diff != "" {
			t.Errorf("%s: statements by the go command (-) and directly (+):\n%s", w.ImportPath, limit(diff))
		}
		t.Logf("%s: %d statements", w.ImportPath, len(w.All))
	}
	w, g := want.Packages[0], got.Packages[0]
	options := cmp.Options{
		cmpopts.IgnoreFields(analysis.Package{}, "Facts"),
		cmp.Comparer(func(a, b *source.File) bool { return a.Path() == b.Path() && string(a.Text()) == string(b.Text()) }),
		cmpopts.EquateEmpty(),
	}
	if diff := cmp.Diff(w, g, options); diff != "" {
		t.Errorf("by the go command (-) and directly (+):\n%s", limit(diff))
	}
	t.Logf("%s: %d operations", w.Path, len(w.Ops))
}

// limit keeps a difference readable.
func limit(s string) string { return s[:min(len(s), 4000)] }
