package session

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A Run is one analysis under way.
type Run struct {
	// Dir is the package's directory.
	Dir string
	// Tests says that test files are analysed too.
	Tests bool

	why        Reason
	options    Options
	generation int
	begun      bool
	cancel     context.CancelCauseFunc
	ctx        context.Context
	done       chan struct{}
	progress   chan analysis.Progress
}

var (
	errSuperseded = errors.New("a newer analysis of the package was asked for")
	errCancelled  = errors.New("the analysis was cancelled")
	errTooLong    = fmt.Errorf("it took longer than %v", maxRun)
)

// maxRun is how long an analysis may take: far longer than the compiler needs
// for anything, but not for ever where it waits for what never comes.
const maxRun = 15 * time.Minute

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
	// LeftOut says of open files that the go command does not compile why it does
	// not, by path. It is said once for each opening.
	LeftOut map[string]string
	Elapsed time.Duration
}

// findings are what an analysis brought, before the session takes them over.
type findings struct {
	basis
	analysis    *Analysis // nil when the package could not be analysed
	look        look      // that it is labelled for
	problem     string
	testProblem string
	err         error
}

// perform analyses a package, unless what is known of it is as good.
func (s *Session) perform(r *Run) {
	began := time.Now()
	f, done := s.prepare(r)
	if done {
		s.confirm(r, f)
		return
	}
	if f.analysis == nil && f.err == nil && f.problem == "" {
		s.begin(r)
		f = s.analyze(r, f)
	}
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

// begin tells that a run takes time.
func (s *Session) begin(r *Run) {
	if r.begun || s.cfg.Started == nil {
		return
	}
	r.begun = true
	s.guard(func() { s.cfg.Started(r) })
}

// prepare finds out what an analysis is to be made from. It is done when the
// last one was made from just that; an earlier one that was is given with the findings.
func (s *Session) prepare(r *Run) (f findings, done bool) {
	defer s.recoverInto(r, &f)
	if f.problem = irregular(r.Dir); f.problem != "" {
		return f, false
	}
	f.basis = s.basis(r)
	if r.ctx.Err() != nil {
		f.err = context.Cause(r.ctx)
		return f, false
	}
	if f.key == (digest{}) || r.why == Asked {
		return f, false
	}
	earlier, look, done := s.earlier(r, f.key)
	if earlier != nil {
		f.look, f.analysis = look, earlier.label(s, look)
	}
	return f, done
}

// earlier looks for an analysis of the same basis: done says that nothing else
// has been found out since.
func (s *Session) earlier(r *Run, key digest) (a *Analysis, l look, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pkg(r.Dir)
	// A save of a package that does not build is a wish to try again: what is
	// missing may not be of our making.
	if p.attempt == key && (r.why != Saved || p.problem == "" && p.testProblem == "") {
		return nil, l, p.generation == r.generation
	}
	return s.results.get(key), s.lookFor(r.Dir), false
}

// recoverInto makes a panic an error of ours, and not the end of the server.
func (s *Session) recoverInto(r *Run, f *findings) {
	if v := recover(); v != nil {
		s.cfg.Log.Error("analysis panicked", "dir", r.Dir, "panic", v, "stack", string(debug.Stack()))
		*f = findings{err: fmt.Errorf("internal error: %v", v)}
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

// analyze runs the analysis and labels what it found.
func (s *Session) analyze(r *Run, given findings) (f findings) {
	f = given
	defer s.recoverInto(r, &f)
	found := map[*analysis.Package]rewrite.Found{}
	if s.cfg.Find != nil && !f.foreign {
		f.request.Syntax = func(result *analysis.Result, typed analysis.Typed) {
			if some, ok := s.find(result, typed); ok {
				found[typed.Package] = some
			}
		}
	}
	result, err := s.cfg.Run(r.ctx, s.warmed(r, f))
	switch {
	case r.ctx.Err() != nil:
		f.err = context.Cause(r.ctx)
		return f
	case err != nil:
		f.err = err
		return f
	case result == nil:
		f.err = errors.New("internal error: the analysis gave no result")
		return f
	}
	if key, _ := s.key(f.basis); f.key != key {
		f.key = digest{} // something changed meanwhile
		s.chill(r.Dir)
	}
	p := find(result, r.Dir)
	if p == nil {
		f.problem = missing(result)
		return f
	}
	if r.Tests && len(result.Problems) > 0 {
		// The package itself was analysed, so this is about its tests.
		f.testProblem = missing(result)
	}
	s.mu.Lock()
	s.serial++
	a := Analysis{Result: result, Package: p, dir: r.Dir, serial: s.serial}
	if some, ok := found[p]; ok {
		a.rewrites = newRewrites(some, p, f.request)
	}
	f.look = s.lookFor(r.Dir)
	s.mu.Unlock()
	f.analysis = a.label(s, f.look)
	return f
}
