package lspserver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// A backlog does writes in the order in which they are added, on a goroutine
// of its own, so that whoever adds one never waits for a disk, for a full pipe
// or for a reader that has gone. What does not fit is left out and counted.
type backlog struct {
	max    int         // bytes that may wait
	missed func(n int) // called in the place of n writes that were left out

	mu      sync.Mutex
	queue   []entry
	size    int
	left    int // writes left out since the last one that was not
	closing bool

	wake chan struct{} // capacity 1: something was added, or the end has come
	done chan struct{} // closed when everything is written after the end has come
}

type entry struct {
	size int
	left int // writes left out before it
	do   func()
}

func newBacklog(limit int, missed func(n int)) *backlog {
	b := &backlog{max: limit, missed: missed, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go b.run()
	return b
}

// add queues a write that holds size bytes of memory until it is done.
func (b *backlog) add(size int, do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closing:
		return
	case b.size+size > b.max:
		b.left++
		return
	}
	b.queue = append(b.queue, entry{size, b.left, do})
	b.size += size
	b.left = 0
	signal(b.wake)
}

func (b *backlog) run() {
	defer close(b.done)
	for {
		b.mu.Lock()
		queue, left, closing := b.queue, 0, b.closing
		b.queue = nil
		if len(queue) == 0 {
			left, b.left = b.left, 0
		}
		b.mu.Unlock()
		for _, e := range queue {
			if e.left > 0 {
				b.missed(e.left)
			}
			e.do()
			b.mu.Lock()
			b.size -= e.size
			b.mu.Unlock()
		}
		switch {
		case len(queue) > 0:
		case left > 0:
			b.missed(left)
		case closing:
			return
		default:
			<-b.wake
		}
	}
}

// close takes nothing more, and returns when all is written or ctx ends.
func (b *backlog) close(ctx context.Context) {
	b.mu.Lock()
	b.closing = true
	signal(b.wake)
	b.mu.Unlock()
	select {
	case <-b.done:
	case <-ctx.Done():
	}
}

// maxLog is how many bytes of log may wait for whoever reads it.
const maxLog = 1 << 20

// A logFile is a log that its writers never wait for: an editor that does not
// read the standard error of its servers must not bring them to a halt.
type logFile struct {
	*slog.Logger
	waiting *backlog
}

func newLogFile(w io.Writer, level slog.Level) *logFile {
	// Where the log itself cannot be written there is nobody to tell.
	write := func(line []byte) { _, _ = w.Write(line) }
	b := newBacklog(maxLog, func(n int) { write(fmt.Appendf(nil, "%d lines were left out here\n", n)) })
	aside := writerFunc(func(p []byte) (int, error) {
		line := append([]byte(nil), p...)
		b.add(len(line), func() { write(line) })
		return len(p), nil
	})
	return &logFile{slog.New(slog.NewTextHandler(aside, &slog.HandlerOptions{Level: level})), b}
}

// close returns when everything is written or ctx ends.
func (l *logFile) close(ctx context.Context) { l.waiting.close(ctx) }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
