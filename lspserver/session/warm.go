package session

import (
	"cmp"
	"encoding/hex"
	"slices"

	"github.com/mapescape/mapescape/analysis"
)

// maxWarm is the number of packages whose syntax and imported types are kept
// between analyses: they are most of what a server holds in memory.
const maxWarm = 6

// warmed is a run's request with what is known already and so need not be
// asked of the go command, if that is all true. Who asks for an analysis has
// it made by the go command, from the start, unless that is how every analysis is made.
func (s *Session) warmed(r *Run, f findings) analysis.Request {
	req := f.request
	if f.key == (digest{}) || f.foreign || s.cfg.Deps == nil || r.why == Asked && !r.options.Manual {
		return req
	}
	s.mu.Lock()
	p := s.pkg(r.Dir)
	if p.warm == nil {
		p.warm = new(analysis.Warm)
		s.cool()
	}
	req.Warm = p.warm
	s.mu.Unlock()
	req.Known, req.Upstream = f.deps, hex.EncodeToString(f.upstream[:])
	// Looking for rewrites can take longer than all that hints need.
	if (r.Tests || req.Syntax != nil) && s.cfg.Early != nil {
		req.Early = func(result *analysis.Result) { s.early(r, result) }
	}
	return req
}

// cool drops what is kept of the packages that were not used for longest.
// Called with the lock held.
func (s *Session) cool() {
	var warm []*pkg
	for _, p := range s.packages {
		if p.warm != nil {
			warm = append(warm, p)
		}
	}
	if len(warm) <= maxWarm {
		return
	}
	slices.SortFunc(warm, func(p, q *pkg) int { return cmp.Compare(q.used, p.used) })
	for _, p := range warm[maxWarm:] {
		p.warm = nil
	}
}

// chill drops what is kept of a package: it may be of a state between those
// that were identified, to which nothing would tell that it does not belong.
func (s *Session) chill(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pkg(dir).warm = nil
}

// early shows what is known of a package before its tests are, which decides all
// about the files that are not tests, and before its rewrites are.
func (s *Session) early(r *Run, result *analysis.Result) {
	p := find(result, r.Dir)
	if p == nil {
		return
	}
	s.mu.Lock()
	s.serial++
	a := Analysis{Result: result, Package: p, dir: r.Dir, serial: s.serial}
	look := s.lookFor(r.Dir)
	s.mu.Unlock()
	labelled := a.label(s, look)
	if s.show(r, labelled, look) {
		s.guard(func() { s.cfg.Early(r) })
	}
}

// show puts an early analysis in place, unless the run does not count any more.
func (s *Session) show(r *Run, a *Analysis, look look) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pkg(r.Dir)
	if r.ctx.Err() != nil || p.generation != r.generation || look != s.lookFor(r.Dir) {
		return false
	}
	p.succeed(a, false, "")
	for path, d := range s.docs {
		if d.dir() == r.Dir && !d.dropped && d.known != p.known(path) {
			d.show(p.known(path))
		}
	}
	return true
}
