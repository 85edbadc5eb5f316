package session

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// watchDelay is how long the disk must be quiet before changes on it are
// looked at: a checkout or a formatter changes many files one after the other.
const watchDelay = 250 * time.Millisecond

// maxWatchDelays bounds the waiting where the disk is never quiet.
const maxWatchDelays = 20

// changes are what happened on the disk and was not looked at yet.
type changes struct {
	dirs    map[string]bool // as the go command names them
	modules bool            // a go.mod or the like
	count   int
	waiting bool
}

// Dependencies asks the go command what the package in a request's Dir is compiled from.
func Dependencies(ctx context.Context, req analysis.Request) (*load.Dependencies, error) {
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: req.Dir, Flags: req.Flags, Env: req.Env})
	if err != nil {
		return nil, err
	}
	return load.DependenciesOf(ctx, tc, req.Dir, req.Tests)
}

// Touched says that files have changed on the disk: Go files, and those that
// select the versions of dependencies, which may concern all packages. As soon as it is quiet
// there, the packages with open documents that may be concerned are looked at,
// and those that are compiled from something else than before are analysed.
func (s *Session) Touched(paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil || len(paths) == 0 {
		return
	}
	seen := map[string]bool{}
	for _, path := range paths {
		if !strings.HasSuffix(path, ".go") {
			s.disk.modules = true
			continue
		}
		if dir := filepath.Dir(path); !seen[dir] {
			seen[dir] = true
			if s.disk.dirs == nil {
				s.disk.dirs = map[string]bool{}
			}
			s.disk.dirs[realDir(dir)] = true
		}
	}
	s.disk.count++
	if !s.disk.waiting {
		s.disk.waiting = true
		s.workers.Go(s.awaitQuiet)
	}
}

func (s *Session) awaitQuiet() {
	for i := 1; ; i++ {
		s.mu.Lock()
		before := s.disk.count
		s.mu.Unlock()
		select {
		case <-s.cfg.After(watchDelay):
		case <-s.ctx.Done():
			return
		}
		s.mu.Lock()
		if s.disk.count == before || i == maxWatchDelays {
			s.lookAtDisk()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

// lookAtDisk queues the packages that may have changed. Called with the lock held.
func (s *Session) lookAtDisk() {
	found := s.disk
	s.disk = changes{}
	for _, dir := range slices.Sorted(maps.Keys(s.packages)) {
		p := s.packages[dir]
		if found.modules {
			p.deps = nil
		}
		if !s.hasOpen(dir) || s.optionsFor(dir).Manual {
			continue
		}
		if found.modules || found.dirs[p.real] || p.problem != "" || p.deps == nil || p.deps.Incomplete ||
			slices.ContainsFunc(p.deps.Dirs, func(d string) bool { return found.dirs[d] }) {
			s.enqueue(job{dir: dir, why: Watched})
		}
	}
}

// enqueueDependents queues the packages with open documents that are compiled
// from p as well. Called with the lock held.
func (s *Session) enqueueDependents(p *pkg, why Reason) {
	for _, dir := range slices.Sorted(maps.Keys(s.packages)) {
		q := s.packages[dir]
		if q == p || q.deps == nil || !s.hasOpen(dir) || s.optionsFor(dir).Manual {
			continue
		}
		if _, found := slices.BinarySearch(q.deps.Dirs, p.real); found {
			s.enqueue(job{dir: dir, why: why})
		}
	}
}

// typed waits until no text of a package has changed for a while, and queues
// the package then. Called with the lock held.
func (s *Session) typed(p *pkg, delay time.Duration) {
	p.edits++
	if p.waiting || s.ctx.Err() != nil {
		return
	}
	p.waiting = true
	s.workers.Go(func() {
		for {
			s.mu.Lock()
			before := p.edits
			s.mu.Unlock()
			select {
			case <-s.cfg.After(delay):
			case <-s.ctx.Done():
				return
			}
			s.mu.Lock()
			if p.edits == before {
				p.waiting = false
				if s.hasOpen(p.dir) && s.optionsFor(p.dir).Typing {
					s.enqueue(job{dir: p.dir, why: Typed})
					s.enqueueDependents(p, Typed)
				}
				s.mu.Unlock()
				return
			}
			s.mu.Unlock()
		}
	})
}
