package lspserver

import (
	gocmp "cmp"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/jsonrpc2"
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
	if diff := cmp.Diff([]analysis.Request{{Dir: c.dir, Patterns: []string{"."}}}, c.fake.seen(), cmp.Comparer(func(a, b func(analysis.Progress)) bool { return true })); diff != "" {
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

// Edits that are made while the package is analysed move what it finds.
func TestEditsDuringAnalysis(t *testing.T) {
	c := dial(t, gated)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	pass := c.running()
	c.want("a.go")
	c.edit("a.go", 2, 0, 0, 0, "// one\n")
	c.edit("a.go", 3, 5, 0, 0, "\t")
	c.edit("a.go", 4, 0, 0, 0, "// two\n")
	c.barrier()
	close(pass)
	c.analysed()
	c.want("a.go", "5:26 heap")
}

// gated makes analyses wait for the test.
func gated(c *client, _ *Options) { c.fake.gate = make(chan chan struct{}) }

// running waits for the next analysis and gives the channel that lets it go on.
func (c *client) running() chan struct{} {
	c.t.Helper()
	select {
	case pass := <-c.fake.gate:
		return pass
	case <-c.wait():
		c.t.Fatal("no analysis started")
		return nil
	}
}

// The newest save wins: the analysis before it is cancelled, and what it still
// delivers is dropped.
func TestSaveSupersedes(t *testing.T) {
	for _, stubborn := range []bool{false, true} {
		t.Run(fmt.Sprintf("stubborn=%v", stubborn), func(t *testing.T) {
			c := dial(t, gated)
			c.fake.stubborn = stubborn
			c.start(withRefresh, `null`)
			c.write("a.go", simple)
			c.open("a.go", simple)
			first := c.running()
			c.edit("a.go", 2, 0, 0, 0, "\n")
			c.write("a.go", "\n"+simple)
			c.save("a.go")
			c.barrier()
			close(first) // too late
			second := c.running()
			c.want("a.go")
			close(second)
			c.analysed()
			c.want("a.go", "4:26 heap", "5:13 heap map")
			c.none("workspace/inlayHint/refresh")
		})
	}
}

// A saved package is analysed before those that were only opened.
func TestSavedFirst(t *testing.T) {
	c := dial(t, gated)
	c.start(withRefresh, `null`)
	for _, name := range []string{"a/a.go", "b/b.go", "c/c.go"} {
		c.write(name, simple)
		c.open(name, simple)
	}
	first := c.running()
	c.save("c/c.go")
	c.barrier()
	close(first)
	for range 2 {
		close(c.running())
	}
	var dirs []string
	for _, r := range c.fake.seen() {
		dirs = append(dirs, strings.TrimPrefix(r.Dir, c.dir))
	}
	if diff := cmp.Diff([]string{"/a", "/c", "/b"}, dirs); diff != "" {
		t.Errorf("order (-want +got)\n%s", diff)
	}
}

// A second file of an analysed package has its hints at once, without an analysis.
func TestOtherFileOfPackage(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.write("b.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.fake.set(func(g *fakeGo) { g.gate = make(chan chan struct{}) }) // nothing may run to the end
	c.open("b.go", simple)
	c.want("b.go", simpleHints...)
	c.close("b.go")
	c.want("b.go")
	c.open("b.go", simple)
	c.want("b.go", simpleHints...)
	if n := len(c.fake.seen()); n != 1 {
		t.Errorf("%d analyses", n)
	}
}

func TestOtherFileChangedOnDisk(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.write("b.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.write("b.go", "\n"+simple) // by another program
	c.open("b.go", "\n"+simple)
	c.analysed()
	c.want("b.go", "4:26 heap", "5:13 heap map")
}

func TestTestFiles(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.write("a_test.go", simple)
	c.open("a_test.go", simple)
	c.analysed()
	c.want("a_test.go", simpleHints...)
	if reqs := c.fake.seen(); len(reqs) != 2 || reqs[0].Tests || !reqs[1].Tests {
		t.Errorf("requests %+v", reqs)
	}

	// The tests break: the package is new, the tests are old.
	result := readDir(c.dir, false)
	result.Problems = broken("undefined: x").Problems
	c.fake.set(func(g *fakeGo) { g.results = append(g.results, result) })
	c.save("a.go")
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "its tests do not build: p: undefined: x") {
		t.Errorf("log is %v", e)
	}
	c.analysed()
	c.want("a_test.go", simpleHints...)
	if text, _ := c.hover("a_test.go", 3, 8); !strings.Contains(text, "**Old**: the package's tests do not build") {
		t.Errorf("hover in a test %q", text)
	}
	if text, _ := c.hover("a.go", 3, 8); strings.Contains(text, "Old") {
		t.Errorf("hover %q", text)
	}
}

func TestTestsOff(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `{"analysis": {"tests": false}}`)
	c.write("a.go", simple)
	c.write("a_test.go", simple)
	c.open("a_test.go", simple)
	c.analysed()
	c.want("a_test.go")
	if reqs := c.fake.seen(); reqs[0].Tests {
		t.Errorf("tests were analysed")
	}
}

// Broken code is a state: the hints stay, are called old, and the user is told once.
func TestBrokenPackage(t *testing.T) {
	c := opened(t, "a.go", simple)
	for i := range 3 {
		c.fake.set(func(g *fakeGo) { g.results = append(g.results, broken(fmt.Sprintf("mistake %d", i))) })
		c.save("a.go")
		c.analysed()
	}
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "does not build: p: mistake 0") {
		t.Errorf("log is %v", e)
	}
	c.none("window/logMessage")
	c.none("window/showMessage")
	c.want("a.go", simpleHints...)
	if text, _ := c.hover("a.go", 3, 8); !strings.HasSuffix(text, "**Old**: the package does not build: p: mistake 2. This is what the last successful analysis found.") {
		t.Errorf("hover %q", text)
	}
	if tip := c.inlayHints("a.go", 0, 9)[0].Tooltip.(*protocol.MarkupContent); !strings.Contains(tip.Value, "**Old**") {
		t.Errorf("tooltip %q", tip.Value)
	}
	c.edit("a.go", 2, 0, 0, 0, "\n")
	c.want("a.go", "4:26 heap", "5:13 heap map")

	c.write("a.go", "\n"+simple)
	c.save("a.go")
	c.analysed()
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "can be analysed again") {
		t.Errorf("log is %v", e)
	}
	if text, _ := c.hover("a.go", 4, 8); strings.Contains(text, "Old") {
		t.Errorf("hover %q", text)
	}
}

func TestAnalysisError(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.fake.set(func(g *fakeGo) { g.err = errors.New("no go command") })
	c.save("a.go")
	c.analysed()
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), `"type":1`) || !strings.Contains(e.String(), "the analysis failed: no go command") {
		t.Errorf("log is %v", e)
	}
	c.want("a.go", simpleHints...)
	_, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.analyze_package", "arguments": [%q]}`, c.uri("a.go")))
	if code(err) != codeRequestFailed {
		t.Errorf("command: %v", err)
	}
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

func TestCommand(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `{"analysis": {"trigger": "manual"}}`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.save("a.go")
	c.want("a.go")
	for _, argument := range []string{`%q`, `{"uri": %q}`} {
		result, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.analyze_package", "arguments": [`+argument+`]}`, c.uri("a.go")))
		if err != nil || string(result) != "null" {
			t.Errorf("command: %s, %v", result, err)
		}
	}
	c.want("a.go", simpleHints...)
	if n := len(c.fake.seen()); n != 2 {
		t.Errorf("%d analyses", n)
	}
	for _, params := range []string{
		`{"command": "mapescape.other"}`, `{"command": "mapescape.analyze_package"}`,
		`{"command": "mapescape.analyze_package", "arguments": [1]}`, `{"command": "mapescape.analyze_package", "arguments": ["http://x/a.go"]}`,
	} {
		if _, err := c.call("workspace/executeCommand", raw("%s", params)); code(err) != jsonrpc2.InvalidParams {
			t.Errorf("%s: %v", params, err)
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
