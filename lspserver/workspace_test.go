package lspserver

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// watching is a client that tells of files that change.
const watching = `{"workspace": {"inlayHint": {"refreshSupport": true}, "didChangeWatchedFiles": {"dynamicRegistration": true}},
	"textDocument": {"hover": {"contentFormat": ["markdown"]}}}`

// touched tells the server of changes on the disk.
func (c *client) touched(names ...string) {
	c.t.Helper()
	var changes []string
	for _, name := range names {
		changes = append(changes, fmt.Sprintf(`{"uri": %q, "type": 2}`, c.uri(name)))
	}
	c.notify("workspace/didChangeWatchedFiles", raw(`{"changes": [%s]}`, strings.Join(changes, ", ")))
}

// waited awaits that somebody waits for the clock.
func (c *client) waited() {
	c.t.Helper()
	select {
	case <-c.waits:
	case <-c.wait():
		c.t.Fatal("nobody waits for the clock")
	}
}

// dirs are the directories that were analysed so far, from the client's.
func (c *client) dirs() []string {
	var out []string
	for _, r := range c.fake.seen() {
		rel, err := filepath.Rel(c.dir, r.Dir)
		if err != nil {
			c.t.Fatal(err)
		}
		if rel != "idle" {
			out = append(out, filepath.ToSlash(rel))
		}
	}
	return out
}

// until waits for refreshes until something holds.
func (c *client) until(ok func() bool) {
	c.t.Helper()
	for !ok() {
		c.analysed()
	}
}

// untilDirs waits until as many analyses as wanted have been made, and compares them.
func (c *client) untilDirs(want ...string) {
	c.t.Helper()
	c.until(func() bool { return len(c.dirs()) >= len(want) })
	c.settle()
	c.wantDirs(want...)
}

// settle returns when the analysis that runs, if one does, has ended and is in place.
func (c *client) settle() {
	c.t.Helper()
	if _, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.analyze_package", "arguments": [%q]}`, c.uri("idle/x.go"))); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) wantDirs(want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.dirs()); diff != "" {
		c.t.Errorf("analyses (-want +got)\n%s", diff)
	}
}

func TestWatchRegistration(t *testing.T) {
	c := dial(t)
	c.start(watching, `null`)
	want := `{"registrations":[{"id":"mapescape.files","method":"workspace/didChangeWatchedFiles","registerOptions":{"watchers":[` +
		`{"globPattern":"**/*.go"},{"globPattern":"**/go.mod"},{"globPattern":"**/go.sum"},{"globPattern":"**/go.work"},{"globPattern":"**/go.work.sum"}]}}]}`
	if e := c.await("client/registerCapability"); string(e.params) != want {
		t.Errorf("(-want +got)\n%s", cmp.Diff(want, string(e.params)))
	}
}

// A burst of changes on the disk is one analysis of each package that they
// concern, and what the editor saved itself is none at all.
func TestWatchedFiles(t *testing.T) {
	c := dial(t)
	a, b := c.path("a"), c.path("b")
	c.fake.imports = map[string][]string{a: {b}}
	c.start(watching, `null`)
	for _, name := range []string{"a/a.go", "b/b.go", "c/c.go"} {
		c.write(name, simple)
	}
	c.open("a/a.go", simple)
	c.untilDirs("a")
	c.open("c/c.go", simple)
	c.untilDirs("a", "c")

	c.write("a/a.go", "\n"+simple)
	c.write("b/b.go", "\n"+simple)
	c.touched("a/a.go")
	c.waited()
	c.touched("b/b.go", "b/b.go", "README.md")
	c.touched("a/a.go")
	c.barrier()
	c.tick() // not quiet yet
	c.waited()
	c.tick()
	c.untilDirs("a", "c", "a")

	// A dependency without an open document.
	c.write("b/b.go", simple)
	c.touched("b/b.go")
	c.tick()
	c.untilDirs("a", "c", "a", "a")

	// The same text again, twice: by a save, and by the watcher.
	c.edit("a/a.go", 2, 0, 0, 0, "\n")
	c.write("a/a.go", "\n"+simple)
	c.save("a/a.go")
	c.touched("a/a.go")
	c.tick()
	c.write("c/c.go", "// new\n"+simple)
	c.save("c/c.go")
	c.untilDirs("a", "c", "a", "a", "c")

	// A go.mod concerns all packages.
	c.write("go.mod", "module m\n")
	c.touched("go.mod")
	c.tick()
	c.untilDirs("a", "c", "a", "a", "c", "a", "c")
	c.close("a/a.go")
	c.write("a/a.go", simple)
	c.touched("a/a.go") // it is not open any more
	c.tick()
	c.write("c/c.go", simple)
	c.save("c/c.go")
	c.untilDirs("a", "c", "a", "a", "c", "a", "c", "c")
	for _, params := range []string{`7`, `{}`, `{"changes": [{"uri": "git:/x.go"}, {"uri": "%"}]}`} {
		c.notify("workspace/didChangeWatchedFiles", raw("%s", params))
	}
	c.barrier()
}

// What depends on a saved package is analysed after it, if it is open.
func TestDependents(t *testing.T) {
	c := dial(t)
	a, b, d := c.path("a"), c.path("b"), c.path("d")
	c.fake.imports = map[string][]string{a: {b, d}, b: {d}}
	c.start(withRefresh, `null`)
	for _, name := range []string{"a", "b", "c", "d"} {
		c.write(name+"/x.go", simple)
		c.open(name+"/x.go", simple)
		c.analysed()
	}
	c.untilDirs("a", "b", "c", "d")
	c.write("d/x.go", simple+"\n")
	c.save("d/x.go")
	c.until(func() bool { return len(c.dirs()) >= 7 })
	c.settle()
	dirs := c.dirs()[4:]
	if slices.Sort(dirs[1:]); !slices.Equal(dirs, []string{"d", "a", "b"}) {
		t.Errorf("after d come %v", dirs)
	}
	// Saved as it was, it concerns nobody.
	c.save("d/x.go")
	c.write("c/x.go", simple+"\n")
	c.save("c/x.go")
	c.until(func() bool { return len(c.dirs()) >= 8 })
	c.settle()
	if dirs := c.dirs()[7:]; !slices.Equal(dirs, []string{"c"}) {
		t.Errorf("analyses %v", dirs)
	}
}
