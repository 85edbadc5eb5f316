package session

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// harness is a session whose analysis takes every "m" on the disk for an operation.
type harness struct {
	*Session
	t        *testing.T
	dir      string
	outcomes chan Outcome
	mu       sync.Mutex
	runs     []string
	panics   bool
}

func start(t *testing.T) *harness {
	h := &harness{t: t, dir: t.TempDir(), outcomes: make(chan Outcome, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	h.Session = New(ctx, Config{
		Run: func(_ context.Context, r analysis.Request) (*analysis.Result, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.runs = append(h.runs, r.Dir)
			return readOps(r.Dir), nil
		},
		Hints: func(p *analysis.Package, _ runtimemap.Facts, o hint.Options) []hint.Hint {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.panics {
				panic("no hints")
			}
			var out []hint.Hint
			for _, op := range p.Ops {
				out = append(out, hint.Hint{Label: "L" + string(o.Level), Level: o.Level, Range: op.Op.Range, Op: op})
			}
			return out
		},
		Finished: func(_ *Run, o Outcome) { h.outcomes <- o },
		Log:      slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() {
		cancel()
		h.Wait()
	})
	return h
}

func readOps(dir string) *analysis.Result {
	p := &analysis.Package{Dir: dir, Files: map[string]*source.File{}}
	paths, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		p.Files[path] = source.NewFile(path, text)
		for i := range text {
			if text[i] == 'm' {
				p.Ops = append(p.Ops, analysis.Op{Placement: placement.Placement{Op: mapop.Op{
					Kind: mapop.Make, Range: source.Range{Path: path, Start: i, End: i + 1},
				}}})
			}
		}
	}
	return &analysis.Result{Packages: []*analysis.Package{p}}
}

func (h *harness) write(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h *harness) open(path, text string) {
	h.t.Helper()
	if err := h.Open(path, 1, text); err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) finished() Outcome {
	h.t.Helper()
	select {
	case o := <-h.outcomes:
		return o
	case <-time.After(patience):
		h.t.Fatal("no analysis finished")
		return Outcome{}
	}
}

// shown are a document's labels in its text.
func (h *harness) shown(path string) string {
	h.t.Helper()
	v, ok := h.View(path)
	if !ok {
		return "not served"
	}
	text := string(v.File.Text())
	marks := v.Marks(0, len(text))
	for i := len(marks) - 1; i >= 0; i-- {
		text = text[:marks[i].End] + "<" + marks[i].Hint.Label + ">" + text[marks[i].End:]
	}
	return text
}

func (h *harness) want(path, want string) {
	h.t.Helper()
	if got := h.shown(path); got != want {
		h.t.Errorf("%s shows %q, want %q", filepath.Base(path), got, want)
	}
}
