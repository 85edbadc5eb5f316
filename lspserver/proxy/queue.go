package proxy

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/mapescape/mapescape/lspserver/frame"
)

// maxQueued is how many bytes may wait for one that does not read. It is far
// above anything that an editor or gopls lets wait.
const maxQueued = 256 << 20

var errStalled = errors.New("what it is sent is not read")

// A queue writes frames from a goroutine of its own.
type queue struct {
	w      io.Writer
	failed func(error) // called once, from the writing goroutine or from put

	mu     sync.Mutex
	frames [][]byte
	size   int
	closed bool
	err    error
	wake   chan struct{}
	done   chan struct{}
}

func newQueue(w io.Writer, failed func(error)) *queue {
	q := &queue{w: w, failed: failed, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go q.run()
	return q
}

// put queues a body, which must not be changed afterwards. It never blocks.
func (q *queue) put(body []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil || q.closed {
		return
	}
	if q.size > maxQueued {
		q.fail(errStalled)
		return
	}
	q.frames = append(q.frames, body)
	q.size += len(body)
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// fail is called with the lock held.
func (q *queue) fail(err error) {
	if q.err == nil {
		q.err, q.frames = err, nil
		go q.failed(err)
	}
}

// flush closes the queue and waits until everything is written, or for d.
func (q *queue) flush(d time.Duration) {
	q.close()
	select {
	case <-q.done:
	case <-time.After(d):
	}
}

// close lets what is queued be written and ends the goroutine.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

func (q *queue) run() {
	defer close(q.done)
	var buf []byte
	for range q.wake {
		for {
			q.mu.Lock()
			frames, closed := q.frames, q.closed
			q.frames, q.size = nil, 0
			q.mu.Unlock()
			if len(frames) == 0 {
				if closed {
					return
				}
				break
			}
			for _, body := range frames {
				buf = frame.Append(buf[:0], body)
				if _, err := q.w.Write(buf); err != nil {
					q.mu.Lock()
					q.fail(err)
					q.mu.Unlock()
					return
				}
				if cap(buf) > 1<<20 {
					buf = nil
				}
			}
		}
	}
}
