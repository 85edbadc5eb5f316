package lspserver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShowFlow(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	c.write("a.go", simple)
	c.fake.set(func(g *fakeGo) {
		r := tracedResult(c)
		r.Packages[0].Ops[0].Why[2].Text = "it is stored"
		r.Packages[0].Ops[1].Why = r.Packages[0].Ops[0].Why
		g.results = append(g.results, r)
	})
	c.open("a.go", simple)
	c.analysed()
	flow := func(position string) string {
		t.Helper()
		result, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.show_flow", "arguments": [{"uri": %q, "position": %s}]}`, c.uri("a.go"), position))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(result), c.uri("a.go"), "URI")
	}
	const (
		made   = `{"location":{"uri":"URI","range":{"start":{"line":3,"character":6},"end":{"line":3,"character":6}}},"message":"the map is made here"}`
		stored = `{"location":{"uri":"URI","range":{"start":{"line":5,"character":1},"end":{"line":5,"character":1}}},"message":"it is stored"}`
	)
	for _, tt := range []struct{ position, want string }{
		{`{"line": 4, "character": 3}`, `[` + made + `,` + stored + `]`},
		{`{"line": 0, "character": 0}`, `[]`},
	} {
		if diff := cmp.Diff(tt.want, flow(tt.position)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.position, diff)
		}
	}

	for _, arguments := range []string{``, `7`, `"file:///a.go"`, `{"uri": "file:///a.go"}`, `{"uri": "http://x", "position": {"line": 0, "character": 0}}`} {
		if _, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.show_flow", "arguments": [%s]}`, arguments)); err == nil {
			t.Errorf("the arguments %s were taken", arguments)
		}
	}
}
