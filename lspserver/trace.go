package lspserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"time"
)

// maxTraced is how many bytes of messages may wait to be recorded.
const maxTraced = 64 << 20

// direction says who sent a message, seen from the server.
type direction string

const (
	received direction = "in"
	sent     direction = "out"
)

// A wireTrace records the messages of a connection as they were on the wire,
// both ways and in full, the user's source text included. Each is a line of JSON:
//
//	{"time":"2026-03-01T12:00:00.123456789Z","direction":"in","bytes":17,"message":{"jsonrpc":"2.0"}}
//
// A body that is not JSON is in "text" instead of "message", with what is not
// UTF-8 in it replaced. Where messages were left out because the file could not
// be written fast enough, a line has their number in "missing". A message of ours is
// recorded when it has been written, one of the client's when it has been read.
//
// A nil wireTrace records nothing.
type wireTrace struct {
	waiting *backlog
	now     func() time.Time
	w       io.Writer // written to by the backlog's goroutine only
}

// traced is a line of the record.
type traced struct {
	Time      time.Time       `json:"time"`
	Direction direction       `json:"direction,omitempty"`
	Bytes     int             `json:"bytes,omitempty"`
	Message   json.RawMessage `json:"message,omitempty"`
	Text      string          `json:"text,omitempty"`
	Missing   int             `json:"missing,omitempty"`
}

// newWireTrace records into w, nil for no record.
func newWireTrace(w io.Writer, now func() time.Time) *wireTrace {
	if w == nil {
		return nil
	}
	t := &wireTrace{now: now, w: w}
	t.waiting = newBacklog(maxTraced, func(n int) { t.write(traced{Time: t.now().UTC(), Missing: n}) })
	return t
}

// frame records one message. It copies body and returns.
func (t *wireTrace) frame(d direction, body []byte) {
	if t == nil {
		return
	}
	line := traced{Time: t.now().UTC(), Direction: d, Bytes: len(body)}
	body = bytes.Clone(body)
	t.waiting.add(len(body), func() {
		if json.Valid(body) {
			line.Message = body
		} else {
			line.Text = string(body)
		}
		t.write(line)
	})
}

func (t *wireTrace) write(line traced) {
	// The encoder makes one line of a message that spans several.
	e := json.NewEncoder(t.w)
	e.SetEscapeHTML(false)
	_ = e.Encode(line) // a record that cannot be written must not end what it records
}

// close returns when everything is recorded or ctx ends.
func (t *wireTrace) close(ctx context.Context) {
	if t != nil {
		t.waiting.close(ctx)
	}
}
