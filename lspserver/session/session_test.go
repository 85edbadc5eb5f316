package session

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
)

func TestViewsAreImmutable(t *testing.T) {
	h := start(t)
	path := h.write("a.go", "m\nm\n")
	h.open(path, "m\nm\n")
	h.finished()
	before, _ := h.View(path)
	if err := h.Change(path, 2, []Change{{Start: Point{0, 0}, End: Point{0, 0}, Text: "x\n"}, {Start: Point{2, 0}, End: Point{2, 1}}}); err != nil {
		t.Fatal(err)
	}
	h.Configure(Options{Level: hint.All, Tests: true})
	h.want(path, "x\nm<Lall>\n\n")
	marks := before.Marks(0, 4)
	if len(marks) != 2 || before.Len() != 2 || marks[1].Start != 2 || marks[1].Hint.Label != "Lnormal" || string(before.File.Text()) != "m\nm\n" || before.Version != 1 {
		t.Errorf("the view is now %+v with %+v", before, marks)
	}
}

// Only so many packages without an open document are remembered.
func TestEviction(t *testing.T) {
	h := start(t)
	var paths []string
	for i := range maxIdle + 5 {
		path := h.write(fmt.Sprintf("%02d/a.go", i), "m")
		h.open(path, "m")
		h.finished()
		paths = append(paths, path)
	}
	for _, path := range paths {
		h.Close(path)
	}
	h.mu.Lock()
	n := len(h.runs)
	h.mu.Unlock()
	if len(h.packages) != maxIdle {
		t.Errorf("%d packages are remembered", len(h.packages))
	}
	last := paths[len(paths)-1]
	h.open(last, "m")
	h.want(last, "m<Lnormal>")
	h.open(paths[0], "m")
	h.finished()
	h.want(paths[0], "m<Lnormal>")
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.runs) != n+1 {
		t.Errorf("%d analyses more", len(h.runs)-n)
	}
}

// A directory may have another name for the client than for the go command.
func TestSymlink(t *testing.T) {
	h := start(t)
	path := h.write("real/a.go", "m")
	link := filepath.Join(h.dir, "link")
	if err := os.Symlink(filepath.Dir(path), link); err != nil {
		t.Skip(err)
	}
	run := h.cfg.Run
	h.cfg.Run = func(ctx context.Context, r analysis.Request) (*analysis.Result, error) {
		r.Dir = filepath.Join(h.dir, "real")
		return run(ctx, r)
	}
	linked := filepath.Join(link, "a.go")
	h.open(linked, "m")
	h.finished()
	h.want(linked, "m<Lnormal>")
}

func TestSavedTextWithoutHistory(t *testing.T) {
	h := start(t)
	path := h.write("a.go", "m\nx\nm\n")
	h.open(path, "m\nx\nm\n")
	h.finished()
	// More changes than are remembered, then a result for the first text.
	h.Configure(Options{Level: hint.Normal, Manual: true})
	for i := range maxSplices + 1 {
		if err := h.Change(path, int32(i+2), []Change{{Start: Point{1, 0}, End: Point{1, 1}, Text: string("yx"[i%2])}}); err != nil {
			t.Fatal(err)
		}
	}
	if d := h.docs[path]; len(d.splices) > maxSplices || len(d.points) != 0 {
		t.Errorf("%d splices and %d points are remembered", len(d.splices), len(d.points))
	}
	<-h.Analyze(h.dir)
	h.want(path, "m<Lnormal>\ny\nm<Lnormal>\n")
}

// What the disk held at an earlier save is followed through the edits since.
func TestHistory(t *testing.T) {
	h := start(t)
	text := "m\nm\nm\n"
	path := h.write("a.go", text)
	h.Configure(Options{Level: hint.Normal, Manual: true})
	h.open(path, text)
	version := int32(1)
	insert := func(line int, s string) {
		t.Helper()
		version++
		if err := h.Change(path, version, []Change{{Start: Point{line, 0}, End: Point{line, 0}, Text: s}}); err != nil {
			t.Fatal(err)
		}
	}
	for range maxPoints + 2 {
		insert(0, "x\n")
		text = "x\n" + text
		h.Save(path)
		h.Save(path)
	}
	h.write("a.go", text)
	// After this save, two edits and another save that the analysis has not seen yet.
	lines := maxPoints + 2
	insert(lines+2, "y\n")
	insert(lines+1, "\t")
	h.Save(path)
	insert(lines, "z\n")
	<-h.Analyze(h.dir)
	h.want(path, strings.Repeat("x\n", lines)+"z\nm<Lnormal>\n\tm\ny\nm<Lnormal>\n")
	// The same for a text that has been forgotten: lines are compared.
	h.write("a.go", strings.Repeat("x\n", lines)+"z\nm\nm\n")
	<-h.Analyze(h.dir)
	h.want(path, strings.Repeat("x\n", lines)+"z\nm<Lnormal>\n\tm\ny\nm<Lnormal>\n")
}

func TestPanicInHints(t *testing.T) {
	h := start(t)
	path := h.write("a.go", "m")
	h.open(path, "m")
	h.finished()
	h.mu.Lock()
	h.panics = true
	h.mu.Unlock()
	h.write("a.go", "m\n")
	h.Save(path)
	if o := h.finished(); o.Err == nil || !strings.Contains(o.Err.Error(), "internal error") || !o.Changed {
		t.Errorf("outcome %+v", o)
	}
	h.want(path, "m<Lnormal>")
	if v, _ := h.View(path); v.Old == "" {
		t.Error("it is not called old")
	}
}

// A file that is not part of what was analysed has nothing to show.
func TestFileLeftOut(t *testing.T) {
	h := start(t)
	a, b := h.write("a.go", "m"), h.write("b.go", "m")
	h.open(a, "m")
	h.open(b, "m")
	h.finished()
	h.want(b, "m<Lnormal>")
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	h.Save(a)
	for h.finished().Superseded {
	}
	h.want(a, "m<Lnormal>")
	h.want(b, "m")
}

func TestEndOfSession(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan struct{})
	s := New(ctx, Config{
		Run: func(ctx context.Context, _ analysis.Request) (*analysis.Result, error) {
			close(started)
			<-ctx.Done()
			return nil, ctx.Err()
		},
		Log: slog.New(slog.DiscardHandler),
	})
	first, second := s.Analyze("/p"), s.Analyze("/q")
	<-started
	cancel()
	for _, done := range []<-chan Outcome{first, second, s.Analyze("/r")} {
		if _, ok := <-done; ok {
			t.Error("an outcome after the end")
		}
	}
	s.Wait()
}

func TestProgressKeepsTheNewest(t *testing.T) {
	r := &Run{progress: make(chan analysis.Progress, 1)}
	for i := range 3 {
		r.report(analysis.Progress{Done: i})
	}
	if p := <-r.Progress(); p.Done != 2 {
		t.Errorf("progress %+v", p)
	}
}
