package lspserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

// FuzzStream reads bytes that need not be messages: it takes what it can, and
// every answer of its own is one that a client can read.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{
		"", "\r\n", framed(`{}`), framed(hoverRequest), framed(hoverRequest) + framed(`[]`) + framed(hoverRequest),
		"Content-Length: 3\n\n{}\n", "content-length:2\r\nX: y\r\n\r\n{}", "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999\r\n\r\n{",
		framed("\ufeff{}"), framed(strings.Repeat("[", 20000)), framed(`{"id":1.5}`), framed(`{"jsonrpc":"2.0","id":7}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := newOutbox(io.Discard, func(error) {})
		ended := 0
		s := newStream(bytes.NewReader(in), out, slog.New(slog.DiscardHandler), func(error) { ended++ })
		messages := 0
		for {
			msg, n, err := s.Read(context.Background())
			if err != nil {
				break
			}
			if msg == nil || n > int64(len(in)) {
				t.Fatalf("message %v of %d bytes", msg, n)
			}
			messages++
		}
		if ended != 1 {
			t.Errorf("the end was told %d times", ended)
		}
		if n := messages + len(out.queue); n > len(in)/len("Content-Length:0\n\n") {
			t.Errorf("%d messages in %d bytes", n, len(in))
		}
		for _, frame := range out.queue {
			var m struct {
				JSONRPC string
				Error   *struct {
					Code    jsonrpc2.Code
					Message string
				}
			}
			if err := json.Unmarshal(bodyOf(frame), &m); err != nil || m.JSONRPC != "2.0" || m.Error == nil {
				t.Errorf("an answer is %q: %v", frame, err)
			}
		}
	})
}

// FuzzFrame puts any body between two messages: it is read as it is, and the
// message behind it is found.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", "garbage\r\n\r\n", framed("{}"), "\x00", strings.Repeat("[", 100)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in := framed(hoverRequest) + framed(string(body)) + framed(hoverRequest)
		s := newStream(strings.NewReader(in), newOutbox(io.Discard, func(error) {}), slog.New(slog.DiscardHandler), func(error) {})
		for i, want := range []string{hoverRequest, string(body), hoverRequest} {
			got, err := s.in.Next()
			if err != nil || string(got) != want {
				t.Fatalf("message %d is %q, %v, want %q", i, got, err, want)
			}
		}
		if msg, r := understand(body); (msg == nil) == (r.err == nil) {
			t.Errorf("%q is understood as %v and answered with %v", body, msg, r.err)
		}
	})
}

// FuzzMessage sends a server any method with any parameters, and a hover.
func FuzzMessage(f *testing.F) {
	for method, params := range map[string]string{
		"textDocument/didOpen":                `{"textDocument":{"uri":"file:///p/a.go","languageId":"go","version":1,"text":"package p"}}`,
		"textDocument/didChange":              `{"textDocument":{"uri":"file:///p/a.go","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":3}},"text":"x"}]}`,
		"textDocument/didSave":                `{"textDocument":{"uri":"file:///p/a.go"}}`,
		"textDocument/didClose":               `{"textDocument":{"uri":"file:///p/a.go"}}`,
		"textDocument/inlayHint":              `{"textDocument":{"uri":"file:///p/a.go"},"range":{"start":{"line":0,"character":0},"end":{"line":9,"character":0}}}`,
		"workspace/executeCommand":            `{"command":"mapescape.analyze_package","arguments":["file:///p/a.go"]}`,
		"workspace/didChangeConfiguration":    `{"settings":{"mapescape":{"inlayHints":{"level":"all"}}}}`,
		"window/workDoneProgress/cancel":      `{"token":1}`,
		"$/cancelRequest":                     `{"id":"x"}`,
		"$/setTrace":                          `{"value":"verbose"}`,
		"initialize":                          `{"capabilities":{}}`,
		"initialized":                         `{}`,
		"workspace/didChangeWatchedFiles":     `{"changes":[{"uri":"file:///p/a.go","type":1}]}`,
		"textDocument/codeAction":             `{"textDocument":{"uri":"file:///p/a.go"},"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"context":{"diagnostics":[]}}`,
		"workspace/didChangeWorkspaceFolders": `{"event":{"added":[],"removed":[]}}`,
	} {
		f.Add(method, []byte(params), true)
		f.Add(method, []byte(params), false)
	}
	f.Fuzz(func(t *testing.T, method string, params []byte, call bool) {
		if method == "exit" || method == "shutdown" {
			t.Skip("they end the server")
		}
		w := dialWire(t)
		w.start()
		name, err := json.Marshal(method)
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if call {
			id = `"id":"fuzzed",`
		}
		w.send(framed(fmt.Sprintf(`{"jsonrpc":"2.0",%s"method":%s,"params":%s}`, id, name, params)))
		w.send(framed(hoverRequest))
		for {
			m := w.read()
			if m.Method == "" && string(m.ID) == "99" {
				break
			}
		}
		w.in.Close()
		io.Copy(io.Discard, w.out) // so that it need not wait for its reader
		<-w.served
	})
}
