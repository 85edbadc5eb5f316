package lspserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.lsp.dev/uri"
)

// Each request sees exactly the edits that were sent before it.
func TestWireOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(path, []byte(simple), 0o666); err != nil {
		t.Fatal(err)
	}
	u := string(uri.File(path))
	w := dialWire(t)
	w.send(framed(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":` + withRefresh + `}}`))
	w.answer("1")
	w.send(framed(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"go","version":1,"text":%q}}}`, u, simple)))
	m := w.read()
	for m.Method != "workspace/inlayHint/refresh" {
		m = w.read()
	}
	w.send(framed(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":null}`, m.ID)))

	const edits, every = 3000, 3
	for i := range edits {
		w.send(framed(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":"\n"}]}}`, u, i+2)))
		if i%every == 0 {
			w.send(framed(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/hover","params":{"textDocument":{"uri":%q},"position":{"line":%d,"character":8}}}`, 1000+i, u, 3+i+1)))
		}
	}
	for range edits / every {
		m := w.read()
		var i int
		if _, err := fmt.Sscan(string(m.ID), &i); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`"start":{"line":%d,"character":6}`, 3+i-1000+1)
		if !strings.Contains(string(m.Result), want) {
			t.Fatalf("hover after edit %d: %s, want %s", i-1000, m.Result, want)
		}
	}
}

// What leaves doubt about the text of a document ends its service until it is
// opened again. It is never guessed.
func TestChangesInDoubt(t *testing.T) {
	const span = `"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}}`
	for _, tt := range []struct{ name, params string }{
		{"negative line", `{"version":2},"contentChanges":[{"range":{"start":{"line":-1,"character":0},"end":{"line":0,"character":0}},"text":"X"}]`},
		{"huge character", `{"version":2},"contentChanges":[{"range":{"start":{"line":0,"character":4294967296},"end":{"line":0,"character":0}},"text":"X"}]`},
		{"fraction", `{"version":2},"contentChanges":[{"range":{"start":{"line":1.0,"character":0},"end":{"line":0,"character":0}},"text":"X"}]`},
		{"null line", `{"version":2},"contentChanges":[{"range":{"start":{"line":null,"character":0},"end":{"line":0,"character":0}},"text":"X"}]`},
		{"no end", `{"version":2},"contentChanges":[{"range":{"start":{"line":0,"character":0}},"text":"X"}]`},
		{"null range", `{"version":2},"contentChanges":[{"range":null,"text":"X"}]`},
		{"array as range", `{"version":2},"contentChanges":[{"range":[],"text":"X"}]`},
		{"negative length", `{"version":2},"contentChanges":[{` + span + `,"rangeLength":-1,"text":"X"}]`},
		{"no text", `{"version":2},"contentChanges":[{` + span + `}]`},
		{"number as text", `{"version":2},"contentChanges":[{` + span + `,"text":7}]`},
		{"names in capitals", `{"version":2},"contentChanges":[{"Range":{},"Text":"X"}]`},
		{"null as change", `{"version":2},"contentChanges":[null]`},
		{"no changes", `{"version":2}`},
		{"changes that are no list", `{"version":2},"contentChanges":{}`},
		{"no version", `{},"contentChanges":[{` + span + `,"text":"X"}]`},
		{"version in the past", `{"version":1},"contentChanges":[{` + span + `,"text":"X"}]`},
		{"huge version", `{"version":2147483648},"contentChanges":[{` + span + `,"text":"X"}]`},
		{"no such line", `{"version":2},"contentChanges":[{"range":{"start":{"line":99,"character":0},"end":{"line":99,"character":0}},"text":"X"}]`},
		{"second change wrong", `{"version":2},"contentChanges":[{` + span + `,"text":"X"},{"range":{"start":{"line":99,"character":0},"end":{"line":99,"character":0}},"text":"X"}]`},
		{"invalid UTF-8", `{"version":2},"contentChanges":[{` + span + ",\"text\":\"\xff\"}]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := opened(t, "a.go", simple)
			params := fmt.Sprintf(`{"textDocument":{"uri":%q,%s}`, c.uri("a.go"), strings.TrimPrefix(tt.params, "{"))
			params = strings.Replace(params, ",}", "}", 1)
			c.notify("textDocument/didChange", raw("%s", params))
			if e := c.await("window/logMessage"); !strings.Contains(e.String(), "until it is opened again") {
				t.Errorf("log is %v", e)
			}
			c.want("a.go")
			c.edit("a.go", 3, 0, 0, 0, "\n")
			c.want("a.go")
			c.none("window/logMessage")
			c.open("a.go", simple)
			c.want("a.go", simpleHints...)
		})
	}
}

func TestChangeOfUnopened(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.edit("a.go", 2, 0, 0, 0, "\n")
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "has not been opened") {
		t.Errorf("log is %v", e)
	}
	c.edit("a.go", 3, 0, 0, 0, "\n")
	c.none("window/logMessage") // it was said
	c.close("a.go")
	c.want("a.go")
}
