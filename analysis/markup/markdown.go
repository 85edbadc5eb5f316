package markup

import (
	"fmt"
	"strings"
	"unicode"
)

// Markdown renders d as CommonMark that says exactly what d says: whatever a
// span's text holds, it cannot start markup of its own. A newline in a
// paragraph's plain text is a line break.
//
// link turns a span's Link into a destination, "" for none, in which case the
// span is shown without a link. A nil link makes no links at all.
func Markdown(d Doc, link func(target string) string) string {
	var out strings.Builder
	marker := -1 // index into markers of the list just written, -1 after another block
	for i, b := range d {
		if i > 0 {
			out.WriteString("\n\n")
		}
		switch b.Kind {
		case List, Steps:
			// A list behind a list of the same kind would be read as one;
			// another delimiter keeps them apart.
			if marker >= 0 && d[i-1].Kind == b.Kind {
				marker = 1 - marker
			} else {
				marker = 0
			}
			for j, item := range b.Items {
				if j > 0 {
					out.WriteByte('\n')
				}
				indent := markers[b.Kind == Steps][marker]
				if b.Kind == Steps {
					indent = fmt.Sprintf(indent, j+1)
				}
				out.WriteString(indent)
				text := inline(item, link)
				out.WriteString(strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", len(indent))))
			}
		case Code:
			marker = -1
			out.WriteString(fence(b.Spans))
		default:
			marker = -1
			out.WriteString(inline(b.Spans, link))
		}
	}
	return out.String()
}

// markers are the two list markers that may follow each other, by "is numbered".
var markers = map[bool][2]string{false: {"- ", "* "}, true: {"%d. ", "%d) "}}

// fence renders a code block, whose fence is longer than any row of backquotes in it.
func fence(spans []Span) string {
	var text strings.Builder
	for _, s := range spans {
		text.WriteString(s.Text)
	}
	body := strings.TrimSuffix(clean(text.String()), "\n")
	ticks := strings.Repeat("`", max(3, longestRun(body)+1))
	return ticks + "go\n" + body + "\n" + ticks
}

// inline renders the spans of one paragraph or list item.
func inline(spans []Span, link func(string) string) string {
	w := writer{start: true}
	for _, s := range merge(spans, link) {
		lead, body, trail := splitSpace(s)
		w.plain(lead)
		if body == "" {
			continue
		}
		if s.Link != "" {
			// "!" in front of a link makes it an image; plain has escaped it.
			w.markup("[")
		}
		switch s.Style {
		case Mono:
			w.markup(codeSpan(body))
		case Strong:
			w.markup("**")
			w.plain(body)
			w.markup("**")
		default:
			w.plain(body)
		}
		if s.Link != "" {
			w.markup("](" + destination(s.Link) + ")")
		}
		w.plain(trail)
	}
	return strings.TrimRight(w.out.String(), " \n")
}

// merge resolves links and joins neighbours of the same look: two code spans
// side by side would otherwise share a row of backquotes.
func merge(spans []Span, link func(string) string) []Span {
	var out []Span
	for _, s := range spans {
		s.Text = clean(s.Text)
		if s.Style != Plain {
			s.Text = strings.ReplaceAll(s.Text, "\n", " ")
		}
		if link == nil || s.Link == "" {
			s.Link = ""
		} else {
			s.Link = link(s.Link)
		}
		if s.Text == "" {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Style == s.Style && out[n-1].Link == s.Link {
			out[n-1].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	return out
}

// clean makes every line end a "\n", turns other control characters into
// spaces and bytes that are no UTF-8 into the replacement character.
func clean(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		}
		return r
	}, s)
}

// splitSpace takes the spaces around a strong span's or link's text out of it:
// "** x **" is not strong. A code span keeps its own.
func splitSpace(s Span) (lead, body, trail string) {
	if s.Style == Mono || s.Style == Plain && s.Link == "" {
		return "", s.Text, ""
	}
	body = strings.TrimLeftFunc(s.Text, unicode.IsSpace)
	lead = s.Text[:len(s.Text)-len(body)]
	trimmed := strings.TrimRightFunc(body, unicode.IsSpace)
	return lead, trimmed, body[len(trimmed):]
}

// codeSpan renders text as it stands between rows of backquotes that are
// longer than any in it.
func codeSpan(text string) string {
	text = strings.ReplaceAll(text, "\t", " ")
	ticks := strings.Repeat("`", longestRun(text)+1)
	// One space on each side is taken off again by the reader, unless all is space.
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") ||
		strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") && strings.Trim(text, " ") != "" {
		text = " " + text + " "
	}
	return ticks + text + ticks
}

// longestRun is the length of the longest row of backquotes in s.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// A writer builds the inline content of one block.
type writer struct {
	out strings.Builder
	// start says that nothing stands on the current line yet, number that only
	// digits do, which a "." or ")" would make the head of a list item.
	start, number bool
}

// markup appends text as it is.
func (w *writer) markup(text string) {
	w.out.WriteString(text)
	w.start, w.number = false, false
}

// plain appends text so that none of it is markup.
func (w *writer) plain(text string) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\n':
			if !w.start {
				w.out.WriteString("  \n") // two spaces make a line break
			}
			w.start, w.number = true, false
			continue
		case c == ' ' || c == '\t':
			if !w.start { // leading space could make a code block
				w.out.WriteByte(' ')
			}
			w.number = false
			continue
		case strings.IndexByte("\\`*_[]<>&~|", c) >= 0,
			w.start && strings.IndexByte("#+-=", c) >= 0,
			w.number && (c == '.' || c == ')'),
			c == '!' && i+1 == len(text),
			c == ':' && strings.HasPrefix(text[i:], "://"): // bare addresses become links
			w.out.WriteByte('\\')
		}
		w.out.WriteByte(c)
		w.number = (w.start || w.number) && '0' <= c && c <= '9'
		w.start = false
	}
}

// destination renders a link's target.
func destination(target string) string {
	var out strings.Builder
	for i := range len(target) {
		switch c := target[i]; {
		case c <= ' ' || c >= 0x7f || strings.IndexByte("()<>\\\"`", c) >= 0:
			fmt.Fprintf(&out, "%%%02X", c)
		case c == '&':
			out.WriteString(`\&`) // or "&copy" would be read as an entity
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
