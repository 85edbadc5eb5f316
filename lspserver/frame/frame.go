// Package frame reads and writes the messages of the Language Server Protocol
// as they are framed on a stream: a header with a length, and a body of that
// many bytes.
package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of what is read. Behind a header that breaks them the stream cannot be
// followed.
const (
	MaxHeader = 16 << 10  // bytes of one message's header
	MaxBody   = 256 << 20 // bytes of one message
	keepBody  = 1 << 20   // the read buffer that is kept between messages
)

// A Reader reads messages.
type Reader struct {
	in  *bufio.Reader
	buf []byte
}

// NewReader reads from in.
func NewReader(in io.Reader) *Reader { return &Reader{in: bufio.NewReader(in)} }

// Next gives the body of the next message, which is valid until the next call.
// At the end of the stream, between two messages, the error is io.EOF. After any
// error the stream cannot be followed.
func (r *Reader) Next() ([]byte, error) {
	length, err := r.header()
	if err != nil {
		return nil, err
	}
	if cap(r.buf) > keepBody {
		r.buf = nil
	}
	// The buffer grows with what arrives, not with what is announced.
	body := bytes.NewBuffer(r.buf[:0])
	if n, err := io.CopyN(body, r.in, int64(length)); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("the stream ended after %d of %d bytes of a message", n, length)
		}
		return nil, err
	}
	r.buf = body.Bytes()
	return r.buf, nil
}

// header reads a message's header and gives the length of its body.
func (r *Reader) header() (length int, err error) {
	length = -1
	for size := 0; ; {
		line, err := r.in.ReadSlice('\n')
		size += len(line)
		switch {
		case errors.Is(err, io.EOF) && size == 0:
			return 0, io.EOF
		case errors.Is(err, io.EOF):
			return 0, errors.New("the stream ended in the header of a message")
		case errors.Is(err, bufio.ErrBufferFull), size > MaxHeader:
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
		case n > MaxBody:
			return 0, fmt.Errorf("a message of %d bytes is longer than %d", n, MaxBody)
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

// Append appends a body with its header to dst.
func Append(dst, body []byte) []byte {
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}
