//go:build unix

package session

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe that is named like a Go file is nothing to wait for.
func TestPipe(t *testing.T) {
	h := start(t)
	path := h.write("a.go", "m")
	pipe := filepath.Join(h.dir, "pipe.go")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	h.open(path, "m")
	if o := h.finished(); o.Problem != "pipe.go is not a regular file" {
		t.Errorf("outcome %+v", o)
	}
	h.want(path, "m")
	if len(h.runs) > 0 {
		t.Errorf("%v were analysed", h.runs)
	}
	if err := syscall.Unlink(pipe); err != nil {
		t.Fatal(err)
	}
	h.Save(path)
	h.finished()
	h.want(path, "m<Lnormal>")
}
