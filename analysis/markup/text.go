package markup

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// noBreak stands for a space at which a line must not be broken while a text
// is being wrapped; clean has removed it from what users write.
const noBreak = '\x00'

// Text renders d for a terminal, its lines at most width characters wide where
// words allow it; width 0 does not wrap. Names and the compiler's words stand
// between backquotes, steps are numbered, links are left out.
func Text(d Doc, width int) string {
	var out strings.Builder
	for i, b := range d {
		if i > 0 {
			out.WriteString("\n\n")
		}
		switch b.Kind {
		case List, Steps:
			for j, item := range b.Items {
				if j > 0 {
					out.WriteByte('\n')
				}
				marker := "- "
				if b.Kind == Steps {
					marker = fmt.Sprintf("%*d. ", len(fmt.Sprint(len(b.Items))), j+1)
				}
				out.WriteString(wrap(plainText(item, width), marker, strings.Repeat(" ", len(marker)), width))
			}
		case Code:
			var text strings.Builder
			for _, s := range b.Spans {
				text.WriteString(clean(s.Text))
			}
			for j, line := range strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n") {
				if j > 0 {
					out.WriteByte('\n')
				}
				out.WriteString(strings.TrimRight("    "+line, " "))
			}
		default:
			out.WriteString(wrap(plainText(b.Spans, width), "", "", width))
		}
	}
	return out.String()
}

// plainText is the text of spans. Code that fits a line is kept in one piece.
func plainText(spans []Span, width int) string {
	var out strings.Builder
	for _, s := range merge(spans, nil) {
		text := strings.ReplaceAll(s.Text, "\t", " ")
		if s.Style != Mono {
			out.WriteString(text)
			continue
		}
		if !strings.Contains(text, "`") {
			text = "`" + text + "`"
		}
		if utf8.RuneCountInString(text) <= width {
			text = strings.ReplaceAll(text, " ", string(noBreak))
		}
		out.WriteString(text)
	}
	return out.String()
}

// wrap lays text out in lines: first heads the first one, rest the others. A
// newline in text is kept.
func wrap(text, first, rest string, width int) string {
	var lines []string
	head := first
	for _, line := range strings.Split(text, "\n") {
		if width <= 0 {
			lines = append(lines, strings.TrimRight(head+strings.TrimSpace(line), " "))
			head = rest
			continue
		}
		current, column := head, utf8.RuneCountInString(head)
		empty := true
		for _, word := range strings.Fields(line) {
			n := utf8.RuneCountInString(word)
			if !empty && column+1+n > width {
				lines = append(lines, current)
				current, column, empty = rest, utf8.RuneCountInString(rest), true
			}
			if !empty {
				current += " "
				column++
			}
			current += word
			column += n
			empty = false
		}
		lines = append(lines, strings.TrimRight(current, " "))
		head = rest
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), string(noBreak), " ")
}
