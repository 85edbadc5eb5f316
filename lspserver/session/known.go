package session

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
)

// An Analysis is what is known of one package, with its labels. It is immutable.
type Analysis struct {
	Result  *analysis.Result
	Package *analysis.Package

	// dir is the directory that was asked for.
	dir string
	// serial tells analyses apart; one that is only labelled differently has the same.
	serial int
	// hints holds one entry for each of Package.Ops.
	hints []hint.Hint
	// rewrites are what can be rewritten, nil where nobody looked.
	rewrites *rewrites
}

// opKey identifies an operation across labellings.
type opKey struct {
	at   source.Range
	kind mapop.Kind
}

// label makes the analysis with other hints. An operation that no rule speaks
// of, or that is not to be labelled, keeps an entry, for its hover.
func (a Analysis) label(s *Session, l look) *Analysis {
	byOp := map[opKey]hint.Hint{}
	if !l.silent {
		for _, h := range s.cfg.Hints(a.Package, a.Result.Runtime, hint.Options{Level: l.level, Generated: l.generated, Others: fixes.IDs()}) {
			if !l.hide.hides(h.Op.Op.Kind) {
				byOp[opKey{h.Op.Op.Range, h.Op.Op.Kind}] = h
			}
		}
	}
	a.hints = make([]hint.Hint, len(a.Package.Ops))
	for i, op := range a.Package.Ops {
		h, ok := byOp[opKey{op.Op.Range, op.Op.Kind}]
		if !ok {
			h = hint.Hint{Range: op.Op.Range, Op: op}
		}
		a.hints[i] = h
	}
	return &a
}

// file finds the analysed text of the file that the client calls path. Only
// the name decides: the directory is the one that was analysed, whatever
// symbolic links lie between the client's and the go command's name for it.
func (a *Analysis) file(path string) *source.File {
	if f := a.Package.Files[path]; f != nil {
		return f
	}
	for p, f := range a.Package.Files {
		if filepath.Base(p) == filepath.Base(path) {
			return f
		}
	}
	return nil
}

// places gives the analysed text of path, nil if it was not analysed, and where its operations stand in it.
func (a *Analysis) places(path string) (*source.File, []place) {
	f := a.file(path)
	if f == nil {
		return nil, nil
	}
	var places []place
	for i, h := range a.hints {
		r := h.Range
		if r.Path != f.Path() || r.Start < 0 || r.End < r.Start || r.End > len(f.Text()) {
			continue
		}
		places = append(places, newPlace(f, i, r.Start, r.End))
	}
	slices.SortStableFunc(places, func(p, q place) int {
		return cmp.Or(cmp.Compare(p.start, q.start), cmp.Compare(q.end, p.end))
	})
	return f, places
}

// find picks out of a result the package in dir.
func find(r *analysis.Result, dir string) *analysis.Package {
	for _, p := range r.Packages {
		if p.Dir == dir {
			return p
		}
	}
	// The go command may know the directory by another name. There is one
	// package in it, so one package in the result is the one.
	if len(r.Packages) == 1 {
		return r.Packages[0]
	}
	return nil
}

// missing says in a line why a result has nothing for a package: its first
// problem, of those that have a place if there are any.
func missing(r *analysis.Result) string {
	if len(r.Problems) == 0 {
		return "no package was found"
	}
	first := max(slices.IndexFunc(r.Problems, func(p source.Problem) bool { return p.Pos.IsValid() }), 0)
	text, _, _ := strings.Cut(r.Problems[first].String(), "\n")
	if n := len(r.Problems) - 1; n > 0 {
		text = fmt.Sprintf("%s (and %d more)", text, n)
	}
	return text
}
