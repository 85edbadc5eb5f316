//go:build unix

package lspserver

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// under makes a shell start the program, by a script in which "$0" "$@" is the program.
func (c *stdio) under(script string) {
	c.cmd.Args = append([]string{"sh", "-c", script}, c.cmd.Args...)
	sh, err := exec.LookPath("sh")
	if err != nil {
		c.t.Skip("there is no shell")
	}
	c.cmd.Args[3] = c.cmd.Path
	c.cmd.Path = sh
}

// slowGo is a go command that first tells its process id, and goes on to the
// real one unless the file "stop" is there: then it sleeps.
type slowGo struct {
	c    *stdio
	pids *bufio.Reader
	fifo *os.File
}

// slowed puts a slowGo in front of the go command.
func slowed(g *slowGo, sleep string) stdioOption {
	return func(c *stdio) {
		real, err := exec.LookPath("go")
		if err != nil {
			c.t.Fatal(err)
		}
		bin := c.t.TempDir()
		fifo := filepath.Join(bin, "pids")
		if err := syscall.Mkfifo(fifo, 0o666); err != nil {
			c.t.Fatal(err)
		}
		// Open for reading and writing, it does not end between two writers.
		f, err := os.OpenFile(fifo, os.O_RDWR, 0)
		if err != nil {
			c.t.Fatal(err)
		}
		c.t.Cleanup(func() { f.Close() })
		*g = slowGo{c: c, fifo: f, pids: bufio.NewReader(f)}
		script := fmt.Sprintf("#!/bin/sh\nif [ -e %s/stop ]; then echo $$ >%s; %s; fi\nexec %s \"$@\"\n", c.dir, fifo, sleep, real)
		if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o777); err != nil {
			c.t.Fatal(err)
		}
		c.cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	}
}

// pid waits for a go command that sleeps.
func (g *slowGo) pid() int {
	g.c.t.Helper()
	if err := g.fifo.SetReadDeadline(time.Now().Add(endurance / 2)); err != nil {
		g.c.t.Fatal(err)
	}
	line, err := g.pids.ReadString('\n')
	if err != nil {
		g.c.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		g.c.t.Fatal(err)
	}
	return pid
}

// stuck is a server with an analysis under way that does not come to an end.
func stuck(t *testing.T, sleep string) (*stdio, *slowGo) {
	g := new(slowGo)
	c := ready(t, slowed(g, sleep))
	c.write("stop", "")
	c.beginAnalysis()
	return c, g
}

const (
	sleeps   = "exec sleep 1000"
	stubborn = "trap '' INT TERM HUP; sleep 1000; sleep 1000"
)

// Each of these ends the program while an analysis is under way, and what it
// started with it.
func TestStdioEnds(t *testing.T) {
	kill := func(sig syscall.Signal) func(*stdio) {
		return func(c *stdio) {
			if err := c.cmd.Process.Signal(sig); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		end    func(c *stdio)
		status int
		log    string
	}{
		{"in good order", func(c *stdio) {
			c.must("shutdown", "")
			c.send(framed(`{"jsonrpc":"2.0","method":"exit"}`))
		}, 0, ""},
		{"exit without shutdown", func(c *stdio) { c.send(framed(`{"jsonrpc":"2.0","method":"exit"}`)) }, 1, "without a shutdown"},
		{"the end of its input", func(c *stdio) { c.in.Close() }, 1, "without a shutdown"},
		{"the end of its input after shutdown", func(c *stdio) { c.must("shutdown", ""); c.in.Close() }, 0, ""},
		{"the end of its input in a message", func(c *stdio) { c.send("Content-Length: 10\r\n\r\n{"); c.in.Close() }, 1, "1 of 10 bytes"},
		{"the end of its input in a header", func(c *stdio) { c.send("Content-Le"); c.in.Close() }, 1, "in the header"},
		{"SIGTERM", kill(syscall.SIGTERM), 1, "signal received"},
		{"SIGINT", kill(syscall.SIGINT), 1, "signal received"},
		{"SIGHUP", kill(syscall.SIGHUP), 1, "signal received"},
		{"SIGTERM after shutdown", func(c *stdio) { c.must("shutdown", ""); kill(syscall.SIGTERM)(c) }, 0, ""},
	} {
		for name, sleep := range map[string]string{"": sleeps, ", with go commands that do not listen": stubborn} {
			t.Run(tt.name+name, func(t *testing.T) {
				t.Parallel()
				c, g := stuck(t, sleep)
				g.pid()
				c.alive(0)
				tt.end(c)
				c.ends(tt.status, tt.log)
			})
		}
	}
	t.Run("SIGKILL", func(t *testing.T) {
		t.Parallel()
		if _, err := os.Stat("/proc/self/stat"); err != nil {
			t.Skip("only Linux ends the children of a process that is killed")
		}
		c, g := stuck(t, sleeps)
		g.pid()
		kill(syscall.SIGKILL)(c)
		c.ends(-1, "")
	})
}

// The process that the client says it is ends, but our input stays open.
func TestStdioParent(t *testing.T) {
	t.Parallel()
	parent := exec.Command("sleep", "1000")
	if err := parent.Start(); err != nil {
		t.Skip(err)
	}
	c := launch(t)
	c.must("initialize", `{"processId":%d,"capabilities":{}}`, parent.Process.Pid)
	c.notify("initialized", `{}`)
	_ = parent.Process.Kill() // a zombie from now on
	c.ends(1, "has ended")
	_ = parent.Wait()
}

// Processes that cannot be the client are not waited for.
func TestStdioNoParent(t *testing.T) {
	for _, pid := range []string{"0", "-1", "2147483647", "99999999999999999999", `"x"`, "1.5"} {
		t.Run(pid, func(t *testing.T) {
			t.Parallel()
			c := launch(t)
			c.must("initialize", `{"processId":%s,"capabilities":%s}`, pid, withRefresh)
			c.open("a.go", stdioSource)
			c.await(1, refreshed)
			c.alive(0)
			c.quit()
		})
	}
}

// A go command that is killed is an analysis that failed, and no more.
func TestStdioGoKilled(t *testing.T) {
	t.Parallel()
	c, g := stuck(t, sleeps)
	for range 3 {
		if err := syscall.Kill(g.pid(), syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		c.alive(0)
		c.beginAnalysis()
	}
	last := g.pid()
	if err := os.Remove(c.path("stop")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(last, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	c.analyze()
	c.alive(0)
	c.quit()
}

// While an analysis does not end, the program answers, whoever waits for it.
func TestStdioGoHangs(t *testing.T) {
	t.Parallel()
	c, g := stuck(t, sleeps)
	g.pid()
	var ids []string
	for range 3 * maxRequests {
		ids = append(ids, c.beginAnalysis())
	}
	c.alive(0)
	c.insert("a.go", 2, 0, 0, "\n")
	c.alive(1)
	c.notify("$/cancelRequest", `{"id":%s}`, ids[0])
	if m := c.answer(ids[0]); m.Error == nil {
		t.Error("a cancelled command has a result")
	}
	c.quit()
}

// There is no go command, or one that makes no sense.
func TestStdioNoGo(t *testing.T) {
	for _, tt := range []struct{ name, script, says string }{
		{"none", "", "no go command"},
		{"one that fails", "#!/bin/sh\nexit 7\n", ""},
		{"one that talks nonsense", "#!/bin/sh\necho nonsense\n", ""},
		{"one that does not stop talking", "#!/bin/sh\nhead -c 50000000 /dev/zero; exit 1\n", ""},
		{"one that is no program", "\x00\x01", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := launch(t, func(c *stdio) {
				bin := c.t.TempDir()
				if tt.script != "" {
					if err := os.WriteFile(filepath.Join(bin, "go"), []byte(tt.script), 0o777); err != nil {
						c.t.Fatal(err)
					}
				}
				path := bin
				if strings.Contains(tt.script, "head") {
					path += ":/usr/bin:/bin" // of which the first go counts
				}
				c.cmd.Env = append(os.Environ(), "PATH="+path)
			})
			c.start(withRefresh)
			c.open("a.go", stdioSource)
			c.await(1, refreshed)
			c.await(1, tt.says)
			if text := c.must("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":3,"character":8}}`, c.uri("a.go")); string(text) != "null" {
				t.Errorf("a hover without an analysis: %s", text)
			}
			c.answer(c.beginAnalysis())
			c.must("workspace/executeCommand", `{"command":"mapescape.report"}`)
			c.quit()
		})
	}
}

// A client that stops reading does not stop the server, nor fill its memory:
// when too much waits for it, the server ends.
func TestStdioClientDoesNotRead(t *testing.T) {
	t.Run("for a while", func(t *testing.T) {
		t.Parallel()
		c := ready(t)
		c.reading.Lock()
		var ids []string
		for i := range 3000 {
			ids = append(ids, c.begin("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":%d,"character":8}}`, c.uri("a.go"), 3+i))
			c.insert("a.go", i+2, 0, 0, "\n")
		}
		c.reading.Unlock()
		for _, id := range ids {
			if m := c.answer(id); m.Error != nil || string(m.Result) == "null" {
				t.Fatalf("the hover is %+v", m)
			}
		}
		c.alive(3000)
		c.quit()
	})
	t.Run("for ever", func(t *testing.T) {
		t.Parallel()
		c := ready(t)
		c.raw = true
		c.reading.Lock()
		defer c.reading.Unlock()
		big := framed(`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 1<<20) + `","method":"foo"}`)
		peak := 0
		for range 200 {
			if _, err := io.WriteString(c.in, big); err != nil {
				break
			}
			peak = max(peak, c.peak())
		}
		c.ends(1, "does not read")
		if peak > 300 && os.Getenv(programFlags) == "" {
			t.Errorf("a peak of %d MiB", peak)
		}
	})
	t.Run("and goes", func(t *testing.T) {
		t.Parallel()
		c := ready(t)
		c.reading.Lock()
		c.out.Close()
		c.reading.Unlock()
		// It finds out with the next answer.
		c.begin("shutdown", "")
		c.ends(0, "")
	})
	t.Run("and goes without a word", func(t *testing.T) {
		t.Parallel()
		c := ready(t)
		c.out.Close()
		c.beginAnalysis()
		c.ends(1, "without a shutdown")
	})
}

// Nobody reads the log.
func TestStdioLogIsNotRead(t *testing.T) {
	withStderr := func(t *testing.T, gone bool) *stdio {
		r, w := pipe(t)
		if gone {
			r.Close()
		} else {
			t.Cleanup(func() { r.Close() })
		}
		c := ready(t, func(c *stdio) { c.cmd.Stderr = w })
		w.Close()
		return c
	}
	for name, gone := range map[string]bool{"but it could be": false, "and its reader has gone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withStderr(t, gone)
			for range 3000 { // more than a pipe holds
				c.notify("textDocument/didSave", `{"textDocument":{"uri":7}}`)
			}
			c.alive(0)
			c.quit()
		})
	}
}
