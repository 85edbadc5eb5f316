package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// ErrChanged says that a text is not any more what a change was worked out for.
var ErrChanged = errors.New("the text has changed since")

// A DeclinedError says why a rewrite that was on offer is not made.
type DeclinedError struct{ Why string }

func (e *DeclinedError) Error() string { return e.Why }

// A Present is the text that a file has now.
type Present struct {
	File *source.File
	// Path is the client's name for the file.
	Path string
	// Version is the client's, nil where the file is not open.
	Version *int32
}

// A Rewritten is a change of the code, worked out on the texts that the files have now.
type Rewritten struct {
	Edits []source.Edit
	// Files are the texts that the edits are for, by path.
	Files map[string]Present
	// Offers are those that were taken, Proof is what the compiler made of all of them.
	Offers []rewrite.Offer
	Proof  Proof
}

// Rewrite works an offer of a view out on the present text, and compiles it
// unless that has been done. Where the text is not the one that was analysed, all
// is found again in it. The error is ErrChanged where the document has moved on
// since the view, and a DeclinedError where the rewrite cannot be made.
func (s *Session) Rewrite(ctx context.Context, v View, o Offered) (Rewritten, error) {
	if out, ok := s.proven(v, o); ok {
		return out, nil
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return Rewritten{}, err
	}
	defer leave()
	if out, ok := s.proven(v, o); ok { // somebody else wanted to know
		return out, nil
	}
	b, files, err := s.derive(ctx, v)
	if err != nil {
		return Rewritten{}, err
	}
	path := v.known.file(v.File.Path()).Path()
	i := slices.IndexFunc(b.Found.Offers, func(p rewrite.Offer) bool {
		return p.Fix == o.Fix && p.Touches(path, o.Start, o.End) && (p.Range.Path != path || p.Range.Start == o.Start || o.Range.Path != path)
	})
	if i < 0 {
		return Rewritten{}, &DeclinedError{cmp.Or(refusal(b.Found.Refusals, o.Fix, path, o.Start, o.End), "the code is not such any more that this can be done")}
	}
	out, err := s.proveNow(ctx, v, b, files, b.Found.Offers[i])
	if slices.Equal(b.Found.Offers[i].Edits, o.Edits) {
		s.note(v, o, out, err)
	}
	return out, err
}

// proven is the rewrite if it has been compiled for the texts as they are.
func (s *Session) proven(v View, o Offered) (Rewritten, bool) {
	if v.known == nil || v.known.rewrites == nil {
		return Rewritten{}, false
	}
	s.mu.Lock()
	o.Proof = v.known.rewrites.proofs[o.index]
	s.mu.Unlock()
	if o.Proof.State != Proved && o.Proof.State != Worse {
		return Rewritten{}, false
	}
	return s.AsAnalysed(v, o)
}

// note keeps what was found out about an offer, if it is about the text that was analysed.
func (s *Session) note(v View, o Offered, out Rewritten, err error) {
	proof := out.Proof
	if declined, ok := errors.AsType[*DeclinedError](err); ok {
		proof = Proof{State: Failed, Text: declined.Why}
	} else if err != nil {
		return
	}
	if _, same := s.AsAnalysed(v, o); !same {
		return
	}
	s.mu.Lock()
	r := v.known.rewrites
	r.proofs = slices.Clone(r.proofs)
	r.proofs[o.index] = proof
	s.mu.Unlock()
	if s.cfg.Proved != nil {
		s.guard(func() { s.cfg.Proved(v.known.dir) })
	}
}

// RewriteAll works out, on the present text, all sure and useful rewrites of a
// document that want picks, but for those that an ignore comment turns off, and compiles them together.
func (s *Session) RewriteAll(ctx context.Context, v View, want func(rewrite.Offer) bool) (Rewritten, error) {
	if v.known == nil || v.known.rewrites == nil || v.ReadOnly {
		return Rewritten{}, &DeclinedError{"nothing is on offer in this file"}
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return Rewritten{}, err
	}
	defer leave()
	b, files, err := s.derive(ctx, v)
	if err != nil {
		return Rewritten{}, err
	}
	path := v.known.file(v.File.Path()).Path()
	silent := hint.Silenced(b.Package.Files[path], fixes.IDs()...)
	var picked []rewrite.Offer
	for _, o := range b.Found.Offers {
		if o.Range.Path == path && o.Class == rewrite.Safe && o.Gain.Proven && !silent(o.Pos.Line, o.Fix) && want(o) {
			picked = append(picked, o)
		}
	}
	picked = fixes.Together(picked)
	if len(picked) == 0 {
		return Rewritten{}, &DeclinedError{"nothing is on offer in this file"}
	}
	out, err := s.proveNow(ctx, v, b, files, picked...)
	declined, ok := errors.AsType[*DeclinedError](err)
	if !ok && (err != nil || out.Proof.State == Proved) || len(picked) == 1 && ok {
		return out, err
	}
	// Together they do harm: those that do none are found one by one.
	var good []rewrite.Offer
	for _, o := range picked {
		out, err := s.proveNow(ctx, v, b, files, append(good[:len(good):len(good)], o)...)
		switch _, no := errors.AsType[*DeclinedError](err); {
		case err == nil && out.Proof.State == Proved:
			good = append(good, o)
		case err != nil && !no:
			return Rewritten{}, err
		}
	}
	if len(good) == 0 {
		return Rewritten{}, cmp.Or(declined, &DeclinedError{"the rewrites on offer make something else worse"})
	}
	return s.proveNow(ctx, v, b, files, good...)
}

// refusal is why a fix refuses at a place, "" if it does not.
func refusal(list []rewrite.Refusal, fix, path string, start, end int) string {
	for _, r := range list {
		if r.Fix == fix && r.Range.Path == path && r.Range.Start <= end && start <= r.Range.End {
			return r.Text
		}
	}
	return ""
}

// AsAnalysed is the rewrite of an offer where all texts that it changes are
// still those that were analysed, whether it has been compiled or not.
func (s *Session) AsAnalysed(v View, o Offered) (Rewritten, bool) {
	files := map[string]Present{}
	for _, path := range o.Files() {
		f := v.Analysed(path)
		now, err := s.present(path)
		if f == nil || err != nil || !bytes.Equal(f.Text(), now.File.Text()) {
			return Rewritten{}, false
		}
		files[path] = now
	}
	if s.moved(v) {
		return Rewritten{}, false
	}
	return Rewritten{Edits: o.Edits, Files: files, Offers: []rewrite.Offer{o.Offer}, Proof: o.Proof}, true
}

// moved reports whether a view's document has changed since.
func (s *Session) moved(v View) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[v.File.Path()]
	return d == nil || d.dropped || d.version != v.Version
}

// present is the text that a file has now: that of the open document, under
// whatever name the client has it, or the disk's.
func (s *Session) present(path string) (Present, error) {
	s.mu.Lock()
	for name, d := range s.docs {
		if !d.dropped && (name == path || filepath.Base(name) == filepath.Base(path) && realDir(d.dir()) == filepath.Dir(path)) {
			version := d.version
			s.mu.Unlock()
			return Present{File: d.file, Path: name, Version: &version}, nil
		}
	}
	s.mu.Unlock()
	text, err := os.ReadFile(path)
	if err != nil {
		return Present{}, fmt.Errorf("the change reaches into another file: %w", err)
	}
	return Present{File: source.NewFile(path, text), Path: path}, nil
}

// enter waits until no other rewrite is worked out; leave lets the next one in.
func (s *Session) enter(ctx context.Context) (leave func(), err error) {
	select {
	case s.deriving <- struct{}{}:
		return func() { <-s.deriving }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// derive prepares a view's package on the texts that its files have now.
func (s *Session) derive(ctx context.Context, v View) (b *Prepared, files map[string]Present, err error) {
	if s.cfg.Prepare == nil || v.known == nil || v.known.rewrites == nil {
		return nil, nil, &DeclinedError{"nothing is on offer in this file"}
	}
	if s.moved(v) {
		return nil, nil, ErrChanged
	}
	files, req := s.unsaved(v)
	s.mu.Lock()
	// What the background compiles can wait.
	s.prover.cancel()
	if s.prover.of == v.known.serial && len(req.Overlay) == 0 {
		b = s.prover.prepared
	}
	s.mu.Unlock()
	if b == nil || !s.current(b.Package) {
		if b, err = s.cfg.Prepare(ctx, req); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case b.Package == nil && len(b.Problems) > 0:
		return nil, nil, &DeclinedError{"the package does not build: " + missing(&analysis.Result{Problems: b.Problems})}
	case b.Package == nil:
		return nil, nil, &DeclinedError{"the package does not build"}
	case !fits(b.Package, files):
		return nil, nil, ErrChanged
	}
	if len(req.Overlay) == 0 && sameText(v.known.Package, b.Package) {
		s.mu.Lock()
		s.prover.prepared, s.prover.of = b, v.known.serial
		s.mu.Unlock()
	}
	return b, files, nil
}

// unsaved gives the texts of the open documents that a package is made from,
// and the request that has them as its overlay.
func (s *Session) unsaved(v View) (map[string]Present, analysis.Request) {
	req := v.known.rewrites.request
	s.mu.Lock()
	dirs := []string{realDir(v.known.dir)}
	if p := s.packages[v.known.dir]; p != nil && p.deps != nil {
		dirs = append(dirs, p.deps.Dirs...)
	}
	files := map[string]Present{}
	for name, d := range s.docs {
		real := realDir(d.dir())
		if d.dropped || !slices.Contains(dirs, real) {
			continue
		}
		version := d.version
		files[filepath.Join(real, filepath.Base(name))] = Present{File: d.file, Path: name, Version: &version}
	}
	s.mu.Unlock()
	req.Overlay = source.Overlay{}
	for path, f := range files {
		if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, f.File.Text()) {
			req.Overlay[path] = f.File.Text()
		}
	}
	return files, req
}

// current reports whether a package was analysed with the texts that its files have now.
func (s *Session) current(p *analysis.Package) bool {
	for path, f := range p.Files {
		if now, err := s.present(path); err != nil || !bytes.Equal(now.File.Text(), f.Text()) {
			return false
		}
	}
	return true
}

// fits reports whether a package was analysed with certain texts.
func fits(p *analysis.Package, files map[string]Present) bool {
	if p == nil {
		return false
	}
	for path, f := range files {
		if g := p.Files[path]; g != nil && !bytes.Equal(g.Text(), f.File.Text()) {
			return false
		}
	}
	return true
}

// proveNow compiles offers together. files are the open documents.
func (s *Session) proveNow(ctx context.Context, v View, b *Prepared, files map[string]Present, offers ...rewrite.Offer) (Rewritten, error) {
	all := fixes.Merge(offers)
	verdict, err := b.Check(ctx, all)
	if err != nil {
		return Rewritten{}, err
	}
	out := Rewritten{Offers: offers, Proof: proofOf(verdict), Files: map[string]Present{}}
	if out.Proof.State == Failed {
		return Rewritten{}, &DeclinedError{out.Proof.Text}
	}
	out.Edits = all.Edits
	for _, path := range all.Files() {
		f, open := files[path]
		if !open {
			f = Present{File: b.Package.Files[path], Path: path}
		}
		out.Files[path] = f
	}
	for _, path := range slices.Sorted(maps.Keys(out.Files)) {
		now, err := s.present(path)
		if err != nil || !bytes.Equal(now.File.Text(), out.Files[path].File.Text()) {
			return Rewritten{}, ErrChanged
		}
		out.Files[path] = now
	}
	if s.moved(v) {
		return Rewritten{}, ErrChanged
	}
	return out, nil
}
