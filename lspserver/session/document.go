package session

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/mapescape/mapescape/analysis/source"
)

// A Point is a place in a document: 0-based line, 0-based column in the session's encoding.
type Point struct{ Line, Column int }

// A Change replaces the text between Start and End, or all of it when Whole is set.
type Change struct {
	Whole      bool
	Start, End Point
	Text       string
}

// document is an open document. It is guarded by the session's lock; the file
// and the slices of places that it hands out are never changed.
type document struct {
	path    string
	version int32
	file    *source.File
	dropped bool
	// leftOut says why the file is not compiled, "" if it is or if that is not known.
	leftOut string

	// places are the operations of known as they stand in file, and
	// spots are the regions of its offers and refusals; see Analysis.spots.
	places, spots []place
	known         *Analysis

	// points are texts that an analysis may have read from the disk, each with
	// the number of splices that had been made when it was the document's text.
	points  []point
	splices []splice
}

type point struct {
	file *source.File
	at   int
}

// Limits of what a document remembers of its past. Behind them, a result for
// an older text is aligned by comparing lines.
const (
	maxPoints  = 4
	maxSplices = 1 << 14
)

func newDocument(path string, version int32, text string) *document {
	d := &document{path: path, version: version, file: source.NewFile(path, []byte(text))}
	d.remember()
	return d
}

func (d *document) dir() string { return filepath.Dir(d.path) }

// drop frees everything; nothing about the text is certain any more.
func (d *document) drop() {
	*d = document{path: d.path, version: d.version, dropped: true}
}

// remember notes the present text as one that an analysis may turn out to have read.
func (d *document) remember() {
	if n := len(d.points); n > 0 && d.points[n-1].at == len(d.splices) {
		return
	}
	d.points = append(d.points, point{d.file, len(d.splices)})
	if len(d.points) > maxPoints {
		d.points = append([]point(nil), d.points[1:]...)
	}
	d.forget(d.points[0].at)
}

// forget drops the first n splices.
func (d *document) forget(n int) {
	if n == 0 {
		return
	}
	d.splices = append([]splice(nil), d.splices[n:]...)
	for i := range d.points {
		d.points[i].at -= n
	}
}

// apply makes one change. Its positions count in the text that the changes before it made.
func (d *document) apply(c Change, enc source.Encoding) error {
	start, end := 0, len(d.file.Text())
	if !c.Whole {
		var err error
		if start, err = offsetOf(d.file, c.Start, enc); err != nil {
			return err
		}
		if end, err = offsetOf(d.file, c.End, enc); err != nil {
			return err
		}
		if end < start {
			return fmt.Errorf("a change ends at %d:%d, before its start %d:%d", c.End.Line, c.End.Column, c.Start.Line, c.Start.Column)
		}
	}
	file, s, changed := replace(d.file, start, end, c.Text)
	if !changed {
		return nil
	}
	if hasLoneCR(file.Text()) {
		return errLoneCR
	}
	d.file = file
	d.places, d.spots = s.shiftAll(d.places), s.shiftAll(d.spots)
	d.splices = append(d.splices, s)
	if len(d.splices) > maxSplices {
		d.points = nil
		d.splices = nil
	}
	return nil
}

// offsetOf finds a client's position. A column behind the end of its line
// means the end, and the line behind the last one the end of the text: both
// are what clients send to mean just that. Anything else that does not exist
// is an error, as is a place inside a character, where client and server
// would disagree about the text.
func offsetOf(f *source.File, p Point, enc source.Encoding) (int, error) {
	if p.Line == f.Lines() && p.Column == 0 {
		return len(f.Text()), nil
	}
	offset, ok := f.OffsetOf(p.Line, p.Column, enc)
	if !ok {
		return 0, fmt.Errorf("there is no line %d, the text has %d", p.Line, f.Lines())
	}
	if _, column := f.Column(offset, enc); column < p.Column && !endsLine(f.Text(), offset) {
		return 0, errors.New("a change starts or ends inside a character")
	}
	return offset, nil
}

// replace makes the file in which text stands in place of [start, end), and
// describes the difference as narrowly as it can. It reports false when there is none.
func replace(f *source.File, start, end int, text string) (*source.File, splice, bool) {
	old := f.Text()
	for start < end && len(text) > 0 && old[start] == text[0] {
		start, text = start+1, text[1:]
	}
	for start < end && len(text) > 0 && old[end-1] == text[len(text)-1] {
		end, text = end-1, text[:len(text)-1]
	}
	if start == end && text == "" {
		return f, splice{}, false
	}
	now := make([]byte, 0, len(old)-(end-start)+len(text))
	now = append(now, old[:start]...)
	now = append(now, text...)
	now = append(now, old[end:]...)
	behind := start + len(text)
	return source.NewFile(f.Path(), now), splice{
		start: start, end: end, size: len(text),
		endsLine:   endsLine(now, start),
		startsLine: behind == 0 || now[behind-1] == '\n',
	}, true
}

// endsLine reports whether a line ends at offset, before its "\n" or "\r\n" or with the text.
func endsLine(text []byte, offset int) bool {
	rest := text[offset:]
	return len(rest) == 0 || rest[0] == '\n' || bytes.HasPrefix(rest, []byte("\r\n"))
}

// hasLoneCR reports whether text holds a "\r" that no "\n" follows.
func hasLoneCR(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			return false
		}
		if i+1 == len(text) || text[i+1] != '\n' {
			return true
		}
		text = text[i+2:]
	}
}

// recover shows what is known in full again when the text is back at what was
// analysed: the operations on lines that were touched on the way had been dropped.
func (d *document) recover() {
	if d.known == nil {
		return
	}
	if f := d.known.file(d.path); f != nil && bytes.Equal(f.Text(), d.file.Text()) {
		_, d.places = d.known.places(d.path)
		d.spots = d.known.spots(f)
	}
}

// show puts the operations of an analysis where they stand in the present
// text; nil shows none.
func (d *document) show(a *Analysis) {
	d.known, d.places, d.spots = nil, nil, nil
	if a == nil {
		return
	}
	file, places := a.places(d.path)
	if file == nil {
		return
	}
	d.known = a
	spots := a.spots(file)
	if bytes.Equal(file.Text(), d.file.Text()) {
		d.places, d.spots = places, spots
		return
	}
	for i := len(d.points) - 1; i >= 0; i-- {
		if p := d.points[i]; bytes.Equal(file.Text(), p.file.Text()) {
			for _, s := range d.splices[p.at:] {
				places, spots = s.shiftAll(places), s.shiftAll(spots)
			}
			d.places, d.spots = places, spots
			return
		}
	}
	d.places, d.spots = align(file, d.file, places), align(file, d.file, spots)
}
