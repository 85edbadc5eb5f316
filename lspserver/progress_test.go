package lspserver

import (
	"errors"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis"
)

// slow is a client that has an analysis under way for longer than a second.
func slow(t *testing.T, opts ...clientOption) (c *client, pass chan struct{}) {
	t.Helper()
	c = dial(t, append(opts, gated)...)
	c.start(everything, `null`)
	c.write("pkg/a.go", simple)
	c.open("pkg/a.go", simple)
	pass = c.running()
	if d := <-c.waits; d != progressDelay {
		t.Errorf("progress is shown after %v", d)
	}
	c.tick()
	return c, pass
}

func TestProgress(t *testing.T) {
	c, pass := slow(t)
	if e := c.await("window/workDoneProgress/create"); string(e.params) != `{"token":"mapescape/1"}` {
		t.Errorf("create %s", e.params)
	}
	if e := c.await("$/progress"); string(e.params) != `{"token":"mapescape/1","value":{"kind":"begin","title":"Analysing ./pkg","cancellable":true}}` {
		t.Errorf("begin %s", e.params)
	}
	report := c.fake.seen()[0].Progress
	report(analysis.Progress{Stage: "compile", Total: 3, Done: 1})
	if e := c.await("$/progress"); !strings.Contains(string(e.params), `"kind":"report","message":"compiling 1/3"`) {
		t.Errorf("report %s", e.params)
	}
	close(pass)
	if e := c.await("$/progress"); string(e.params) != `{"token":"mapescape/1","value":{"kind":"end"}}` {
		t.Errorf("end %s", e.params)
	}
	c.analysed()
	c.want("pkg/a.go", simpleHints...)
}

func TestProgressCancel(t *testing.T) {
	c, _ := slow(t)
	c.await("$/progress")
	for _, token := range []string{`7`, `"other"`, `null`, `{}`} {
		c.notify("window/workDoneProgress/cancel", raw(`{"token": %s}`, token))
	}
	c.notify("window/workDoneProgress/cancel", raw(`{"token": "mapescape/1"}`))
	if e := c.await("$/progress"); !strings.Contains(string(e.params), `"kind":"end"`) {
		t.Errorf("end %s", e.params)
	}
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "./pkg: the analysis was cancelled") {
		t.Errorf("log %v", e)
	}
	c.want("pkg/a.go")
}

// A client that refuses the progress does not get one.
func TestProgressRefused(t *testing.T) {
	c, pass := slow(t, func(c *client, _ *Options) {
		c.answers["window/workDoneProgress/create"] = func(event) (any, error) { return nil, errors.New("no") }
	})
	c.await("window/workDoneProgress/create")
	close(pass)
	c.analysed()
	c.none("$/progress")
}

func TestNoProgressWhenFast(t *testing.T) {
	c := dial(t)
	c.start(everything, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.none("window/workDoneProgress/create")
}

func TestTrace(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `{"trace": {"server": "messages"}}`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	if e := c.await("$/logTrace"); !strings.Contains(e.String(), "analysing ") {
		t.Errorf("trace %v", e)
	}
	if e := c.await("$/logTrace"); !strings.Contains(e.String(), ": done in ") {
		t.Errorf("trace %v", e)
	}
	c.analysed()
	c.notify("$/setTrace", raw(`{"value": "off"}`))
	c.write("z.go", "package p\n")
	c.save("a.go")
	c.analysed()
	c.none("$/logTrace")
}
