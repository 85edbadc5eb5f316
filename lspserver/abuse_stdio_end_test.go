//go:build unix

package lspserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// quit ends the server as the protocol asks for.
func (c *stdio) quit() {
	c.t.Helper()
	c.must("shutdown", "")
	c.send(framed(`{"jsonrpc":"2.0","method":"exit"}`))
	c.ends(0, "")
}

// ends waits for the end of the server and of all that it started.
func (c *stdio) ends(status int, log string) {
	c.t.Helper()
	select {
	case <-c.exited:
	case <-time.After(endurance):
		c.t.Fatalf("the server did not end; its log:\n%s", c.stderr)
	}
	if c.status != status {
		c.t.Errorf("the exit status is %d, want %d; its log:\n%s", c.status, status, c.stderr)
	}
	if !strings.Contains(c.stderr.String(), log) {
		c.t.Errorf("no %q in the log:\n%s", log, c.stderr)
	}
	if strings.Contains(c.stderr.String(), "panic") || strings.Contains(c.stderr.String(), "DATA RACE") {
		c.t.Errorf("the log:\n%s", c.stderr)
	}
	c.deserted()
}

// deserted checks that nothing that the server started is left.
func (c *stdio) deserted() {
	c.t.Helper()
	if err := c.descendants.SetReadDeadline(time.Now().Add(endurance / 2)); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.descendants.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		c.t.Errorf("processes are left: %v\n%s", err, c.processes())
	}
}

// processes are the processes of the server's session, where the system tells.
func (c *stdio) processes() string {
	var out strings.Builder
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// Behind the name in parentheses: state, parent, group, session.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 3 && string(fields[3]) == strconv.Itoa(c.cmd.Process.Pid) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
			fmt.Fprintf(&out, "%s %s\n", bytes.Fields(stat)[0], bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
	return out.String()
}

// peak is the most memory that the server has had, in MiB, 0 where the system does not tell.
func (c *stdio) peak() int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int
	_, _ = fmt.Sscan(rest, &kib)
	return kib >> 10
}

// collected is what the server writes to its standard error.
type collected struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *collected) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *collected) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
