package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/mapescape/mapescape/lspserver/frame"
)

// source is where a frame comes from.
type source int

const (
	fromClient source = iota
	fromGopls
	fromOwn
)

// An event is one thing that happens to the hub: a frame, or the end of a
// stream, or a function to call.
type event struct {
	from       source
	generation int // of gopls
	body       []byte
	err        error
	call       func()
}

// hub holds all state. Its fields belong to the goroutine that runs loop.
type hub struct {
	Options
	ctx    context.Context
	log    *slog.Logger
	events chan event

	client *queue
	own    *half
	gopls  *half
	// generation counts the gopls processes that were started.
	generation int
	restarts   restarts

	// held are the frames of the client that wait for a restart to be done with.
	held    [][]byte
	holding bool

	pending   map[string]*pending
	asked     map[string]source // the client's questions to answer, by the id that it got
	questions map[string]func(message)
	counter   int

	initialize  *message // the client's
	initialized *message
	config      *message        // its newest workspace/didChangeConfiguration
	canRefresh  map[string]bool // the client's: methods such as workspace/inlayHint/refresh
	// goplsCapabilities are what gopls said in its answer to initialize, raw.
	goplsCapabilities []byte
	waitingToSay      []string
	documents         documents
	diagnostics       diagnostics
	registered        map[string]string // gopls' dynamic registrations: method by id
	progress          map[string]bool   // raw tokens of gopls' open progress

	shutdown bool
	result   error
	ended    bool
}

// half is one of the two servers.
type half struct {
	queue *queue
	stop  func()
}

func newHub(ctx context.Context, o Options) *hub {
	h := &hub{
		Options: o, ctx: ctx, log: o.Log, events: make(chan event, 256),
		pending: map[string]*pending{}, asked: map[string]source{}, questions: map[string]func(message){},
		registered: map[string]string{}, progress: map[string]bool{},
	}
	h.documents.open = map[string]*document{}
	h.diagnostics.byURI = map[string]*both{}
	h.client = newQueue(o.Out, func(err error) { h.post(event{from: fromClient, err: err}) })
	return h
}

// post hands an event to the hub. After the hub's end it is dropped.
func (h *hub) post(e event) {
	select {
	case h.events <- e:
	case <-h.ctx.Done():
	}
}

// after calls f on the hub's goroutine.
func (h *hub) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { h.post(event{call: f}) })
}

// pump reads frames until the stream ends.
func (h *hub) pump(from source, generation int, in io.Reader) {
	r := frame.NewReader(in)
	for {
		body, err := r.Next()
		if err != nil {
			h.post(event{from: from, generation: generation, err: err})
			return
		}
		h.post(event{from: from, generation: generation, body: bytes.Clone(body)})
	}
}

func (h *hub) loop() error {
	for !h.ended {
		select {
		case e := <-h.events:
			h.take(e)
		case <-h.ctx.Done():
			return h.ctx.Err()
		}
	}
	return h.result
}

func (h *hub) take(e event) {
	switch {
	case e.call != nil:
		e.call()
	case e.from == fromGopls && (e.generation != h.generation || h.gopls == nil), e.from == fromOwn && h.own == nil:
		// It is of one that has ended.
	case e.err != nil:
		h.streamEnded(e.from, e.err)
	default:
		h.frame(e.from, e.body)
	}
}

func (h *hub) frame(from source, body []byte) {
	if from == fromClient && h.holding {
		h.held = append(h.held, body)
		return
	}
	m, err := read(body)
	switch {
	case err != nil && from == fromClient:
		h.log.Warn("malformed message of the client", "error", err)
		h.client.put(unreadable(body, err))
	case err != nil:
		h.log.Warn("malformed message of a server", "server", from, "error", err)
	case from == fromClient:
		h.fromClient(m)
	default:
		h.fromServer(from, m)
	}
}

// streamEnded takes the end of a connection.
func (h *hub) streamEnded(from source, err error) {
	switch from {
	case fromClient:
		h.finish(err)
	case fromOwn:
		h.ownEnded(err)
	default:
		h.goplsEnded(err)
	}
}

// finish ends the proxy.
func (h *hub) finish(err error) {
	h.ended = true
	if !h.shutdown {
		h.result = ErrNoShutdown
		if err != nil && !errors.Is(err, io.EOF) {
			h.result = fmt.Errorf("%w: %w", ErrNoShutdown, err)
		}
	}
}

// close ends both servers and writes what the client is still owed.
func (h *hub) close() {
	for _, half := range []*half{h.gopls, h.own} {
		if half != nil {
			half.queue.flush(patience)
			half.stop()
		}
	}
	h.client.flush(patience)
}

// toGopls and toOwn send a frame to a half that is there.
func (h *hub) toGopls(body []byte) {
	if h.gopls != nil {
		h.gopls.queue.put(body)
	}
}

func (h *hub) toOwn(body []byte) {
	if h.own != nil {
		h.own.queue.put(body)
	}
}

func (h *hub) toBoth(body []byte) {
	h.toGopls(body)
	h.toOwn(body)
}

// say shows the user a message.
func (h *hub) say(level int, text string) {
	h.log.Warn(text)
	if h.initialized != nil {
		h.client.put(callFrame(nil, "window/showMessage", map[string]any{"type": level, "message": text}))
	}
}

// Levels of window/showMessage.
const (
	levelError   = 1
	levelWarning = 2
)

// ask asks one of the client or our half something of our own.
func (h *hub) ask(to *queue, method string, params any, answered func(message)) {
	h.counter++
	id := tag(askProxy, h.counter, nil)
	h.questions[string(id)] = answered
	to.put(callFrame(id, method, params))
}
