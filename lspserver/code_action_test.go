package lspserver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/verify"
)

// offering is a file with offers of every kind; see fakeOffers. The rules are real
// ones, so that they have settings.
const offering = `package p

func f() {
	one // offer mapclear A proven
	two // offer mapclear A
	three // offer mapclear B proven
	four // refuse mapclear it is read later
	five // offer mapclear A proven optional
}
`

const (
	literals  = `"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}`
	lazyEdits = `"dataSupport": true, "resolveSupport": {"properties": ["edit"]}`
	// allActions is a client that can do everything with code actions.
	allActions = `{` + literals + `, "disabledSupport": true, "isPreferredSupport": true, ` + lazyEdits + `}`
	allEdits   = `, "applyEdit": true, "workspaceEdit": {"documentChanges": true, "changeAnnotationSupport": {}}`
)

// acting is a client on an analysed file with offers. No offer is compiled
// before a test wants it to be, unless background says so.
func acting(t *testing.T, codeAction, workspace, settings string) (*client, protocol.InitializeResult) {
	t.Helper()
	c := dial(t, func(c *client, _ *Options) { c.offers = &fakeOffers{} })
	init := c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}`+workspace+`}, "textDocument": {"codeAction": `+codeAction+`}}`, settings)
	c.write("a.go", offering)
	c.write("b.go", "package p\n")
	c.open("a.go", offering)
	c.analysed()
	return c, init
}

const onDemand = `{"rewrites.background": false}`

// actions asks for the actions on some lines of a.go.
func (c *client) actions(from, to int, context string) []protocol.CodeAction {
	c.t.Helper()
	result, err := c.call("textDocument/codeAction", raw(`{"textDocument": {"uri": %q}, "context": %s,
		"range": {"start": {"line": %d, "character": 2}, "end": {"line": %d, "character": 3}}}`, c.uri("a.go"), context, from, to))
	if err != nil {
		c.t.Fatal(err)
	}
	var actions []protocol.CodeAction
	if err := protocol.Unmarshal(result, &actions); err != nil || actions == nil {
		c.t.Fatalf("actions %s: %v", result, err)
	}
	return actions
}

const invoked = `{"diagnostics": []}`

// summary is what the user sees of actions.
func summary(actions []protocol.CodeAction) []string {
	out := []string{}
	for _, a := range actions {
		text := fmt.Sprintf("%s: %s", *a.Kind, a.Title)
		if a.Disabled.Reason != "" {
			text += " [no: " + a.Disabled.Reason + "]"
		}
		if a.IsPreferred != nil {
			text += " [preferred]"
		}
		if len(a.Diagnostics) > 0 {
			text += " [diagnostic]"
		}
		out = append(out, text)
	}
	return out
}

// Without fixes there are no code actions, and nothing is advertised.
func TestNoCodeActions(t *testing.T) {
	c := dial(t)
	if p := c.start(`{"textDocument": {"codeAction": {`+literals+`}, "codeLens": {}, "diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": true}}}`, `null`).Capabilities; p.CodeActionProvider != nil || p.CodeLensProvider != nil || p.DiagnosticProvider != nil {
		t.Errorf("providers %+v", p)
	}
	c.open("a.go", simple)
	if got := c.actions(0, 10, invoked); len(got) != 0 {
		t.Errorf("actions %+v", got)
	}
	// Nor are there any for a client that takes only commands.
	c, init := acting(t, `{}`, ``, onDemand)
	if p := init.Capabilities.CodeActionProvider; p != nil {
		t.Errorf("provider %+v", p)
	}
	if got := c.actions(0, 10, invoked); len(got) != 0 {
		t.Errorf("actions %+v", got)
	}
}

func TestCodeActionKinds(t *testing.T) {
	c, init := acting(t, allActions, ``, onDemand)
	o := init.Capabilities.CodeActionProvider.(*protocol.CodeActionOptions)
	for _, kind := range []protocol.CodeActionKind{"quickfix", "refactor.rewrite.mapClear", kindFixAll} {
		if !slices.Contains(o.CodeActionKinds, kind) {
			t.Errorf("%s is not among the kinds %v", kind, o.CodeActionKinds)
		}
	}
	if o.ResolveProvider == nil || !*o.ResolveProvider {
		t.Errorf("provider %+v", o)
	}
	const (
		quick   = "quickfix: Replace one — saves 1 allocation, unverified [diagnostic]"
		one     = "refactor.rewrite.mapclear: Replace one — saves 1 allocation, unverified"
		two     = "refactor.rewrite.mapclear: Replace two — unverified"
		three   = "refactor.rewrite.mapclear: Replace three — saves 1 allocation, unverified (review)"
		refused = "refactor.rewrite.mapclear: Replace four [no: It is read later]"
		all     = "source.fixAll.mapescape: Apply all safe rewrites of maps (1)"
	)
	for _, tt := range []struct {
		from, to int
		context  string
		want     []string
	}{
		{3, 3, invoked, []string{quick}},
		{3, 3, `{"diagnostics": [], "triggerKind": 1}`, []string{quick}},
		{3, 6, `{"diagnostics": []}`, []string{quick, two, three, refused}},
		{3, 6, `{"diagnostics": [], "triggerKind": 2}`, []string{quick}},
		{3, 4, `{"diagnostics": [], "only": ["refactor"]}`, []string{one, two}},
		{3, 4, `{"diagnostics": [], "only": ["refactor"], "triggerKind": 2}`, []string{one, two}},
		{3, 3, `{"diagnostics": [], "only": ["refactor.rewrite.mapclear"]}`, []string{one}},
		{3, 6, `{"diagnostics": [], "only": ["refactor.rewrite.mapclearer", "ref"]}`, nil},
		{3, 6, `{"diagnostics": [], "only": ["quickfix"]}`, []string{quick}},
		{4, 4, `{"diagnostics": [], "only": ["source"]}`, nil},
		{4, 4, `{"diagnostics": [], "only": ["source.fixAll"]}`, []string{all}},
		{8, 8, `{"diagnostics": [], "only": ["source.fixAll.mapescape"]}`, []string{all}},
		{3, 3, `{"diagnostics": [], "only": [""]}`, []string{quick, one}},
		{0, 2, invoked, nil},
	} {
		if diff := cmp.Diff(append([]string{}, tt.want...), summary(c.actions(tt.from, tt.to, tt.context))); diff != "" {
			t.Errorf("lines %d to %d, %s (-want +got)\n%s", tt.from, tt.to, tt.context, diff)
		}
	}
	if got := c.offers.compiled(); len(got) > 0 {
		t.Errorf("%v were compiled", got)
	}
	// A user who does not want to review is not asked to.
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"rewrites": {"background": false, "needReview": false, "fixAll": ["nothing"]}}}}`))
	if got := summary(c.actions(5, 5, invoked)); len(got) != 0 {
		t.Errorf("actions %v", got)
	}
}

// A client that does not ask for the edit later gets it at once, if it is known.
func TestCodeActionEdit(t *testing.T) {
	c, _ := acting(t, `{`+literals+`}`, ``, onDemand)
	actions := c.actions(3, 4, invoked)
	if got := summary(actions); len(got) != 2 {
		t.Fatalf("actions %v", got)
	}
	for _, a := range actions {
		if a.Edit == nil || len(a.Edit.DocumentChanges) != 0 || len(a.Edit.Changes) != 1 || a.Data != nil || a.IsPreferred != nil {
			t.Errorf("action %+v", a)
		}
	}
	if got := summary(c.actions(3, 3, `{"diagnostics": [], "only": ["source.fixAll"]}`)); len(got) != 1 || len(c.offers.compiled()) != 1 {
		t.Errorf("actions %v, compiled %v", got, c.offers.compiled())
	}
	c.edit("a.go", 2, 0, 0, 0, "// x\n")
	if got := summary(c.actions(4, 5, invoked)); len(got) != 0 {
		t.Errorf("actions %v for another text than was analysed", got)
	}
}

// resolveAction asks for the edit of an action, as the text of documentChanges.
func (c *client) resolveAction(a protocol.CodeAction) (protocol.CodeAction, error) {
	c.t.Helper()
	result, err := c.call("codeAction/resolve", &a)
	if err != nil {
		return protocol.CodeAction{}, err
	}
	var got protocol.CodeAction
	if err := protocol.Unmarshal(result, &got); err != nil {
		c.t.Fatal(err)
	}
	return got, nil
}

func TestCodeActionResolve(t *testing.T) {
	c, _ := acting(t, allActions, allEdits, onDemand)
	action := c.actions(3, 3, invoked)[0]
	got, err := c.resolveAction(action)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"documentChanges":[{"textDocument":{"uri":"` + c.uri("a.go") + `","version":1},"edits":[` +
		`{"range":{"start":{"line":3,"character":1},"end":{"line":3,"character":4}},"newText":"new"}]}]}`
	if diff := cmp.Diff(want, string(must(protocol.Marshal(got.Edit)))); diff != "" || got.Title != action.Title {
		t.Errorf("%s: edit (-want +got)\n%s", got.Title, diff)
	}
	// One that needs a review has the user confirm it.
	got, err = c.resolveAction(c.actions(5, 5, invoked)[0])
	if err != nil {
		t.Fatal(err)
	}
	want = `{"documentChanges":[{"textDocument":{"uri":"` + c.uri("a.go") + `","version":1},"edits":[` +
		`{"range":{"start":{"line":5,"character":1},"end":{"line":5,"character":6}},"newText":"new","annotationId":"mapescape"}]}],` +
		`"changeAnnotations":{"mapescape":{"label":"Replace three","needsConfirmation":true,"description":"Nobody needs it. Nothing is lost. Verified with go1.26.8."}}}`
	if diff := cmp.Diff(want, string(must(protocol.Marshal(got.Edit)))); diff != "" {
		t.Errorf("edit (-want +got)\n%s", diff)
	}

	// After an edit elsewhere, the action is found again in the text as it is now.
	c.edit("a.go", 2, 0, 0, 0, "// x\n")
	if _, err := c.resolveAction(action); code(err) != codeContentModified {
		t.Errorf("a stale action: %v", err)
	}
	action = c.actions(4, 4, invoked)[0]
	if got, err = c.resolveAction(action); err != nil {
		t.Fatal(err)
	}
	want = `{"documentChanges":[{"textDocument":{"uri":"` + c.uri("a.go") + `","version":2},"edits":[` +
		`{"range":{"start":{"line":4,"character":1},"end":{"line":4,"character":4}},"newText":"new"}]}]}`
	if diff := cmp.Diff(want, string(must(protocol.Marshal(got.Edit)))); diff != "" {
		t.Errorf("edit (-want +got)\n%s", diff)
	}
	// An edit of its own line takes it away.
	c.edit("a.go", 3, 4, 1, 1, "x")
	if got := summary(c.actions(4, 4, invoked)); len(got) != 0 {
		t.Errorf("actions %v", got)
	}

	for _, data := range []string{`null`, `{}`, `{"uri": "http://x", "mapescape": "mapclear"}`, `{"uri": "file:///a.go"}`} {
		action.Data = protocol.LSPAny(data)
		if _, err := c.call("codeAction/resolve", &action); err == nil {
			t.Errorf("%s was resolved", data)
		}
	}
}

// What does not build is not made, and the user who chose it hears why.
func TestCodeActionDeclined(t *testing.T) {
	c, _ := acting(t, allActions, allEdits, onDemand)
	c.offers.set(func(f *fakeOffers) {
		f.verdict = func(map[string]string) verify.Verdict {
			return verify.Verdict{Problems: []source.Problem{{Message: "x redeclared"}}}
		}
	})
	action := c.actions(3, 3, invoked)[0]
	all := c.actions(3, 3, `{"diagnostics": [], "only": ["source.fixAll"]}`)[0]
	if _, err := c.resolveAction(action); code(err) != codeRequestFailed || !strings.Contains(err.Error(), "does not build: x redeclared") {
		t.Errorf("error %v", err)
	}
	if e := c.await("window/showMessage"); !strings.Contains(e.String(), "Replace one: does not build: x redeclared") {
		t.Errorf("message %v", e)
	}
	// Nothing to do is no news when everything is to be done.
	if got := summary(c.actions(3, 3, invoked)); len(got) != 0 {
		t.Errorf("it is on offer still: %v", got)
	}
	if got, err := c.resolveAction(all); err != nil || got.Edit == nil || len(got.Edit.DocumentChanges) != 0 {
		t.Errorf("%+v: %v", got, err)
	}
	c.none("window/showMessage")
	// A package that does not build has no rewrites.
	c.offers.set(func(f *fakeOffers) { f.err = context.DeadlineExceeded })
	if _, err := c.resolveAction(action); err == nil {
		t.Error("it was resolved")
	}
	c.fake.set(func(g *fakeGo) { g.results = []*analysis.Result{broken("no")} })
	c.write("a.go", offering+"// x\n")
	c.save("a.go")
	c.analysed()
	if got := c.actions(0, 10, invoked); len(got) != 0 {
		t.Errorf("actions %v", summary(got))
	}
}

// worse is a verdict that something else costs more than before.
func worse(map[string]string) verify.Verdict {
	op := mapop.Op{Kind: mapop.Insert, Map: "m", Pos: source.Pos{Line: 7}}
	return verify.Verdict{Go: "go1.26.8", Builds: true, Changes: []placement.Change{{
		Before: placement.Placement{Op: op, Header: placement.Stack, Allocates: placement.Never},
		After:  placement.Placement{Op: op, Header: placement.Heap, Allocates: placement.Always},
	}}}
}

// In the background, offers are compiled one after the other, the useful ones
// first, and the actions and diagnostics say what came of it.
func TestCodeActionProof(t *testing.T) {
	c := dial(t, func(c *client, _ *Options) {
		c.offers = &fakeOffers{gate: make(chan chan struct{})}
	})
	c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}, "codeLens": {"refreshSupport": true}},
		"textDocument": {"codeAction": `+allActions+`, "codeLens": {}}}`, `{"codeLens": {"rewrites": true}}`)
	c.write("a.go", offering)
	c.open("a.go", offering)
	if e := c.await("textDocument/publishDiagnostics"); strings.Count(e.String(), "mapclear") != 3 {
		t.Errorf("diagnostics %v", e)
	}
	verdicts := []func(map[string]string) verify.Verdict{
		nil, // one
		worse,
		func(map[string]string) verify.Verdict { return verify.Verdict{} },
		nil,
	}
	for _, v := range verdicts {
		pass := <-c.offers.gate
		c.offers.set(func(f *fakeOffers) { f.verdict = v })
		close(pass)
	}
	// Of the three with a proven gain, one is left: one is worse, and one does not build.
	for strings.Count(c.await("textDocument/publishDiagnostics").String(), `"severity"`) != 1 {
	}
	want := []string{
		"quickfix: Replace one — saves 1 allocation, verified with go1.26.8 [preferred] [diagnostic]",
		"refactor.rewrite.mapclear: Replace two — verified with go1.26.8",
		"refactor.rewrite.mapclear: Replace five — saves 1 allocation, makes another operation costlier",
	}
	// The clients that show lenses hear of each.
	for {
		got := summary(slices.DeleteFunc(c.actions(3, 7, invoked), func(a protocol.CodeAction) bool { return a.Disabled.Reason != "" }))
		if cmp.Equal(want, got) {
			break
		}
		c.await("workspace/codeLens/refresh")
	}
	// What is known is not compiled again, nor when the same text is saved once more.
	if _, err := c.resolveAction(c.actions(3, 3, invoked)[0]); err != nil {
		t.Error(err)
	}
	c.save("a.go")
	c.barrier()
	if got := c.offers.compiled(); len(got) != 4 {
		t.Errorf("compiled %v", got)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
