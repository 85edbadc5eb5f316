package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// A length that is only announced costs nothing.
func TestAnnouncedLength(t *testing.T) {
	r := NewReader(strings.NewReader(fmt.Sprintf("Content-Length: %d\r\n\r\nx", MaxBody)))
	if _, err := r.Next(); err == nil {
		t.Fatal("there is a message")
	}
	if cap(r.buf) > keepBody {
		t.Errorf("%d bytes are kept", cap(r.buf))
	}
}

func TestReadBufferShrinks(t *testing.T) {
	var in []byte
	for _, n := range []int{4 << 20, 10} {
		in = Append(in, bytes.Repeat([]byte("x"), n))
	}
	r := NewReader(bytes.NewReader(in))
	for range 2 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if cap(r.buf) > keepBody {
		t.Errorf("%d bytes are kept", cap(r.buf))
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("the error at the end is %v", err)
	}
}

// FuzzReader reads what Append has written, and anything else without a panic.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"", "{}", "garbage\r\n\r\n", "Content-Length: 3\r\nX-Y: z\r\n\r\nabc", "content-length:0\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(bytes.NewReader(Append(nil, text)))
		if body, err := r.Next(); err != nil || !bytes.Equal(body, text) {
			t.Errorf("%q comes back as %q, %v", text, body, err)
		}
		for r := NewReader(bytes.NewReader(text)); ; {
			body, err := r.Next()
			if err != nil {
				return
			}
			if len(body) > len(text) {
				t.Fatalf("a body of %d bytes out of %d", len(body), len(text))
			}
		}
	})
}
