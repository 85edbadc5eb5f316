package session

import (
	"context"
	"slices"

	"github.com/mapescape/mapescape/analysis"
)

// Reason says why a package is to be analysed.
type Reason int

// The reasons, in the order of their priority. But for Asked, nothing is done
// when what the package is compiled from is as it was at the last analysis.
const (
	Opened    Reason = iota // a file was opened, or options changed
	Watched                 // something changed on the disk
	Dependent               // something that it imports was saved
	Typed                   // its text changed and is not saved
	Saved
	Asked
)

type job struct {
	dir string
	why Reason
}

// enqueue asks for an analysis. Called with the lock held.
func (s *Session) enqueue(j job) {
	if s.ctx.Err() != nil {
		return
	}
	s.prover.cancel()
	p := s.pkg(j.dir)
	i := slices.IndexFunc(s.queue, func(q job) bool { return q.dir == j.dir })
	if i >= 0 {
		if j.why < s.queue[i].why {
			return // it is on its way for a better reason
		}
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	switch running := s.running != nil && s.running.Dir == j.dir; {
	case j.why == Saved && s.optionsFor(j.dir).Typing:
		// What runs may well be the analysis of the text that has now been saved.
	case j.why == Asked, j.why == Saved, j.why == Dependent && running:
		p.generation++
		if running {
			s.running.supersede()
		}
	}
	at := 0
	if j.why < Saved {
		// Behind all that are at least as urgent; the newest save goes before an older one.
		for at < len(s.queue) && s.queue[at].why >= j.why {
			at++
		}
	}
	s.queue = slices.Insert(s.queue, at, j)
	s.preempt(j)
	if !s.working {
		s.working = true
		s.workers.Go(s.work)
	}
}

// preempt puts off an analysis of another package that is under way and that
// nobody asked for, when the new job is of a save. Called with the lock held.
func (s *Session) preempt(j job) {
	r := s.running
	if r == nil || r.Dir == j.dir || j.why < Saved || r.why >= Saved || context.Cause(r.ctx) != nil {
		return
	}
	r.supersede()
	s.enqueue(job{dir: r.Dir, why: r.why})
}

// work does one job after the other, and ends when there is none.
func (s *Session) work() {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 || s.ctx.Err() != nil {
			s.stop()
			s.mu.Unlock()
			return
		}
		j := s.queue[0]
		s.queue = slices.Delete(s.queue, 0, 1)
		if j.why < Saved && !s.hasOpen(j.dir) {
			s.mu.Unlock()
			continue
		}
		r := &Run{
			Dir:        j.dir,
			Tests:      s.wantsTests(j.dir),
			why:        j.why,
			options:    s.optionsFor(j.dir),
			generation: s.pkg(j.dir).generation,
			done:       make(chan struct{}),
			progress:   make(chan analysis.Progress, 1),
		}
		limited, stop := context.WithTimeoutCause(s.ctx, maxRun, errTooLong)
		r.ctx, r.cancel = context.WithCancelCause(limited)
		s.running = r
		s.mu.Unlock()
		s.perform(r)
		r.cancel(nil)
		stop()
	}
}

// stop ends the worker and everybody's waiting when the session ends. Called with the lock held.
func (s *Session) stop() {
	s.working = false
	if s.ctx.Err() == nil {
		s.prove()
		return
	}
	s.queue = nil
	for _, p := range s.packages {
		for _, w := range p.waiters {
			close(w)
		}
		p.waiters = nil
	}
}
