package lspserver

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/session"
)

// fakeFixer offers something of every kind for each map operation.
func fakeFixer(c *client) fixer {
	return fixer{
		kinds: []protocol.CodeActionKind{"refactor.rewrite.x", "quickfix", "source.x"},
		offer: func(v session.View, start, end int) []fix {
			var out []fix
			for _, m := range v.Marks(start, end) {
				text := string(v.File.Text()[m.Start:m.End])
				edits := func(context.Context) ([]source.Edit, error) {
					return []source.Edit{
						{Range: source.Range{Path: v.File.Path(), Start: m.Start, End: m.End}, New: "x"},
						{Range: source.Range{Path: c.path("b.go"), Start: 0, End: 7}, New: "y"},
					}, nil
				}
				out = append(out,
					fix{id: m.ID + "/1", kind: "quickfix", title: "fix " + text, preferred: true, edits: edits},
					fix{id: m.ID + "/2", kind: "refactor.rewrite.x", title: "rewrite " + text, edits: edits},
					fix{id: m.ID + "/3", kind: "refactor.rewrite.x", title: "no " + text, refused: "it is read later"},
					fix{id: m.ID + "/4", kind: "source.x", title: "all " + text, edits: edits})
			}
			return out
		},
	}
}

// acting is a client of a server with a fixer, on an analysed file.
func acting(t *testing.T, codeAction, workspace string) (*client, protocol.InitializeResult) {
	t.Helper()
	c := dial(t, func(c *client, _ *Options) { c.fixers = []fixer{fakeFixer(c)} })
	init := c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}`+workspace+`}, "textDocument": {"codeAction": `+codeAction+`}}`, `null`)
	c.write("a.go", simple)
	c.write("b.go", "package p\n")
	c.open("a.go", simple)
	c.analysed()
	return c, init
}

const literals = `"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}`

func (c *client) actions(context string) []protocol.CodeAction {
	c.t.Helper()
	result, err := c.call("textDocument/codeAction", raw(`{"textDocument": {"uri": %q}, "context": %s,
		"range": {"start": {"line": 3, "character": 8}, "end": {"line": 3, "character": 8}}}`, c.uri("a.go"), context))
	if err != nil {
		c.t.Fatal(err)
	}
	var actions []protocol.CodeAction
	if err := protocol.Unmarshal(result, &actions); err != nil || actions == nil {
		c.t.Fatalf("actions %s: %v", result, err)
	}
	return actions
}

func titles(actions []protocol.CodeAction) string {
	var out []string
	for _, a := range actions {
		word, _, _ := strings.Cut(a.Title, " ")
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// Without a fixer there are no code actions, and nothing is advertised.
func TestNoCodeActions(t *testing.T) {
	c := dial(t)
	if p := c.start(`{"textDocument": {"codeAction": {`+literals+`}}}`, `null`).Capabilities.CodeActionProvider; p != nil {
		t.Errorf("provider %+v", p)
	}
	c.open("a.go", simple)
	if got := c.actions(`{"diagnostics": []}`); len(got) != 0 {
		t.Errorf("actions %+v", got)
	}
	// Nor are there any for a client that takes only commands.
	c, init := acting(t, `{}`, ``)
	if p := init.Capabilities.CodeActionProvider; p != nil {
		t.Errorf("provider %+v", p)
	}
	if got := c.actions(`{"diagnostics": []}`); len(got) != 0 {
		t.Errorf("actions %+v", got)
	}
}

func TestCodeActionKinds(t *testing.T) {
	c, init := acting(t, `{`+literals+`}`, ``)
	want := &protocol.CodeActionOptions{CodeActionKinds: []protocol.CodeActionKind{"quickfix", "refactor.rewrite.x", "source.x"}}
	if diff := cmp.Diff(protocol.CodeActionProvider(want), init.Capabilities.CodeActionProvider); diff != "" {
		t.Errorf("provider (-want +got)\n%s", diff)
	}
	for _, tt := range []struct{ context, want string }{
		{`{"diagnostics": []}`, "fix rewrite"},
		{`{"diagnostics": [], "triggerKind": 1}`, "fix rewrite"},
		{`{"diagnostics": [], "triggerKind": 2}`, "fix"},
		{`{"diagnostics": [], "only": ["refactor"]}`, "rewrite"},
		{`{"diagnostics": [], "only": ["refactor"], "triggerKind": 2}`, "rewrite"},
		{`{"diagnostics": [], "only": ["refactor.rewrite.x"]}`, "rewrite"},
		{`{"diagnostics": [], "only": ["refactor.rewrite.xy", "ref"]}`, ""},
		{`{"diagnostics": [], "only": ["source"]}`, "all"},
		{`{"diagnostics": [], "only": [""]}`, "fix rewrite all"},
	} {
		if got := titles(c.actions(tt.context)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.context, got, tt.want)
		}
	}
	a := c.actions(`{"diagnostics": []}`)[0]
	if a.IsPreferred != nil || a.Edit == nil || len(a.Edit.DocumentChanges) != 0 || len(a.Edit.Changes) != 2 {
		t.Errorf("action %+v", a)
	}
}

func TestCodeActionResolve(t *testing.T) {
	c, init := acting(t, `{`+literals+`, "disabledSupport": true, "isPreferredSupport": true, "dataSupport": true, "resolveSupport": {"properties": ["edit"]}}`,
		`, "workspaceEdit": {"documentChanges": true}`)
	if o := init.Capabilities.CodeActionProvider.(*protocol.CodeActionOptions); o.ResolveProvider == nil || !*o.ResolveProvider {
		t.Errorf("provider %+v", o)
	}
	actions := c.actions(`{"diagnostics": []}`)
	if titles(actions) != "fix rewrite no" || actions[2].Disabled.Reason != "it is read later" || actions[2].Data != nil {
		t.Fatalf("actions %+v", actions)
	}
	fix := actions[0]
	if fix.IsPreferred == nil || !*fix.IsPreferred || fix.Edit != nil {
		t.Errorf("action %+v", fix)
	}
	c.edit("a.go", 2, 0, 0, 0, "\n")
	if _, err := c.call("codeAction/resolve", &fix); code(err) != codeContentModified {
		t.Errorf("a stale action: %v", err)
	}
	c.edit("a.go", 3, 0, 0, 1, "")
	c.notify("textDocument/didChange", raw(`{"textDocument": {"uri": %q, "version": 4}, "contentChanges": [{"text": %q}]}`, c.uri("a.go"), simple))
	fix = c.actions(`{"diagnostics": []}`)[0]
	result, err := c.call("codeAction/resolve", &fix)
	if err != nil {
		t.Fatal(err)
	}
	var got protocol.CodeAction
	if err := protocol.Unmarshal(result, &got); err != nil {
		t.Fatal(err)
	}
	text := string(must(protocol.Marshal(got.Edit)))
	want := `{"documentChanges":[` +
		`{"textDocument":{"uri":"` + c.uri("a.go") + `","version":4},"edits":[{"range":{"start":{"line":3,"character":6},"end":{"line":3,"character":26}},"newText":"x"}]},` +
		`{"textDocument":{"uri":"` + c.uri("b.go") + `","version":null},"edits":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":7}},"newText":"y"}]}]}`
	if diff := cmp.Diff(want, text); diff != "" || got.Title != fix.Title {
		t.Errorf("%s: edit (-want +got)\n%s", got.Title, diff)
	}
	for _, data := range []string{`null`, `{}`, `{"uri": "http://x"}`} {
		fix.Data = protocol.LSPAny(data)
		if _, err := c.call("codeAction/resolve", &fix); err == nil {
			t.Errorf("%s was resolved", data)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
