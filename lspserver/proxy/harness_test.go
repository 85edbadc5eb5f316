package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mapescape/mapescape/lspserver/frame"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit is how long a test waits for what must come.
const limit = 20 * time.Second

// A peer is one end of a connection, driven by a test: the client, gopls or our half.
type peer struct {
	t    *testing.T
	name string
	w    io.WriteCloser
	r    io.ReadCloser
	got  chan message
	gone chan struct{} // closed when nothing more can be read
}

func newPeer(t *testing.T, name string, r io.ReadCloser, w io.WriteCloser) *peer {
	p := &peer{t: t, name: name, w: w, r: r, got: make(chan message, 4096), gone: make(chan struct{})}
	go func() {
		defer close(p.gone)
		in := frame.NewReader(r)
		for {
			body, err := in.Next()
			if err != nil {
				return
			}
			m, err := read(bytes.Clone(body))
			if err != nil {
				t.Errorf("%s is sent %q: %v", name, body, err)
				return
			}
			p.got <- m
		}
	}()
	return p
}

func (p *peer) send(format string, args ...any) {
	p.t.Helper()
	body := format
	if len(args) > 0 {
		body = fmt.Sprintf(format, args...)
	}
	p.raw(string(frame.Append(nil, []byte(body))))
}

func (p *peer) raw(text string) {
	if _, err := io.WriteString(p.w, text); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		p.t.Errorf("%s cannot write: %v", p.name, err)
	}
}

// next is the next message.
func (p *peer) next() message {
	p.t.Helper()
	select {
	case m := <-p.got:
		return m
	case <-time.After(limit):
		p.t.Fatalf("%s is sent nothing", p.name)
		return message{}
	}
}

// want takes the next message and compares it.
func (p *peer) want(body string) {
	p.t.Helper()
	if m := p.next(); string(m.body) != body {
		p.t.Fatalf("%s is sent\n%s\nwant\n%s", p.name, m.body, body)
	}
}

// method takes the next message, which must be of a method.
func (p *peer) method(name string) message {
	p.t.Helper()
	m := p.next()
	if m.method != name {
		p.t.Fatalf("%s is sent %s, want %s", p.name, m.body, name)
	}
	return m
}

// nothing checks that no message waits, after a message that must come through.
func (p *peer) nothing() {
	p.t.Helper()
	select {
	case m := <-p.got:
		p.t.Fatalf("%s is sent %s", p.name, m.body)
	default:
	}
}

func (p *peer) close() {
	p.w.Close()
	p.r.Close()
}

// fakeChild is a gopls that a test plays.
type fakeChild struct {
	io.Writer
	io.Reader
	stop func()
}

func (c *fakeChild) Stop(time.Duration) { c.stop() }

// A rig is a proxy with a client, any number of gopls and a half of ours.
type rig struct {
	t      *testing.T
	client *peer
	own    *peer
	// starts gives each gopls that is started.
	starts chan *peer
	gopls  *peer
	result chan error
	cancel context.CancelFunc
	// refuse makes starting gopls fail.
	refuse error
}

func newRig(t *testing.T, change func(*Options)) *rig {
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{t: t, starts: make(chan *peer, 16), result: make(chan error, 1), cancel: cancel}
	clientIn, toProxy := io.Pipe()
	fromProxy, clientOut := io.Pipe()
	r.client = newPeer(t, "the client", fromProxy, toProxy)
	ownReady := make(chan *peer, 1)
	o := Options{
		In: clientIn, Out: clientOut, Grace: limit,
		Own: func(_ context.Context, in io.Reader, out io.Writer) error {
			p := newPeer(t, "our half", in.(io.ReadCloser), out.(io.WriteCloser))
			ownReady <- p
			<-p.gone
			return nil
		},
		Start: func() (Child, error) {
			if r.refuse != nil {
				return nil, r.refuse
			}
			in, toGopls := io.Pipe()
			fromGopls, out := io.Pipe()
			p := newPeer(t, "gopls", in, out)
			r.starts <- p
			return &fakeChild{Writer: toGopls, Reader: fromGopls, stop: func() { toGopls.Close(); fromGopls.Close(); p.close() }}, nil
		},
	}
	if change != nil {
		change(&o)
	}
	go func() { r.result <- Run(ctx, o); clientOut.Close() }()
	r.own = <-ownReady
	t.Cleanup(func() {
		r.client.close()
		cancel()
		<-r.client.gone
	})
	return r
}

// started takes the gopls that was started last.
func (r *rig) started() *peer {
	r.t.Helper()
	select {
	case r.gopls = <-r.starts:
		return r.gopls
	case <-time.After(limit):
		r.t.Fatal("gopls is not started")
		return nil
	}
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"workspace":{` +
	`"inlayHint":{"refreshSupport":true},"codeLens":{"refreshSupport":true}}}}}`

// begin goes through the initialization.
func (r *rig) begin() {
	r.t.Helper()
	r.started()
	r.client.send(initialize)
	r.gopls.want(initialize)
	r.own.want(initialize)
	r.own.send(`{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"inlayHintProvider":{"resolveProvider":true}}}}`)
	r.gopls.send(`{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"inlayHintProvider":true},"serverInfo":{"name":"gopls"}}}`)
	if m := r.client.next(); m.failed {
		r.t.Fatalf("initialize fails: %s", m.body)
	}
	r.both(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
}

// both sends a notification of the client and sees that both halves get it.
func (r *rig) both(body string) {
	r.t.Helper()
	r.client.send("%s", body)
	r.gopls.want(body)
	r.own.want(body)
}

// wait is how the proxy ended.
func (r *rig) wait() error {
	r.t.Helper()
	select {
	case err := <-r.result:
		r.result <- err
		return err
	case <-time.After(limit):
		r.t.Fatal("the proxy does not end")
		return nil
	}
}

// object is a message's part as a value, for comparisons that do not mind the order of members.
func object(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.NewDecoder(strings.NewReader(string(raw))).Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}
