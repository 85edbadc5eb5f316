package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// bench is a session that offers to make every "m" an "M", each compiled when
// the test lets it be.
type bench struct {
	*harness
	mu       sync.Mutex
	prepared int
	checks   chan chan verify.Verdict // each offers its answer
	err      error
	root     string // of the toolchain
}

func startBench(t *testing.T) *bench {
	b := &bench{checks: make(chan chan verify.Verdict)}
	h := &harness{t: t, dir: t.TempDir(), outcomes: make(chan Outcome, 1000)}
	b.harness = h
	ctx, cancel := context.WithCancel(context.Background())
	h.Session = New(ctx, Config{
		Run: func(_ context.Context, r analysis.Request) (*analysis.Result, error) {
			result := readOps(r.Dir)
			if r.Syntax != nil {
				r.Syntax(result, analysis.Typed{Package: result.Packages[0]})
			}
			return result, nil
		},
		Deps: func(_ context.Context, r analysis.Request) (*load.Dependencies, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return &load.Dependencies{Dir: r.Dir, Dirs: []string{r.Dir}, Toolchain: toolchain.Toolchain{GOROOT: b.root}}, nil
		},
		Hints:    func(*analysis.Package, runtimemap.Facts, hint.Options) []hint.Hint { return nil },
		Find:     func(_ *analysis.Result, typed analysis.Typed) rewrite.Found { return findOps(typed.Package) },
		Prepare:  b.prepare,
		Finished: func(_ *Run, o Outcome) { h.outcomes <- o },
		Log:      slog.New(slog.DiscardHandler),
	})
	h.Configure(Options{Level: hint.Normal, Rewrites: RewriteOptions{Background: true, Review: true}})
	t.Cleanup(func() {
		cancel()
		h.Wait()
	})
	return b
}

func findOps(p *analysis.Package) rewrite.Found {
	var found rewrite.Found
	for _, op := range p.Ops {
		r := op.Op.Range
		found.Offers = append(found.Offers, rewrite.Offer{
			Fix: "mapclear", Title: "capitalise", Class: rewrite.Safe, Gain: rewrite.Gain{Proven: true}, Range: r,
			Pos: p.Files[r.Path].Pos(r.Start), Edits: []source.Edit{{Range: r, New: "M"}},
		})
	}
	found.Sort()
	return found
}

func (b *bench) prepare(_ context.Context, req analysis.Request) (*Prepared, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepared++
	if b.err != nil {
		return nil, b.err
	}
	p := readOver(req.Dir, req.Overlay)
	return &Prepared{Package: p, Found: findOps(p), Check: func(ctx context.Context, _ ...rewrite.Offer) (verify.Verdict, error) {
		answer := make(chan verify.Verdict)
		select {
		case b.checks <- answer:
		case <-ctx.Done():
			return verify.Verdict{}, ctx.Err()
		}
		select {
		case v := <-answer:
			return v, nil
		case <-ctx.Done():
			return verify.Verdict{}, ctx.Err()
		}
	}}, nil
}

// readOver is readOps with unsaved text.
func readOver(dir string, overlay source.Overlay) *analysis.Package {
	p := readOps(dir).Packages[0]
	for path, text := range overlay {
		p.Files[path] = source.NewFile(path, text)
	}
	p.Ops = nil
	for path, f := range p.Files {
		for i, c := range f.Text() {
			if c == 'm' {
				var op analysis.Op
				op.Op.Range = source.Range{Path: path, Start: i, End: i + 1}
				p.Ops = append(p.Ops, op)
			}
		}
	}
	return p
}

var builds = verify.Verdict{Go: "go1.26.8", Builds: true}

// next is the next offer that is to be compiled, nil if there is none while
// nothing else is under way.
func (b *bench) next() chan verify.Verdict {
	b.t.Helper()
	select {
	case c := <-b.checks:
		return c
	case <-time.After(patience):
		b.t.Fatal("nothing is compiled")
		return nil
	}
}

// idle waits until nothing is compiled any more.
func (b *bench) idle() {
	b.t.Helper()
	b.Wait()
	select {
	case <-b.checks:
		b.t.Error("something is compiled")
	default:
	}
}

func (b *bench) proofs(path string) string {
	b.t.Helper()
	v, ok := b.View(path)
	if !ok {
		return "not served"
	}
	var out []string
	for _, o := range v.Offers(0, len(v.File.Text())) {
		out = append(out, fmt.Sprintf("%d:%d", o.Start, o.Proof.State))
	}
	return strings.Join(out, " ")
}

func (b *bench) wantProofs(path, want string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.proofs(path)); diff != "" {
		b.t.Errorf("offers (-want +got)\n%s", diff)
	}
}

func TestProofs(t *testing.T) {
	b := startBench(t)
	path := b.write("a.go", "m\n\nm\n")
	b.open(path, "m\n\nm\n")
	b.finished()
	b.next() <- builds
	// An analysis comes first: what is being compiled is given up, and taken up
	// again with what was prepared for it.
	b.next()
	b.Save(b.write("b.go", "m\n"))
	b.finished()
	b.next()
	b.write("b.go", "x\n")
	b.Save(b.dir + "/b.go")
	b.finished()
	// The text of a.go is in another analysis now, which is compiled anew.
	b.next() <- builds
	b.next() <- verify.Verdict{Builds: false, Problems: []source.Problem{{Message: "no"}}}
	b.idle()
	b.wantProofs(path, "0:1 3:3")
	// What was known comes back with the text.
	b.write("b.go", "m\n")
	b.Save(b.dir + "/b.go")
	b.finished()
	b.next()
	b.write("b.go", "x\n")
	b.Save(b.dir + "/b.go")
	b.finished()
	b.idle()
	b.wantProofs(path, "0:1 3:3")
}

// An edit gives up what is compiled for its package, and undoing it takes it up again.
func TestProofsOfEditedText(t *testing.T) {
	b := startBench(t)
	path := b.write("a.go", "m\n\nm\n")
	b.open(path, "m\n\nm\n")
	b.finished()
	b.next()
	if err := b.Change(path, 2, []Change{{Start: Point{1, 0}, End: Point{1, 0}, Text: "x"}}); err != nil {
		t.Fatal(err)
	}
	b.idle()
	b.wantProofs(path, "0:0 4:0")
	if err := b.Change(path, 3, []Change{{Start: Point{1, 0}, End: Point{1, 1}}}); err != nil {
		t.Fatal(err)
	}
	b.next() <- builds
	b.next() <- builds
	b.idle()
	b.wantProofs(path, "0:1 3:1")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.prepared != 1 {
		t.Errorf("prepared %d times", b.prepared)
	}
}

// What cannot be prepared is not tried again and again, and no more is compiled than that.
func TestProofsAreBounded(t *testing.T) {
	b := startBench(t)
	b.err = errors.New("no")
	path := b.write("a.go", "m\n")
	b.open(path, "m\n")
	b.finished()
	b.idle()
	b.wantProofs(path, "0:0")

	b = startBench(t)
	text := strings.Repeat("m", 2*maxProofs)
	path = b.write("a.go", text)
	b.open(path, text)
	b.finished()
	for range maxProofs {
		b.next() <- builds
	}
	b.idle()
	if got := strings.Count(b.proofs(path), ":1"); got != maxProofs {
		t.Errorf("%d were compiled", got)
	}
}

// resolve works the first offer out while the test answers the compiler's questions.
func (b *bench) resolve(path string, verdicts ...verify.Verdict) (Rewritten, error) {
	b.t.Helper()
	v, _ := b.View(path)
	done := make(chan struct{})
	var r Rewritten
	var err error
	go func() {
		defer close(done)
		r, err = b.Rewrite(context.Background(), v, v.Offers(0, 100)[0])
	}()
	for _, verdict := range verdicts {
		b.next() <- verdict
	}
	<-done
	return r, err
}

func TestRewrite(t *testing.T) {
	b := startBench(t)
	b.Configure(Options{Level: hint.Normal})
	path := b.write("a.go", "m\n\nm\n")
	b.open(path, "m\n\nm\n")
	b.finished()
	if _, err := b.resolve(path, verify.Verdict{}); err == nil || err.Error() != "does not build" {
		t.Errorf("error %v", err)
	}
	b.wantProofs(path, "0:3 3:0")
	r, err := b.resolve(path, builds)
	if err != nil || len(r.Edits) != 1 || r.Proof.State != Proved || r.Proof.Text != "verified with go1.26.8" || *r.Files[path].Version != 1 {
		t.Errorf("%+v: %v", r, err)
	}
	// What is known is not asked again.
	b.wantProofs(path, "0:1 3:0")
	if _, err := b.resolve(path); err != nil {
		t.Error(err)
	}
	// In an edited text, all is found again there.
	v, _ := b.View(path)
	if err := b.Change(path, 2, []Change{{Start: Point{1, 0}, End: Point{1, 0}, Text: "é"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Rewrite(t.Context(), v, v.Offers(0, 0)[0]); !errors.Is(err, ErrChanged) {
		t.Errorf("a stale offer: %v", err)
	}
	v, _ = b.View(path)
	offers := v.Offers(0, 100)
	if len(offers) != 2 || offers[1].Start != 5 {
		t.Fatalf("offers %+v", offers)
	}
	r, err = b.resolve(path, builds)
	if err != nil || len(r.Edits) != 1 || *r.Files[path].Version != 2 {
		t.Errorf("%+v: %v", r, err)
	}
	// A text that changes while it is compiled is not rewritten.
	done := make(chan error, 1)
	go func() {
		_, err := b.Rewrite(context.Background(), v, offers[0])
		done <- err
	}()
	answer := b.next()
	if err := b.Change(path, 3, []Change{{Start: Point{1, 0}, End: Point{1, 0}, Text: "é"}}); err != nil {
		t.Fatal(err)
	}
	answer <- builds
	if err := <-done; !errors.Is(err, ErrChanged) {
		t.Errorf("error %v", err)
	}
	// And one that is cancelled lets the next one in.
	v, _ = b.View(path)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, err := b.Rewrite(ctx, v, v.Offers(0, 0)[0])
		done <- err
	}()
	b.next()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := b.resolve(path, builds); err != nil {
		t.Error(err)
	}
}

// Of rewrites that do harm together, those are made that do none.
func TestRewriteAll(t *testing.T) {
	b := startBench(t)
	b.Configure(Options{Level: hint.Normal})
	const text = "m\n\nm\n//mapescape:ignore mapclear\nm\n"
	path := b.write("a.go", text)
	b.open(path, text)
	b.finished()
	worse := verify.Verdict{Go: "go1.26.8", Builds: true, Changes: []placement.Change{{
		Before: placement.Placement{Header: placement.Stack}, After: placement.Placement{Header: placement.Heap, Allocates: placement.Always},
	}}}
	for _, tt := range []struct {
		verdicts []verify.Verdict
		edits    int
	}{
		{[]verify.Verdict{builds}, 2},
		{[]verify.Verdict{worse, builds, {}, builds}, 1},
		{[]verify.Verdict{{}, worse, {}}, 0},
	} {
		v, _ := b.View(path)
		done := make(chan struct{})
		var r Rewritten
		var err error
		go func() {
			defer close(done)
			r, err = b.RewriteAll(context.Background(), v, func(rewrite.Offer) bool { return true })
		}()
		for _, verdict := range tt.verdicts {
			b.next() <- verdict
		}
		<-done
		if len(r.Edits) != tt.edits || (err == nil) != (tt.edits > 0) {
			t.Errorf("%d verdicts: %+v, %v", len(tt.verdicts), r.Edits, err)
		}
	}
}

// Nobody changes the standard library, unless that is what they work on.
func TestReadOnly(t *testing.T) {
	for _, works := range []bool{false, true} {
		b := startBench(t)
		b.root = b.dir
		if works {
			b.Configure(Options{Level: hint.Normal}, Folder{Dir: b.dir, Options: Options{Level: hint.Normal}})
		}
		path := b.write("src/a.go", "m\n")
		b.open(path, "m\n")
		b.finished()
		v, _ := b.View(path)
		if got := len(v.Offers(0, 10)); v.ReadOnly == works || v.Quiet == works || got > 0 != works {
			t.Errorf("worked on %v: read-only %v, quiet %v, %d offers", works, v.ReadOnly, v.Quiet, got)
		}
	}
}

// A symbolic link in the path makes no difference.
func TestRewriteThroughLink(t *testing.T) {
	b := startBench(t)
	b.Configure(Options{Level: hint.Normal})
	b.write("real/a.go", "m\n")
	link := filepath.Join(b.dir, "link")
	if err := os.Symlink(filepath.Join(b.dir, "real"), link); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(link, "a.go")
	b.open(path, "m\n")
	b.finished()
	r, err := b.resolve(path, builds)
	if err != nil || len(r.Edits) != 1 || r.Files[r.Edits[0].Path].Path != path {
		t.Errorf("%+v: %v", r, err)
	}
}
