package lspserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Limits of what waits for a client that does not read.
const (
	maxQueued     = 64 << 20 // bytes, behind which the connection ends
	maxExpendable = 1 << 20  // bytes, behind which what a client can do without is left out
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
	failed func(error) // called once when nothing more can be written, with the lock held

	mu    sync.Mutex
	queue [][]byte
	size  int   // bytes of queue and of the message that is being written
	err   error // why nothing more can be written

	wake  chan struct{} // capacity 1: something was queued
	empty chan struct{} // capacity 1: everything was written
}

func newOutbox(w io.Writer, failed func(error)) *outbox {
	return &outbox{w: w, failed: failed, wake: make(chan struct{}, 1), empty: make(chan struct{}, 1)}
}

// send queues one message.
func (o *outbox) send(body []byte, k kind) error {
	frame := make([]byte, 0, len(body)+32)
	frame = fmt.Appendf(frame, "Content-Length: %d\r\n\r\n", len(body))
	frame = append(frame, body...)

	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err != nil:
		return o.err
	case k == expendable && o.size > maxExpendable:
		return nil
	case o.size+len(frame) > maxQueued:
		o.fail(errStalled)
		return o.err
	}
	o.queue = append(o.queue, frame)
	o.size += len(frame)
	signal(o.wake)
	return nil
}

// fail ends the outbox. Called with the lock held.
func (o *outbox) fail(err error) {
	if o.err == nil {
		o.err = err
		o.queue = nil
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
			o.mu.Lock()
			o.size -= len(frame)
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

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
