package lspserver

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/frame"
)

// After each of these the server still answers.
func TestMalformedMessages(t *testing.T) {
	const null = "null"
	for _, tt := range []struct {
		name, body string
		id         string        // of the answer; "" for none
		code       jsonrpc2.Code // of the answer
	}{
		{"not JSON", `{"jsonrpc":`, null, jsonrpc2.ParseError},
		{"garbage", `garbage`, null, jsonrpc2.ParseError},
		{"a number", `42`, null, jsonrpc2.InvalidRequest},
		{"a string", `"x"`, null, jsonrpc2.InvalidRequest},
		{"null", `null`, null, jsonrpc2.InvalidRequest},
		{"nothing in it", `{}`, null, jsonrpc2.InvalidRequest},
		{"empty", ``, null, jsonrpc2.ParseError},
		{"white space", `  `, null, jsonrpc2.ParseError},
		{"no version", `{"id":5,"method":"shutdown"}`, "5", jsonrpc2.InvalidRequest},
		{"another version", `{"jsonrpc":"1.0","id":5,"method":"shutdown"}`, "5", jsonrpc2.InvalidRequest},
		{"trailing garbage", `{"jsonrpc":"2.0","id":5,"method":"foo"}}`, null, jsonrpc2.ParseError},
		{"byte order mark", "\ufeff" + `{"jsonrpc":"2.0","id":5,"method":"foo"}`, null, jsonrpc2.ParseError},
		{"zero bytes behind", `{"jsonrpc":"2.0","id":5,"method":"foo"}` + "\x00\x00", null, jsonrpc2.ParseError},
		{"batch", `[{"jsonrpc":"2.0","id":5,"method":"foo"}]`, null, jsonrpc2.InvalidRequest},
		{"empty batch", `[]`, null, jsonrpc2.InvalidRequest},
		{"fractional id", `{"jsonrpc":"2.0","id":1.5,"method":"foo"}`, null, jsonrpc2.InvalidRequest},
		{"id with an exponent", `{"jsonrpc":"2.0","id":1e3,"method":"foo"}`, null, jsonrpc2.InvalidRequest},
		{"object as id", `{"jsonrpc":"2.0","id":{},"method":"foo"}`, null, jsonrpc2.InvalidRequest},
		{"null as id", `{"jsonrpc":"2.0","id":null,"method":"foo"}`, "", 0}, // a notification
		{"long id", `{"jsonrpc":"2.0","id":9223372036854775807,"method":"foo"}`, "9223372036854775807", jsonrpc2.MethodNotFound},
		{"string id", `{"jsonrpc":"2.0","id":"x\"\u00e9","method":"foo"}`, `"x\"é"`, jsonrpc2.MethodNotFound},
		{"number as method", `{"jsonrpc":"2.0","id":5,"method":7}`, "5", jsonrpc2.InvalidRequest},
		{"empty method", `{"jsonrpc":"2.0","id":5,"method":""}`, "5", jsonrpc2.MethodNotFound},
		{"answer with nothing", `{"jsonrpc":"2.0","id":7}`, "", 0},
		{"answer with nulls", `{"jsonrpc":"2.0","id":7,"result":null,"error":null}`, "", 0},
		{"answer with both", `{"jsonrpc":"2.0","id":7,"result":1,"error":{"code":1,"message":"x"}}`, "", 0},
		{"answer with a huge code", `{"jsonrpc":"2.0","id":7,"error":{"code":99999999999,"message":"x"}}`, "", 0},
		{"answer to nothing", `{"jsonrpc":"2.0","id":12345,"result":{}}`, "", 0},
		{"scalar parameters", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":7}`, "5", jsonrpc2.InvalidParams},
		{"array as parameters", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":[]}`, "5", jsonrpc2.InvalidParams},
		{"null parameters", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":null}`, "5", jsonrpc2.InvalidParams},
		{"broken parameters", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{"textDocument":{"uri":nope}}}`, "5", jsonrpc2.InvalidParams},
		{"negative line", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a.go"},"position":{"line":-1,"character":0}}}`, "5", jsonrpc2.InvalidParams},
		{"huge line", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a.go"},"position":{"line":4294967295,"character":4294967295}}}`, "5", 0},
		{"no document", `{"jsonrpc":"2.0","id":5,"method":"textDocument/inlayHint","params":{}}`, "5", jsonrpc2.InvalidParams},
		{"number as URI", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{"textDocument":{"uri":7},"position":{"line":0,"character":0}}}`, "5", jsonrpc2.InvalidParams},
		{"invalid UTF-8", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///` + "\xff" + `.go"},"position":{"line":0,"character":0}}}`, "5", 0},
		{"notification without parameters", `{"jsonrpc":"2.0","method":"textDocument/didOpen"}`, "", 0},
		{"notification with bad parameters", `{"jsonrpc":"2.0","method":"textDocument/didSave","params":7}`, "", 0},
		{"version out of range", `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.go","languageId":"go","version":99999999999,"text":""}}}`, "", 0},
		{"initialized without parameters", `{"jsonrpc":"2.0","method":"initialized"}`, "", 0},
		{"cancel without parameters", `{"jsonrpc":"2.0","method":"$/cancelRequest"}`, "", 0},
		{"deep nesting", `{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":` + strings.Repeat(`[`, 100000) + strings.Repeat(`]`, 100000) + `}`, "5", jsonrpc2.InvalidParams},
		{"deep nesting of nothing", strings.Repeat(`[`, 100000) + strings.Repeat(`]`, 100000), null, jsonrpc2.InvalidRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := dialWire(t)
			w.start()
			w.send(framed(tt.body))
			if tt.id != "" {
				m := w.answer(tt.id)
				switch {
				case m.Error == nil && tt.code != 0:
					t.Errorf("result %s, want code %d", m.Result, tt.code)
				case m.Error != nil && m.Error.Code != tt.code:
					t.Errorf("error %+v, want code %d", m.Error, tt.code)
				}
			}
			w.send(framed(hoverRequest))
			if m := w.answer("99"); m.Error != nil {
				t.Errorf("hover after it: %+v", m.Error)
			}
		})
	}
}

// Headers behind which the stream cannot be followed end the server, and these do not.
func TestHeaders(t *testing.T) {
	body := hoverRequest
	n := len(body)
	for _, tt := range []struct {
		name, frame string
		lives       bool
	}{
		{"only line feeds", fmt.Sprintf("Content-Length: %d\n\n%s", n, body), true},
		{"other fields and case", fmt.Sprintf("X-Y: z\r\ncontent-LENGTH:%d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n%s", n, body), true},
		{"no length", "X: y\r\n\r\n" + body, false},
		{"no header", "\r\n" + body, false},
		{"negative length", "Content-Length: -5\r\n\r\n", false},
		{"no number", "Content-Length: many\r\n\r\n", false},
		{"huge length", "Content-Length: 99999999999999999999\r\n\r\n", false},
		{"large length", fmt.Sprintf("Content-Length: %d\r\n\r\n", frame.MaxBody+1), false},
		{"no colon", "Content-Length 5\r\n\r\n", false},
		{"endless line", strings.Repeat("x", frame.MaxHeader), false},
		{"endless header", strings.Repeat("X: y\r\n", frame.MaxHeader/4), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := dialWire(t)
			w.start()
			go io.WriteString(w.in, tt.frame) // the server may stop reading in the middle
			if tt.lives {
				if m := w.answer("99"); m.Error != nil {
					t.Error(m.Error)
				}
				return
			}
			select {
			case err := <-w.served:
				if err == nil || errors.Is(err, ErrNoShutdown) {
					t.Errorf("it ended with %v", err)
				}
			case <-time.After(patience):
				t.Fatal("the server did not end")
			}
		})
	}
}

// A cancelled request is answered as such, and an id in use twice is answered twice.
func TestCancelledAnswer(t *testing.T) {
	fake := &fakeGo{gate: make(chan chan struct{})}
	w := dialWireWith(t, fake)
	w.start()
	command := fmt.Sprintf(`"method":"workspace/executeCommand","params":{"command":"mapescape.analyze_package","arguments":["file://%s/a.go"]}`, t.TempDir())
	for _, id := range []string{`5`, `"five"`} {
		w.send(framed(`{"jsonrpc":"2.0","id":` + id + `,` + command + `}`))
		w.send(framed(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + id + `}}`))
		if m := w.answer(id); m.Error == nil || m.Error.Code != protocol.CodeRequestCancelled {
			t.Errorf("answer %+v", m)
		}
	}
	w.send(framed(`{"jsonrpc":"2.0","id":6,` + command + `}`))
	w.send(framed(`{"jsonrpc":"2.0","id":6,` + command + `}`))
	w.send(framed(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":6}}`))
	if m := w.answer("6"); m.Error == nil || m.Error.Code != protocol.CodeRequestCancelled {
		t.Errorf("answer %+v", m)
	}
	go func() {
		for pass := range fake.gate { // those that were superseded give up by themselves
			close(pass)
		}
	}()
	defer close(fake.gate)
	if m := w.answer("6"); m.Error != nil {
		t.Errorf("answer %+v", m.Error)
	}
	w.in.Close()
	<-w.served
}

func TestTruncatedMessage(t *testing.T) {
	w := dialWire(t)
	w.start()
	w.send("Content-Length: 1000\r\n\r\n{")
	w.in.Close()
	if err := <-w.served; err == nil || !strings.Contains(err.Error(), "1 of 1000 bytes") {
		t.Error(err)
	}
}
