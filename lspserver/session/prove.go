package session

import (
	"bytes"
	"context"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// Prepared is a package whose rewrites can be compiled.
type Prepared struct {
	// Package is nil if it could not be analysed; Problems say why.
	Package  *analysis.Package
	Problems []source.Problem
	Found    rewrite.Found
	// Check compiles it with some of the offers of Found made.
	Check func(context.Context, ...rewrite.Offer) (verify.Verdict, error)
}

// Prepare is what Config.Prepare is outside of tests.
func Prepare(ctx context.Context, req analysis.Request) (*Prepared, error) {
	b, err := verify.Prepare(ctx, req)
	if err != nil {
		return nil, err
	}
	return &Prepared{Package: b.Package, Problems: b.Problems, Found: b.Found, Check: b.Check}, nil
}

// maxProofs is the number of offers of a package that are compiled before
// anybody asks for one of them.
const maxProofs = 24

// A prover compiles offers while there is nothing to analyse. It is guarded by
// the session's lock.
type prover struct {
	running bool
	dir     string // of the package whose offers are being compiled
	end     context.CancelFunc
	// prepared is that of the analysis with the serial number of; what was
	// cancelled goes on with it.
	prepared *Prepared
	of       int
}

// cancel ends what is being compiled; it is taken up again when nothing else is to be done.
func (p *prover) cancel() {
	if p.end != nil {
		p.end()
	}
}

// edited ends it if it is about a package whose text has just changed.
func (p *prover) edited(dir string) {
	if p.dir == dir {
		p.cancel()
	}
}

// find asks for what can be rewritten. A mistake in a fix costs the offers, and not the analysis.
func (s *Session) find(result *analysis.Result, typed analysis.Typed) (found rewrite.Found, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			s.cfg.Log.Error("looking for rewrites panicked", "package", typed.Path, "panic", v, "stack", string(debug.Stack()))
			found, ok = rewrite.Found{}, false
		}
	}()
	return s.cfg.Find(result, typed), true
}

// prove starts to compile offers if there are any that matter. Called with the lock held.
func (s *Session) prove() {
	if s.prover.running || s.working || s.ctx.Err() != nil || s.unproved() == nil {
		return
	}
	s.prover.running = true
	s.workers.Go(s.proveAll)
}

// unproved is an analysis with offers in open, unedited files of which it is
// not known whether they build. Called with the lock held.
func (s *Session) unproved() *Analysis {
	if s.cfg.Prepare == nil {
		return nil
	}
	var best *Analysis
	for _, path := range slices.Sorted(maps.Keys(s.docs)) {
		d := s.docs[path]
		if d.dropped || d.known == nil || d.known.rewrites == nil || d.known.rewrites.settled {
			continue
		}
		if p := s.packages[d.dir()]; p == nil || p.readOnly || !s.optionsFor(d.dir()).Rewrites.Background {
			continue
		}
		if best != nil && best.serial >= d.known.serial {
			continue // the newest goes first
		}
		if len(s.open(d.known)) > 0 && s.view(d).Unchanged() {
			best = d.known
		}
	}
	return best
}

// open are the offers that are to be compiled: those in open files, the sure and
// useful ones first. Called with the lock held.
func (s *Session) open(a *Analysis) []int {
	inOpen := map[string]bool{}
	for _, d := range s.docs {
		if d.known != nil && d.known.serial == a.serial && !d.dropped {
			inOpen[a.file(d.path).Path()] = true
		}
	}
	r := a.rewrites
	left := maxProofs
	for _, p := range r.proofs {
		if p.State != Unproved {
			left--
		}
	}
	var out []int
	for i, o := range r.found.Offers {
		if r.proofs[i].State == Unproved && !r.ignored[i] && inOpen[o.Range.Path] {
			out = append(out, i)
		}
	}
	rank := func(i int) int {
		o := &r.found.Offers[i]
		switch {
		case o.Gain.Proven && o.Class == rewrite.Safe:
			return 0
		case o.Gain.Proven:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(i, j int) int { return rank(i) - rank(j) })
	return out[:max(min(left, len(out)), 0)]
}

// proveAll compiles offers until there are none left or an analysis is wanted.
func (s *Session) proveAll() {
	for {
		s.mu.Lock()
		a := s.unproved()
		if a == nil || s.working || s.ctx.Err() != nil {
			s.prover.running, s.prover.dir, s.prover.end = false, "", nil
			if !s.shown(s.prover.of) {
				s.prover.prepared = nil
			}
			s.mu.Unlock()
			return
		}
		ctx, cancel := context.WithCancel(s.ctx)
		s.prover.dir, s.prover.end = a.dir, cancel
		todo := s.open(a)
		prepared := s.prover.prepared
		if s.prover.of != a.serial {
			prepared = nil
		}
		s.mu.Unlock()
		s.proveSome(ctx, a, prepared, todo)
		cancel()
		s.mu.Lock()
		s.prover.dir, s.prover.end = "", nil
		s.mu.Unlock()
	}
}

// shown reports whether an open document shows an analysis. Called with the lock held.
func (s *Session) shown(serial int) bool {
	for _, d := range s.docs {
		if d.known != nil && d.known.serial == serial {
			return true
		}
	}
	return false
}

// proveSome compiles offers of an analysis, one after the other.
func (s *Session) proveSome(ctx context.Context, a *Analysis, b *Prepared, todo []int) {
	settle := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		a.rewrites.settled = true
	}
	defer func() {
		if v := recover(); v != nil {
			s.cfg.Log.Error("compiling rewrites panicked", "dir", a.dir, "panic", v, "stack", string(debug.Stack()))
			settle()
		}
	}()
	if b == nil {
		var err error
		if b, err = s.cfg.Prepare(ctx, a.rewrites.request); err != nil || b.Package == nil || !sameText(a.Package, b.Package) {
			if ctx.Err() == nil {
				// Its tests do not build, or the disk has moved on and another analysis is on its way.
				s.cfg.Log.Debug("rewrites are not compiled", "dir", a.dir, "error", err)
				settle()
			}
			return
		}
		s.mu.Lock()
		s.prover.prepared, s.prover.of = b, a.serial
		s.mu.Unlock()
	}
	for _, i := range todo {
		proof, err := check(ctx, b, &a.rewrites.found.Offers[i])
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.cfg.Log.Debug("a rewrite is not compiled", "dir", a.dir, "error", err)
			settle()
			return
		}
		s.mu.Lock()
		a.rewrites.proofs = slices.Clone(a.rewrites.proofs)
		a.rewrites.proofs[i] = proof
		s.mu.Unlock()
		if s.cfg.Proved != nil {
			s.guard(func() { s.cfg.Proved(a.dir) })
		}
	}
}

// check compiles an offer of an analysis, if it is still made where all of the
// package's tests are looked at as well.
func check(ctx context.Context, b *Prepared, o *rewrite.Offer) (Proof, error) {
	i := slices.IndexFunc(b.Found.Offers, func(p rewrite.Offer) bool {
		return p.Fix == o.Fix && p.Range == o.Range && slices.Equal(p.Edits, o.Edits)
	})
	if i < 0 {
		return Proof{State: Failed, Text: "the package's tests stand in the way"}, nil
	}
	v, err := b.Check(ctx, b.Found.Offers[i])
	if err != nil {
		return Proof{}, err
	}
	return proofOf(v), nil
}

// sameText reports whether the files of a are of the same text in b.
func sameText(a, b *analysis.Package) bool {
	for path, f := range a.Files {
		if g := b.Files[path]; g == nil || !bytes.Equal(f.Text(), g.Text()) {
			return false
		}
	}
	return true
}
