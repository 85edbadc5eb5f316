package lspserver

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.lsp.dev/uri"
)

// Each folder has the settings that the client has for it, in other folders and
// outside of them those of the workspace are in force.
func TestFolders(t *testing.T) {
	byScope := make(chan map[string]string, 1)
	set := map[string]string{}
	c := dial(t, func(c *client, _ *Options) {
		c.answers["workspace/configuration"] = func(e event) (any, error) {
			set := <-byScope
			byScope <- set
			var answers []string
			var p struct {
				Items []struct{ ScopeURI, Section string }
			}
			if err := json.Unmarshal(e.params, &p); err != nil {
				return nil, err
			}
			for _, item := range p.Items {
				if a, ok := set[item.Section+" "+item.ScopeURI]; ok {
					answers = append(answers, a)
				} else {
					answers = append(answers, "null")
				}
			}
			return raw("[%s]", strings.Join(answers, ", ")), nil
		}
	})
	one, two := c.uri("one"), c.uri("two")
	set["mapescape "] = `{"inlayHints": {"level": "all"}, "analysis": {"buildFlags": ["-race"]}}`
	set["mapescape "+one] = `{"inlayHints": {"level": "quiet"}}`
	set["gopls "+one] = `{"buildFlags": ["-tags=one", "-toolexec=x"], "env": {"GOOS": "plan9"}}`
	byScope <- set
	if _, err := c.call("initialize", raw(`{"processId": null, "capabilities": %s, "workspaceFolders": [{"uri": %q, "name": "one"}]}`, everything, one)); err != nil {
		t.Fatal(err)
	}
	c.notify("initialized", raw(`{}`))
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "gopls.buildFlags: -toolexec=x is refused") {
		t.Errorf("log %v", e)
	}
	for _, name := range []string{"one/a.go", "two/a.go", "one/nested/a.go"} {
		c.write(name, simple)
		c.open(name, simple)
		c.analysed()
	}
	c.want("one/a.go", "3:26 heap")
	c.want("one/nested/a.go", "3:26 heap")
	c.want("two/a.go", "3:26 heap", "4:13 heap map", "5:11 heap map")
	reqs := c.fake.seen()
	for i, want := range [][]string{{"-tags=one"}, {"-race"}, {"-tags=one"}} {
		if !slices.Equal(reqs[i].Flags, want) {
			t.Errorf("flags of %s: %v, want %v", reqs[i].Dir, reqs[i].Flags, want)
		}
	}
	if !slices.Equal(reqs[0].Env, []string{"GOOS=plan9"}) || reqs[1].Env != nil {
		t.Errorf("environments %v and %v", reqs[0].Env, reqs[1].Env)
	}

	// A folder comes and another one goes.
	set = map[string]string{"mapescape " + two: `{"inlayHints": {"level": "quiet"}}`}
	<-byScope
	byScope <- set
	c.notify("workspace/didChangeWorkspaceFolders", raw(`{"event": {"added": [{"uri": %q, "name": "two"}], "removed": [{"uri": %q, "name": "one"}]}}`, two, one))
	c.until(func() bool { return len(c.hints("two/a.go")) == 1 && len(c.hints("one/a.go")) == 2 })
	c.want("one/a.go", simpleHints...)
}

// A client that is not asked has one set of settings for all its folders.
func TestFoldersWithoutConfiguration(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `{"mapescape": {"inlayHints": {"level": "quiet"}}, "gopls": {"buildFlags": ["-race"]}}`)
	c.write("one/a.go", simple)
	c.open("one/a.go", simple)
	c.analysed()
	c.want("one/a.go", "3:26 heap")
	c.notify("workspace/didChangeWorkspaceFolders", raw(`{"event": {"added": [{"uri": %q, "name": "one"}, {"uri": "http://x", "name": "x"}], "removed": []}}`, uri.File(c.path("one"))))
	c.want("one/a.go", "3:26 heap")
	c.notify("workspace/didChangeWorkspaceFolders", raw(`7`))
	c.barrier()
	if n := len(c.fake.seen()); n != 1 || !slices.Equal(c.fake.seen()[0].Flags, []string{"-race"}) {
		t.Errorf("requests %+v", c.fake.seen())
	}
}
