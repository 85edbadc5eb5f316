package source

import (
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

const mixed = "a宽b\r\n😀x\ty\nlast"

func TestPositions(t *testing.T) {
	f := NewFile("f.go", []byte(mixed))
	for _, c := range []struct {
		offset             int
		line, column       int // 1-based, bytes
		line0              int
		utf8, utf16, utf32 int
	}{
		{0, 1, 1, 0, 0, 0, 0},
		{1, 1, 2, 0, 1, 1, 1},
		{4, 1, 5, 0, 4, 2, 2},  // behind 宽
		{7, 2, 1, 1, 0, 0, 0},  // 😀
		{11, 2, 5, 1, 4, 2, 1}, // x
		{13, 2, 7, 1, 6, 4, 3}, // y
		{15, 3, 1, 2, 0, 0, 0},
		{19, 3, 5, 2, 4, 4, 4}, // the end
	} {
		if p := f.Pos(c.offset); p.Line != c.line || p.Column != c.column {
			t.Errorf("Pos(%d) = %v, want %d:%d", c.offset, p, c.line, c.column)
		}
		if o, ok := f.Offset(c.line, c.column); !ok || o != c.offset {
			t.Errorf("Offset(%d, %d) = %d, %v", c.line, c.column, o, ok)
		}
		for enc, want := range map[Encoding]int{UTF8: c.utf8, UTF16: c.utf16, UTF32: c.utf32} {
			if line, column := f.Column(c.offset, enc); line != c.line0 || column != want {
				t.Errorf("Column(%d, %v) = %d:%d, want %d:%d", c.offset, enc, line, column, c.line0, want)
			}
			if o, ok := f.OffsetOf(c.line0, want, enc); !ok || o != c.offset {
				t.Errorf("OffsetOf(%d, %d, %v) = %d, %v", c.line0, want, enc, o, ok)
			}
		}
	}
}

func TestOutside(t *testing.T) {
	f := NewFile("f.go", []byte(mixed))
	if o, ok := f.OffsetOf(0, 100, UTF16); !ok || o != 5 {
		t.Errorf("behind the line's end: %d, %v; want its end, before the CRLF", o, ok)
	}
	if o, ok := f.OffsetOf(1, 1, UTF16); !ok || o != 7 {
		t.Errorf("inside a surrogate pair: %d, %v; want the character's start", o, ok)
	}
	for _, line := range []int{-1, 3} {
		if _, ok := f.OffsetOf(line, 0, UTF16); ok {
			t.Errorf("line %d exists", line)
		}
	}
	if _, ok := f.OffsetOf(0, -1, UTF16); ok {
		t.Error("a negative column is accepted")
	}
	if _, ok := f.Offset(4, 1); ok {
		t.Error("line 4 exists")
	}
	if got := f.LineText(1); got != "a宽b" {
		t.Errorf("line 1 is %q", got)
	}
	if f.Lines() != 3 || f.LineText(0) != "" {
		t.Errorf("%d lines, line 0 is %q", f.Lines(), f.LineText(0))
	}
}

// FuzzColumns checks every offset of a text against the standard library's
// encoders, and that each position leads back to its offset.
func FuzzColumns(f *testing.F) {
	for _, s := range []string{"", mixed, "\n", "\r", "a\rb", "\xff\xfe", "é́", "\ufeffpackage p\r\n", "😀\xf0\x9f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := NewFile("f", []byte(text))
		start := 0 // of the line
		for offset := 0; offset <= len(text); {
			line, column := file.Column(offset, UTF16)
			want := 0
			for _, r := range text[start:offset] {
				want += len(utf16.Encode([]rune{r}))
			}
			if column != want {
				t.Fatalf("offset %d: column %d, want %d", offset, column, want)
			}
			back, ok := file.OffsetOf(line, column, UTF16)
			// The line end itself has the position of the text's end before it.
			if !ok || back != offset && !(offset < len(text) && text[offset] == '\n') {
				t.Fatalf("offset %d: line %d, column %d lead to %d, %v", offset, line, column, back, ok)
			}
			if p := file.Pos(offset); p.Line != line+1 || p.Column != offset-start+1 {
				t.Fatalf("offset %d is at %v", offset, p)
			}
			if offset == len(text) {
				break
			}
			if text[offset] == '\n' {
				start = offset + 1
			}
			_, size := utf8.DecodeRuneInString(text[offset:])
			offset += size
		}
	})
}
