package lspserver

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis"
)

// Edits that are made while the package is analysed move what it finds.
func TestEditsDuringAnalysis(t *testing.T) {
	c := dial(t, gated)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	pass := c.running()
	c.want("a.go")
	c.edit("a.go", 2, 0, 0, 0, "// one\n")
	c.edit("a.go", 3, 5, 0, 0, "\t")
	c.edit("a.go", 4, 0, 0, 0, "// two\n")
	c.barrier()
	close(pass)
	c.analysed()
	c.want("a.go", "5:26 heap")
}

// gated makes analyses wait for the test.
func gated(c *client, _ *Options) { c.fake.gate = make(chan chan struct{}) }

// running waits for the next analysis and gives the channel that lets it go on.
func (c *client) running() chan struct{} {
	c.t.Helper()
	select {
	case pass := <-c.fake.gate:
		return pass
	case <-c.wait():
		c.t.Fatal("no analysis started")
		return nil
	}
}

// The newest save wins: the analysis before it is cancelled, and what it still
// delivers is dropped.
func TestSaveSupersedes(t *testing.T) {
	for _, stubborn := range []bool{false, true} {
		t.Run(fmt.Sprintf("stubborn=%v", stubborn), func(t *testing.T) {
			c := dial(t, gated)
			c.fake.stubborn = stubborn
			c.start(withRefresh, `null`)
			c.write("a.go", simple)
			c.open("a.go", simple)
			first := c.running()
			c.edit("a.go", 2, 0, 0, 0, "\n")
			c.write("a.go", "\n"+simple)
			c.save("a.go")
			c.barrier()
			close(first) // too late
			second := c.running()
			c.want("a.go")
			close(second)
			c.analysed()
			c.want("a.go", "4:26 heap", "5:13 heap map")
			c.none("workspace/inlayHint/refresh")
		})
	}
}

// A saved package is analysed before those that were only opened, also before
// one that is being analysed, which has its turn later.
func TestSavedFirst(t *testing.T) {
	c := dial(t, gated)
	c.start(withRefresh, `null`)
	for _, name := range []string{"a/a.go", "b/b.go", "c/c.go"} {
		c.write(name, simple)
		c.open(name, simple)
	}
	first := c.running()
	c.save("c/c.go")
	c.barrier()
	close(first)
	for range 3 {
		close(c.running())
	}
	var dirs []string
	for _, r := range c.fake.seen() {
		dirs = append(dirs, strings.TrimPrefix(r.Dir, c.dir))
	}
	if diff := cmp.Diff([]string{"/a", "/c", "/b", "/a"}, dirs); diff != "" {
		t.Errorf("order (-want +got)\n%s", diff)
	}
}

// A second file of an analysed package has its hints at once, without an analysis.
func TestOtherFileOfPackage(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.write("b.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.fake.set(func(g *fakeGo) { g.gate = make(chan chan struct{}) }) // nothing may run to the end
	c.open("b.go", simple)
	c.want("b.go", simpleHints...)
	c.close("b.go")
	c.want("b.go")
	c.open("b.go", simple)
	c.want("b.go", simpleHints...)
	if n := len(c.fake.seen()); n != 1 {
		t.Errorf("%d analyses", n)
	}
}

func TestOtherFileChangedOnDisk(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.write("b.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.write("b.go", "\n"+simple) // by another program
	c.open("b.go", "\n"+simple)
	c.analysed()
	c.want("b.go", "4:26 heap", "5:13 heap map")
}

func TestTestFiles(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.write("a_test.go", simple)
	c.open("a_test.go", simple)
	c.analysed()
	c.want("a_test.go", simpleHints...)
	if reqs := c.fake.seen(); len(reqs) != 2 || reqs[0].Tests || !reqs[1].Tests {
		t.Errorf("requests %+v", reqs)
	}

	// The tests break: the package is new, the tests are old.
	result := readDir(analysis.Request{Dir: c.dir, Tests: false})
	result.Problems = broken("undefined: x").Problems
	c.fake.set(func(g *fakeGo) { g.results = append(g.results, result) })
	c.write("z.go", "package p\n") // what is saved differs from what is known
	c.save("a.go")
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "its tests do not build: p: undefined: x") {
		t.Errorf("log is %v", e)
	}
	c.analysed()
	c.want("a_test.go", simpleHints...)
	if text, _ := c.hover("a_test.go", 3, 8); !strings.Contains(text, "**Old**: the package's tests do not build") {
		t.Errorf("hover in a test %q", text)
	}
	if text, _ := c.hover("a.go", 3, 8); strings.Contains(text, "Old") {
		t.Errorf("hover %q", text)
	}
}

func TestTestsOff(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `{"analysis": {"tests": false}}`)
	c.write("a.go", simple)
	c.write("a_test.go", simple)
	c.open("a_test.go", simple)
	c.analysed()
	c.want("a_test.go")
	if reqs := c.fake.seen(); reqs[0].Tests {
		t.Errorf("tests were analysed")
	}
}

// Broken code is a state: the hints stay, are called old, and the user is told once.
func TestBrokenPackage(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.write("z.go", "package p\n")
	for i := range 3 {
		c.fake.set(func(g *fakeGo) { g.results = append(g.results, broken(fmt.Sprintf("mistake %d", i))) })
		c.save("a.go")
		c.analysed()
	}
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "does not build: p: mistake 0") {
		t.Errorf("log is %v", e)
	}
	c.none("window/logMessage")
	c.none("window/showMessage")
	c.want("a.go", simpleHints...)
	if text, _ := c.hover("a.go", 3, 8); !strings.HasSuffix(text, "**Old**: the package does not build: p: mistake 2. This is what the last successful analysis found.") {
		t.Errorf("hover %q", text)
	}
	if tip := c.inlayHints("a.go", 0, 9)[0].Tooltip.(*protocol.MarkupContent); !strings.Contains(tip.Value, "**Old**") {
		t.Errorf("tooltip %q", tip.Value)
	}
	c.edit("a.go", 2, 0, 0, 0, "\n")
	c.want("a.go", "4:26 heap", "5:13 heap map")

	c.write("a.go", "\n"+simple)
	c.save("a.go")
	c.analysed()
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "can be analysed again") {
		t.Errorf("log is %v", e)
	}
	if text, _ := c.hover("a.go", 4, 8); strings.Contains(text, "Old") {
		t.Errorf("hover %q", text)
	}
}

func TestAnalysisError(t *testing.T) {
	c := opened(t, "a.go", simple)
	c.fake.set(func(g *fakeGo) { g.err = errors.New("no go command") })
	c.write("z.go", "package p\n")
	c.save("a.go")
	c.analysed()
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), `"type":1`) || !strings.Contains(e.String(), "the analysis failed: no go command") {
		t.Errorf("log is %v", e)
	}
	c.want("a.go", simpleHints...)
	_, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.analyze_package", "arguments": [%q]}`, c.uri("a.go")))
	if code(err) != codeRequestFailed {
		t.Errorf("command: %v", err)
	}
}

func TestCommand(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `{"analysis": {"trigger": "manual"}}`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.save("a.go")
	c.want("a.go")
	for _, argument := range []string{`%q`, `{"uri": %q}`} {
		result, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.analyze_package", "arguments": [`+argument+`]}`, c.uri("a.go")))
		if err != nil || string(result) != "null" {
			t.Errorf("command: %s, %v", result, err)
		}
	}
	c.want("a.go", simpleHints...)
	if n := len(c.fake.seen()); n != 2 {
		t.Errorf("%d analyses", n)
	}
	for _, params := range []string{
		`{"command": "mapescape.other"}`, `{"command": "mapescape.analyze_package"}`,
		`{"command": "mapescape.analyze_package", "arguments": [1]}`, `{"command": "mapescape.analyze_package", "arguments": ["http://x/a.go"]}`,
	} {
		if _, err := c.call("workspace/executeCommand", raw("%s", params)); code(err) != jsonrpc2.InvalidParams {
			t.Errorf("%s: %v", params, err)
		}
	}
}
