package session

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// rewrites are what can be rewritten in a package. The differently labelled
// copies of an analysis share them.
type rewrites struct {
	found rewrite.Found
	// ignored says of each offer that a comment turns it off.
	ignored []bool
	// request is what the analysis was made from.
	request analysis.Request
	// proofs has one for each offer. The slice is replaced under the session's
	// lock and never changed.
	proofs []Proof
	// settled says that no more will be found out in the background.
	settled bool
}

// A State is what is known of an offer.
type State int

// The states.
const (
	Unproved State = iota // it has not been compiled
	Proved                // it builds, and nothing gets worse
	Worse                 // it builds, and something else in the package costs more than before
	Failed                // it cannot be made
)

// A Proof is what the compiler made of an offer.
type Proof struct {
	State State
	// Text says it in a few words: "verified with go1.26.8".
	Text string
}

// proofOf puts a verdict into its short form.
func proofOf(v verify.Verdict) Proof {
	p := Proof{State: Proved, Text: v.Text()}
	if _, worse := v.Worse(); worse {
		p.State = Worse
	}
	if !v.Good() {
		p.State = Failed
	}
	return p
}

// newRewrites keeps what was found, with what is asked about it later.
func newRewrites(found rewrite.Found, p *analysis.Package, req analysis.Request) *rewrites {
	req.Progress, req.Each, req.Syntax = nil, nil, nil
	return &rewrites{
		found: found, ignored: ignored(found.Offers, p.Files), request: req, proofs: make([]Proof, len(found.Offers)),
	}
}

// ignored says which offers a comment in the text turns off.
func ignored(offers []rewrite.Offer, files map[string]*source.File) []bool {
	out := make([]bool, len(offers))
	byFile := map[string]func(line int, id string) bool{}
	for i, o := range offers {
		silent, ok := byFile[o.Range.Path]
		if !ok {
			silent = hint.Silenced(files[o.Range.Path], append(fixes.IDs(), o.Fix)...)
			byFile[o.Range.Path] = silent
		}
		out[i] = silent(o.Pos.Line, o.Fix)
	}
	return out
}

// regions are the places that an offer stands or falls with: where it is made, and what it changes.
func regions(o *rewrite.Offer) []source.Range {
	out := append([]source.Range{o.Range}, o.Also...)
	for _, e := range o.Edits {
		out = append(out, e.Range)
	}
	return out
}

// spots are the regions of a file's offers, those of one offer together, and
// then its refusals. Their op is the index of the offer, or that of the refusal
// behind the last offer.
func (a *Analysis) spots(f *source.File) []place {
	if f == nil || a.rewrites == nil {
		return nil
	}
	var out []place
	add := func(i int, r source.Range) {
		if r.Path == f.Path() && 0 <= r.Start && r.Start <= r.End && r.End <= len(f.Text()) {
			out = append(out, newPlace(f, i, r.Start, r.End))
		}
	}
	found := &a.rewrites.found
	for i := range found.Offers {
		for _, r := range regions(&found.Offers[i]) {
			add(i, r)
		}
	}
	for i := range found.Refusals {
		add(len(found.Offers)+i, found.Refusals[i].Range)
	}
	return out
}

// An Offered is an offer where it stands in a document now.
type Offered struct {
	// Offer is as the analysis made it, its places and edits those of the
	// analysed text.
	rewrite.Offer
	// Start and End are the bytes of its Range in the View's File, or of the
	// first of its further places there if its Range is in another file; Also are
	// all of these further places.
	Start, End int
	Also       [][2]int
	Proof      Proof
	// Ignored says that a comment turns it off.
	Ignored bool

	index int // of the offer in its analysis
}

// Meets reports whether the offer is made for the bytes [start, end] of the View's File.
func (o *Offered) Meets(start, end int) bool {
	return o.Start <= end && start <= o.End ||
		slices.ContainsFunc(o.Also, func(r [2]int) bool { return r[0] <= end && start <= r[1] })
}

// A Refused is a refusal where it stands in a document now.
type Refused struct {
	rewrite.Refusal
	Start, End int
}

// Offers gives the offers that are made for the bytes [start, end]. An offer of
// which a line was edited since the analysis is left out.
func (v View) Offers(start, end int) []Offered {
	if v.known == nil || v.known.rewrites == nil || v.ReadOnly {
		return nil
	}
	var out []Offered
	found := &v.known.rewrites.found
	for spots := v.spots; len(spots) > 0; {
		i := spots[0].op
		n := 1
		for n < len(spots) && spots[n].op == i {
			n++
		}
		if i >= len(found.Offers) {
			break
		}
		if o, ok := v.offered(i, spots[:n]); ok && o.Meets(start, end) {
			out = append(out, o)
		}
		spots = spots[n:]
	}
	return out
}

// offered puts an offer where its spots are; false if one was lost.
func (v View) offered(i int, spots []place) (Offered, bool) {
	offer := &v.known.rewrites.found.Offers[i]
	if offer.Class == rewrite.Review && !v.Rewrites.Review {
		return Offered{}, false
	}
	o := Offered{
		Offer: *offer, Proof: v.proofs[i], Ignored: v.known.rewrites.ignored[i],
		index: i,
	}
	path := v.known.file(v.File.Path()).Path()
	at := 0
	placed := false
	for n, r := range regions(offer) {
		if r.Path != path {
			continue
		}
		if at == len(spots) {
			return Offered{}, false
		}
		s := spots[at]
		at++
		switch {
		case n == 0:
			o.Start, o.End, placed = s.start, s.end, true
		case n <= len(offer.Also):
			o.Also = append(o.Also, [2]int{s.start, s.end})
			if !placed {
				o.Start, o.End, placed = s.start, s.end, true
			}
		}
	}
	return o, placed && at == len(spots)
}

// Refusals gives the refusals at the bytes [start, end].
func (v View) Refusals(start, end int) []Refused {
	if v.known == nil || v.known.rewrites == nil || v.ReadOnly {
		return nil
	}
	var out []Refused
	found := &v.known.rewrites.found
	for _, s := range v.spots {
		if i := s.op - len(found.Offers); i >= 0 && s.start <= end && start <= s.end {
			out = append(out, Refused{found.Refusals[i], s.start, s.end})
		}
	}
	return out
}

// Unchanged reports whether the document's text is the one that was analysed.
func (v View) Unchanged() bool {
	if v.known == nil {
		return false
	}
	f := v.known.file(v.File.Path())
	return f != nil && bytes.Equal(f.Text(), v.File.Text())
}

// restrict says what may be done in a package's files: readOnly are those of the
// standard library and of the module cache, unless the user works on them, and
// those below a directory vendor; quiet are these and those below testdata.
// Called with the lock held.
func (s *Session) restrict(p *pkg, deps *load.Dependencies) {
	_, rel := s.folderOf(p.dir)
	parts := strings.Split(filepath.ToSlash(rel), "/")
	readOnly := slices.Contains(parts, "vendor")
	if deps == nil && p.deps != nil {
		deps = p.deps.Dependencies
	}
	if deps != nil {
		for _, root := range []string{deps.Toolchain.GOROOT, deps.Toolchain.GOMODCACHE} {
			if root == "" {
				continue
			}
			if _, in := below(realDir(root), p.real); in && !s.worksIn(realDir(root)) {
				readOnly = true
			}
		}
	}
	p.readOnly, p.quiet = readOnly, readOnly || slices.Contains(parts, "testdata")
}

// worksIn reports whether a folder of the workspace lies in a directory.
func (s *Session) worksIn(root string) bool {
	return slices.ContainsFunc(s.folders, func(f Folder) bool {
		_, in := below(root, realDir(f.Dir))
		return in
	})
}
