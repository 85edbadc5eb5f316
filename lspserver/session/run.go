package session

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
)

// A Run is one analysis under way.
type Run struct {
	// Dir is the package's directory.
	Dir string
	// Tests says that test files are analysed too.
	Tests bool

	generation int
	cancel     context.CancelCauseFunc
	ctx        context.Context
	done       chan struct{}
	progress   chan analysis.Progress
}

var (
	errSuperseded = errors.New("a newer analysis of the package was asked for")
	errCancelled  = errors.New("the analysis was cancelled")
)

func (r *Run) supersede() { r.cancel(errSuperseded) }

// Cancel ends the analysis at the user's wish.
func (r *Run) Cancel() { r.cancel(errCancelled) }

// Done is closed when the analysis has ended and its result is in place.
func (r *Run) Done() <-chan struct{} { return r.done }

// Progress gives the newest progress that nobody has read yet.
func (r *Run) Progress() <-chan analysis.Progress { return r.progress }

// report replaces a progress that nobody has read yet. It never blocks.
func (r *Run) report(p analysis.Progress) {
	for {
		select {
		case r.progress <- p:
			return
		default:
		}
		select {
		case <-r.progress:
		default:
		}
	}
}

// An Outcome is how an analysis ended.
type Outcome struct {
	Dir string
	// Superseded says that a newer analysis takes its place; nothing else is said then.
	Superseded bool
	// Cancelled says that the user ended it.
	Cancelled bool
	// Err is our own inability.
	Err error
	// Problem says in one line what keeps the package, TestProblem what keeps
	// only its tests, from being analysed; "" when nothing does.
	Problem, TestProblem string
	// Changed says that this is news: trouble, of another kind than before, or the end of it.
	Changed bool
	Elapsed time.Duration
}

// fresh is an analysis that would not have to be repeated if the disk has not changed.
func (p *pkg) fresh(tests bool) *Analysis {
	if p.current && (p.currentTests || !tests) {
		return p.last
	}
	return nil
}

// findings are what an analysis brought, before the session takes them over.
type findings struct {
	analysis    *Analysis  // nil when the package could not be analysed
	level       hint.Level // that it is labelled for
	problem     string
	testProblem string
	err         error
}

func (s *Session) perform(r *Run, o Options) {
	began := time.Now()
	if s.cfg.Started != nil {
		s.guard(func() { s.cfg.Started(r) })
	}
	f := s.analyze(r, o)
	out, waiters := s.finish(r, f)
	out.Elapsed = time.Since(began)
	close(r.done)
	if s.cfg.Finished != nil {
		s.guard(func() { s.cfg.Finished(r, out) })
	}
	for _, w := range waiters {
		w <- out
	}
}

// guard keeps a callback's panic from ending the server.
func (s *Session) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			s.cfg.Log.Error("callback panicked", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	f()
}

// analyze runs the analysis and labels what it found. A panic is an error of
// ours, and not the end of the server.
func (s *Session) analyze(r *Run, o Options) (f findings) {
	defer func() {
		if v := recover(); v != nil {
			s.cfg.Log.Error("analysis panicked", "dir", r.Dir, "panic", v, "stack", string(debug.Stack()))
			f = findings{err: fmt.Errorf("internal error: %v", v)}
		}
	}()
	listing := goFiles(r.Dir)
	result, err := s.cfg.Run(r.ctx, analysis.Request{
		Dir:      r.Dir,
		Patterns: []string{"."},
		Tests:    r.Tests,
		Flags:    o.Flags,
		Env:      o.Env,
		Progress: r.report,
	})
	switch {
	case r.ctx.Err() != nil:
		return findings{err: context.Cause(r.ctx)}
	case err != nil:
		return findings{err: err}
	case result == nil:
		return findings{err: errors.New("internal error: the analysis gave no result")}
	}
	p := find(result, r.Dir)
	if p == nil {
		return findings{problem: missing(result)}
	}
	if r.Tests && len(result.Problems) > 0 {
		// The package itself was analysed, so this is about its tests.
		f.testProblem = missing(result)
	}
	a := Analysis{Result: result, Package: p, listing: listing}
	f.level = o.Level
	f.analysis = a.label(s, o.Level)
	return f
}

// finish takes findings over, unless a newer analysis has been asked for, and
// gives the outcome with those who wait for it.
func (s *Session) finish(r *Run, f findings) (Outcome, []chan Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
	p := s.pkg(r.Dir)
	out := Outcome{Dir: r.Dir}
	if s.ctx.Err() != nil || p.generation != r.generation || context.Cause(r.ctx) == errSuperseded {
		out.Superseded = true
		return out, nil
	}
	waiters := p.waiters
	p.waiters = nil
	now := noTrouble
	switch {
	case errors.Is(f.err, errCancelled):
		out.Cancelled = true
		p.fail("the last analysis was cancelled")
		return out, waiters
	case f.err != nil:
		out.Err, now = f.err, ownTrouble
		p.fail(fmt.Sprintf("the last analysis failed: %v", f.err))
	case f.analysis == nil:
		out.Problem, now = f.problem, packageTrouble
		p.fail("the package does not build: " + f.problem)
	default:
		if f.level != s.options.Level {
			f.analysis = f.analysis.label(s, s.options.Level)
		}
		p.succeed(f.analysis, r.Tests, f.testProblem)
		if out.TestProblem = f.testProblem; p.testProblem != "" {
			now = testTrouble
		}
		for path, d := range s.docs {
			if d.dir() == r.Dir && !d.dropped && d.known != p.known(path) {
				d.show(p.known(path))
			}
		}
	}
	out.Changed = p.told != now
	p.told = now
	return out, waiters
}
