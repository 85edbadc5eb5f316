// Package source holds the vocabulary that every stage shares: files and
// their line index, positions, ranges, edits, overlays and problems.
//
// It is a leaf: it imports nothing of ours, and knows neither Go syntax nor
// the compiler nor any editor. Offsets and columns are bytes; the UTF-16 and
// UTF-32 conversions are offered here, on File, and called only at the edge.
package source

import (
	"cmp"
	"fmt"
	"strings"
)

// Pos is a place in a file as compilers name it: Line and Column are 1-based
// and columns count bytes. Column 0 means that no column is known, which is
// how the Go compiler reports everything from byte column 255 on
// (cmd/internal/src, colMax).
type Pos struct {
	Path   string
	Line   int
	Column int
}

// IsValid reports whether p names a line.
func (p Pos) IsValid() bool { return p.Line > 0 }

func (p Pos) String() string {
	if !p.IsValid() {
		return p.Path
	}
	if p.Column == 0 {
		return fmt.Sprintf("%s:%d", p.Path, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
}

// Compare orders positions by path, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(strings.Compare(p.Path, q.Path), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Range is the half-open byte interval [Start, End) of the file at Path.
type Range struct {
	Path       string
	Start, End int
}

// Contains reports whether offset lies in r; the end counts as inside, as an
// editor's cursor behind the last character does.
func (r Range) Contains(offset int) bool { return r.Start <= offset && offset <= r.End }

// Compare orders ranges by path, start and end.
func (r Range) Compare(s Range) int {
	return cmp.Or(strings.Compare(r.Path, s.Path), cmp.Compare(r.Start, s.Start), cmp.Compare(r.End, s.End))
}

// Edit replaces the text in Range by New.
type Edit struct {
	Range
	New string
}

// Overlay gives the text of files that differ from the disk, by absolute path.
type Overlay map[string][]byte

// Problem says what stands in the way of analysing the user's code: a package
// that does not build, a module that is missing, a file that cannot be read.
// It is data, never an error of ours.
type Problem struct {
	// Package is the import path that the problem concerns, "" when it concerns all.
	Package string
	// Pos is where it was found; an invalid Pos means nowhere in particular.
	Pos Pos
	// Message says what is wrong and, where we know, what to do about it.
	Message string
}

func (p Problem) String() string {
	switch {
	case p.Pos.Path != "":
		return p.Pos.String() + ": " + p.Message
	case p.Package != "":
		return p.Package + ": " + p.Message
	default:
		return p.Message
	}
}

// Compare orders problems by package, position and message.
func (p Problem) Compare(q Problem) int {
	return cmp.Or(strings.Compare(p.Package, q.Package), p.Pos.Compare(q.Pos), strings.Compare(p.Message, q.Message))
}
