// Package lspserver is the language server of mapescape: the state machine,
// the requests and the notifications of the Language Server Protocol, over
// what package session holds. It decides nothing about maps.
//
// The life of a message: the stream reads it, handle takes it in wire order
// on the read loop. A notification changes the session there and then. A
// request takes its snapshot of the session there, and is answered from that
// snapshot on a goroutine of its own. Nothing that a client sends ends the
// server, except a header behind which the stream cannot be followed, exit,
// and the end of the stream.
package lspserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/lspserver/session"
	"github.com/mapescape/mapescape/lspserver/settings"
)

// Options are what a server is started with.
type Options struct {
	// In and Out are the connection. Nothing else may write to Out.
	In  io.Reader
	Out io.Writer
	// Log gets what does not concern the client; nil is silence.
	Log *slog.Logger
	// Trace, when set, gets a record of every message, the text of the user's
	// files included, in lines of JSON; see wireTrace.
	Trace io.Writer
	// Version is told to the client.
	Version string
	// Run analyses a package: analysis.Run.
	Run func(context.Context, analysis.Request) (*analysis.Result, error)
	// Encoding is the unit of columns that the user wants, "utf-8", "utf-16" or
	// "utf-32". It is used if the client offers it; otherwise, and for "", it is UTF-16.
	Encoding string
}

// maxDrain is how long the end of a connection may take: for the analysis to
// kill its child processes, and for the client to read what it is owed.
const maxDrain = 2 * time.Second

var (
	errExit   = errors.New("the client asked the server to exit")
	errLost   = errors.New("the connection was lost")
	errOrphan = errors.New("the process that started the server has ended")
	// ErrNoShutdown is the error of Serve when the client went away, or asked
	// for the exit, without a shutdown request before.
	ErrNoShutdown = errors.New("the connection ended without a shutdown request")
)

// Serve runs a server until the client asks it to exit or goes away, until
// the process named in initialize has ended, or until ctx ends. The error is nil after an orderly
// shutdown; otherwise the process should exit with status 1, as the protocol has it.
//
// A read from In that is pending cannot be interrupted where In is a terminal
// or an inherited pipe: it may still be pending when Serve returns.
func Serve(ctx context.Context, opts Options) error {
	return serve(ctx, opts, surroundings{
		hints:   hint.Run,
		explain: hint.Explain,
		deps:    session.Dependencies,
		find:    fixes.Find,
		prepare: session.Prepare,
		after:   time.After,
		alive:   alive,
		drain:   maxDrain,
	})
}

// surroundings are what tests replace.
type surroundings struct {
	hints   func(*analysis.Package, runtimemap.Facts, hint.Options) []hint.Hint
	explain func(analysis.Op, *analysis.Result) markup.Doc
	deps    func(context.Context, analysis.Request) (*load.Dependencies, error)
	find    func(*analysis.Result, analysis.Typed) rewrite.Found
	prepare func(context.Context, analysis.Request) (*session.Prepared, error)
	after   func(time.Duration) <-chan time.Time
	alive   func(pid int) bool
	drain   time.Duration
}

// server is one connection.
type server struct {
	surroundings
	version  string
	encoding string
	log      *slog.Logger
	recent   *recentLog
	began    time.Time

	base   context.Context // ends with the connection
	end    context.CancelCauseFunc
	conn   jsonrpc2.Conn
	out    *outbox
	client protocol.Client
	sess   *session.Session

	state atomic.Int32 // a phase
	caps  atomic.Pointer[capabilities]
	trace atomic.Pointer[settings.Trace]
	slots chan struct{} // one for each request that is being answered
	calls registry
	// pending counts the requests that wait for their answers.
	pending atomic.Int32
	tally   tally

	background sync.WaitGroup
	refresh    latest // of the client's inlay hints
	lenses     latest // of its code lenses
	diagnosed  diagnosed
	pull       latest // of the client's settings
	initial    []byte // the settings in initialize; written before the connection has background work
	config     configuration
	complaints complaints
	progress   progressTokens
}

const (
	// maxRequests is the number of requests that are answered at the same time.
	maxRequests = 16
	// maxPending is the number of requests that may wait for their answers,
	// which is far more than an editor has; those beyond are refused.
	maxPending = 1 << 13
)

func serve(ctx context.Context, opts Options, around surroundings) error {
	log := opts.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	recent := &recentLog{}
	log = slog.New(recent.keeping(log.Handler()))
	base, end := context.WithCancelCause(ctx)
	defer end(nil)
	s := &server{
		surroundings: around,
		version:      opts.Version,
		encoding:     opts.Encoding,
		log:          log,
		recent:       recent,
		began:        time.Now(),
		base:         base,
		end:          end,
		slots:        make(chan struct{}, maxRequests),
	}
	s.caps.Store(&capabilities{})
	s.refresh.run = s.askForRefresh
	s.lenses.run = s.askForLenses
	s.pull.run = s.pullSettings
	s.diagnosed.work.run = s.publish
	s.sess = session.New(base, session.Config{
		Run:      opts.Run,
		Deps:     around.deps,
		Hints:    around.hints,
		Find:     around.find,
		Prepare:  around.prepare,
		Proved:   s.proved,
		Started:  s.analysisStarted,
		Finished: s.analysisFinished,
		Early:    s.packageKnown,
		After:    around.after,
		Log:      log,
	})

	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	wire := newWireTrace(opts.Trace, time.Now)
	out := newOutbox(opts.Out, end)
	out.trace = wire
	s.out = out
	go out.run(writing)
	str := newStream(opts.In, out, log, end)
	str.trace = wire
	s.conn = jsonrpc2.NewConn(str, jsonrpc2.WithCodec(codec{}))
	s.client = protocol.ClientDispatcher(s.conn)
	s.conn.Go(base, s.handle)
	go func() {
		<-s.conn.Done()
		end(fmt.Errorf("%w: %v", errLost, s.conn.Err()))
	}()

	<-base.Done()
	drained, stop := context.WithTimeout(context.WithoutCancel(ctx), s.drain)
	defer stop()
	s.settle(drained)
	out.drain(drained)
	if err := str.Close(); err != nil {
		log.Debug("closing the input", "error", err)
	}
	wire.close(drained)
	return s.verdict(context.Cause(base))
}

// settle waits for what runs in the background, which ends with the base context.
func (s *server) settle(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.sess.Wait()
		s.background.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.log.Warn("background work did not end in time")
	}
}

// verdict is the error of Serve for the reason why the connection ended.
func (s *server) verdict(cause error) error {
	orderly := phase(s.state.Load()) == phaseShutdown
	switch {
	case errors.Is(cause, errExit), errors.Is(cause, io.EOF), errors.Is(cause, errGone):
		if orderly {
			return nil
		}
		return ErrNoShutdown
	case orderly:
		return nil
	default:
		return fmt.Errorf("the connection was given up: %w", cause)
	}
}

// spawn runs f in the background until the connection ends. A panic in it is logged.
func (s *server) spawn(f func()) {
	s.background.Go(func() {
		defer s.recoverPanic("in the background")
		f()
	})
}
