package editors_test

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// A palette is what a terminal shows where a program names no colour.
type palette struct {
	name, text, ground, float string
	ansi                      [16]string
}

var (
	dark = palette{name: "dark", text: "#d4d4d4", ground: "#1e1e1e", float: "#2d2d30", ansi: [16]string{
		"#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
		"#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff",
	}}
	light = palette{name: "light", text: "#1f1f1f", ground: "#ffffff", float: "#eeeef2", ansi: [16]string{
		"#000000", "#cd3131", "#107c10", "#949800", "#0451a5", "#bc05bc", "#0598bc", "#555555",
		"#666666", "#cd3131", "#14ce14", "#b5ba00", "#0451a5", "#bc05bc", "#0598bc", "#a5a5a5",
	}}
)

// The size of a character and of the margin, in pixels.
const charWidth, charHeight, margin = 8.43, 18, 10

// A style is how a run of characters looks; "" is the terminal's own colour.
type style struct {
	text, ground  string
	bold, inverse bool
}

// svg draws the text of a terminal with its escape sequences (SGR only) as a picture.
func svg(screen string, colours palette) string {
	rows := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	var body strings.Builder
	widest, now := 0, style{}
	for y, row := range rows {
		x := 0
		for row != "" {
			if sequence, rest, ok := cutEscape(row); ok {
				now, row = now.apply(sequence, colours), rest
				continue
			}
			run := row
			if i := strings.IndexByte(row, '\x1b'); i >= 0 {
				run = row[:i]
			}
			row = row[len(run):]
			n := utf8.RuneCountInString(run)
			now.draw(&body, x, y, n, run, colours)
			x += n
		}
		widest = max(widest, x)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<rect width="100%%" height="100%%" fill="%s"/>
<g transform="translate(%d %[4]d)">
%[5]s</g>
</svg>
`, float64(widest)*charWidth+2*margin, len(rows)*charHeight+2*margin, colours.ground, margin, body.String())
}

func (s style) draw(out *strings.Builder, x, y, n int, run string, colours palette) {
	text, ground := s.text, s.ground
	if text == "" {
		text = colours.text
	}
	if s.inverse {
		text, ground = ground, text
		if text == "" {
			text = colours.ground
		}
	}
	left, width := float64(x)*charWidth, float64(n)*charWidth
	if ground != "" {
		fmt.Fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", left, y*charHeight, width, charHeight, ground)
	}
	if strings.TrimSpace(run) == "" {
		return
	}
	bold := ""
	if s.bold {
		bold = ` font-weight="bold"`
	}
	fmt.Fprintf(out, "<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\" fill=\"%s\"%s xml:space=\"preserve\">", left, y*charHeight+13, width, text, bold)
	_ = xml.EscapeText(out, []byte(run)) // a Builder takes everything
	out.WriteString("</text>\n")
}

// cutEscape takes an escape sequence for style off, and gives its parameters.
func cutEscape(s string) (parameters, rest string, ok bool) {
	after, ok := strings.CutPrefix(s, "\x1b[")
	if !ok {
		return "", s, false
	}
	return strings.Cut(after, "m")
}

// apply changes a style by the parameters of a sequence.
func (s style) apply(parameters string, colours palette) style {
	var codes []int
	for p := range strings.SplitSeq(parameters, ";") {
		n, _ := strconv.Atoi(p) // none at all means 0
		codes = append(codes, n)
	}
	for len(codes) > 0 {
		c := codes[0]
		codes = codes[1:]
		switch {
		case c == 0:
			s = style{}
		case c == 1:
			s.bold = true
		case c == 22:
			s.bold = false
		case c == 7:
			s.inverse = true
		case c == 27:
			s.inverse = false
		case c >= 30 && c <= 37:
			s.text = colours.ansi[c-30]
		case c >= 90 && c <= 97:
			s.text = colours.ansi[c-90+8]
		case c >= 40 && c <= 47:
			s.ground = colours.ansi[c-40]
		case c >= 100 && c <= 107:
			s.ground = colours.ansi[c-100+8]
		case c == 38:
			s.text, codes = colour(codes, colours)
		case c == 48:
			s.ground, codes = colour(codes, colours)
		case c == 39:
			s.text = ""
		case c == 49:
			s.ground = ""
		}
	}
	return s
}

// colour reads what follows 38 or 48: 5 and a number, or 2 and three parts.
func colour(codes []int, colours palette) (string, []int) {
	switch {
	case len(codes) >= 4 && codes[0] == 2:
		return fmt.Sprintf("#%02x%02x%02x", codes[1], codes[2], codes[3]), codes[4:]
	case len(codes) >= 2 && codes[0] == 5:
		n, rest := codes[1], codes[2:]
		switch {
		case n < 16:
			return colours.ansi[n], rest
		case n < 232:
			part := func(i int) int { return []int{0, 95, 135, 175, 215, 255}[i%6] }
			return fmt.Sprintf("#%02x%02x%02x", part((n-16)/36), part((n-16)/6), part(n-16)), rest
		}
		return fmt.Sprintf("#%02[1]x%02[1]x%02[1]x", 8+10*(n-232)), rest
	}
	return "", nil
}

func TestSVG(t *testing.T) {
	got := svg("a\x1b[1;31mb<\x1b[0m c\n\x1b[7md\x1b[48;2;1;2;3m\x1b[38;5;196me", dark)
	for _, want := range []string{
		`height="56"`,
		`<text x="0.0" y="13" textLength="8.4" fill="#d4d4d4" xml:space="preserve">a</text>`,
		`<text x="8.4" y="13" textLength="16.9" fill="#cd3131" font-weight="bold" xml:space="preserve">b&lt;</text>`,
		`textLength="16.9" fill="#d4d4d4" xml:space="preserve"> c</text>`,
		`<rect x="0.0" y="18" width="8.4" height="18" fill="#d4d4d4"/>`,
		`fill="#1e1e1e" xml:space="preserve">d</text>`,
		`<rect x="8.4" y="18" width="8.4" height="18" fill="#ff0000"/>`,
		`fill="#010203" xml:space="preserve">e</text>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
