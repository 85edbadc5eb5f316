// Package proxy makes one language server of two: gopls, which it starts as a
// child, and a half of our own that runs in this process. To the editor they are
// one Go server.
//
// Messages are frames of bytes that are passed on as they are. Only answers that
// both halves have a part in are opened. All state belongs to one goroutine, the
// hub, which takes one event after the other: a frame of the client, of gopls or
// of our half, the end of one of them, a timer. Whoever is written to has a queue
// and a goroutine of its own, so that the hub never waits.
//
// The half of our own must never make gopls slower or fail with it, and the other
// way round: if one of them is gone, the other one answers alone.
package proxy

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"
)

// Options are what a proxy is started with.
type Options struct {
	// In and Out are the connection to the editor.
	In  io.Reader
	Out io.Writer
	// Own serves our half on a pair of streams until its input ends, the client asks
	// it to exit, or ctx ends.
	Own func(ctx context.Context, in io.Reader, out io.Writer) error
	// Fatal says of an error of Own that the proxy has to end too.
	Fatal func(error) bool
	// Start starts gopls. It is called again when gopls ends unexpectedly.
	Start func() (Child, error)
	// Log gets what does not concern the client.
	Log *slog.Logger
	// Grace is how long an answer of gopls waits for our half's part; 0 is DefaultGrace.
	Grace time.Duration
}

// DefaultGrace is short enough not to be felt and long enough for an answer from
// what is in memory.
const DefaultGrace = 100 * time.Millisecond

// A Child is a running gopls.
type Child interface {
	io.Writer // its standard input
	io.Reader // its standard output
	// Stop closes its input, and kills it with all of its children if that does
	// not end it in time. It may be called more than once.
	Stop(patience time.Duration)
}

// ErrNoShutdown is the error of Run when the client went away, or asked for the
// exit, without a shutdown request before.
var ErrNoShutdown = errors.New("the connection ended without a shutdown request")

// patience is how long gopls has to end when it is asked to.
const patience = 2 * time.Second

// Run is the proxy until the client asks it to exit or goes away, or ctx ends.
func Run(ctx context.Context, o Options) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	if o.Fatal == nil {
		o.Fatal = func(error) bool { return false }
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	h := newHub(ctx, o)
	h.startOwn()
	h.startGopls()
	go h.pump(fromClient, 0, o.In)
	err := h.loop()
	end()
	h.close()
	return err
}
