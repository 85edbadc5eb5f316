package lspserver

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// A client that does not read does not stop the server from reading.
func TestClientDoesNotRead(t *testing.T) {
	w := dialWire(t)
	w.send(framed(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`))
	for range 2000 {
		w.send(framed(hoverRequest))
		w.send(framed(`{"jsonrpc":"2.0","method":"textDocument/didSave","params":7}`))
	}
	w.answer("1")
	for range 2000 {
		if m := w.answer("99"); m.Error != nil {
			t.Fatal(m.Error)
		}
	}
}

func TestOutbox(t *testing.T) {
	t.Run("bound", func(t *testing.T) {
		var failed error
		o := newOutbox(io.Discard, func(err error) { failed = err }) // nothing runs it
		body := make([]byte, 1<<20)
		for range maxQueued / len(body) {
			o.send(body, answer)
		}
		if err := o.send(body, answer); !errors.Is(err, errStalled) || !errors.Is(failed, errStalled) {
			t.Errorf("error %v, told %v", err, failed)
		}
	})
	t.Run("expendable", func(t *testing.T) {
		o := newOutbox(io.Discard, func(error) {})
		o.send(make([]byte, maxExpendable+1), answer)
		for range 3 {
			o.send([]byte("{}"), expendable)
		}
		if n := len(o.queue); n != 1 {
			t.Errorf("%d messages are queued", n)
		}
	})
	t.Run("kinds", func(t *testing.T) {
		for body, want := range map[string]kind{
			`{"jsonrpc":"2.0","method":"window/logMessage","params":{}}`:                                         expendable,
			`{"jsonrpc":"2.0","method":"$/logTrace","params":{}}`:                                                expendable,
			`{"jsonrpc":"2.0","method":"$/progress","params":{"token":"x","value":{"kind":"report"}}}`:           expendable,
			`{"jsonrpc":"2.0","method":"$/progress","params":{"token":"x","value":{"kind":"begin"}}}`:            answer,
			`{"jsonrpc":"2.0","method":"$/progress","params":{"token":"x","value":{"kind":"end"}}}`:              answer,
			`{"jsonrpc":"2.0","id":1,"method":"workspace/inlayHint/refresh"}`:                                    answer,
			`{"jsonrpc":"2.0","id":1,"result":null}`:                                                             answer,
			`{"jsonrpc":"2.0","id":1,"result":"` + strings.Repeat(" ", 200) + `\"method\":\"window/logMessage"}`: answer,
		} {
			if got := kindOf([]byte(body)); got != want {
				t.Errorf("%.90s: %v", body, got)
			}
		}
	})
	t.Run("broken pipe", func(t *testing.T) {
		r, w := io.Pipe()
		r.Close()
		failed := make(chan error, 1)
		o := newOutbox(w, func(err error) { failed <- err })
		go o.run(context.Background())
		o.send([]byte("{}"), answer)
		if err := <-failed; !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
		o.drain(context.Background())
	})
}
