package lspserver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
	"go.uber.org/goleak"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/markup"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(binaryDir) // see program
		os.Exit(code)
	}))
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// event is a message from the server.
type event struct {
	method string
	params jsonrpc2.RawMessage
}

func (e event) String() string { return e.method + " " + string(e.params) }

// client is a client of a server that runs in the same process.
type client struct {
	t      *testing.T
	dir    string
	fake   *fakeGo
	conn   jsonrpc2.Conn
	server protocol.Server
	in     io.WriteCloser // raw, to the server
	end    func() error   // ends the connection and gives Serve's error

	answers map[string]func(event) (any, error) // fixed before the connection starts
	events  chan event
	backlog []event
	ticks   chan time.Time // the server's clock
	waits   chan time.Duration
	alive   func(int) bool
	drain   time.Duration
	offers  *fakeOffers // nil without rewrites

	real          bool // the analysis is no fake
	explainPanics atomic.Bool
}

type clientOption func(*client, *Options)

// dial starts a server on a temporary directory. The connection ends with the test.
func dial(t *testing.T, opts ...clientOption) *client {
	t.Helper()
	c := &client{
		t: t, dir: t.TempDir(), fake: &fakeGo{},
		answers: map[string]func(event) (any, error){},
		events:  make(chan event, 1<<16),
		ticks:   make(chan time.Time),
		waits:   make(chan time.Duration, 1<<10),
		alive:   func(int) bool { return true },
		drain:   patience,
	}
	toServer, in := io.Pipe()
	fromServer, out := io.Pipe()
	o := Options{In: toServer, Out: out, Version: "v0.0.0", Run: c.fake.run}
	if testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	for _, opt := range opts {
		opt(c, &o)
	}
	c.in = in
	around := surroundings{
		hints: fakeHints,
		explain: func(op analysis.Op, r *analysis.Result) markup.Doc {
			if c.explainPanics.Load() {
				panic("explain is broken")
			}
			return fakeExplain(op, r)
		},
		deps:  c.fake.deps,
		after: func(d time.Duration) <-chan time.Time { c.waits <- d; return c.ticks },
		alive: func(pid int) bool { return c.alive(pid) },
		drain: c.drain,
	}
	if c.offers != nil {
		around.find, around.prepare = c.offers.find, c.offers.prepare
	}
	served := make(chan error, 1)
	go func() {
		defer out.Close()
		if c.real {
			o.Run = analysis.Run
			served <- Serve(context.Background(), o)
			return
		}
		served <- serve(context.Background(), o, around)
	}()
	c.conn = jsonrpc2.NewConn(jsonrpc2.NewStream(duplex{fromServer, in}), jsonrpc2.WithCodec(codec{}))
	c.server = protocol.ServerDispatcher(c.conn)
	c.conn.Go(context.Background(), c.receive)
	c.end = sync.OnceValue(func() error {
		in.Close()
		select {
		case err := <-served:
			<-c.conn.Done()
			return err
		case <-time.After(patience):
			t.Error("the server did not end")
			return nil
		}
	})
	t.Cleanup(func() { c.end() })
	return c
}

type duplex struct {
	io.ReadCloser
	io.Writer
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	fmt.Fprintf(os.Stderr, "%s: %s", w.t.Name(), b)
	return len(b), nil
}

func (c *client) receive(_ context.Context, req *jsonrpc2.Request) (any, error) {
	req = req.Clone()
	e := event{req.Method(), req.Params()}
	if err := loadModel().conforms(e.method, e.params, false); err != nil && e.method != methodStatus {
		c.t.Errorf("%v does not conform: %v", e, err)
	}
	c.events <- e
	if f := c.answers[e.method]; f != nil {
		return f(e)
	}
	return nil, nil
}

// await gives the next message of a method; earlier messages of others are kept.
func (c *client) await(method string) event {
	c.t.Helper()
	for i, e := range c.backlog {
		if e.method == method {
			c.backlog = append(c.backlog[:i:i], c.backlog[i+1:]...)
			return e
		}
	}
	timeout := time.After(patience)
	for {
		select {
		case e := <-c.events:
			if e.method == method {
				return e
			}
			c.backlog = append(c.backlog, e)
		case <-timeout:
			c.t.Fatalf("no %s came, but %v", method, c.backlog)
		}
	}
}

// none checks that no message of a method has come so far.
func (c *client) none(method string) {
	c.t.Helper()
	c.barrier()
	for {
		select {
		case e := <-c.events:
			c.backlog = append(c.backlog, e)
			continue
		default:
		}
		break
	}
	for _, e := range c.backlog {
		if e.method == method {
			c.t.Errorf("unexpected %v", e)
		}
	}
}

// barrier returns when the server has handled all that was sent so far, and
// what it sent before its answer has arrived.
func (c *client) barrier() {
	c.t.Helper()
	if _, err := c.call("test/barrier", nil); code(err) != jsonrpc2.MethodNotFound && code(err) != jsonrpc2.InvalidRequest {
		c.t.Fatalf("barrier: %v", err)
	}
}

func code(err error) jsonrpc2.Code {
	if e, ok := err.(*jsonrpc2.Error); ok {
		return e.Code
	}
	return 0
}

func (c *client) call(method string, params any) (jsonrpc2.RawMessage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var result jsonrpc2.RawMessage
	_, err := c.conn.Call(ctx, method, params, &result)
	if err == nil {
		if err := loadModel().conforms(method, result, true); err != nil {
			c.t.Errorf("the answer %s to %s does not conform: %v", result, method, err)
		}
	}
	return result, err
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	if err := c.conn.Notify(context.Background(), method, params); err != nil {
		c.t.Fatal(err)
	}
}

// raw is JSON as it is.
func raw(format string, args ...any) jsonrpc2.RawMessage {
	return jsonrpc2.RawMessage(fmt.Sprintf(format, args...))
}

// everything is a client that can do all that we use.
const everything = `{
	"workspace": {"inlayHint": {"refreshSupport": true}, "configuration": true, "didChangeConfiguration": {"dynamicRegistration": true}},
	"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}},
	"window": {"workDoneProgress": true},
	"general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]}
}`

// withRefresh is a client that refreshes, so that tests know when an analysis is in place.
const withRefresh = `{"workspace": {"inlayHint": {"refreshSupport": true}}, "textDocument": {"hover": {"contentFormat": ["markdown"]}}}`

// start does the handshake.
func (c *client) start(capabilities, settings string) protocol.InitializeResult {
	c.t.Helper()
	result, err := c.call("initialize", raw(`{"processId": null, "rootUri": %q, "capabilities": %s, "initializationOptions": %s}`,
		uri.File(c.dir), capabilities, settings))
	if err != nil {
		c.t.Fatal(err)
	}
	var init protocol.InitializeResult
	if err := protocol.Unmarshal(result, &init); err != nil {
		c.t.Fatal(err)
	}
	c.notify("initialized", raw(`{}`))
	return init
}

func (c *client) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

func (c *client) uri(name string) string { return string(uri.File(c.path(name))) }

// write puts a file on the disk.
func (c *client) write(name, text string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(c.path(name)), 0o777); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(c.path(name), []byte(text), 0o666); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) open(name, text string) {
	c.t.Helper()
	c.notify("textDocument/didOpen", &protocol.DidOpenTextDocumentParams{TextDocument: protocol.TextDocumentItem{
		URI: uri.URI(c.uri(name)), LanguageID: "go", Version: 1, Text: text,
	}})
}

// edit replaces text on one line; columns are in the negotiated unit.
func (c *client) edit(name string, version, line, from, to int, text string) {
	c.t.Helper()
	c.notify("textDocument/didChange", raw(`{"textDocument": {"uri": %q, "version": %d}, "contentChanges": [
		{"range": {"start": {"line": %d, "character": %d}, "end": {"line": %d, "character": %d}}, "text": %q}]}`,
		c.uri(name), version, line, from, line, to, text))
}

func (c *client) save(name string) {
	c.t.Helper()
	c.notify("textDocument/didSave", raw(`{"textDocument": {"uri": %q}}`, c.uri(name)))
}

func (c *client) close(name string) {
	c.t.Helper()
	c.notify("textDocument/didClose", raw(`{"textDocument": {"uri": %q}}`, c.uri(name)))
}

// hints asks for the hints of a file, as "line:column label".
func (c *client) hints(name string) []string {
	c.t.Helper()
	return c.hintsIn(name, 0, 1<<20)
}

func (c *client) hintsIn(name string, from, to int) []string {
	c.t.Helper()
	var out []string
	for _, h := range c.inlayHints(name, from, to) {
		out = append(out, fmt.Sprintf("%d:%d %s", h.Position.Line, h.Position.Character, h.Label))
	}
	return out
}

func (c *client) inlayHints(name string, from, to int) []protocol.InlayHint {
	c.t.Helper()
	result, err := c.call("textDocument/inlayHint", raw(`{"textDocument": {"uri": %q}, "range": {
		"start": {"line": %d, "character": 0}, "end": {"line": %d, "character": 0}}}`, c.uri(name), from, to))
	if err != nil {
		c.t.Fatal(err)
	}
	var hints []protocol.InlayHint
	if err := protocol.Unmarshal(result, &hints); err != nil || hints == nil {
		c.t.Fatalf("hints are %s: %v", result, err)
	}
	return hints
}

// hover gives the text of a hover and its range, "" for none.
func (c *client) hover(name string, line, column int) (text, span string) {
	c.t.Helper()
	result, err := c.call("textDocument/hover", raw(`{"textDocument": {"uri": %q}, "position": {"line": %d, "character": %d}}`, c.uri(name), line, column))
	if err != nil {
		c.t.Fatal(err)
	}
	if string(result) == "null" {
		return "", ""
	}
	var h protocol.Hover
	if err := protocol.Unmarshal(result, &h); err != nil {
		c.t.Fatal(err)
	}
	m := h.Contents.(*protocol.MarkupContent)
	return m.Value, fmt.Sprintf("%d:%d-%d:%d", h.Range.Start.Line, h.Range.Start.Character, h.Range.End.Line, h.Range.End.Character)
}

// analysed waits until an analysis is in place.
func (c *client) analysed() {
	c.t.Helper()
	c.await("workspace/inlayHint/refresh")
}

// tick lets the server's clock run out once, for one of those who wait for it.
func (c *client) tick() {
	c.t.Helper()
	select {
	case c.ticks <- time.Time{}:
	case <-c.wait():
		c.t.Fatal("nobody waits for the clock")
	}
}

// wait is closed when the test has waited long enough.
func (c *client) wait() <-chan time.Time { return time.After(patience) }
