package markup

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func para(spans ...Span) Doc { return Doc{{Kind: Paragraph, Spans: spans}} }
func mono(s string) Span     { return Span{Text: s, Style: Mono} }
func plain(s string) Span    { return Span{Text: s} }
func strong(s string) Span   { return Span{Text: s, Style: Strong} }

func TestMarkdown(t *testing.T) {
	link := func(target string) string {
		if target == "nowhere" {
			return ""
		}
		return "file:///" + target
	}
	tests := []struct {
		name string
		doc  Doc
		want string
	}{
		{"empty", nil, ""},
		{"styles", para(strong("heap"), plain(" — "), mono("make(map[string]int)"), plain(" outlives "), mono("load")),
			"**heap** — `make(map[string]int)` outlives `load`"},
		{"specials", para(plain(`a*b_c [d](e) <f> &amp; \g ~h~ i|j`)),
			`a\*b\_c \[d\](e) \<f\> \&amp; \\g \~h\~ i\|j`},
		{"start of a line", para(plain("# a\n- b\n+ c\n=== d\n1. e\n10) f\n    g")),
			"\\# a  \n\\- b  \n\\+ c  \n\\=== d  \n1\\. e  \n10\\) f  \ng"},
		{"middle of a line", para(plain("a # b - c 1. d")), "a # b - c 1. d"},
		{"bare address", para(plain("see https://go.dev")), `see https\://go.dev`},
		{"image", para(plain("wow!"), Span{Text: "x", Link: "a"}), `wow\![x](file:///a)`},
		{"backquote in code", para(mono("a`b")), "``a`b``"},
		{"code that is backquotes", para(mono("``")), "``` `` ```"},
		{"code that starts with one", para(mono("`a`")), "`` `a` ``"},
		{"code with spaces around", para(mono(" a ")), "`  a  `"},
		{"code that is a space", para(mono(" ")), "` `"},
		{"code of two lines", para(mono("a\n\tb")), "`a  b`"},
		{"code side by side", para(mono("a"), mono("b")), "`ab`"},
		{"empty spans", para(strong(""), mono(""), plain("a"), strong("  "), plain("b")), "a  b"},
		{"strong with spaces", para(plain("a"), strong(" b "), plain("c")), "a **b** c"},
		{"linked code", para(Span{Text: "a.go:4", Style: Mono, Link: "p/a.go:4:2"}), "[`a.go:4`](file:///p/a.go:4:2)"},
		{"no link", para(Span{Text: "a.go:4", Link: "nowhere"}), "a.go:4"},
		{"link target", para(Span{Text: "x", Link: "a b(c)<d>\\`&"}), "[x](file:///a%20b%28c%29%3Cd%3E%5C%60\\&)"},
		{"invalid UTF-8", para(plain("a\xffb\x00c")), "a\uFFFDb c"},
		{"lists", Doc{
			{Kind: List, Items: [][]Span{{plain("a")}, {plain("- b\nc")}}},
			{Kind: List, Items: [][]Span{{plain("d")}}},
			{Kind: Steps, Items: [][]Span{{plain("e")}, {mono("f")}}},
			{Kind: Steps, Items: [][]Span{{plain("g")}}},
		}, "- a\n- \\- b  \n  c\n\n* d\n\n1. e\n2. `f`\n\n1) g"},
		{"code block", Doc{{Kind: Code, Spans: []Span{{Text: "x := `a`\n```\n"}}}}, "````go\nx := `a`\n```\n````"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Markdown(tt.doc, link)); diff != "" {
				t.Errorf("Markdown: -want +got\n%s", diff)
			}
		})
	}
}

func TestMarkdownNilLink(t *testing.T) {
	got := Markdown(para(Span{Text: "a.go:4", Link: "p/a.go:4:2"}), nil)
	if got != "a.go:4" {
		t.Errorf("Markdown without links = %q", got)
	}
}

// read is a reader of inline CommonMark, written without regard to the writer:
// it gives the code spans and the rest of the text that a renderer would show.
func read(t *testing.T, text string) (code []string, rest string) {
	t.Helper()
	var out strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", text[i+1]) >= 0:
			out.WriteByte(text[i+1])
			i += 2
		case c == '`':
			n := 0
			for i+n < len(text) && text[i+n] == '`' {
				n++
			}
			end := closing(text, i+n, n)
			if end < 0 {
				t.Fatalf("code span without end in %q", text)
			}
			body := text[i+n : end]
			if strings.HasPrefix(body, " ") && strings.HasSuffix(body, " ") && strings.Trim(body, " ") != "" {
				body = body[1 : len(body)-1]
			}
			code = append(code, body)
			i = end + n
		case strings.HasPrefix(text[i:], "**"):
			i += 2
		case c == '[':
			i++
		case strings.HasPrefix(text[i:], "]("):
			end := strings.IndexByte(text[i:], ')')
			if end < 0 {
				t.Fatalf("link without end in %q", text)
			}
			i += end + 1
		case strings.IndexByte("*_]<>&~|", c) >= 0:
			t.Fatalf("bare %q at %d in %q", c, i, text)
		default:
			out.WriteByte(c)
			i++
		}
	}
	return code, out.String()
}

func closing(text string, from, n int) int {
	for i := from; i < len(text); {
		run := 0
		for i+run < len(text) && text[i+run] == '`' {
			run++
		}
		if run == n {
			return i
		}
		i += max(run, 1)
	}
	return -1
}

func noSpace(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// FuzzMarkdown checks that a reader of the Markdown sees the code spans and the
// text that were put in, and nothing else.
func FuzzMarkdown(f *testing.F) {
	f.Add("a `b` *c*", "x`y", "p q", "t(1)")
	f.Add("1. ", "``", "!", ")")
	f.Add("\\", " ` ", "**", "\\")
	f.Add("# [a](b)", "\n```\n", "&lt;", "a&b")
	f.Fuzz(func(t *testing.T, before, code, bold, target string) {
		spans := []Span{plain(before), mono(code), strong(bold), {Text: "at " + before, Link: target}, mono(code), plain(bold)}
		for _, kind := range []BlockKind{Paragraph, List, Steps, Code} {
			_ = Markdown(Doc{{Kind: kind, Spans: spans, Items: [][]Span{spans, spans}}}, nil)
			_ = Text(Doc{{Kind: kind, Spans: spans, Items: [][]Span{spans, spans}}}, 20)
		}
		got := Markdown(para(spans...), func(s string) string { return "file:///" + s })
		if !utf8.ValidString(got) {
			t.Fatalf("not UTF-8: %q", got)
		}
		gotCode, rest := read(t, got)
		var want []string
		if code := strings.NewReplacer("\n", " ", "\t", " ").Replace(clean(code)); code != "" {
			// Spaces at the document's end are cut, so only the spans before it count exactly.
			want = []string{code, code}
		}
		if diff := cmp.Diff(want, gotCode); diff != "" {
			t.Errorf("code spans of %q: -want +got\n%s", got, diff)
		}
		shown := noSpace(clean(before) + clean(bold) + clean("at "+before) + clean(bold))
		if diff := cmp.Diff(shown, noSpace(rest)); diff != "" {
			t.Errorf("text of %q: -want +got\n%s", got, diff)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "- ") {
				t.Errorf("a line of %q starts a block: %q", got, line)
			}
		}
	})
}

func ExampleText() {
	fmt.Println(Text(Doc{
		{Kind: Paragraph, Spans: []Span{strong("heap"), plain(" — "), mono("make(map[string]int)"), plain(" outlives "), mono("load")}},
		{Kind: Steps, Items: [][]Span{
			{plain("returned at "), {Text: "load.go:41", Link: "/src/load.go:41:2"}},
			{plain("assigned to "), mono("m"), plain(" at load.go:33")},
		}},
		{Kind: Code, Spans: []Span{plain("clear(m)\n")}},
	}, 40))
	// Output:
	// heap — `make(map[string]int)` outlives
	// `load`
	//
	// 1. returned at load.go:41
	// 2. assigned to `m` at load.go:33
	//
	//     clear(m)
}

func TestText(t *testing.T) {
	tests := []struct {
		name  string
		doc   Doc
		width int
		want  string
	}{
		{"no wrap", para(plain("a  b\nc "), mono("d e")), 0, "a  b\nc `d e`"},
		{"code stays whole", para(plain("aaaa "), mono("b c d")), 8, "aaaa\n`b c d`"},
		{"long code breaks", para(mono("aaa bbb ccc")), 6, "`aaa\nbbb\nccc`"},
		{"long word", para(plain("a abcdefghij b")), 4, "a\nabcdefghij\nb"},
		{"runes, not bytes", para(plain("äö üß éé")), 5, "äö üß\néé"},
		{"backquotes inside", para(mono("`raw`")), 0, "`raw`"},
		{"items hang", Doc{{Kind: List, Items: [][]Span{{plain("aaa bbb")}, {plain("c\nd")}}}}, 6, "- aaa\n  bbb\n- c\n  d"},
		{"numbers align", Doc{{Kind: Steps, Items: make([][]Span, 10)}}, 0,
			" 1.\n 2.\n 3.\n 4.\n 5.\n 6.\n 7.\n 8.\n 9.\n10."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Text(tt.doc, tt.width)); diff != "" {
				t.Errorf("Text: -want +got\n%s", diff)
			}
		})
	}
}
