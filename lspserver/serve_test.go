package lspserver

import (
	gocmp "cmp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis"
)

const simple = "package p\n\nfunc f() {\n\tm := make(map[string]int)\n\tdelete(m, k)\n\t_ = len(m)\n}\n"

// simpleHints are the hints of simple at level normal.
var simpleHints = []string{"3:26 heap", "4:13 heap map"}

// want compares a file's hints.
func (c *client) want(name string, hints ...string) {
	c.t.Helper()
	if diff := cmp.Diff(append([]string(nil), hints...), c.hints(name)); diff != "" {
		c.t.Errorf("hints of %s (-want +got)\n%s", name, diff)
	}
}

// opened is a client that shows an analysed file.
func opened(t *testing.T, name, text string) *client {
	t.Helper()
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write(name, text)
	c.open(name, text)
	c.analysed()
	return c
}

func TestOpenHintsHover(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.want("a.go", simpleHints...)
	if diff := cmp.Diff([]string{"4:13 heap map"}, c.hintsIn("a.go", 4, 5)); diff != "" {
		t.Errorf("hints of a range (-want +got)\n%s", diff)
	}
	text, span := c.hover("a.go", 3, 8)
	if want := "about make [here](" + c.uri("a.go") + "#L4,7)\n\nmore"; text != want {
		t.Errorf("hover %q, want %q", text, want)
	}
	if want := "3:6-3:26"; span != want {
		t.Errorf("hover of %s, want %s", span, want)
	}
	if text, _ := c.hover("a.go", 0, 2); text != "" {
		t.Errorf("hover where nothing is: %q", text)
	}
	h := c.inlayHints("a.go", 0, 9)[0]
	if h.Kind != 0 || h.PaddingLeft == nil || !*h.PaddingLeft || h.TextEdits != nil {
		t.Errorf("hint is %+v", h)
	}
	if tip := h.Tooltip.(*protocol.MarkupContent); tip.Kind != protocol.MarkupKindMarkdown || !strings.HasPrefix(tip.Value, "about make") || strings.Contains(tip.Value, "more") {
		t.Errorf("tooltip is %+v", tip)
	}
	if diff := cmp.Diff([]analysis.Request{{Dir: c.dir, Patterns: []string{"."}}}, c.fake.seen(), cmpopts.IgnoreFields(analysis.Request{}, "Known", "Warm", "Upstream", "Progress")); diff != "" {
		t.Errorf("requests (-want +got)\n%s", diff)
	}
}

func TestPlainTextHover(t *testing.T) {
	c := dial(t)
	c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}}}`, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.analysed()
	if text, _ := c.hover("a.go", 3, 8); strings.Contains(text, "](") || !strings.HasPrefix(text, "about make here") {
		t.Errorf("hover %q", text)
	}
}

func TestTexts(t *testing.T) {
	const line = "\tx😀é, m := 1, make(map[string]int)"
	for _, tt := range []struct {
		name, disk, buffer, encoding, hint string
	}{
		{"UTF-16", "package p\n" + line + "\n", "", "", "1:35 heap"},
		{"UTF-8", "package p\n" + line + "\n", "", "utf-8", "1:38 heap"},
		{"UTF-32", "package p\n" + line + "\n", "", "utf-32", "1:34 heap"},
		{"CRLF", "package p\r\n" + line + "\r\n", "", "", "1:35 heap"},
		{"CRLF taken off by the client", "package p\r\n" + line + "\r\n", "package p\n" + line + "\n", "", "1:35 heap"},
		{"byte order mark", "\ufeffpackage p\n" + line + "\n", "", "", "1:35 heap"},
		{"byte order mark taken off by the client", "\ufeffpackage p; var m = make(map[string]int)\n", "package p; var m = make(map[string]int)\n", "", "0:39 heap"},
		{"no newline at the end", "package p\n" + line, "", "", "1:35 heap"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, func(_ *client, o *Options) { o.Encoding = tt.encoding })
			init := c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}}, "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]}}`, `null`)
			if want := gocmp.Or(tt.encoding, "utf-16"); string(init.Capabilities.PositionEncoding) != want {
				t.Errorf("encoding is %s, want %s", init.Capabilities.PositionEncoding, want)
			}
			c.write("a.go", tt.disk)
			if tt.buffer == "" {
				tt.buffer = tt.disk
			}
			c.open("a.go", tt.buffer)
			c.analysed()
			c.want("a.go", tt.hint)
		})
	}
}

func TestEncodingNotOffered(t *testing.T) {
	c := dial(t, func(_ *client, o *Options) { o.Encoding = "utf-8" })
	if got := c.start(`{"general": {"positionEncodings": ["utf-16"]}}`, `null`).Capabilities.PositionEncoding; got != "utf-16" {
		t.Errorf("encoding is %s", got)
	}
}

func TestEdits(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.edit("a.go", 2, 1, 0, 0, "// a comment\n")
	c.want("a.go", "4:26 heap", "5:13 heap map")
	c.edit("a.go", 3, 4, 0, 0, "\t")
	c.want("a.go", "5:13 heap map")
	if text, _ := c.hover("a.go", 4, 9); text != "" {
		t.Errorf("hover on a touched line: %q", text)
	}
	if _, span := c.hover("a.go", 5, 3); span != "5:1-5:13" {
		t.Errorf("hover of %s", span)
	}
}

func TestDirtyBuffer(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.open("a.go", strings.Replace(simple, "\tm := ", "\n\tm2 := ", 1)) // the client restored unsaved text
	c.analysed()
	c.want("a.go", "5:13 heap map")
}

func TestTwoPerLine(t *testing.T) {
	const text = "package p\n\tdelete(a, k); delete(b, k); m := make(map[string]int); n := make(map[string]int)\n\tdelete(a, k); delete(b, k); delete(d, k)\n"
	c := opened(t, "a.go", text)
	c.want("a.go", "1:54 heap", "1:81 heap", "2:13 heap map", "2:27 heap map")
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"inlayHints": {"level": "all"}}}}`))
	c.want("a.go", "1:13 heap map", "1:27 heap map", "1:54 heap", "1:81 heap", "2:13 heap map", "2:27 heap map", "2:41 heap map")
}

func TestHoverPicksInnermost(t *testing.T) {
	c := opened(t, "a.go", "package p\n\tdelete(ms[\"a\"], k)\n\t_ = a[\"x\"]+b[\"y\"]\n")
	for _, tt := range []struct {
		line, column int
		want         string
	}{
		{1, 3, "1:1-1:19"}, {1, 10, "1:8-1:15"}, {1, 15, "1:8-1:15"}, {1, 17, "1:1-1:19"},
		{2, 10, "2:5-2:11"}, {2, 12, "2:12-2:18"}, {2, 99, "2:12-2:18"},
	} {
		if _, span := c.hover("a.go", tt.line, tt.column); span != tt.want {
			t.Errorf("hover at %d:%d of %s, want %s", tt.line, tt.column, span, tt.want)
		}
	}
}

// What is not a Go file on this machine is no business of ours, and no mistake.
func TestNotOurs(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	for _, u := range []string{"file:///p/go.mod", "untitled:Untitled-1", "git:/p/a.go?x", "file://host/p/a.go", "vscode-notebook-cell:/p/a.go#x"} {
		c.notify("textDocument/didOpen", raw(`{"textDocument": {"uri": %q, "languageId": "go", "version": 1, "text": ""}}`, u))
		c.notify("textDocument/didChange", raw(`{"textDocument": {"uri": %q, "version": 2}, "contentChanges": [{"text": "x"}]}`, u))
		c.notify("textDocument/didSave", raw(`{"textDocument": {"uri": %q}}`, u))
		c.notify("textDocument/didClose", raw(`{"textDocument": {"uri": %q}}`, u))
		result, err := c.call("textDocument/inlayHint", raw(`{"textDocument": {"uri": %q}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}}`, u))
		if err != nil || string(result) != "[]" {
			t.Errorf("hints of %s: %s, %v", u, result, err)
		}
		result, err = c.call("textDocument/hover", raw(`{"textDocument": {"uri": %q}, "position": {"line": 0, "character": 0}}`, u))
		if err != nil || string(result) != "null" {
			t.Errorf("hover in %s: %s, %v", u, result, err)
		}
	}
	c.none("window/logMessage")
	if n := len(c.fake.seen()); n != 0 {
		t.Errorf("%d analyses", n)
	}
}

func TestLoneCR(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple+"\r")
	c.open("a.go", simple+"\r")
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "is not served") {
		t.Errorf("log is %v", e)
	}
	c.edit("a.go", 2, 0, 0, 0, "\n")
	c.want("a.go")
	c.none("window/logMessage")
}
