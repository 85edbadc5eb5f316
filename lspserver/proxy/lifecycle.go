package proxy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// startOwn starts our half.
func (h *hub) startOwn() {
	ctx, cancel := context.WithCancel(h.ctx)
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := h.Own(ctx, inRead, outWrite)
		if err == nil {
			err = io.EOF
		}
		inRead.CloseWithError(err)
		outWrite.CloseWithError(err)
	}()
	q := newQueue(inWrite, func(error) {}) // that it has ended is told by its output
	h.own = &half{queue: q, stop: func() {
		inWrite.Close()
		select {
		case <-done:
		case <-time.After(patience):
		}
		cancel()
		outRead.Close()
	}}
	go h.pump(fromOwn, 0, outRead)
}

// ownEnded is the end of our half. gopls goes on alone.
func (h *hub) ownEnded(err error) {
	h.own.queue.close()
	go h.own.stop()
	h.own = nil
	switch {
	case h.shutdown:
		return
	case h.Fatal(err):
		h.finish(err)
		return
	}
	h.log.Error("our half has ended", "error", err)
	h.say(levelWarning, fmt.Sprintf("mapescape has ended, gopls goes on without it: %v", err))
	for _, frame := range h.diagnostics.forget(fromOwn) {
		h.client.put(frame)
	}
	for _, p := range h.pending {
		h.withoutOwn(p)
	}
	if h.holding {
		h.released(nil) // its documents will not come
	}
}

// restarts counts the starts of gopls.
type restarts struct {
	at []time.Time
	// waiting says that it will be started again.
	waiting bool
}

// Limits of starting gopls again: more than maxRestarts within window, and it is
// left alone.
const (
	maxRestarts = 5
	window      = 3 * time.Minute
)

// wait is how long to wait before the next start; ok is false when there is to be none.
func (r *restarts) wait(now time.Time) (d time.Duration, ok bool) {
	for len(r.at) > 0 && now.Sub(r.at[0]) > window {
		r.at = r.at[1:]
	}
	if len(r.at) >= maxRestarts {
		return 0, false
	}
	r.at = append(r.at, now)
	if n := len(r.at); n > 1 {
		d = 250 * time.Millisecond << (n - 2)
	}
	return d, true
}

// startGopls starts gopls and reads from it. Without one our half is alone.
func (h *hub) startGopls() {
	child, err := h.Start()
	if err != nil {
		h.log.Error("gopls cannot be started", "error", err)
		h.later(fmt.Sprintf("gopls cannot be started: %v", err))
		return
	}
	h.generation++
	generation := h.generation
	q := newQueue(child, func(err error) { h.post(event{from: fromGopls, generation: generation, err: err}) })
	h.gopls = &half{queue: q, stop: func() { child.Stop(patience) }}
	go h.pump(fromGopls, generation, child)
}

// later shows a message once the client may be shown any.
func (h *hub) later(text string) {
	if h.initialized != nil {
		h.say(levelError, text)
		return
	}
	h.waitingToSay = append(h.waitingToSay, text)
}

// goplsEnded is the end of gopls, which nobody asked for unless the client has
// shut us down.
func (h *hub) goplsEnded(err error) {
	stop := h.gopls.stop
	h.gopls.queue.close()
	h.gopls = nil
	go stop()
	if h.shutdown {
		return
	}
	h.log.Error("gopls has ended", "error", err)
	wait, again := h.restarts.wait(time.Now())
	h.restarts.waiting = again
	for _, p := range h.pending {
		if again {
			h.withoutGopls(p, codeContentModified, "gopls has ended and is started again")
		} else {
			h.withoutGopls(p, codeRequestFailed, "gopls has ended")
		}
	}
	h.tidyUp()
	if !again {
		h.say(levelError, fmt.Sprintf("gopls has ended %d times in %v and is not started again", maxRestarts+1, window))
		return
	}
	h.after(wait, h.restart)
}

// tidyUp ends what the client has of a gopls that is gone.
func (h *hub) tidyUp() {
	for token := range h.progress {
		h.client.put(callFrame(nil, "$/progress", map[string]any{
			"token": json.RawMessage(token), "value": map[string]any{"kind": "end"},
		}))
	}
	clear(h.progress)
	if len(h.registered) > 0 {
		var list []map[string]string
		for id, method := range h.registered {
			list = append(list, map[string]string{"id": id, "method": method})
		}
		// The protocol spells it so.
		h.ask(h.client, "client/unregisterCapability", map[string]any{"unregisterations": list}, func(message) {})
		clear(h.registered)
	}
	for _, frame := range h.diagnostics.forget(fromGopls) {
		h.client.put(frame)
	}
	for id, who := range h.asked {
		if who == fromGopls {
			delete(h.asked, id) // there is nobody to take the answer
		}
	}
}

// restart starts gopls again and gives it what the one before had been given, at
// one point of the client's stream: what the client sends meanwhile waits.
func (h *hub) restart() {
	if h.ended || h.shutdown || h.gopls != nil {
		return
	}
	h.startGopls()
	if h.gopls == nil {
		h.restarts.waiting = false
		return
	}
	if h.initialize == nil {
		h.restarts.waiting = false
		return
	}
	h.holding = true
	if h.own == nil {
		h.released(nil)
		return
	}
	generation := h.generation
	release := func(known []Document) {
		if h.holding && h.generation == generation {
			h.released(known)
		}
	}
	h.ask(h.own.queue, DocumentsMethod, h.documents.shared(), func(m message) { release(readDocuments(m)) })
	h.after(patience, func() { release(nil) }) // nothing of ours may hold up the client
}

// released replays the client's past to the new gopls and lets go of what was held.
func (h *hub) released(known []Document) {
	h.holding = false
	h.restarts.waiting = false
	if h.gopls != nil {
		h.replay(known)
	}
	held := h.held
	h.held = nil
	for i, body := range held {
		if h.holding { // it ended again
			h.held = append(h.held, held[i:]...)
			return
		}
		h.frame(fromClient, body)
		if h.ended {
			return
		}
	}
}

func (h *hub) replay(known []Document) {
	h.counter++
	id := tag(askProxy, h.counter, nil)
	h.questions[string(id)] = func(m message) {
		if m.failed {
			h.log.Error("gopls refuses to be initialized again", "error", string(m.errRaw))
			return
		}
		h.refreshes("workspace/inlayHint/refresh", "workspace/codeLens/refresh", "workspace/diagnostic/refresh", "workspace/semanticTokens/refresh")
	}
	h.toGopls(h.initialize.withID(id))
	if h.initialized != nil {
		h.toGopls(h.initialized.body)
	}
	if h.config != nil {
		h.toGopls(h.config.body)
	}
	frames, leftOut := h.documents.replay(known)
	for _, frame := range frames {
		h.toGopls(frame)
	}
	for _, uri := range leftOut {
		h.log.Warn("gopls reads the document from the disk until it is opened again", "uri", uri)
		delete(h.documents.open, uri)
	}
}
