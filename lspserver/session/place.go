package session

import (
	"bytes"

	"github.com/mapescape/mapescape/analysis/source"
)

// place is where an operation stands in a text: its bytes, and the bytes from
// the start of its first line to the end of its last one, without line end.
type place struct {
	op                 int // index into Analysis.hints
	start, end         int
	lineStart, lineEnd int
}

// newPlace finds the lines of [start, end).
func newPlace(f *source.File, op, start, end int) place {
	text := f.Text()
	p := place{op: op, start: start, end: end}
	p.lineStart = bytes.LastIndexByte(text[:start], '\n') + 1
	p.lineEnd = len(text)
	if n := bytes.IndexByte(text[end:], '\n'); n >= 0 {
		p.lineEnd = end + n
		if p.lineEnd > end && text[p.lineEnd-1] == '\r' {
			p.lineEnd--
		}
	}
	return p
}

// moved is p with by added to all offsets.
func (p place) moved(by int) place {
	p.start += by
	p.end += by
	p.lineStart += by
	p.lineEnd += by
	return p
}

// splice is what a place needs to know of a replacement of text: [start, end)
// of the old text became size bytes. endsLine says that in the new text a line
// ends at start, startsLine that one starts at start+size.
type splice struct {
	start, end, size     int
	endsLine, startsLine bool
}

// shift moves a place along with the text. It reports false when a byte of
// the place's lines, or the fact that they are whole lines, has changed.
func (s splice) shift(p place) (place, bool) {
	switch {
	case s.start > p.lineEnd, s.start == p.lineEnd && s.endsLine:
		return p, true
	case s.end < p.lineStart, s.end == p.lineStart && s.startsLine:
		return p.moved(s.size - (s.end - s.start)), true
	default:
		return place{}, false
	}
}

// shiftAll makes the list of the places that are left, moved.
func (s splice) shiftAll(places []place) []place {
	out := make([]place, 0, len(places))
	for _, p := range places {
		if p, ok := s.shift(p); ok {
			out = append(out, p)
		}
	}
	return out
}

// align moves places of one text to another whose history is unknown: those
// on the lines that both have in common at the start and at the end are kept, the
// others dropped. Line ends and a byte order mark make no difference, since some
// clients take them off.
func align(from, to *source.File, places []place) []place {
	a, b := splitLines(from.Text()), splitLines(to.Text())
	prefix := 0
	for prefix < min(len(a), len(b)) && bytes.Equal(a[prefix].text, b[prefix].text) {
		prefix++
	}
	suffix := 0
	for suffix < min(len(a), len(b))-prefix && bytes.Equal(a[len(a)-1-suffix].text, b[len(b)-1-suffix].text) {
		suffix++
	}
	out := make([]place, 0, len(places))
	for _, p := range places {
		first := from.Pos(p.start).Line - 1
		last := from.Pos(p.end).Line - 1
		by := 0
		switch {
		case last < prefix:
		case first >= len(a)-suffix:
			by = len(b) - len(a)
		default:
			continue
		}
		start := b[first+by].start + a[first].column(p.start)
		end := b[last+by].start + a[last].column(p.end)
		out = append(out, newPlace(to, p.op, start, end))
	}
	return out
}

// textLine is a line without its line end, and without a byte order mark if it is the first.
type textLine struct {
	text  []byte
	start int
}

// column is the offset in the line of an offset in the text.
func (l textLine) column(offset int) int { return min(max(offset-l.start, 0), len(l.text)) }

func splitLines(text []byte) []textLine {
	var lines []textLine
	start := 0
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		start = len("\ufeff")
	}
	for {
		n := bytes.IndexByte(text[start:], '\n')
		if n < 0 {
			return append(lines, textLine{bytes.TrimSuffix(text[start:], []byte("\r")), start})
		}
		lines = append(lines, textLine{bytes.TrimSuffix(text[start:start+n], []byte("\r")), start})
		start += n + 1
	}
}
