package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapescape/mapescape/analysis/load"
)

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
	p.attempt = f.key
	now := noTrouble
	if f.deps != nil {
		out.LeftOut = s.leftOut(r.Dir, f.deps)
	}
	switch {
	case errors.Is(f.err, errCancelled):
		out.Cancelled = true
		p.attempt = digest{}
		p.fail("the last analysis was cancelled")
		return out, waiters
	case f.err != nil:
		out.Err, now = f.err, ownTrouble
		p.attempt = digest{}
		p.fail(fmt.Sprintf("the last analysis failed: %v", f.err))
	case f.analysis == nil:
		p.fail("the package does not build: " + f.problem)
		if f.deps == nil || len(f.deps.Files) > 0 || len(f.deps.Ignored) == 0 {
			// A package all of whose files are left out has no mistake in it.
			out.Problem, now = f.problem, packageTrouble
		}
	default:
		if l := s.lookFor(r.Dir); f.look != l {
			f.analysis = f.analysis.label(s, l)
		}
		if f.key != (digest{}) && f.testProblem == "" {
			s.results.put(f.key, f.analysis)
		}
		p.succeed(f.analysis, r.Tests, f.testProblem)
		s.restrict(p, f.deps)
		if out.TestProblem = f.testProblem; p.testProblem != "" {
			now = testTrouble
		}
		for path, d := range s.docs {
			if d.dir() == r.Dir && !d.dropped && d.known != p.known(path) {
				d.show(p.known(path))
			}
		}
	}
	if r.why == Typed && now != noTrouble {
		return out, waiters // half-written text: the user knows
	}
	out.Changed = p.told != now
	p.told = now
	return out, waiters
}

// confirm ends a run that found everything as it was. A file that was opened
// since may still have to be spoken of.
func (s *Session) confirm(r *Run, f findings) {
	s.mu.Lock()
	s.running = nil
	out := Outcome{Dir: r.Dir}
	if f.deps != nil {
		out.LeftOut = s.leftOut(r.Dir, f.deps)
	}
	s.mu.Unlock()
	close(r.done)
	if s.cfg.Finished != nil && (r.begun || len(out.LeftOut) > 0) {
		s.guard(func() { s.cfg.Finished(r, out) })
	}
}

// leftOut notes for the open files of a package why they are not compiled, and
// gives what is news. Called with the lock held.
func (s *Session) leftOut(dir string, deps *load.Dependencies) map[string]string {
	news := map[string]string{}
	for path, d := range s.docs {
		if d.dir() != dir || d.dropped {
			continue
		}
		why := leftOut(deps, d.file)
		if why != "" && why != d.leftOut {
			news[path] = why
		}
		d.leftOut = why
	}
	return news
}
