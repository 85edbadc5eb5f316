package session

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

// real is a session with the real analysis, whose labels are where headers live.
type real struct {
	*harness
	early chan *Run
}

func startReal(t *testing.T) *real {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &real{harness: &harness{t: t, dir: dir, outcomes: make(chan Outcome, 100)}, early: make(chan *Run, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	r.Session = New(ctx, Config{
		Run:  analysis.Run,
		Deps: Dependencies,
		Hints: func(p *analysis.Package, _ runtimemap.Facts, _ hint.Options) []hint.Hint {
			var out []hint.Hint
			for _, op := range p.Ops {
				out = append(out, hint.Hint{Label: string(op.Header), Range: op.Op.Range, Op: op})
			}
			return out
		},
		Finished: func(_ *Run, o Outcome) { r.outcomes <- o },
		Early:    func(run *Run) { r.early <- run },
		Log:      slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() {
		cancel()
		r.Wait()
	})
	return r
}

// settled writes files as if they had been there for long.
func (r *real) settled(name, text string) string {
	r.t.Helper()
	path := r.write(name, text)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// finishedIn waits for the end of an analysis of a directory, and checks that the
// compiler was run directly.
func (r *real) finishedIn(dir string) Outcome {
	r.t.Helper()
	for {
		out := r.finished()
		if out.Dir != dir || out.Superseded {
			continue
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		warm := r.packages[dir].warm
		if warm == nil {
			r.t.Fatal("nothing was kept")
		}
		if reason := warm.Reason(); reason != "" {
			r.t.Errorf("not direct: %s", reason)
		}
		return out
	}
}

const (
	dependencyKeeps = "package b\n\n// Take takes.\nfunc Take(m map[int]int) int { return len(m) }\n"
	dependencyLeaks = "package b\n\nvar kept map[int]int\n\n// Take takes.\nfunc Take(m map[int]int) int { kept = m; return len(m) }\n"
	dependent       = "package a\n\nimport \"example.com/m/b\"\n\nfunc f() int {\n\tm := make(map[int]int)\n\treturn b.Take(m)\n}\n"
)

// A verdict depends on what a dependency's function does with its parameter,
// which is in the export data: a save of the dependency changes the hint.
func TestDependencySaved(t *testing.T) {
	r := startReal(t)
	r.settled("go.mod", "module example.com/m\n\ngo 1.24\n")
	b := r.settled("b/b.go", dependencyKeeps)
	a := r.settled("a/a.go", dependent)
	r.open(a, dependent)
	r.finishedIn(filepath.Dir(a))
	labels := func() (labels []string) {
		v, _ := r.View(a)
		for _, m := range v.Marks(0, len(dependent)) {
			labels = append(labels, m.Hint.Label)
		}
		return labels
	}
	first := labels()
	if len(first) == 0 || first[0] != "stack" {
		t.Fatalf("labels %q, want stack first", first)
	}
	r.write("b/b.go", dependencyLeaks)
	r.Save(b)
	r.finishedIn(filepath.Dir(a))
	if second := labels(); len(second) == 0 || second[0] != "heap" {
		t.Errorf("labels %q when the dependency leaks its parameter, want heap first", second)
	}
	r.write("b/b.go", dependencyKeeps)
	r.Save(b)
	r.finishedIn(filepath.Dir(a))
	if third := labels(); len(third) == 0 || third[0] != "stack" {
		t.Errorf("labels %q when it does not leak any more, want stack first", third)
	}
}

// The package's own files have their hints before its tests are analysed.
func TestEarly(t *testing.T) {
	r := startReal(t)
	r.settled("go.mod", "module example.com/m\n\ngo 1.24\n")
	const text = "package m\n\nfunc f() map[int]int { return make(map[int]int) }\n"
	const test = "package m\n\nimport \"testing\"\n\nfunc TestF(*testing.T) { m := map[int]int{}; m[1] = len(f()) }\n"
	a := r.settled("a.go", text)
	at := r.settled("a_test.go", test)
	r.open(a, text)
	r.open(at, test)
	out := r.finishedIn(r.dir)
	if out.TestProblem != "" || out.Err != nil {
		t.Fatalf("%+v", out)
	}
	select {
	case <-r.early:
	default:
		t.Error("nothing was shown before the tests")
	}
	for path, want := range map[string]string{a: "heap", at: "stack"} {
		v, _ := r.View(path)
		if marks := v.Labelled(0, len(v.File.Text())); len(marks) == 0 || marks[0].Hint.Label != want {
			t.Errorf("%s: %v, want %s first", filepath.Base(path), marks, want)
		}
	}
	// Of a mistake the go command tells; afterwards the direct way is taken again.
	for _, c := range []struct{ text, problem string }{
		{"package m\n\nfunc f() map[int]int { return 1 }\n", "the package does not build: "},
		{text + "\n// Again.\n", ""},
	} {
		r.write("a.go", c.text)
		r.Save(a)
		out := r.finished()
		for out.Superseded {
			out = r.finished()
		}
		if (out.Problem != "") != (c.problem != "") {
			t.Errorf("%q: problem %q", c.text, out.Problem)
		}
	}
	if reason := r.packages[r.dir].warm.Reason(); reason != "" {
		t.Errorf("not direct: %s", reason)
	}
}
