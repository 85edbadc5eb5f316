package session

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/source"
)

// marked is a text in which «…» stand around operations.
func marked(t *testing.T, text string) (*source.File, []place) {
	t.Helper()
	var clean strings.Builder
	var starts, ends []int
	for _, r := range text {
		switch r {
		case '«':
			starts = append(starts, clean.Len())
		case '»':
			ends = append(ends, clean.Len())
		default:
			clean.WriteRune(r)
		}
	}
	if len(starts) != len(ends) {
		t.Fatalf("unbalanced marks in %q", text)
	}
	f := source.NewFile("/p/a.go", []byte(clean.String()))
	var places []place
	for i := range starts {
		places = append(places, newPlace(f, i, starts[i], ends[i]))
	}
	return f, places
}

// render puts the marks back.
func render(f *source.File, places []place) string {
	text := string(f.Text())
	for i := len(places) - 1; i >= 0; i-- {
		p := places[i]
		text = text[:p.start] + "«" + text[p.start:p.end] + "»" + text[p.end:]
	}
	return text
}

func TestShift(t *testing.T) {
	for _, tt := range []struct {
		name, before string
		change       Change
		after        string
	}{
		{
			"line above", "a\n«m»\n«n»\n",
			Change{Start: Point{0, 0}, End: Point{0, 1}, Text: "long\nlonger"},
			"long\nlonger\n«m»\n«n»\n",
		},
		{
			"line below", "«m»\nx\n",
			Change{Start: Point{1, 0}, End: Point{1, 1}, Text: "y"},
			"«m»\ny\n",
		},
		{
			"on the line, behind the operation", "«m» \n«n»\n",
			Change{Start: Point{0, 2}, End: Point{0, 2}, Text: "//"},
			"m //\n«n»\n",
		},
		{
			"on the line, before the operation", "\t«m»\n«n»\n",
			Change{Start: Point{0, 0}, End: Point{0, 0}, Text: "\t"},
			"\t\tm\n«n»\n",
		},
		{
			"inside", "«make(x)»\n«n»\n",
			Change{Start: Point{0, 5}, End: Point{0, 6}, Text: "y"},
			"make(y)\n«n»\n",
		},
		{
			"new line at the end of the line", "«m»\n«n»\n",
			Change{Start: Point{0, 1}, End: Point{0, 1}, Text: "\nx"},
			"«m»\nx\n«n»\n",
		},
		{
			"text at the end of the line", "«m»\n«n»\n",
			Change{Start: Point{0, 1}, End: Point{0, 1}, Text: "x\n"},
			"mx\n\n«n»\n",
		},
		{
			"whole line in front", "«m»\n«n»\n",
			Change{Start: Point{1, 0}, End: Point{1, 0}, Text: "x\n"},
			"«m»\nx\n«n»\n",
		},
		{
			"text in front, no whole line", "«m»\n«n»\n",
			Change{Start: Point{1, 0}, End: Point{1, 0}, Text: "x"},
			"«m»\nxn\n",
		},
		{
			"line deleted", "«m»\nx\n«n»\n",
			Change{Start: Point{1, 0}, End: Point{2, 0}},
			"«m»\n«n»\n",
		},
		{
			"lines joined", "«m»\n«n»\n«o»\n",
			Change{Start: Point{0, 1}, End: Point{1, 0}},
			"mn\n«o»\n",
		},
		{
			"own line deleted", "«m»\n«n»\n«o»\n",
			Change{Start: Point{1, 0}, End: Point{2, 0}},
			"«m»\n«o»\n",
		},
		{
			"everything", "«m»\n",
			Change{Whole: true, Text: "other"},
			"other",
		},
		{
			"whole text, one line different", "«m»\nx\n«n»\n",
			Change{Whole: true, Text: "m\nyy\nn\n"},
			"«m»\nyy\n«n»\n",
		},
		{
			"whole text, the same", "«m»\nx\n",
			Change{Whole: true, Text: "m\nx\n"},
			"«m»\nx\n",
		},
		{
			"inside an operation of many lines", "«m{\n1,\n2,\n}»\n«n»\n",
			Change{Start: Point{2, 0}, End: Point{2, 1}, Text: "3"},
			"m{\n1,\n3,\n}\n«n»\n",
		},
		{
			"CRLF", "«m»\r\nx\r\n«n»\r\n",
			Change{Start: Point{1, 1}, End: Point{1, 1}, Text: "\r\ny"},
			"«m»\r\nx\r\ny\r\n«n»\r\n",
		},
		{
			"CRLF, at the end of the line", "«m»\r\n«n»\r\n",
			Change{Start: Point{0, 1}, End: Point{0, 1}, Text: "\r\n"},
			"«m»\r\n\r\n«n»\r\n",
		},
		{
			"columns count UTF-16", "«m»\nx😀é = 1\n«n»\n",
			Change{Start: Point{1, 4}, End: Point{1, 8}, Text: "!"},
			"«m»\nx😀é!\n«n»\n",
		},
		{
			"column behind the end of the line", "x\n«n»\n",
			Change{Start: Point{0, 99}, End: Point{0, 99}, Text: "y"},
			"xy\n«n»\n",
		},
		{
			"line behind the last", "«m»\nx",
			Change{Start: Point{1, 0}, End: Point{2, 0}, Text: "y\n"},
			"«m»\ny\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, places := marked(t, tt.before)
			d := newDocument(f.Path(), 1, string(f.Text()))
			d.places = places
			if err := d.apply(tt.change, source.UTF16); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.after, render(d.file, d.places)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestChangeInDoubt(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		change     Change
	}{
		{"no such line", "a\n", Change{Start: Point{7, 0}, End: Point{7, 0}}},
		{"line behind the last, with a column", "a", Change{Start: Point{1, 3}, End: Point{1, 3}}},
		{"backwards", "a\nb\n", Change{Start: Point{1, 0}, End: Point{0, 0}}},
		{"inside a surrogate pair", "a😀b\n", Change{Start: Point{0, 2}, End: Point{0, 4}}},
		{"makes a lone \\r", "ab\n", Change{Start: Point{0, 1}, End: Point{0, 1}, Text: "\r"}},
		{"splits a \\r\\n", "a\r\nb", Change{Start: Point{0, 1}, End: Point{0, 1}, Text: "\rx"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDocument("/p/a.go", 1, tt.text)
			if err := d.apply(tt.change, source.UTF16); err == nil {
				t.Errorf("applied to %q", d.file.Text())
			}
		})
	}
}

func TestAlign(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"middle changed", "«a»\n«b»\n«c»\n", "a\nx\ny\nc\n", "«a»\nx\ny\n«c»\n"},
		{"lines gone", "«a»\n«b»\n«c»\n", "a\nc\n", "«a»\n«c»\n"},
		{"line ends normalised", "«a»\r\nxx\r\n\t«c» +\r\n", "a\nxx\n\tc +\n", "«a»\nxx\n\t«c» +\n"},
		{"byte order mark taken off", "\ufeff«a»\n«b»\n", "a\nb\n", "«a»\n«b»\n"},
		{"byte order mark put on", "«a»\n«b»\n", "\ufeffa\nb\n", "\ufeff«a»\n«b»\n"},
		{"across the seam", "«a\nb»\n«c»\n", "a\nx\nc\n", "a\nx\n«c»\n"},
		{"equal lines repeated", "«a»\n«a»\n", "a\na\na\n", "«a»\n«a»\na\n"},
		{"nothing in common", "«a»", "b", "b"},
		{"empty", "«a»\n", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, places := marked(t, tt.from)
			to := source.NewFile(from.Path(), []byte(tt.to))
			if diff := cmp.Diff(tt.want, render(to, align(from, to, places))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// FuzzShift checks that a place that survives an edit still stands for the
// same text, on lines with the same text, and that the two ways of finding it
// agree that it may be there.
func FuzzShift(f *testing.F) {
	f.Add("a\nbb\nccc\n", uint16(2), uint16(4), uint16(2), uint16(4), "x\ny")
	f.Add("m := 1\r\nn\r\n", uint16(0), uint16(6), uint16(6), uint16(8), "")
	f.Add("é😀\n\n", uint16(0), uint16(2), uint16(6), uint16(7), "\n")
	f.Fuzz(func(t *testing.T, text string, opStart, opEnd, start, end uint16, insert string) {
		file := source.NewFile("/p/a.go", []byte(text))
		clamp := func(a, b uint16) (int, int) {
			x, y := min(int(a), len(text)), min(int(b), len(text))
			return min(x, y), max(x, y)
		}
		os, oe := clamp(opStart, opEnd)
		p := newPlace(file, 0, os, oe)
		es, ee := clamp(start, end)
		now, s, changed := replace(file, es, ee, insert)
		if want := text[:es] + insert + text[ee:]; string(now.Text()) != want {
			t.Fatalf("text is %q, want %q", now.Text(), want)
		}
		if !changed {
			return
		}
		if hasLoneCR(file.Text()) || hasLoneCR(now.Text()) {
			return // such documents are refused
		}
		q, ok := s.shift(p)
		if !ok {
			return
		}
		if again := newPlace(now, 0, q.start, q.end); again != q {
			t.Errorf("the place is %+v, its lines say %+v", q, again)
		}
		for _, part := range [][4]int{{p.start, p.end, q.start, q.end}, {p.lineStart, p.lineEnd, q.lineStart, q.lineEnd}} {
			if a, b := text[part[0]:part[1]], string(now.Text()[part[2]:part[3]]); a != b {
				t.Errorf("%q became %q", a, b)
			}
		}
	})
}

// FuzzAlign checks the same for places that are found without a history.
func FuzzAlign(f *testing.F) {
	f.Add("a\nbb\nccc\n", "a\nccc\n", uint16(2), uint16(4))
	f.Add("\ufeffa\r\nb\r\n", "a\nb\n", uint16(3), uint16(4))
	f.Fuzz(func(t *testing.T, from, to string, opStart, opEnd uint16) {
		a, b := source.NewFile("/p/a.go", []byte(from)), source.NewFile("/p/a.go", []byte(to))
		x, y := min(int(opStart), len(from)), min(int(opEnd), len(from))
		p := newPlace(a, 0, min(x, y), max(x, y))
		for _, q := range align(a, b, []place{p}) {
			old := strings.TrimPrefix(strings.ReplaceAll(from[p.lineStart:p.lineEnd], "\r\n", "\n"), "\ufeff")
			now := strings.TrimPrefix(strings.ReplaceAll(to[q.lineStart:q.lineEnd], "\r\n", "\n"), "\ufeff")
			if strings.TrimRight(old, "\r") != strings.TrimRight(now, "\r") {
				t.Errorf("the lines %q became %q", old, now)
			}
		}
	})
}

// FuzzPosition checks that the start of every character has a position that
// leads back to it, in each encoding.
func FuzzPosition(f *testing.F) {
	f.Add("a😀é\r\n\tx\n")
	f.Add("\ufeffpackage p\n")
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("/p/a.go", []byte(text))
		for _, enc := range []source.Encoding{source.UTF8, source.UTF16, source.UTF32} {
			for offset := 0; offset <= len(text); {
				inLineEnd := offset > 0 && text[offset-1] == '\r' && offset < len(text) && text[offset] == '\n'
				if line, column := file.Column(offset, enc); !inLineEnd {
					got, err := offsetOf(file, Point{line, column}, enc)
					if err != nil || got != offset {
						t.Errorf("%q in encoding %v: offset %d is %d:%d, which is %d (%v)", text, enc, offset, line, column, got, err)
					}
				}
				_, size := utf8.DecodeRuneInString(text[offset:])
				offset += max(size, 1)
			}
		}
	})
}
