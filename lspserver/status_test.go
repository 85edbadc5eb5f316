package lspserver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/uri"
)

// withStatus is a client that shows how packages are.
const withStatus = `{"experimental": {"mapescape": {"status": true}}}`

// told is the next status of the package in the client's directory.
func (c *client) told() string {
	c.t.Helper()
	return strings.ReplaceAll(string(c.await(methodStatus).params), string(uri.File(c.dir)), "DIR")
}

func TestStatus(t *testing.T) {
	c := dial(t)
	init := c.start(withStatus, `null`)
	if string(init.Capabilities.Experimental) != `{"mapescape":{"status":true}}` {
		t.Errorf("experimental %s", init.Capabilities.Experimental)
	}
	c.write("a.go", simple)
	c.fake.set(func(g *fakeGo) { g.results = append(g.results, broken("undefined: x")) })
	var got []string
	c.open("a.go", simple)
	got = append(got, c.told(), c.told())
	c.save("a.go")
	got = append(got, c.told(), c.told())
	want := []string{
		`{"uri":"DIR","state":"analysing"}`,
		`{"uri":"DIR","state":"broken","message":"p: undefined: x","old":true}`,
		`{"uri":"DIR","state":"analysing"}`,
		`{"uri":"DIR","state":"ready"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A client that does not ask for it is not told, as it may not know the method.
func TestNoStatus(t *testing.T) {
	c := dial(t)
	init := c.start(withRefresh, `null`)
	if len(init.Capabilities.Experimental) > 0 {
		t.Errorf("experimental %s", init.Capabilities.Experimental)
	}
	c.write("a.go", simple)
	c.open("a.go", simple)
	c.analysed()
	c.none(methodStatus)
}
