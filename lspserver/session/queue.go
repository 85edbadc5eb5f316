package session

import (
	"context"
	"slices"

	"github.com/mapescape/mapescape/analysis"
)

// Reason says why a package is to be analysed.
type Reason int

// The reasons, in the order of their priority.
const (
	Opened Reason = iota // a file was opened, or options changed; nothing is done if the result is still good
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
	p := s.pkg(j.dir)
	if j.why != Opened {
		p.generation++
		if s.running != nil && s.running.Dir == j.dir {
			s.running.supersede()
		}
	}
	i := slices.IndexFunc(s.queue, func(q job) bool { return q.dir == j.dir })
	switch {
	case i >= 0 && j.why == Opened:
		// It is on its way, perhaps for a better reason.
	case i >= 0:
		j.why = max(j.why, s.queue[i].why)
		s.queue = slices.Insert(slices.Delete(s.queue, i, i+1), 0, j)
	case j.why == Opened:
		s.queue = append(s.queue, j)
	default:
		s.queue = slices.Insert(s.queue, 0, j)
	}
	if !s.working {
		s.working = true
		s.workers.Go(s.work)
	}
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
		p := s.pkg(j.dir)
		good := p.fresh(s.wantsTests(j.dir))
		r := &Run{
			Dir:        j.dir,
			Tests:      s.wantsTests(j.dir),
			generation: p.generation,
			done:       make(chan struct{}),
			progress:   make(chan analysis.Progress, 1),
		}
		r.ctx, r.cancel = context.WithCancelCause(s.ctx)
		s.running = r
		options := s.options
		s.mu.Unlock()

		if j.why == Opened && good != nil && good.onDisk(j.dir) {
			s.mu.Lock()
			s.running = nil
			s.mu.Unlock()
		} else {
			s.perform(r, options)
		}
		r.cancel(nil)
	}
}

// stop ends the worker and everybody's waiting when the session ends. Called with the lock held.
func (s *Session) stop() {
	s.working = false
	if s.ctx.Err() == nil {
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
