//go:build unix

package lspserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The program logs into one file and records the messages in another.
func TestStdioLogAndTrace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log, trace := filepath.Join(dir, "log"), filepath.Join(dir, "trace")
	for range 2 { // the second run adds to what the first one wrote
		c := ready(t, func(c *stdio) { c.cmd.Args = append(c.cmd.Args, "-log", log, "-v", "-trace", trace) })
		c.notify("foo/bar", `{}`)
		c.alive(0)
		c.quit()
		if text := c.stderr.String(); text != "" {
			t.Errorf("on standard error: %s", text)
		}
	}
	for name, wants := range map[string][]string{
		log:   {"level=INFO msg=started", `level=DEBUG msg="notification ignored" method=foo/bar`, "msg=ended"},
		trace: {`"direction":"in",`, `"direction":"out",`, `"method":"textDocument/didOpen"`, `delete(m, 1)`, `"method":"exit"`},
	} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if n := strings.Count(string(text), want); n < 2 {
				t.Errorf("%d times %q in the %s:\n%s", n, want, filepath.Base(name), text)
			}
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the mode of the %s is %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
}

// A disk that takes nothing does not stop it, a file that cannot be made does.
func TestStdioLogCannotBeWritten(t *testing.T) {
	for _, name := range []string{"-log", "-trace"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("/dev/full"); err == nil {
				c := ready(t, func(c *stdio) { c.cmd.Args = append(c.cmd.Args, "-v", name, "/dev/full") })
				c.quit()
			}
			c := launch(t, func(c *stdio) {
				c.cmd.Args = append(c.cmd.Args, name, filepath.Join(c.dir, "none", "file"))
			})
			c.ends(2, "no such file")
		})
	}
}
