//go:build unix

package lspserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rewritable has a loop that clear does better than, between lines that count
// differently in bytes and in UTF-16, and one that only a reader can judge.
const rewritable = `package m

// 😀 ä
func drop(m map[string]int) { /* 😀 */
	for k, _ := range m {
		delete(m, k)
	}
}

func dropAny(m map[any]int) {
	for k, _ := range m {
		delete(m, k)
	}
}
`

// withRewrites is a client that can do everything with rewrites. It shows lenses,
// so that it hears of every rewrite that has been compiled.
const withRewrites = `{
	"workspace": {"inlayHint": {"refreshSupport": true}, "codeLens": {"refreshSupport": true}, "applyEdit": true,
		"workspaceEdit": {"documentChanges": true, "changeAnnotationSupport": {}}},
	"textDocument": {"codeAction": ` + allActions + `, "codeLens": {}, "publishDiagnostics": {"codeDescriptionSupport": true}}
}, "initializationOptions": {"codeLens": {"rewrites": true}}`

type stdioAction struct {
	Title       string
	Kind        string
	IsPreferred bool
	Edit        json.RawMessage
	raw         json.RawMessage
}

// actions asks for the actions on a line.
func (c *stdio) actions(name string, line int, only string) []stdioAction {
	c.t.Helper()
	result := c.must("textDocument/codeAction", `{"textDocument":{"uri":%q},"context":{"diagnostics":[]%s},"range":{"start":{"line":%d,"character":2},"end":{"line":%d,"character":2}}}`,
		c.uri(name), only, line, line)
	var list []json.RawMessage
	if err := json.Unmarshal(result, &list); err != nil {
		c.t.Fatal(err)
	}
	out := make([]stdioAction, len(list))
	for i, raw := range list {
		if err := json.Unmarshal(raw, &out[i]); err != nil {
			c.t.Fatal(err)
		}
		out[i].raw = raw
	}
	return out
}

// TestStdioRewrite takes a rewrite from the diagnostic to the change, with the
// compiler behind it.
func TestStdioRewrite(t *testing.T) {
	c := launch(t)
	c.start(withRewrites)
	c.write("a.go", rewritable)
	c.open("a.go", rewritable)
	d := c.await(1, "textDocument/publishDiagnostics")
	for _, want := range []string{`"code":"mapclear"`, `"severity":4`, `"source":"mapescape"`, `fixes/README.md#mapclear`, `"line":4,"character":1`} {
		if !strings.Contains(string(d.Params), want) {
			t.Errorf("no %s in %s", want, d.Params)
		}
	}
	var list []stdioAction
	for n := 1; ; n++ {
		if list = c.actions("a.go", 4, ""); len(list) == 1 && strings.Contains(list[0].Title, "verified with go1.") {
			break
		}
		c.await(n, "workspace/codeLens/refresh")
	}
	if list[0].Kind != "quickfix" || !list[0].IsPreferred {
		t.Errorf("actions %+v", list)
	}
	change := func(version, line int) string {
		return fmt.Sprintf(`{"documentChanges":[{"textDocument":{"uri":%q,"version":%d},"edits":[`+
			`{"range":{"start":{"line":%d,"character":1},"end":{"line":%d,"character":2}},"newText":"clear(m)"}]}]}`, c.uri("a.go"), version, line, line+2)
	}
	resolve := func(a stdioAction) string {
		var got stdioAction
		if err := json.Unmarshal(c.must("codeAction/resolve", "%s", a.raw), &got); err != nil {
			t.Fatal(err)
		}
		return string(got.Edit)
	}
	if diff := cmp.Diff(change(1, 4), resolve(list[0])); diff != "" {
		t.Errorf("edit (-want +got)\n%s", diff)
	}
	// In an edited text it is found, and compiled, again.
	c.insert("a.go", 2, 1, 0, "// é\n")
	if m := c.call("codeAction/resolve", "%s", list[0].raw); m.Error == nil || m.Error.Code != codeContentModified {
		t.Errorf("a stale action: %+v", m)
	}
	if diff := cmp.Diff(change(2, 5), resolve(c.actions("a.go", 5, "")[0])); diff != "" {
		t.Errorf("edit (-want +got)\n%s", diff)
	}
	// One to be reviewed says what to look for.
	review := c.actions("a.go", 11, "")
	if len(review) != 1 || !strings.HasSuffix(review[0].Title, " (review)") || review[0].IsPreferred {
		t.Errorf("actions %+v", review)
	}
	if edit := resolve(review[0]); !strings.Contains(edit, `"needsConfirmation":true`) || !strings.Contains(edit, "NaN") {
		t.Errorf("edit %s", edit)
	}
	// All that is safe, as on a save.
	all := c.actions("a.go", 0, `,"only":["source.fixAll"]`)
	if len(all) != 1 {
		t.Fatalf("actions %+v", all)
	}
	if diff := cmp.Diff(change(2, 5), resolve(all[0])); diff != "" {
		t.Errorf("edit (-want +got)\n%s", diff)
	}
	// What does not build any more is declined, with a reason.
	c.insert("a.go", 3, 1, 0, "func clear(m map[string]int) {}\n")
	if m := c.call("codeAction/resolve", "%s", c.actions("a.go", 6, "")[0].raw); m.Error == nil || m.Error.Code != codeRequestFailed || !strings.Contains(m.Error.Message, "clear is not the predeclared function here") {
		t.Errorf("%+v", m.Error)
	}
	c.await(1, "window/showMessage")
	c.insert("a.go", 4, 0, 0, "oops\n")
	if m := c.call("codeAction/resolve", "%s", c.actions("a.go", 7, "")[0].raw); m.Error == nil || !strings.Contains(m.Error.Message, "does not build") {
		t.Errorf("%+v", m.Error)
	}
	// One that is cancelled ends.
	id := c.begin("codeAction/resolve", "%s", c.actions("a.go", 7, "")[0].raw)
	c.notify("$/cancelRequest", `{"id":%s}`, id)
	if m := c.answer(id); m.Error == nil {
		t.Errorf("%+v", m)
	}
	c.quit()
}

// TestStdioResolveFlood asks for far more changes than can be compiled at a
// time, half of which it then does not want. A hover is answered meanwhile, and
// nothing that the changes were compiled with is left.
func TestStdioResolveFlood(t *testing.T) {
	c := launch(t)
	c.start(strings.Replace(withRewrites, `"codeLens": {"rewrites": true}`, `"rewrites": {"background": false}`, 1))
	text := stdioSource + strings.TrimPrefix(rewritable, "package m\n")
	c.write("a.go", text)
	c.open("a.go", text)
	var action []stdioAction
	for n := 1; len(action) == 0; n++ { // hints come before offers
		c.await(n, refreshed)
		action = c.actions("a.go", strings.Count(stdioSource, "\n")+3, "")
	}
	var ids []string
	for range 40 {
		ids = append(ids, c.begin("codeAction/resolve", "%s", action[0].raw))
	}
	c.alive(0)
	for i, id := range ids {
		if i%2 == 1 || i > 10 {
			c.notify("$/cancelRequest", `{"id":%s}`, id)
		}
	}
	for i, id := range ids {
		if m := c.answer(id); i%2 == 0 && i <= 10 && m.Error != nil {
			t.Errorf("%d: %+v", i, m.Error)
		}
	}
	c.begin("codeAction/resolve", "%s", action[0].raw)
	c.quit()
}
