package toolchain

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCancelEndsTheGroup runs a program that starts another one and waits,
// ends the context, and checks that neither is left.
func TestCancelEndsTheGroup(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	tc := Toolchain{Command: shell, Dir: t.TempDir(), Env: os.Environ()}
	ended := make(chan error, 1)
	go func() {
		// The child ignores the interrupt, so that only the group's end can stop it.
		ended <- tc.Go(ctx, "", w, io.Discard, "-c", "(trap '' INT; echo $$; exec sleep 1000) & echo $!; wait")
		w.Close()
	}()
	var pids []int
	for lines := bufio.NewScanner(r); len(pids) < 2 && lines.Scan(); {
		pid, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	go io.Copy(io.Discard, r)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the command ended with %v", err)
	}
	for _, pid := range pids {
		if !gone(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
}

// gone waits until a process has ended; a killed one may take a moment to be reaped.
func gone(pid int) bool {
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") || syscall.Kill(pid, 0) != nil {
			return true
		}
	}
	return false
}
