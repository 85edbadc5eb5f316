package lspserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

func TestInitialize(t *testing.T) {
	c := dial(t)
	got := c.start(everything, `null`)
	want := `{"capabilities":{"positionEncoding":"utf-16","textDocumentSync":{"openClose":true,"change":2,"save":true},` +
		`"hoverProvider":true,"executeCommandProvider":{"commands":["mapescape.analyze_package","mapescape.apply_rewrite","mapescape.show_flow","mapescape.report"]},"inlayHintProvider":true,` +
		`"workspace":{"workspaceFolders":{"supported":true,"changeNotifications":true}}},` +
		`"serverInfo":{"name":"mapescape","version":"v0.0.0"}}`
	raw, err := protocol.Marshal(&got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if e := c.await("client/registerCapability"); !json.Valid(e.params) {
		t.Errorf("registration %v", e)
	}
	c.await("workspace/configuration")
}

// A mistake in what we do not need does not keep the server from starting.
func TestInitializeLenient(t *testing.T) {
	for _, params := range []string{
		`{}`, `{"processId": null, "rootUri": null, "capabilities": {}}`,
		`{"processId": "x", "capabilities": {"textDocument": {"completion": 7, "hover": []}, "window": null}, "trace": 9, "workspaceFolders": null}`,
	} {
		c := dial(t)
		if _, err := c.call("initialize", raw("%s", params)); err != nil {
			t.Errorf("%s: %v", params, err)
		}
	}
	for _, params := range []string{`7`, `[]`, `"x"`} {
		c := dial(t)
		if _, err := c.call("initialize", raw("%s", params)); code(err) != jsonrpc2.InvalidParams {
			t.Errorf("%s: %v", params, err)
		}
	}
}

func TestPhases(t *testing.T) {
	c := dial(t)
	hover := raw(`{"textDocument": {"uri": "file:///a.go"}, "position": {"line": 0, "character": 0}}`)
	expect := func(method string, params any, want jsonrpc2.Code) {
		t.Helper()
		if _, err := c.call(method, params); code(err) != want {
			t.Errorf("%s: %v, want code %d", method, err, want)
		}
	}
	expect("textDocument/hover", hover, jsonrpc2.ServerNotInitialized)
	expect("shutdown", nil, jsonrpc2.ServerNotInitialized)
	expect("foo/bar", nil, jsonrpc2.ServerNotInitialized)
	c.open("a.go", simple) // ignored
	c.start(`{}`, `null`)
	expect("initialize", raw(`{"capabilities": {}}`), jsonrpc2.InvalidRequest)
	expect("foo/bar", nil, jsonrpc2.MethodNotFound)
	expect("$/foo", raw(`{}`), jsonrpc2.MethodNotFound)
	expect("textDocument/hover", nil, jsonrpc2.InvalidParams)
	expect("textDocument/hover", hover, 0)
	c.notify("foo/bar", nil)
	c.notify("$/foo", raw(`{}`))
	expect("shutdown", nil, 0)
	expect("textDocument/hover", hover, jsonrpc2.InvalidRequest)
	expect("shutdown", nil, jsonrpc2.InvalidRequest)
	expect("initialize", raw(`{"capabilities": {}}`), jsonrpc2.InvalidRequest)
	c.open("b.go", simple) // ignored
	c.barrier()
	if n := len(c.fake.seen()); n != 0 {
		t.Errorf("%d analyses", n)
	}
	c.notify("exit", nil)
	if err := c.end(); err != nil {
		t.Errorf("exit after shutdown: %v", err)
	}
}

func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*client)
		want error
	}{
		{"exit without shutdown", func(c *client) { c.notify("exit", nil) }, ErrNoShutdown},
		{"end of the stream", func(c *client) {}, ErrNoShutdown},
		{"end of the stream after shutdown", func(c *client) { c.call("shutdown", nil) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, gated)
			c.start(everything, `null`)
			c.write("a.go", simple)
			c.open("a.go", simple)
			c.running() // the end must cancel it
			tt.end(c)
			if err := c.end(); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// An analysis that does not end keeps the server only for the time that there is to drain.
func TestEndDoesNotWaitForEver(t *testing.T) {
	c := dial(t, gated, func(c *client, _ *Options) { c.drain, c.fake.stubborn = time.Millisecond, true })
	c.start(`{}`, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	pass := c.running()
	defer close(pass)
	c.call("shutdown", nil)
	c.notify("exit", nil)
	if err := c.end(); err != nil {
		t.Error(err)
	}
}

func TestExitBeforeInitialize(t *testing.T) {
	c := dial(t)
	c.notify("exit", nil)
	if err := c.end(); !errors.Is(err, ErrNoShutdown) {
		t.Error(err)
	}
}

func TestParentDies(t *testing.T) {
	alive := make(chan bool, 3)
	c := dial(t, func(c *client, _ *Options) { c.alive = func(int) bool { return <-alive } })
	alive <- true
	if _, err := c.call("initialize", raw(`{"processId": 4711, "capabilities": {}}`)); err != nil {
		t.Fatal(err)
	}
	if d := <-c.waits; d != parentInterval {
		t.Errorf("looks after %v", d)
	}
	alive <- true
	c.tick()
	<-c.waits
	alive <- false
	c.tick()
	if err := c.end(); !errors.Is(err, errOrphan) && !errors.Is(err, ErrNoShutdown) {
		t.Error(err)
	}
}

// A parent that is not to be seen is not taken for dead.
func TestParentElsewhere(t *testing.T) {
	c := dial(t, func(c *client, _ *Options) { c.alive = func(int) bool { return false } })
	if _, err := c.call("initialize", raw(`{"processId": 4711, "capabilities": {}}`)); err != nil {
		t.Fatal(err)
	}
	c.barrier()
	if len(c.waits) != 0 {
		t.Error("the parent is watched")
	}
}

func TestAlive(t *testing.T) {
	if !alive(os.Getpid()) {
		t.Error("we are not alive")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Error("a dead process is alive")
	}
}

// Whatever a client sends to cancel, the server lives, and only the request is
// cancelled: the analysis is not this request's alone.
func TestCancelRequest(t *testing.T) {
	c := dial(t, gated)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	command := raw(`{"command": "mapescape.analyze_package", "arguments": [%q]}`, c.uri("a.go"))
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- protocol.Call(ctx, c.conn, "workspace/executeCommand", command, nil) }()
	pass := c.running()
	c.notify("$/cancelRequest", nil)
	for _, params := range []string{`{}`, `{"id": null}`, `{"id": 1.5}`, `{"id": "nobody"}`, `{"id": 99999999999999}`, `7`} {
		c.notify("$/cancelRequest", raw("%s", params))
	}
	c.barrier()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	c.barrier()
	close(pass)
	c.analysed()
	c.open("a.go", simple)
	c.want("a.go", simpleHints...)
}

func TestPanics(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.fake.set(func(g *fakeGo) { g.results = append(g.results, nil); g.panics = true })
	c.write("z.go", "package p\n")
	c.save("a.go")
	c.analysed()
	if e := c.await("window/logMessage"); e.params == nil {
		t.Error("nothing was said")
	}
	c.want("a.go", simpleHints...)
}

func TestRequestPanics(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.explainPanics.Store(true)
	_, err := c.call("textDocument/hover", raw(`{"textDocument": {"uri": %q}, "position": {"line": 3, "character": 8}}`, c.uri("a.go")))
	if code(err) != jsonrpc2.InternalError {
		t.Errorf("hover: %v", err)
	}
	c.explainPanics.Store(false)
	if text, _ := c.hover("a.go", 3, 8); text == "" {
		t.Error("no hover after the panic")
	}
}

func TestWireError(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want jsonrpc2.Code
	}{
		{context.Canceled, protocol.CodeRequestCancelled},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), protocol.CodeRequestCancelled},
		{errors.New("x"), jsonrpc2.InternalError},
		{protocol.ErrContentModified, protocol.CodeContentModified},
	} {
		if got := code(wireError(tt.err)); got != tt.want {
			t.Errorf("%v has code %d, want %d", tt.err, got, tt.want)
		}
	}
	if wireError(nil) != nil {
		t.Error("no error is one")
	}
}
