package lspserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis"
)

// reported is one diagnostic as a test looks at it.
type reported struct {
	Range    protocol.Range
	Severity int
	Code     string
	Source   string
	Message  string
	Href     struct{ Href string } `json:"codeDescription"`
	Related  []struct {
		Location struct{ Range protocol.Range }
		Message  string
	} `json:"relatedInformation"`
}

func (d reported) String() string {
	text := fmt.Sprintf("%d:%d %s %d %s", d.Range.Start.Line, d.Range.Start.Character, d.Code, d.Severity, d.Message)
	for _, r := range d.Related {
		text += fmt.Sprintf(" (%d:%d)", r.Location.Range.Start.Line, r.Location.Range.Start.Character)
	}
	return text
}

// published is the next publishDiagnostics: file, version and diagnostics.
func (c *client) published() string {
	c.t.Helper()
	var p struct {
		URI         string
		Version     *int
		Diagnostics []reported
	}
	if err := json.Unmarshal(c.await("textDocument/publishDiagnostics").params, &p); err != nil {
		c.t.Fatal(err)
	}
	version := "closed"
	if p.Version != nil {
		version = fmt.Sprint("v", *p.Version)
	}
	lines := []string{p.URI[strings.LastIndex(p.URI, "/")+1:] + " " + version}
	for _, d := range p.Diagnostics {
		if d.Source != "mapescape" {
			c.t.Errorf("source %q", d.Source)
		}
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

func (c *client) wantPublished(want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n"), c.published()); diff != "" {
		c.t.Errorf("published (-want +got)\n%s", diff)
	}
}

// diagnosing is a client that reads diagnostics of all kinds.
func diagnosing(t *testing.T, more, settings string) *client {
	t.Helper()
	c := dial(t, func(c *client, _ *Options) { c.offers = &fakeOffers{} })
	c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}, "diagnostics": {"refreshSupport": true}}, "textDocument": {
		"publishDiagnostics": {"relatedInformation": true, "codeDescriptionSupport": true}`+more+`}}`, settings)
	return c
}

func TestPublishDiagnostics(t *testing.T) {
	c := diagnosing(t, ``, onDemand)
	const text = `package p

	one // offer mapclear A proven also
	two // offer mapclear B proven
	no // offer mapclear A
	no // refuse mapclear no
	no // offer unknown A proven
	no //mapescape:ignore mapclear // offer mapclear A proven
	//mapescape:ignore
	no // offer mapclear A proven
	//mapescape:ignore growth
	last // offer mapclear A proven
`
	c.write("a.go", text)
	c.open("a.go", text)
	const last = "11:1 mapclear 4 This is old"
	c.wantPublished("a.go v1", "2:1 mapclear 4 This is old (0:0)", "3:1 mapclear 4 This is old", last)
	// They move with the text, and go with the line that they are on.
	c.edit("a.go", 2, 1, 0, 0, "\n")
	c.wantPublished("a.go v2", "3:1 mapclear 4 This is old (0:0)", "4:1 mapclear 4 This is old", "12:1 mapclear 4 This is old")
	c.edit("a.go", 3, 3, 2, 2, "x")
	c.wantPublished("a.go v3", "4:1 mapclear 4 This is old", "12:1 mapclear 4 This is old")
	// An edit behind them all changes nothing that has to be said.
	c.edit("a.go", 4, 13, 0, 0, "x")
	c.barrier()
	c.none("textDocument/publishDiagnostics")
	// Settings are in force at once.
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"rewrites": {"background": false, "needReview": false}, "diagnostics": {"mapclear": "information"}}}}`))
	c.wantPublished("a.go v4", "12:1 mapclear 3 This is old")
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"rewrites": {"background": false}, "diagnostics.mapclear": "off"}}}`))
	c.wantPublished("a.go v4")
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"rewrites": {"background": false}}}}`))
	c.wantPublished("a.go v4", "4:1 mapclear 4 This is old", "12:1 mapclear 4 This is old")
	// A package that does not build has none, and they come back with it.
	c.fake.set(func(g *fakeGo) { g.results = []*analysis.Result{broken("no")} })
	c.write("a.go", text+"// y\n")
	c.save("a.go")
	c.wantPublished("a.go v4")
	c.notify("textDocument/didChange", raw(`{"textDocument": {"uri": %q, "version": 5}, "contentChanges": [{"text": %q}]}`, c.uri("a.go"), text+"// x\n"))
	c.write("a.go", text+"// x\n")
	c.save("a.go")
	c.wantPublished("a.go v5", "2:1 mapclear 4 This is old (0:0)", "3:1 mapclear 4 This is old", last)
	c.close("a.go")
	c.wantPublished("a.go closed")
}

// Nothing is said of what nobody changes by hand.
func TestQuietPlaces(t *testing.T) {
	const text = "package p\n\n\tone // offer mapclear A proven\n"
	for _, tt := range []struct {
		name    string
		actions int
		told    bool
	}{{"a.go", 1, true}, {"testdata/a.go", 1, false}, {"vendor/x/a.go", 0, false}} {
		c := dial(t, func(c *client, _ *Options) { c.offers = &fakeOffers{} })
		c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}}, "textDocument": {"codeAction": `+allActions+`}}`, onDemand)
		c.write(tt.name, text)
		c.open(tt.name, text)
		c.analysed()
		if tt.told {
			c.published()
		} else {
			c.barrier()
			c.none("textDocument/publishDiagnostics")
		}
		result, err := c.call("textDocument/codeAction", raw(`{"textDocument": {"uri": %q}, "context": {"diagnostics": []},
			"range": {"start": {"line": 2, "character": 2}, "end": {"line": 2, "character": 2}}}`, c.uri(tt.name)))
		var actions []protocol.CodeAction
		if err != nil || protocol.Unmarshal(result, &actions) != nil || len(actions) != tt.actions {
			t.Errorf("%s: %s, %v", tt.name, result, err)
		}
	}
}

func (c *client) pulled(previous string) string {
	c.t.Helper()
	result, err := c.call("textDocument/diagnostic", raw(`{"textDocument": {"uri": %q}, "previousResultId": %q}`, c.uri("a.go"), previous))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(result)
}

func TestPullDiagnostics(t *testing.T) {
	c := diagnosing(t, `, "diagnostic": {}`, onDemand)
	c.write("a.go", offering)
	c.open("a.go", offering)
	c.await("workspace/diagnostic/refresh")
	first := c.pulled("")
	var report struct {
		Kind, ResultID string
		Items          []reported
	}
	if err := json.Unmarshal([]byte(first), &report); err != nil || report.Kind != "full" || len(report.Items) != 3 ||
		report.Items[0].Href.Href != catalogue+"mapclear" {
		t.Fatalf("%s: %v", first, err)
	}
	if got := c.pulled(report.ResultID); !strings.Contains(got, `"kind":"unchanged"`) || !strings.Contains(got, report.ResultID) {
		t.Errorf("the same once more is %s", got)
	}
	c.edit("a.go", 2, 0, 0, 0, "\n")
	if got := c.pulled(report.ResultID); !strings.Contains(got, `"kind":"full"`) {
		t.Errorf("after an edit: %s", got)
	}
	c.close("a.go")
	if got := c.pulled(""); !strings.Contains(got, `"items":[]`) {
		t.Errorf("of a closed document: %s", got)
	}
	c.none("textDocument/publishDiagnostics")
	// A client that could not be told to ask again gets them sent.
	c = dial(t, func(c *client, _ *Options) { c.offers = &fakeOffers{} })
	if p := c.start(`{"textDocument": {"diagnostic": {}}}`, onDemand).Capabilities.DiagnosticProvider; p != nil {
		t.Errorf("provider %+v", p)
	}
	c.write("a.go", offering)
	c.open("a.go", offering)
	c.published()
}

func TestCodeLens(t *testing.T) {
	c := dial(t, func(c *client, _ *Options) { c.offers = &fakeOffers{} })
	init := c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}, "codeLens": {"refreshSupport": true}, "applyEdit": true}, "textDocument": {"codeLens": {}}}`, onDemand)
	if p := init.Capabilities.CodeLensProvider; p == nil || !*p.ResolveProvider {
		t.Fatalf("provider %+v", p)
	}
	c.write("a.go", offering)
	c.open("a.go", offering)
	c.analysed()
	lenses := func() (out []protocol.CodeLens) {
		result, err := c.call("textDocument/codeLens", raw(`{"textDocument": {"uri": %q}}`, c.uri("a.go")))
		if err != nil || protocol.Unmarshal(result, &out) != nil || out == nil {
			t.Fatalf("lenses %s: %v", result, err)
		}
		return out
	}
	if got := lenses(); len(got) != 0 {
		t.Errorf("lenses that nobody asked for: %+v", got)
	}
	c.notify("workspace/didChangeConfiguration", raw(`{"settings": {"mapescape": {"rewrites.background": false, "codeLens.rewrites": true}}}`))
	c.await("workspace/codeLens/refresh")
	got := lenses()
	if len(got) != 4 {
		t.Fatalf("lenses %+v", got)
	}
	result, err := c.call("codeLens/resolve", &got[0])
	if err != nil {
		t.Fatal(err)
	}
	var lens protocol.CodeLens
	if err := protocol.Unmarshal(result, &lens); err != nil || lens.Command.Title != "Replace one — saves 1 allocation, unverified" {
		t.Fatalf("%s: %v", result, err)
	}
	// Its command has the client make the change.
	c.answers["workspace/applyEdit"] = nil
	arg, _ := json.Marshal(lens.Command.Arguments)
	done := make(chan error, 1)
	go func() {
		_, err := c.call("workspace/executeCommand", raw(`{"command": %q, "arguments": %s}`, lens.Command.Command, arg))
		done <- err
	}()
	if e := c.await("workspace/applyEdit"); !strings.Contains(e.String(), `"label":"Replace one"`) || !strings.Contains(e.String(), `"newText":"new"`) {
		t.Errorf("%v", e)
	}
	if err := <-done; code(err) != codeRequestFailed {
		t.Errorf("the client's refusal gives %v", err)
	}
	c.edit("a.go", 2, 0, 0, 0, "\n")
	if _, err := c.call("codeLens/resolve", &got[0]); code(err) != codeContentModified {
		t.Errorf("a stale lens: %v", err)
	}
	got[0].Data = protocol.LSPAny(`{}`)
	if _, err := c.call("codeLens/resolve", &got[0]); err == nil {
		t.Error("a lens of somebody else's was resolved")
	}
}

func TestApplyRewrite(t *testing.T) {
	c := dial(t, func(c *client, _ *Options) {
		c.offers = &fakeOffers{}
		c.answers["workspace/applyEdit"] = func(event) (any, error) { return raw(`{"applied": true}`), nil }
	})
	c.start(`{"workspace": {"inlayHint": {"refreshSupport": true}, "applyEdit": true}}`, onDemand)
	c.write("a.go", offering)
	c.open("a.go", offering)
	c.analysed()
	apply := func(argument string) error {
		_, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.apply_rewrite", "arguments": [%s]}`, argument))
		return err
	}
	at := func(line int, fix string) string {
		return fmt.Sprintf(`{"uri": %q, "position": {"line": %d, "character": 2}, "fix": %q}`, c.uri("a.go"), line, fix)
	}
	for _, tt := range []struct {
		argument, edits string
	}{
		{at(3, "mapclear"), `"line":3,`},
		{fmt.Sprintf(`{"uri": %q, "range": {"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 9}}, "fix": "mapclear"}`, c.uri("a.go")), `"line":4,`},
		{fmt.Sprintf(`{"uri": %q, "fix": "all"}`, c.uri("a.go")), `"line":3,`},
	} {
		if err := apply(tt.argument); err != nil {
			t.Errorf("%s: %v", tt.argument, err)
			continue
		}
		if e := c.await("workspace/applyEdit"); !strings.Contains(e.String(), tt.edits) || strings.Count(e.String(), "newText") != 1 {
			t.Errorf("%s: %v", tt.argument, e)
		}
	}
	for _, tt := range []struct{ argument, want string }{
		{at(6, "mapclear"), "it is read later"},
		{at(2, "mapclear"), "there is nothing that mapclear could rewrite"},
		{at(3, "other"), "there is nothing that other could rewrite"},
		{`{}`, "needs an object"},
		{`{"uri": "file:///x.go", "fix": "mapclear"}`, "needs an object"},
		{`{"uri": "file:///x.go", "fix": "all"}`, "not open"},
		{`1`, "needs an object"},
		{``, "needs an object"},
	} {
		if err := apply(tt.argument); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.argument, err, tt.want)
		}
	}
	// A client that does not make changes at our request gets them as the answer.
	c = dial(t, func(c *client, _ *Options) { c.offers = &fakeOffers{} })
	c.start(withRefresh, onDemand)
	c.write("a.go", offering)
	c.open("a.go", offering)
	c.analysed()
	result, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.apply_rewrite", "arguments": [%s]}`, at(3, "mapclear")))
	if err != nil || !strings.Contains(string(result), `"newText":"new"`) {
		t.Errorf("%s: %v", result, err)
	}
}
