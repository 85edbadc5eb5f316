package lspserver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"testing"
	"time"

	"go.lsp.dev/jsonrpc2"
)

// wire is a client that sends bytes.
type wire struct {
	t      *testing.T
	in     io.WriteCloser
	out    *bufio.Reader
	served chan error
}

func dialWire(t *testing.T) *wire {
	t.Helper()
	return dialWireWith(t, &fakeGo{})
}

func dialWireWith(t *testing.T, fake *fakeGo) *wire {
	t.Helper()
	toServer, in := io.Pipe()
	fromServer, out := io.Pipe()
	w := &wire{t: t, in: in, out: bufio.NewReader(fromServer), served: make(chan error, 1)}
	go func() {
		defer out.Close()
		w.served <- serve(context.Background(), Options{In: toServer, Out: out, Run: fake.run}, surroundings{
			hints: fakeHints, explain: fakeExplain, after: time.After, alive: alive, drain: patience,
		})
	}()
	t.Cleanup(func() {
		in.Close()
		fromServer.Close()
	})
	return w
}

func (w *wire) send(frames ...string) {
	w.t.Helper()
	for _, f := range frames {
		if _, err := io.WriteString(w.in, f); err != nil {
			w.t.Fatal(err)
		}
	}
}

func framed(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    jsonrpc2.Code
		Message string
	} `json:"error"`
}

// read gives the server's next message.
func (w *wire) read() message {
	w.t.Helper()
	header, err := textproto.NewReader(w.out).ReadMIMEHeader()
	if err != nil {
		w.t.Fatal(err)
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		w.t.Fatal(err)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(w.out, body); err != nil {
		w.t.Fatal(err)
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		w.t.Fatalf("%s: %v", body, err)
	}
	return m
}

// answer gives the answer with an id; log messages in front of it are skipped.
func (w *wire) answer(id string) message {
	w.t.Helper()
	for {
		m := w.read()
		if m.Method == "" {
			if string(m.ID) != id {
				w.t.Fatalf("the answer to %s came, not to %s: %+v", m.ID, id, m)
			}
			return m
		}
	}
}

func (w *wire) start() {
	w.t.Helper()
	w.send(framed(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`))
	if m := w.answer("1"); m.Error != nil {
		w.t.Fatal(m.Error)
	}
}

const hoverRequest = `{"jsonrpc":"2.0","id":99,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///p/a.go"},"position":{"line":0,"character":0}}}`
