package session

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// An Analysis is what is known of one package, labelled for one level. It is immutable.
type Analysis struct {
	Result  *analysis.Result
	Package *analysis.Package

	// hints holds one entry for each of Package.Ops.
	hints []hint.Hint
	// listing are the names of the directory's Go files when the analysis began.
	listing []string
}

// opKey identifies an operation across labellings.
type opKey struct {
	at   source.Range
	kind mapop.Kind
}

// label makes the analysis with the hints of a level. An operation that no
// rule speaks of keeps an entry, for its hover.
func (a Analysis) label(s *Session, level hint.Level) *Analysis {
	byOp := map[opKey]hint.Hint{}
	for _, h := range s.cfg.Hints(a.Package, a.Result.Runtime, hint.Options{Level: level}) {
		byOp[opKey{h.Op.Op.Range, h.Op.Op.Kind}] = h
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

// onDisk reports whether the package's Go files are on the disk as they were
// analysed, none added and none gone. What it imports may still have changed:
// this is good enough for showing a file that is opened, not for one that is saved.
func (a *Analysis) onDisk(dir string) bool {
	if !slices.Equal(goFiles(dir), a.listing) {
		return false
	}
	for path, f := range a.Package.Files {
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(text, f.Text()) {
			return false
		}
	}
	return true
}

func goFiles(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") {
			names = append(names, e.Name())
		}
	}
	return names
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
