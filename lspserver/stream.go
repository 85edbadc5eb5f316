package lspserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

// Limits of what a client may send. Behind a header that breaks them the
// stream cannot be followed, and the connection ends.
const (
	maxHeader = 16 << 10  // bytes of one message's header
	maxBody   = 256 << 20 // bytes of one message
	keepBody  = 1 << 20   // the read buffer that is kept between messages
)

// stream carries the messages of one connection, framed as the protocol has
// it. It stands in front of jsonrpc2, whose own stream allocates what a header
// announces, blocks a writer for ever when the client stops reading, and gives up
// the connection over one malformed message; here such a message is answered
// with an error and the next one read.
type stream struct {
	in     *bufio.Reader
	closer io.Closer // ends a pending read, if anything does; may be nil
	out    *outbox
	log    *slog.Logger
	trace  *wireTrace
	buf    []byte

	once  sync.Once
	ended func(error)
}

// newStream reads from in and queues into out. ended is called once, when
// nothing more can be read, with io.EOF or what is wrong.
func newStream(in io.Reader, out *outbox, log *slog.Logger, ended func(error)) *stream {
	closer, _ := in.(io.Closer)
	return &stream{in: bufio.NewReader(in), closer: closer, out: out, log: log, ended: ended}
}

// Read gives the next message that can be understood.
func (s *stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		body, err := s.frame()
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

// frame reads one message's body, which is valid until the next call.
func (s *stream) frame() ([]byte, error) {
	length, err := s.header()
	if err != nil {
		return nil, err
	}
	if cap(s.buf) > keepBody {
		s.buf = nil
	}
	// The buffer grows with what arrives, not with what is announced.
	body := bytes.NewBuffer(s.buf[:0])
	if n, err := io.CopyN(body, s.in, int64(length)); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("the stream ended after %d of %d bytes of a message", n, length)
		}
		return nil, err
	}
	s.buf = body.Bytes()
	return s.buf, nil
}

// header reads a message's header and gives the length of its body. At the end
// of the stream, between two messages, the error is io.EOF.
func (s *stream) header() (length int, err error) {
	length = -1
	for size := 0; ; {
		line, err := s.in.ReadSlice('\n')
		size += len(line)
		switch {
		case errors.Is(err, io.EOF) && size == 0:
			return 0, io.EOF
		case errors.Is(err, io.EOF):
			return 0, errors.New("the stream ended in the header of a message")
		case errors.Is(err, bufio.ErrBufferFull), size > maxHeader:
			return 0, errors.New("the header of a message is too long")
		case err != nil:
			return 0, err
		}
		field := strings.TrimRight(string(line), "\r\n")
		if field == "" {
			if length < 0 {
				return 0, errors.New("a message has no Content-Length")
			}
			return length, nil
		}
		name, value, ok := strings.Cut(field, ":")
		if name = strings.TrimSpace(name); !ok || !isToken(name) {
			// It may be a client that sends lines of JSON.
			return 0, fmt.Errorf("malformed header %.40q", field)
		}
		if !strings.EqualFold(name, "Content-Length") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 63)
		switch {
		case err != nil:
			return 0, fmt.Errorf("malformed Content-Length %.40q", value)
		case n > maxBody:
			return 0, fmt.Errorf("a message of %d bytes is longer than %d", n, maxBody)
		}
		length = int(n)
	}
}

// isToken reports whether a header may have this name.
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
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
