package lspserver

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/jsonrpc2"
)

// A change of the level shows other labels at once, without an analysis.
func TestLevelChange(t *testing.T) {
	c := opened(t, "a.go", simple)
	for _, tt := range []struct {
		settings string
		hints    []string
	}{
		{`{"mapescape": {"inlayHints": {"level": "all"}}}`, []string{"3:26 heap", "4:13 heap map", "5:11 heap map"}},
		{`{"mapescape": {"inlayHints.level": "quiet"}}`, []string{"3:26 heap"}},
		{`{"inlayHints": {"level": "normal"}}`, simpleHints},
	} {
		c.notify("workspace/didChangeConfiguration", raw(`{"settings": %s}`, tt.settings))
		c.analysed() // a refresh
		c.want("a.go", tt.hints...)
	}
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": null}`))
	c.want("a.go", simpleHints...)
	if n := len(c.fake.seen()); n != 1 {
		t.Errorf("%d analyses", n)
	}
}

func TestBuildSettings(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `{"mapescape": {"analysis": {"buildFlags": ["-tags", "x,y"], "env": {"GOOS": "plan9"}}}}`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"analysis": {"buildFlags": ["-race"]}}}}`))
	c.analysed()
	reqs := c.fake.seen()
	if diff := cmp.Diff([][]string{{"-tags=x,y"}, {"-race"}}, [][]string{reqs[0].Flags, reqs[1].Flags}); diff != "" {
		t.Errorf("flags (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"GOOS=plan9"}, nil}, [][]string{reqs[0].Env, reqs[1].Env}); diff != "" {
		t.Errorf("environment (-want +got)\n%s", diff)
	}
}

// What is found under flags that have changed meanwhile does not count.
func TestBuildSettingsDuringAnalysis(t *testing.T) {
	c := dial(t, gated)
	c.fake.stubborn = true
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.open("a.go", simple)
	first := c.running()
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"analysis": {"buildFlags": ["-race"]}}}}`))
	c.barrier()
	close(first)
	second := c.running()
	c.want("a.go")
	close(second)
	c.analysed()
	c.want("a.go", simpleHints...)
	c.none("workspace/inlayHint/refresh")
}

// Mistakes are reported with the setting's name, once, and spoil nothing else.
func TestSettingsMistakes(t *testing.T) {
	c := dial(t)
	const settings = `{"mapescape": {"inlayHints": {"level": "loud"}, "analysis": {"buildFlags": ["-toolexec=x"], "trigger": "manual"}, "nonsense": 1}}`
	c.start(`{}`, settings)
	for _, want := range []string{"analysis.buildFlags: -toolexec=x is refused", "inlayHints.level: one of", "nonsense: there is no such setting"} {
		if e := c.await("window/logMessage"); !strings.Contains(e.String(), want) {
			t.Errorf("log is %v, want %s", e, want)
		}
	}
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": %s}`, settings))
	c.none("window/logMessage")
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.barrier()
	if n := len(c.fake.seen()); n != 0 {
		t.Errorf("%d analyses though the trigger is manual", n)
	}
}

// A client that answers workspace/configuration is asked, at the start and when something changes.
func TestSettingsPulled(t *testing.T) {
	answers := make(chan jsonrpc2.RawMessage, 1)
	c := dial(t, func(c *client, _ *Options) {
		c.answers["workspace/configuration"] = func(event) (any, error) {
			if a := <-answers; a != nil {
				return a, nil
			}
			return nil, errors.New("cannot say")
		}
	})
	c.start(everything, `{"inlayHints": {"level": "quiet"}}`)
	u := c.uri(".")
	want := fmt.Sprintf(`{"items":[{"section":"mapescape"},{"section":"gopls"},{"scopeUri":%[1]q,"section":"mapescape"},{"scopeUri":%[1]q,"section":"gopls"}]}`, u)
	if e := c.await("workspace/configuration"); string(e.params) != want {
		t.Errorf("asked %s, want %s", e.params, want)
	}
	answers <- raw(`[null]`) // those of initialize stay
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.want("a.go", "3:26 heap")
	for _, tt := range []struct {
		answer  jsonrpc2.RawMessage
		refresh bool
		hints   int
	}{
		{raw(`[{"inlayHints": {"level": "all"}}]`), true, 3},
		{nil, false, 3},
		{raw(`[{}]`), true, 2},
		{raw(`[null]`), true, 1},
		{raw(`[]`), false, 1},
	} {
		c.notify("workspace/didChangeConfiguration", raw(`{"settings": null}`))
		c.await("workspace/configuration")
		answers <- tt.answer
		if tt.refresh {
			c.analysed()
		}
		if got := c.hints("a.go"); len(got) != tt.hints {
			t.Errorf("after %s: %v", tt.answer, got)
		}
	}
}
