package check

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tabWidth is what a tab of the source is shown as. Terminals use eight, which
// pushes nested code off the screen.
const tabWidth = 4

// A displayLine is a source line as a terminal shows it: tabs are spaces, and
// what would move the cursor or change colours is a replacement character.
type displayLine struct {
	glyphs []glyph
	// column is the terminal column of every byte of the source, and of its end.
	column []int
}

type glyph struct {
	text  string
	width int
}

func newDisplayLine(src string) displayLine {
	src = strings.TrimRightFunc(src, unicode.IsSpace)
	var d displayLine
	at := 0
	for len(src) > 0 {
		r, size := utf8.DecodeRuneInString(src)
		g := glyph{text: printable(src[:size]), width: cells(r)}
		if r == '\t' {
			g.width = tabWidth - at%tabWidth
			g.text = strings.Repeat(" ", g.width)
		}
		d.glyphs = append(d.glyphs, g)
		for range size {
			d.column = append(d.column, at)
		}
		at += g.width
		src = src[size:]
	}
	d.column = append(d.column, at)
	return d
}

// width is the number of terminal columns that the whole line takes.
func (d displayLine) width() int { return d.column[len(d.column)-1] }

// at gives the terminal column of a 1-based byte column; behind the end it is the end.
func (d displayLine) at(column int) int {
	return d.column[min(max(column-1, 0), len(d.column)-1)]
}

// A window is the half-open interval of terminal columns of a line that is shown.
type window struct{ from, to int }

// cut gives the text of the line inside w. Where something is cut off, the
// first or last column has an ellipsis.
func (d displayLine) cut(w window) string {
	from, to := d.visible(w)
	var b strings.Builder
	if from > w.from {
		b.WriteString("…")
	}
	at := 0
	for _, g := range d.glyphs {
		switch end := at + g.width; {
		case at >= from && end <= to:
			b.WriteString(g.text)
		case end > from && at < to: // a tab or wide character on the edge
			b.WriteString(strings.Repeat(" ", min(end, to)-max(at, from)))
		}
		at += g.width
	}
	if to < w.to {
		b.WriteString("…")
	}
	return strings.TrimRight(b.String(), " ")
}

// visible is the part of w that has the line's own text.
func (d displayLine) visible(w window) (from, to int) {
	from, to = w.from, w.to
	if from > 0 {
		from++
	}
	if to < d.width() {
		to--
	} else {
		to = d.width()
	}
	return from, to
}

// cells is the number of terminal columns that a character takes: none for a
// mark that combines with the one before, two for the scripts and symbols that
// terminals draw wide, one for all others. It is right for what source code
// holds in practice and knows no ambiguous widths and no joined emoji.
func cells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul),
		0x3000 <= r && r <= 0x303e, // CJK punctuation
		0xff01 <= r && r <= 0xff60, // full-width forms
		0x1f300 <= r && r <= 0x1faff:
		return 2
	default:
		return 1
	}
}

// textWidth is the number of terminal columns that s takes.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// printable replaces what must not reach a terminal from somebody's source or
// file names: control characters, escape sequences, bidirectional controls.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}

// wrap breaks s at spaces into lines of at most width columns, a longer word
// standing alone.
func wrap(s string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(s) {
		n := textWidth(word)
		if line != "" && used+1+n > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" {
			line += " "
			used++
		}
		line += word
		used += n
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
