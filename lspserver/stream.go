package lspserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"

	"go.lsp.dev/jsonrpc2"

	"github.com/mapescape/mapescape/lspserver/frame"
)

// stream carries the messages of one connection, framed as the protocol has
// it. It stands in front of jsonrpc2, whose own stream allocates what a header
// announces, blocks a writer for ever when the client stops reading, and gives up
// the connection over one malformed message; here such a message is answered
// with an error and the next one read.
type stream struct {
	in     *frame.Reader
	closer io.Closer // ends a pending read, if anything does; may be nil
	out    *outbox
	log    *slog.Logger
	trace  *wireTrace

	once  sync.Once
	ended func(error)
}

// newStream reads from in and queues into out. ended is called once, when
// nothing more can be read, with io.EOF or what is wrong.
func newStream(in io.Reader, out *outbox, log *slog.Logger, ended func(error)) *stream {
	closer, _ := in.(io.Closer)
	return &stream{in: frame.NewReader(in), closer: closer, out: out, log: log, ended: ended}
}

// Read gives the next message that can be understood.
func (s *stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		body, err := s.in.Next()
		if err != nil {
			s.once.Do(func() { s.ended(err) })
			return nil, 0, err
		}
		s.trace.frame(received, body)
		msg, reply := understand(body)
		if msg != nil {
			return msg, int64(len(body)), nil
		}
		s.log.Warn("malformed message", "error", reply.err, "bytes", len(body))
		if err := s.out.send(jsonrpc2.AppendResponse(nil, reply.id, nil, reply.err), answer); err != nil {
			return nil, 0, err
		}
	}
}

// Write queues a message. It never blocks, whatever the client does.
func (s *stream) Write(_ context.Context, msg jsonrpc2.Message) (int64, error) {
	body, err := jsonrpc2.EncodeMessage(msg)
	if err != nil {
		return 0, err
	}
	return int64(len(body)), s.out.send(body, kindOf(body))
}

// Close ends reading where that is possible. What is queued is still written.
func (s *stream) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}

// reply is the answer to a message that cannot be understood.
type reply struct {
	id  jsonrpc2.ID // unset where the message has none that can be read
	err *jsonrpc2.Error
}

// understand decodes a message. What is no message but clearly a client's
// answer, with both or neither of result and error as some clients have it, is taken
// for the answer that it must be; for the rest there is no message but a reply.
func understand(body []byte) (jsonrpc2.Message, reply) {
	msg, err := jsonrpc2.DecodeMessage(body)
	if err == nil {
		return msg, reply{}
	}
	var raw map[string]json.RawMessage
	if first := bytes.TrimLeft(body, " \t\r\n"); len(first) > 0 && first[0] == '[' {
		return nil, reply{err: jsonrpc2.NewError(jsonrpc2.InvalidRequest, "batches are not part of the Language Server Protocol")}
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		var shape *json.UnmarshalTypeError
		if errors.As(err, &shape) {
			return nil, reply{err: jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the message is not an object")}
		}
		return nil, reply{err: jsonrpc2.Errorf(jsonrpc2.ParseError, "the message is not JSON: %v", err)}
	}
	id := requestID(raw["id"])
	if raw["method"] == nil && id.IsValid() {
		if failure := raw["error"]; failure != nil && string(failure) != "null" {
			return jsonrpc2.NewResponse(id, nil, jsonrpc2.NewError(jsonrpc2.UnknownError, "malformed error of the client")), reply{}
		}
		return jsonrpc2.NewResponse(id, jsonrpc2.RawMessage(raw["result"]), nil), reply{}
	}
	return nil, reply{id: id, err: jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the message is neither a request nor a response")}
}

// requestID reads an id; it is unset unless raw is an integer or a string.
func requestID(raw []byte) jsonrpc2.ID {
	var text string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return jsonrpc2.NewStringID(text)
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return jsonrpc2.NewNumberID(n)
	}
	return jsonrpc2.ID{}
}
