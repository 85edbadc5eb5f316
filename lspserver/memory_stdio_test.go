//go:build linux

package lspserver

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// memoryWorkspace names a module whose files TestStdioMemory opens. The test
// writes nothing there; the module's dependencies must be on the machine.
const memoryWorkspace = "MAPESCAPE_TEST_WORKSPACE"

// TestStdioMemory measures what the server needs: at rest, and with 50 open
// files of a workspace, its go commands and compilers included. It logs the
// figures, and bounds those that do not depend on the workspace.
func TestStdioMemory(t *testing.T) {
	heavy(t)
	c := launch(t)
	c.must("initialize", `{"processId":null,"rootUri":null,"capabilities":{}}`)
	c.notify("initialized", `{}`)
	c.must("textDocument/hover", `{"textDocument":{"uri":"file:///a.go"},"position":{"line":0,"character":0}}`)
	rest, _ := c.memory()
	t.Logf("at rest: %d MiB", rest)
	if rest > 40 {
		t.Errorf("%d MiB at rest", rest)
	}
	c.quit()

	root := os.Getenv(memoryWorkspace)
	if root == "" {
		t.Logf("set %s to a module's directory to measure more", memoryWorkspace)
		return
	}
	c = launch(t, func(c *stdio) { c.cmd.Dir = root })
	c.limit.Reset(20 * time.Minute)
	var tree, own, most int
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				server, all := c.memory()
				own, tree = max(own, server), max(tree, all)
				most = max(most, strings.Count(c.processes(), "\n"))
			case <-stop:
				return
			}
		}
	}()
	c.dir = root
	c.start(withRefresh)
	files := spread(t, root, 50)
	began := time.Now()
	dirs := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		c.open(rel, string(text))
		dirs[filepath.Dir(rel)] = true
	}
	// A command waits for its package, and so in the end for all of them.
	var ids []string
	for dir := range dirs {
		ids = append(ids, c.begin("workspace/executeCommand", `{"command":"mapescape.analyze_package","arguments":[%q]}`, c.uri(filepath.Join(dir, "x.go"))))
	}
	failed := 0
	for _, id := range ids {
		if c.answerWithin(id, 15*time.Minute).Error != nil {
			failed++
		}
	}
	close(stop)
	<-stopped
	after, _ := c.memory()
	t.Logf("%d files in %d packages, %d failed, %v: the server %d MiB at most and %d in the end, with its children %d MiB at most, %d processes",
		len(files), len(dirs), failed, time.Since(began).Round(time.Second), own, after, tree, most)
	c.quit()
}

// memory is what the server and all processes of its session have in memory, in MiB.
func (c *stdio) memory() (server, tree int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	page := os.Getpagesize()
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 22 || fields[3] != strconv.Itoa(c.cmd.Process.Pid) {
			continue
		}
		pages, _ := strconv.Atoi(fields[21]) // rss
		tree += pages * page
		if strings.HasPrefix(string(stat), fmt.Sprint(c.cmd.Process.Pid, " ")) {
			server = pages * page
		}
	}
	return server >> 20, tree >> 20
}

// spread picks n Go files from all over a module.
func spread(t *testing.T, root string, n int) []string {
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "vendor" || strings.HasPrefix(d.Name(), ".") && path != root):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			all = append(all, path)
		}
		return nil
	})
	if err != nil || len(all) < n {
		t.Fatalf("%d files: %v", len(all), err)
	}
	var out []string
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}
