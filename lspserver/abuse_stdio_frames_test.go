//go:build unix

package lspserver

import (
	"fmt"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/frame"
)

// After each of these messages the program answers a hover, and ends in good order.
func TestStdioMessages(t *testing.T) {
	const (
		null  = "null"
		hover = `"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a.go"},"position":{"line":0,"character":0}}`
	)
	deep := strings.Repeat(`[`, 200_000) + strings.Repeat(`]`, 200_000)
	objects := strings.Repeat(`{"a":`, 200_000) + `1` + strings.Repeat(`}`, 200_000)
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name string
		send string        // a frame, or a body that is to be framed
		id   string        // of the answer; "" for none
		code jsonrpc2.Code // of the answer
	}{
		{"invalid JSON", `{"jsonrpc":"2.0","id":7,`, null, jsonrpc2.ParseError},
		{"a number", `42`, null, jsonrpc2.InvalidRequest},
		{"an empty body", "Content-Length: 0\r\n\r\n", null, jsonrpc2.ParseError},
		{"nothing in it", `{}`, null, jsonrpc2.InvalidRequest},
		{"a byte order mark", "\ufeff" + `{"jsonrpc":"2.0","id":7,` + hover + `}`, null, jsonrpc2.ParseError},
		{"padding with zero bytes", `{"jsonrpc":"2.0","id":7,` + hover + `}` + strings.Repeat("\x00", 512), null, jsonrpc2.ParseError},
		{"nothing but zero bytes", strings.Repeat("\x00", 4096), null, jsonrpc2.ParseError},
		{"a batch", `[{"jsonrpc":"2.0","id":7,` + hover + `},{"jsonrpc":"2.0","id":8,` + hover + `}]`, null, jsonrpc2.InvalidRequest},
		{"an empty batch", `[]`, null, jsonrpc2.InvalidRequest},
		{"200000 arrays", deep, null, jsonrpc2.InvalidRequest},
		{"200000 objects", objects, null, jsonrpc2.ParseError},
		{"200000 arrays as parameters", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":` + deep + `}`, "7", jsonrpc2.InvalidParams},
		{"200000 arrays as id", `{"jsonrpc":"2.0","id":` + deep + `,"method":"textDocument/hover"}`, null, jsonrpc2.ParseError},
		{"200000 arrays as result", `{"jsonrpc":"2.0","id":7,"result":` + deep + `}`, "", 0},
		{"200000 arrays as settings", `{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":` + deep + `}}`, "", 0},
		{"200000 objects as arguments", `{"jsonrpc":"2.0","id":7,"method":"workspace/executeCommand","params":{"command":"mapescape.analyze_package","arguments":[` + objects + `]}}`, "7", jsonrpc2.InvalidParams},
		{"a fraction as id", `{"jsonrpc":"2.0","id":1.5,` + hover + `}`, null, jsonrpc2.InvalidRequest},
		{"a float as id", `{"jsonrpc":"2.0","id":7.0,` + hover + `}`, null, jsonrpc2.InvalidRequest},
		{"an exponent in the id", `{"jsonrpc":"2.0","id":1e999,` + hover + `}`, null, jsonrpc2.InvalidRequest},
		{"an object as id", `{"jsonrpc":"2.0","id":{"a":1},` + hover + `}`, null, jsonrpc2.InvalidRequest},
		{"true as id", `{"jsonrpc":"2.0","id":true,` + hover + `}`, null, jsonrpc2.InvalidRequest},
		{"a negative id", `{"jsonrpc":"2.0","id":-7,` + hover + `}`, "-7", 0},
		{"the largest id", `{"jsonrpc":"2.0","id":9223372036854775807,` + hover + `}`, "9223372036854775807", 0},
		{"an id that is too large", `{"jsonrpc":"2.0","id":9223372036854775808,` + hover + `}`, null, jsonrpc2.InvalidRequest},
		{"an empty id", `{"jsonrpc":"2.0","id":"",` + hover + `}`, `""`, 0},
		{"an id of 1 MiB", `{"jsonrpc":"2.0","id":"` + long + `",` + hover + `}`, `"` + long + `"`, 0},
		{"a method of 1 MiB", `{"jsonrpc":"2.0","id":7,"method":"` + long + `"}`, "7", jsonrpc2.MethodNotFound},
		{"invalid UTF-8 in a URI", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///` + "\xff\xfe" + `.go"},"position":{"line":0,"character":0}}}`, "7", 0},
		{"invalid UTF-8 as method", `{"jsonrpc":"2.0","id":7,"method":"` + "\xff" + `"}`, "7", jsonrpc2.MethodNotFound},
		{"half a surrogate pair in a URI", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///\ud800.go"},"position":{"line":0,"character":0}}}`, "7", 0},
		{"invalid JSON in the parameters", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":{"textDocument":{"uri":nope}}}`, "7", jsonrpc2.InvalidParams},
		{"an unclosed string in the parameters", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":{"textDocument":"x}}`, null, jsonrpc2.ParseError},
		{"scalar parameters", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":"x"}`, "7", jsonrpc2.InvalidParams},
		{"no parameters", `{"jsonrpc":"2.0","id":7,"method":"textDocument/inlayHint"}`, "7", jsonrpc2.InvalidParams},
		{"a negative position", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a.go"},"position":{"line":-1,"character":-1}}}`, "7", jsonrpc2.InvalidParams},
		{"an infinite position", `{"jsonrpc":"2.0","id":7,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a.go"},"position":{"line":1e400,"character":0}}}`, "7", jsonrpc2.InvalidParams},
		{"a range upside down", `{"jsonrpc":"2.0","id":7,"method":"textDocument/inlayHint","params":{"textDocument":{"uri":"file:///a.go"},"range":{"start":{"line":9,"character":9},"end":{"line":0,"character":0}}}}`, "7", 0},
		{"an unknown request", `{"jsonrpc":"2.0","id":7,"method":"textDocument/moniker","params":{}}`, "7", jsonrpc2.MethodNotFound},
		{"an unknown private request", `{"jsonrpc":"2.0","id":7,"method":"$/x","params":{}}`, "7", jsonrpc2.MethodNotFound},
		{"an unknown notification", `{"jsonrpc":"2.0","method":"foo/bar","params":[1]}`, "", 0},
		{"a notification of ours as a request", `{"jsonrpc":"2.0","id":7,"method":"textDocument/didOpen","params":{}}`, "7", jsonrpc2.MethodNotFound},
		{"a request as a notification", `{"jsonrpc":"2.0","method":"textDocument/hover","params":{}}`, "", 0},
		{"shutdown as a notification", `{"jsonrpc":"2.0","method":"shutdown"}`, "", 0},
		{"exit as a request", `{"jsonrpc":"2.0","id":7,"method":"exit"}`, "7", jsonrpc2.MethodNotFound},
		{"an unknown command", `{"jsonrpc":"2.0","id":7,"method":"workspace/executeCommand","params":{"command":"rm -rf"}}`, "7", jsonrpc2.InvalidParams},
		{"initialize a second time", `{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"capabilities":{}}}`, "7", jsonrpc2.InvalidRequest},
		{"initialized a second time", `{"jsonrpc":"2.0","method":"initialized","params":{}}`, "", 0},
		{"an answer to nothing", `{"jsonrpc":"2.0","id":77777,"result":{}}`, "", 0},
		{"an answer without anything", `{"jsonrpc":"2.0","id":1}`, "", 0},
		{"an answer with null twice", `{"jsonrpc":"2.0","id":1,"result":null,"error":null}`, "", 0},
		{"an error of another kind", `{"jsonrpc":"2.0","id":1,"error":"no"}`, "", 0},
		{"an error without a code", `{"jsonrpc":"2.0","id":1,"error":{}}`, "", 0},
		{"an error code out of range", `{"jsonrpc":"2.0","id":1,"error":{"code":1e99,"message":7}}`, "", 0},
		{"an error without id", `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}`, "", 0},
		{"progress of an unknown token", `{"jsonrpc":"2.0","method":"window/workDoneProgress/cancel","params":{"token":"nobody"}}`, "", 0},
		{"progress of a token that is none", `{"jsonrpc":"2.0","method":"window/workDoneProgress/cancel","params":{"token":{"a":[]}}}`, "", 0},
		{"a trace value that is none", `{"jsonrpc":"2.0","method":"$/setTrace","params":{"value":7}}`, "", 0},
		{"cancellation of nothing", `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":-9223372036854775808}}`, "", 0},
		{"cancellation of null", `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}`, "", 0},
		{"settings that are a string", `{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":"x"}}`, "", 0},
		{"settings that all are wrong", `{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":{"mapescape":{"inlayHints":7,"analysis":{"env":[1],"buildFlags":{"a":1},"tests":"x"}}}}}`, "", 0},
		{"members twice", `{"jsonrpc":"2.0","id":6,"id":7,"method":"foo","method":"bar"}`, "7", jsonrpc2.MethodNotFound},
		{"members in capitals", `{"JSONRPC":"2.0","ID":7,"METHOD":"foo"}`, null, jsonrpc2.InvalidRequest},
		{"version 1.0", `{"jsonrpc":"1.0","id":7,"method":"foo"}`, "7", jsonrpc2.InvalidRequest},
		{"only line feeds in the header", frameWith("Content-Length: %d\n\n", `{"jsonrpc":"2.0","id":7,`+hover+`}`), "7", 0},
		{"other header fields", frameWith("X-Y: z\r\ncontent-length:%d\r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n", `{"jsonrpc":"2.0","id":7,`+hover+`}`), "7", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := ready(t)
			c.mu.Lock()
			if tt.id == null {
				c.expect(null, "")
			} else if tt.id != "" {
				c.expect(tt.id, "textDocument/hover")
				if strings.Contains(tt.name, "upside down") {
					c.expect(tt.id, "textDocument/inlayHint")
				}
			}
			c.mu.Unlock()
			frame := tt.send
			if !strings.HasPrefix(frame, "Content-Length: 0") && !strings.Contains(frame[:min(len(frame), 40)], "\n") {
				frame = framed(frame)
			}
			c.send(frame)
			if tt.id != "" {
				m := c.answer(tt.id)
				if got := m.code(); got != tt.code && !withGopls() {
					t.Errorf("the answer is %.300s %+v, want code %d", m.Result, m.Error, tt.code)
				}
			}
			c.alive(0)
			c.quit()
		})
	}
}

func (m message) code() jsonrpc2.Code {
	if m.Error == nil {
		return 0
	}
	return m.Error.Code
}

func frameWith(header, body string) string { return fmt.Sprintf(header, len(body)) + body }

// Behind these headers the stream cannot be followed: the program ends, with
// status 1 and the reason in its log, and without having used much memory.
func TestStdioHeaders(t *testing.T) {
	body := hoverRequest
	for _, tt := range []struct{ name, send, log string }{
		{"no length", "X: y\r\n\r\n" + body, "no Content-Length"},
		{"lines of JSON", body + "\n" + body + "\n", "malformed header"},
		{"a negative length", "Content-Length: -5\r\n\r\n" + body, "malformed Content-Length"},
		{"a length that is no number", "Content-Length: 0x10\r\n\r\n" + body, "malformed Content-Length"},
		{"a length of 1 GiB", "Content-Length: 1073741824\r\n\r\n" + body, "longer than"},
		{"a length beyond 64 bits", "Content-Length: 99999999999999999999\r\n\r\n" + body, "malformed Content-Length"},
		{"a header without end", strings.Repeat("x", 1<<16), "too long"},
		{"fields without end", strings.Repeat("X: y\r\n", 1<<14), "too long"},
		{"an HTTP request", "POST / HTTP/1.1\r\nHost: x\r\n\r\n", "malformed header"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := ready(t)
			// It need not read all of this.
			_, _ = c.in.WriteString(tt.send)
			c.ends(1, tt.log)
		})
	}
}

// A large length that is only announced costs nothing, and a stream that ends early is the end.
func TestStdioTruncated(t *testing.T) {
	t.Parallel()
	c := ready(t)
	before := c.peak()
	c.send(fmt.Sprintf("Content-Length: %d\r\n\r\n{", frame.MaxBody))
	// The reader of standard error sees the end only after the message could not be read.
	if grown := c.peak() - before; grown > 64 {
		t.Errorf("%d MiB more for a length", grown)
	}
	c.in.Close()
	c.ends(1, "1 of 268435456 bytes")
}

// Frames may come in one piece, or byte by byte.
func TestStdioPieces(t *testing.T) {
	t.Parallel()
	c := ready(t)
	var all string
	for i := range 100 {
		c.mu.Lock()
		id := fmt.Sprint(i + 1)
		c.expect(id, "textDocument/hover")
		c.mu.Unlock()
		all += framed(strings.Replace(hoverRequest, `"id":99`, `"id":`+id, 1))
	}
	c.send(all)
	for i := range 100 {
		c.answer(fmt.Sprint(i + 1))
	}
	one := framed(strings.Replace(hoverRequest, `"id":99`, `"id":7`, 1))
	for _, b := range []byte(one) {
		c.send(string(b))
	}
	c.answer("7")
	c.alive(0)
	c.quit()
}

// The same id twice at the same time gets two answers.
func TestStdioSameID(t *testing.T) {
	t.Parallel()
	c := ready(t)
	c.mu.Lock()
	c.expect("99", "textDocument/hover")
	c.mu.Unlock()
	for range 50 {
		c.send(framed(hoverRequest))
	}
	for range 50 {
		if m := c.answer("99"); m.Error != nil {
			t.Error(m.Error)
		}
	}
	c.alive(0)
	c.quit()
}

// What comes before initialize or after shutdown is refused, and harms nothing.
func TestStdioPhases(t *testing.T) {
	t.Parallel()
	c := launch(t)
	hover := fmt.Sprintf(`{"textDocument":{"uri":%q},"position":{"line":3,"character":8}}`, c.uri("a.go"))
	for _, method := range []string{"textDocument/hover", "shutdown", "foo/bar", "workspace/executeCommand"} {
		if m := c.call(method, "%s", hover); m.code() != jsonrpc2.ServerNotInitialized {
			t.Errorf("%s before initialize: %+v", method, m.Error)
		}
	}
	c.open("a.go", stdioSource)
	c.notify("initialized", `{}`)
	c.notify("$/cancelRequest", `{"id":1}`)
	if m := c.call("initialize", `[]`); m.code() != jsonrpc2.InvalidParams {
		t.Errorf("initialize with a list: %+v", m.Error)
	}
	c.start(withRefresh)
	c.open("a.go", stdioSource)
	c.await(1, refreshed)
	c.alive(0)
	c.must("shutdown", "")
	for _, method := range []string{"textDocument/hover", "shutdown", "initialize", "foo/bar"} {
		if m := c.call(method, "%s", hover); m.code() != jsonrpc2.InvalidRequest {
			t.Errorf("%s after shutdown: %+v", method, m.Error)
		}
	}
	c.save("a.go")
	c.send(framed(`{"jsonrpc":"2.0","method":"exit"}`))
	c.ends(0, "")
}

// The client may answer what it is asked with anything.
func TestStdioAnswers(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"errors", `"error":{"code":-32603,"message":"no"}`},
		{"errors that are none", `"error":"no"`},
		{"nothing", ``},
		{"neither", `"x":1`},
		{"both", `"result":null,"error":{"code":1,"message":"x"}`},
		{"an object", `"result":{"a":{"b":[]}}`},
		{"a number", `"result":7`},
		{"settings that are no list", `"result":{"inlayHints":{"level":"all"}}`},
		{"too few settings", `"result":[]`},
		{"too many settings", `"result":[null,null,{},7]`},
		{"settings of a wrong kind", `"result":["all"]`},
		{"deep settings", `"result":[` + strings.Repeat(`[`, 50_000) + strings.Repeat(`]`, 50_000) + `]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := launch(t, func(c *stdio) { c.reply = func(string) string { return tt.text } })
			c.start(everything)
			c.await(1, "workspace/configuration")
			c.open("a.go", stdioSource)
			c.analyze()
			c.notify("workspace/didChangeConfiguration", `{"settings":null}`)
			c.alive(0)
			c.quit()
		})
	}
}

// Requests that overlap and are cancelled at once are all answered, once each.
func TestStdioOverlappingRequests(t *testing.T) {
	t.Parallel()
	c := ready(t)
	var ids []string
	for i := range 3000 {
		switch i % 3 {
		case 0:
			ids = append(ids, c.begin("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":3,"character":8}}`, c.uri("a.go")))
		case 1:
			ids = append(ids, c.begin("textDocument/inlayHint", `{"textDocument":{"uri":%q},"range":{"start":{"line":0,"character":0},"end":{"line":99,"character":0}}}`, c.uri("a.go")))
		case 2:
			ids = append(ids, c.beginAnalysis())
		}
		if i%2 == 0 || i%3 == 2 {
			c.notify("$/cancelRequest", `{"id":%s}`, ids[len(ids)-1])
		}
	}
	for _, id := range ids {
		if m := c.answer(id); m.Error != nil && m.Error.Code != protocol.CodeRequestCancelled {
			t.Fatalf("request %s: %+v", id, m.Error)
		}
	}
	c.alive(0)
	c.quit()
}
