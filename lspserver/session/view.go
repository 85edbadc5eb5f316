package session

import (
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

	places []place
	known  *Analysis
}

// A Mark is an operation where it stands in the document now.
type Mark struct {
	// Start and End are its bytes in the View's File.
	Start, End int
	// Hint is what is said of it; its Range is the one that was analysed.
	Hint hint.Hint
}

// View looks at the open document at path; false when it is not open or not served.
func (s *Session) View(path string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.docs[path]
	if !ok || d.dropped {
		return View{}, false
	}
	v := View{File: d.file, Version: d.version, Level: s.options.Level, places: d.places, known: d.known}
	if d.known != nil {
		v.Result = d.known.Result
		if p := s.packages[d.dir()]; p != nil {
			v.Old = p.old(path)
		}
	}
	return v, true
}

// Marks gives the operations that touch the byte interval [start, end], in
// order of their start.
func (v View) Marks(start, end int) []Mark {
	var marks []Mark
	for _, p := range v.places {
		if p.end < start || p.start > end {
			continue
		}
		marks = append(marks, Mark{Start: p.start, End: p.end, Hint: v.known.hints[p.op]})
	}
	return marks
}

// Len is the number of operations that are known in the document.
func (v View) Len() int { return len(v.places) }
