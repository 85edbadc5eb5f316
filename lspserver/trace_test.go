package lspserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTraceLines(t *testing.T) {
	var out bytes.Buffer
	clock := time.Date(2026, 3, 1, 12, 0, 0, 5, time.FixedZone("", 3600))
	w := newWireTrace(&out, func() time.Time { return clock })
	body := []byte("{\"jsonrpc\": \"2.0\",\n \"method\": \"<x>\"}")
	w.frame(received, body)
	copy(body, "XXXXXXXX") // the caller's again
	w.frame(sent, []byte(`{"id":1}`))
	w.frame(received, []byte("no \xff JSON"))
	w.close(context.Background())
	want := `{"time":"2026-03-01T11:00:00.000000005Z","direction":"in","bytes":36,"message":{"jsonrpc":"2.0","method":"<x>"}}
{"time":"2026-03-01T11:00:00.000000005Z","direction":"out","bytes":8,"message":{"id":1}}
{"time":"2026-03-01T11:00:00.000000005Z","direction":"in","bytes":9,"text":"no \ufffd JSON"}
`
	// Releases of Go differ in how they write the replacement character.
	got := strings.ReplaceAll(out.String(), "\ufffd", `\ufffd`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var none *wireTrace
	none.frame(sent, body)
	none.close(context.Background())
}

// brokenDisk takes nothing.
type brokenDisk struct{}

func (brokenDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// A session is recorded as it went over the wire, whether or not it can be understood.
func TestTraceOfSession(t *testing.T) {
	var out bytes.Buffer
	c := dial(t, func(_ *client, o *Options) { o.Trace = &out })
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.want("a.go", simpleHints...)
	if _, err := io.WriteString(c.in, framed(`nonsense`)); err != nil {
		t.Fatal(err)
	}
	c.barrier()
	c.call("shutdown", nil)
	c.notify("exit", nil)
	if err := c.end(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		var l traced
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var m message
		if l.Message != nil {
			if err := json.Unmarshal(l.Message, &m); err != nil {
				t.Fatal(err)
			}
		}
		got = append(got, strings.TrimSpace(string(l.Direction)+" "+m.Method+l.Text))
	}
	for _, want := range []string{
		"in initialize", "in initialized", "in textDocument/didOpen", "out workspace/inlayHint/refresh", "in textDocument/inlayHint",
		"in nonsense", "out", "in shutdown", "in exit",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in the record:\n%s", want, strings.Join(got, "\n"))
		}
	}
	if !strings.Contains(out.String(), `delete(m, k)`) {
		t.Error("the text of the file is not recorded")
	}
}

// A record that cannot be written, or not now, is no reason to stop.
func TestTraceCannotBeWritten(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	for _, to := range []io.Writer{brokenDisk{}, w} {
		c := dial(t, func(c *client, o *Options) { o.Trace, c.drain = to, time.Millisecond })
		c.start(withRefresh, `null`)
		c.write("a.go", simple)
		c.open("a.go", simple)
		c.analysed()
		c.want("a.go", simpleHints...)
		c.end()
	}
}
