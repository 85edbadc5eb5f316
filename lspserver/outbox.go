package lspserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/mapescape/mapescape/lspserver/frame"
)

// Limits of what waits for a client that does not read.
const (
	maxExpendable = 1 << 20  // bytes, behind which what a client can do without is left out
	maxWaiting    = 32 << 20 // bytes, behind which answers to requests are held back
	maxQueued     = 64 << 20 // bytes of messages that are not large, behind which the connection ends
	// maxSmall is the size up to which a message is not large. A larger one is the
	// answer to a request for much, and no sign of a client that does not read.
	maxSmall = 4 << 20
)

var (
	errStalled = errors.New("the client does not read what it is sent")
	errGone    = errors.New("the client cannot be written to")
)

// kind says whether a message may be left out.
type kind bool

const (
	answer     kind = false // and requests, and whatever else must arrive
	expendable kind = true  // log messages and reports of progress
)

// kindOf looks at an encoded message of ours.
func kindOf(body []byte) kind {
	head := body[:min(len(body), 200)]
	for _, method := range []string{`"method":"window/logMessage"`, `"method":"$/logTrace"`} {
		if bytes.Contains(head, []byte(method)) {
			return expendable
		}
	}
	if bytes.Contains(head, []byte(`"method":"$/progress"`)) && bytes.Contains(body, []byte(`"kind":"report"`)) {
		return expendable
	}
	return answer
}

// outbox writes messages from one goroutine, so that whoever sends one never
// waits for the client.
type outbox struct {
	w      io.Writer
	trace  *wireTrace
	failed func(error) // called once when nothing more can be written, with the lock held

	mu    sync.Mutex
	queue [][]byte
	size  int           // bytes of queue and of the message that is being written
	small int           // of these, the bytes of messages that are not large
	err   error         // why nothing more can be written
	space chan struct{} // closed when answers need not be held back any more; nil when nobody waits

	wake  chan struct{} // capacity 1: something was queued
	empty chan struct{} // capacity 1: everything was written
}

func newOutbox(w io.Writer, failed func(error)) *outbox {
	return &outbox{w: w, failed: failed, wake: make(chan struct{}, 1), empty: make(chan struct{}, 1)}
}

// send queues one message.
func (o *outbox) send(body []byte, k kind) error {
	framed := frame.Append(make([]byte, 0, len(body)+32), body)

	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err != nil:
		return o.err
	case k == expendable && o.size > maxExpendable:
		return nil
	case smallPart(framed)+o.small > maxQueued:
		o.fail(errStalled)
		return o.err
	}
	o.queue = append(o.queue, framed)
	o.size += len(framed)
	o.small += smallPart(framed)
	signal(o.wake)
	return nil
}

// smallPart is a frame's share of what is bounded by maxQueued.
func smallPart(frame []byte) int {
	if len(frame) > maxSmall {
		return 0
	}
	return len(frame)
}

// room returns when an answer need not be held back, when nothing more can be
// written, or when ctx ends. It is not for the read loop.
func (o *outbox) room(ctx context.Context) {
	for {
		o.mu.Lock()
		if o.size <= maxWaiting || o.err != nil {
			o.mu.Unlock()
			return
		}
		if o.space == nil {
			o.space = make(chan struct{})
		}
		space := o.space
		o.mu.Unlock()
		select {
		case <-space:
		case <-ctx.Done():
			return
		}
	}
}

// release lets those go on who wait for room. Called with the lock held.
func (o *outbox) release() {
	if o.space != nil {
		close(o.space)
		o.space = nil
	}
}

// fail ends the outbox. Called with the lock held.
func (o *outbox) fail(err error) {
	if o.err == nil {
		o.err = err
		o.queue = nil
		o.release()
		o.failed(err)
	}
}

// run writes until ctx ends or the client is gone.
func (o *outbox) run(ctx context.Context) {
	for {
		o.mu.Lock()
		queue := o.queue
		o.queue = nil
		o.mu.Unlock()
		for _, frame := range queue {
			_, err := o.w.Write(frame)
			if err == nil {
				o.trace.frame(sent, bodyOf(frame))
			}
			o.mu.Lock()
			o.size -= len(frame)
			o.small -= smallPart(frame)
			if o.size <= maxWaiting {
				o.release()
			}
			if err != nil {
				o.fail(fmt.Errorf("%w: %w", errGone, err))
			}
			failed := o.err != nil
			if o.size == 0 || failed {
				signal(o.empty)
			}
			o.mu.Unlock()
			if failed {
				return
			}
		}
		if len(queue) > 0 {
			continue
		}
		select {
		case <-o.wake:
		case <-ctx.Done():
			return
		}
	}
}

// drain returns when everything is written, when nothing more can be, or when ctx ends.
func (o *outbox) drain(ctx context.Context) {
	for {
		o.mu.Lock()
		done := o.size == 0 || o.err != nil
		o.mu.Unlock()
		if done {
			return
		}
		select {
		case <-o.empty:
		case <-ctx.Done():
			return
		}
	}
}

// bodyOf is a frame of ours without its header.
func bodyOf(frame []byte) []byte {
	_, body, _ := bytes.Cut(frame, []byte("\r\n\r\n"))
	return body
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
