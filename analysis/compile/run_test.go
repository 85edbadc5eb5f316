package compile

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

func TestSections(t *testing.T) {
	var done []string
	s := &sections{done: func(p string) { done = append(done, p) }}
	text := "go: a note\n# a/b\nx.go:1:2: m does not escape\n# a/b [a/b.test]\n\n# warning: not a head\nx.c:1: note: C says something\n# c\nno newline at the end"
	for chunk := range strings.SplitAfterSeq(text, "b") { // writes end anywhere
		if _, err := s.Write([]byte(chunk)); err != nil {
			t.Fatal(err)
		}
	}
	s.end()
	want := map[string][]string{
		"":               {"go: a note"},
		"a/b":            {"x.go:1:2: m does not escape"},
		"a/b [a/b.test]": {"", "# warning: not a head", "x.c:1: note: C says something"},
		"c":              {"no newline at the end"},
	}
	if diff := cmp.Diff(want, s.byPackage); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a/b", "a/b [a/b.test]", "c"}, done); diff != "" {
		t.Error(diff)
	}
}

// module writes a module and detects its toolchain.
func module(t *testing.T, files map[string]string) (string, toolchain.Toolchain) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tc, err := toolchain.Detect(context.Background(), toolchain.Query{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return dir, tc
}

func TestRun(t *testing.T) {
	dir, tc := module(t, map[string]string{
		"go.mod":         "module m\n\ngo 1.23\n",
		"good/a.go":      "package good\n\nfunc F() int { m := make(map[int]int); return len(m) }\n",
		"good/b_test.go": "package good\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { m := map[int]int{1: 1}; _ = m }\n",
		"bad/a.go":       "package bad\n\nfunc F() int { var s string = 1; return len(s) }\n",
		"needs/a.go":     "package needs\n\nimport \"m/bad\"\n\nvar X = bad.F()\n",
		"quiet/a.go":     "package quiet\n\nconst X = 1\n",
		"missing/a.go":   "package missing\n\nimport \"example.com/nowhere\"\n\nvar X = nowhere.X\n",
	})
	logs, problems, err := Run(context.Background(), tc, Job{Patterns: []string{"m/good", "m/bad", "m/needs", "m/quiet", "m/missing"}, Tests: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		t.Error(problems)
	}
	byPath := map[string]Log{}
	for _, l := range logs {
		byPath[l.ImportPath] = l
	}
	if l := byPath["m/good"]; !l.Built || !contains(l.Lines, "make(map[int]int) does not escape") || l.Files[0] != filepath.Join(dir, "good", "a.go") {
		t.Errorf("good: %+v", l)
	}
	if l := byPath["m/good [m/good.test]"]; !l.Built || !contains(l.Lines, "map[int]int{...} does not escape") {
		t.Errorf("good with tests: %+v", l)
	}
	if l := byPath["m/quiet"]; !l.Built {
		t.Errorf("quiet: %+v", l)
	}
	for path, want := range map[string]source.Problem{
		"m/bad":   {Package: "m/bad", Pos: source.Pos{Path: filepath.Join(dir, "bad", "a.go"), Line: 3, Column: 31}, Message: "cannot use 1 (untyped int constant) as string value in variable declaration"},
		"m/needs": {Package: "m/needs", Pos: source.Pos{Path: filepath.Join(dir, "bad", "a.go"), Line: 3, Column: 31}, Message: "cannot use 1 (untyped int constant) as string value in variable declaration"},
	} {
		l := byPath[path]
		if l.Built || len(l.Problems) != 1 {
			t.Errorf("%s: built %v, problems %v", path, l.Built, l.Problems)
			continue
		}
		if diff := cmp.Diff(want, l.Problems[0]); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	}
	l := byPath["m/missing"]
	if l.Built || len(l.Problems) != 1 || !strings.Contains(l.Problems[0].Message, "example.com/nowhere") || !strings.Contains(l.Problems[0].Message, "go get") {
		t.Errorf("missing: %+v", l.Problems)
	}
}

func contains(lines []string, part string) bool {
	for _, l := range lines {
		if strings.Contains(l, part) {
			return true
		}
	}
	return false
}

// TestReplay checks that a second run says the same as the first, which compiled.
func TestReplay(t *testing.T) {
	_, tc := module(t, map[string]string{
		"go.mod": "module m\n\ngo 1.23\n",
		"a.go":   "package m\n\nfunc F() map[int]int { return make(map[int]int) }\n//line gen.y:7\nfunc G() map[int]int { return map[int]int{} }\n",
	})
	first, _, err := Run(context.Background(), tc, Job{Patterns: []string{"m"}})
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := Run(context.Background(), tc, Job{Patterns: []string{"m"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	if !contains(first[0].Lines, "gen.y:7[") {
		t.Errorf("no place on disk under //line: %q", first[0].Lines)
	}
}

func TestOverlay(t *testing.T) {
	dir, tc := module(t, map[string]string{
		"go.mod": "module m\n\ngo 1.23\n",
		"a.go":   "package m\n\nthis is not Go\n",
	})
	logs, _, err := Run(context.Background(), tc, Job{
		Patterns: []string{"m"},
		Overlay:  source.Overlay{filepath.Join(dir, "a.go"): []byte("package m\n\nfunc F() map[int]int { return make(map[int]int) }\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !logs[0].Built || !contains(logs[0].Lines, "make(map[int]int) escapes to heap") {
		t.Errorf("%+v", logs[0])
	}
	t.Log(strings.Join(logs[0].Lines, "\n"))
}

func TestRunCancelled(t *testing.T) {
	_, tc := module(t, map[string]string{"go.mod": "module m\n\ngo 1.23\n", "a.go": "package m\n"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Run(ctx, tc, Job{Patterns: []string{"m"}}); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}
