package lspserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"testing"

	"go.lsp.dev/protocol"
)

// Commands that wait for an analysis keep nobody else waiting.
func TestCommandsTakeNoSlot(t *testing.T) {
	w := dialWireWith(t, &fakeGo{gate: make(chan chan struct{})})
	w.start()
	for i := range 2 * maxRequests {
		w.send(framed(analyzeRequest(t, i)))
	}
	w.send(framed(hoverRequest))
	if m := w.answer("99"); m.Error != nil {
		t.Error(m.Error)
	}
}

func analyzeRequest(t *testing.T, id int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"workspace/executeCommand","params":{"command":"mapescape.analyze_package","arguments":["file://%s/a.go"]}}`, 1000+id, t.TempDir())
}

// More requests than any editor has are refused, and those before them are not lost.
func TestTooManyRequests(t *testing.T) {
	w := dialWireWith(t, &fakeGo{gate: make(chan chan struct{})})
	w.start()
	request := analyzeRequest(t, 0)
	send := func(id int) {
		w.send(framed(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,%s`, 1000+id, request[len(`{"jsonrpc":"2.0","id":1000,`):])))
	}
	for i := range maxPending {
		send(i)
	}
	for i := range 3 {
		send(maxPending + i)
		if m := w.answer(strconv.Itoa(1000 + maxPending + i)); m.Error == nil || m.Error.Code != codeRequestFailed {
			t.Fatalf("the answer is %+v", m)
		}
	}
	go func() {
		for i := range maxPending {
			io.WriteString(w.in, framed(fmt.Sprintf(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":%d}}`, 1000+i)))
		}
	}()
	for range maxPending {
		m := w.read()
		for m.Method != "" {
			m = w.read()
		}
		if m.Error == nil || m.Error.Code != protocol.CodeRequestCancelled {
			t.Fatalf("the answer is %+v", m)
		}
	}
	w.send(framed(hoverRequest))
	if m := w.answer("99"); m.Error != nil {
		t.Error(m.Error)
	}
}

// Large answers are no sign of a client that does not read: they wait for each other instead.
func TestOutboxRoom(t *testing.T) {
	o := newOutbox(io.Discard, func(err error) { t.Error(err) })
	for range 3 {
		if err := o.send(make([]byte, maxQueued), answer); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o.room(ctx) // it has none, and gives up
	waited := make(chan struct{})
	go func() {
		o.room(context.Background())
		close(waited)
	}()
	writing, stop := context.WithCancel(context.Background())
	defer stop()
	go o.run(writing)
	<-waited
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.size > maxWaiting || o.small != 0 {
		t.Errorf("%d bytes wait, %d of them in small messages", o.size, o.small)
	}
}

// Who waits for room is told when there will be none.
func TestOutboxRoomEnds(t *testing.T) {
	o := newOutbox(io.Discard, func(error) {}) // nothing runs it
	o.send(make([]byte, maxQueued), answer)
	waited := make(chan struct{})
	go func() {
		o.room(context.Background())
		close(waited)
	}()
	o.mu.Lock()
	o.fail(errors.New("gone"))
	o.mu.Unlock()
	<-waited
}

// What panics in the background is run again when it is asked for.
func TestLatestPanics(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler), base: context.Background()}
	l := &latest{}
	runs := 0
	l.run = func() {
		if runs++; runs == 1 {
			l.trigger(s)
			panic("broken")
		}
	}
	l.trigger(s)
	s.background.Wait()
	if runs != 2 || l.running {
		t.Errorf("it ran %d times, and is running: %t", runs, l.running)
	}
}
