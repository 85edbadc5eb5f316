package session

import (
	"bytes"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/source"
)

// A View is one open document at one moment, with what is known of it. It is immutable.
type View struct {
	// File is the document's text, which need not be what is on the disk.
	File *source.File
	// Version is the client's version of that text.
	Version int32
	// Result is the analysis that Marks come from; nil when there is none yet.
	Result *analysis.Result
	// Level is the level in force.
	Level hint.Level
	// Old says in words why the marks are of an older state than the newest
	// save, "" when they are not.
	Old string
	// LeftOut says why the file is not compiled, "" if it is or if that is not known.
	LeftOut string

	// Rewrites are the options in force for rewrites. ReadOnly says that nobody
	// changes the file, Quiet that it has no diagnostics.
	Rewrites        RewriteOptions
	ReadOnly, Quiet bool
	// Searched says that somebody looked for what can be rewritten.
	Searched bool

	places, spots []place
	proofs        []Proof
	known         *Analysis
}

// A Mark is an operation where it stands in the document now.
type Mark struct {
	// Start and End are its bytes in the View's File.
	Start, End int
	// Hint is what is said of it; its Range is the one that was analysed.
	Hint hint.Hint
	// ID finds the mark again, as long as no other analysis takes the place of its own.
	ID string
}

// View looks at the open document at path; false when it is not open or not served.
func (s *Session) View(path string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.docs[path]
	if !ok || d.dropped {
		return View{}, false
	}
	return s.view(d), true
}

// Documents are the paths of the documents that are open in a directory, of all for "", sorted.
func (s *Session) Documents(dir string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var paths []string
	for path, d := range s.docs {
		if dir == "" || d.dir() == dir {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// Lenses reports whether offers are shown above the code of any open document.
func (s *Session) Lenses() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.docs {
		if s.optionsFor(d.dir()).Rewrites.Lenses {
			return true
		}
	}
	return false
}

// view is called with the lock held.
func (s *Session) view(d *document) View {
	o := s.optionsFor(d.dir())
	v := View{
		File: d.file, Version: d.version, Level: o.Level, Rewrites: o.Rewrites, LeftOut: d.leftOut,
		places: d.places, spots: d.spots, known: d.known,
	}
	if d.known != nil {
		v.Result = d.known.Result
		if d.known.rewrites != nil {
			v.proofs, v.Searched = d.known.rewrites.proofs, true
		}
		if p := s.packages[d.dir()]; p != nil {
			v.Old, v.ReadOnly, v.Quiet = p.old(d.path), p.readOnly, p.quiet
		}
	}
	return v
}

// Marks gives the operations that touch the byte interval [start, end], in
// order of their start.
func (v View) Marks(start, end int) []Mark { return v.marks(start, end, false) }

// Labelled gives those of the Marks that have a label.
func (v View) Labelled(start, end int) []Mark { return v.marks(start, end, true) }

func (v View) marks(start, end int, labelled bool) []Mark {
	var marks []Mark
	for _, p := range v.places {
		if p.start > end {
			break // they are sorted
		}
		if p.end < start || labelled && v.known.hints[p.op].Label == "" {
			continue
		}
		marks = append(marks, v.mark(p))
	}
	return marks
}

func (v View) mark(p place) Mark {
	return Mark{Start: p.start, End: p.end, Hint: v.known.hints[p.op], ID: v.id(p)}
}

func (v View) id(p place) string { return strconv.Itoa(v.known.serial) + "." + strconv.Itoa(p.op) }

// Mark finds a mark by its ID.
func (v View) Mark(id string) (Mark, bool) {
	for _, p := range v.places {
		if v.id(p) == id {
			return v.mark(p), true
		}
	}
	return Mark{}, false
}

// Analysed is the text of a file as the view's analysis read it, nil if it did not.
func (v View) Analysed(path string) *source.File {
	if v.known == nil {
		return nil
	}
	return v.known.Package.Files[path]
}

// Clauses are the build constraint and the package clause, where a reader looks
// for why a file is LeftOut.
func (v View) Clauses() []source.Range { return clauses(v.File) }

// Locate finds a place in a file of the view's analysis in the text that the
// file has now: that of the open document, or the analysed one. It is not found
// where the lines around it were edited, or where the analysis holds no such file.
func (s *Session) Locate(v View, pos source.Pos) (f *source.File, offset int, ok bool) {
	from := v.Analysed(pos.Path)
	if from == nil {
		return nil, 0, false
	}
	at, ok := from.Offset(pos.Line, pos.Column)
	if !ok {
		return nil, 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, d := range s.docs {
		if d.dropped || path != pos.Path && (filepath.Base(path) != filepath.Base(pos.Path) || realDir(d.dir()) != filepath.Dir(pos.Path)) {
			continue
		}
		if bytes.Equal(d.file.Text(), from.Text()) {
			return d.file, at, true
		}
		moved := align(from, d.file, []place{newPlace(from, 0, at, at)})
		if len(moved) == 0 {
			return nil, 0, false
		}
		return d.file, moved[0].start, true
	}
	return from, at, true
}

// Len is the number of operations that are known in the document.
func (v View) Len() int { return len(v.places) }
