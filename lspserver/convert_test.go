package lspserver

import (
	"testing"
	"unicode/utf8"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/source"
)

func TestGoFile(t *testing.T) {
	for u, want := range map[string]string{
		"file:///p/a.go":          "/p/a.go",
		"file:///p/%C3%A4%20b.go": "/p/ä b.go",
		"file:///p/a+b.go":        "/p/a+b.go",
		"file:///p//q/../a.go":    "/p/a.go",
		"file://localhost/p/a.go": "/p/a.go",
		"file://host/p/a.go":      "",
		"file:///p/a.txt":         "",
		"file:///p/go.mod":        "",
		"untitled:a.go":           "",
		"git:/p/a.go":             "",
		"":                        "",
	} {
		parsed, err := uri.Parse(u)
		if err != nil && want != "" {
			t.Fatal(err)
		}
		got, ok := goFile(parsed)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s is %q, want %q", u, got, want)
		}
	}
}

func TestToLink(t *testing.T) {
	for target, want := range map[string]string{
		"/p/a.go:12:5":   "file:///p/a.go#L12,5",
		"/p/a.go:12":     "file:///p/a.go#L12",
		"/p/a.go":        "file:///p/a.go",
		"/p/a b:7.go:1":  "file:///p/a%20b%3A7.go#L1",
		"a.go:12:5":      "",
		"":               "",
		"/p/a.go:1:2:3":  "file:///p/a.go%3A1#L2,3",
		"/p/a.go:-1:+2":  "file:///p/a.go%3A-1%3A%2B2",
		"/p/a.go:99e9:1": "file:///p/a.go%3A99e9#L1",
	} {
		if got := toLink(target); got != want {
			t.Errorf("%s links to %q, want %q", target, got, want)
		}
	}
}

func TestToOffsetClamps(t *testing.T) {
	f := source.NewFile("/a.go", []byte("ab\r\n😀\n"))
	for _, tt := range []struct {
		line, character uint32
		want            int
	}{
		{0, 0, 0}, {0, 2, 2}, {0, 3, 2}, {0, 1 << 31, 2}, {1, 0, 4}, {1, 1, 4}, {1, 2, 8}, {1, 9, 8},
		{2, 0, 9}, {2, 7, 9}, {3, 0, 9}, {1 << 31, 0, 9}, {1<<32 - 1, 1<<32 - 1, 9},
	} {
		if got := toOffset(f, protocol.Position{Line: tt.line, Character: tt.character}, source.UTF16); got != tt.want {
			t.Errorf("%d:%d is %d, want %d", tt.line, tt.character, got, tt.want)
		}
	}
}

// FuzzPosition checks that a position leads back to the character that it was made of.
func FuzzPosition(f *testing.F) {
	f.Add("a😀é\r\n\tx\n")
	f.Add("\ufeffpackage p\n\xff")
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("/a.go", []byte(text))
		for _, enc := range encodings {
			for offset := 0; offset <= len(text); {
				inLineEnd := offset > 0 && offset < len(text) && text[offset-1] == '\r' && text[offset] == '\n'
				if got := toOffset(file, toPosition(file, offset, enc), enc); got != offset && !inLineEnd {
					t.Errorf("%q in encoding %v: %d became %d", text, enc, offset, got)
				}
				_, size := utf8.DecodeRuneInString(text[offset:])
				offset += max(size, 1)
			}
		}
	})
}
