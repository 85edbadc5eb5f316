package lspserver

import (
	"encoding/json"
	"strings"
	"testing"

	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/source"
)

// resolving is a client that asks for some properties of hints later.
func resolving(properties string) string {
	return `{"workspace": {"inlayHint": {"refreshSupport": true}}, "textDocument": {"hover": {"contentFormat": ["markdown"]},
		"inlayHint": {"resolveSupport": {"properties": [` + properties + `]}}}}`
}

// traced is simple with the places that lead from its operations elsewhere.
func tracedResult(c *client) *analysis.Result {
	r := readDir(analysis.Request{Dir: c.dir})
	ops := r.Packages[0].Ops
	ops[0].Op.Origins = []mapop.Origin{{Site: ops[0].Op.Range}}
	own := ops[0].Op.Pos
	ops[0].Why = []placement.Reason{
		{Pos: own, Compiler: true}, {Text: "a remark"}, {Pos: source.Pos{Path: own.Path, Line: 6, Column: 2}, Compiler: true},
	}
	ops[1].Op.Origins = ops[0].Op.Origins
	return r
}

func (c *client) resolve(h protocol.InlayHint) protocol.InlayHint {
	c.t.Helper()
	result, err := c.call("inlayHint/resolve", &h)
	if err != nil {
		c.t.Fatal(err)
	}
	var out protocol.InlayHint
	if err := protocol.Unmarshal(result, &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// part is the only part of a hint's label.
func part(t *testing.T, h protocol.InlayHint) protocol.InlayHintLabelPart {
	t.Helper()
	parts, ok := h.Label.(protocol.InlayHintLabelPartSlice)
	if !ok || len(parts) != 1 {
		t.Fatalf("the label is %#v", h.Label)
	}
	return parts[0]
}

func TestResolve(t *testing.T) {
	c := dial(t)
	init := c.start(resolving(`"tooltip", "label.location", "textEdits"`), `null`)
	if o, ok := init.Capabilities.InlayHintProvider.(*protocol.InlayHintOptions); !ok || o.ResolveProvider == nil || !*o.ResolveProvider {
		t.Errorf("provider %#v", init.Capabilities.InlayHintProvider)
	}
	c.write("a.go", simple)
	c.fake.set(func(g *fakeGo) { g.results = append(g.results, tracedResult(c)) })
	c.open("a.go", simple)
	c.analysed()
	hints := c.inlayHints("a.go", 0, 9)
	if len(hints) != 2 {
		t.Fatalf("hints %+v", hints)
	}
	for i, want := range []struct {
		label      string
		line, char uint32
	}{
		{"heap", 5, 1},     // the first step of the compiler's reasoning
		{"heap map", 3, 6}, // where the map is created
	} {
		h := hints[i]
		if p := part(t, h); p.Value != want.label || p.Location.URI != "" || h.Tooltip != nil || h.Data == nil {
			t.Errorf("unresolved hint %+v", h)
		}
		r := c.resolve(h)
		tip, ok := r.Tooltip.(*protocol.MarkupContent)
		if !ok || !strings.HasPrefix(tip.Value, "about ") || r.Position != h.Position {
			t.Errorf("resolved hint %+v", r)
		}
		p := part(t, r)
		if string(p.Location.URI) != c.uri("a.go") || p.Location.Range.Start != (protocol.Position{Line: want.line, Character: want.char}) {
			t.Errorf("%s leads to %+v", want.label, p.Location)
		}
	}

	// The places follow the edits.
	c.edit("a.go", 2, 0, 0, 0, "// one\n")
	moved := c.inlayHints("a.go", 0, 9)
	if p := part(t, c.resolve(moved[1])); p.Location.Range.Start != (protocol.Position{Line: 4, Character: 6}) {
		t.Errorf("after an edit it leads to %+v", p.Location)
	}
	// A hint from before the edit comes back as it was sent.
	if r := c.resolve(hints[1]); r.Tooltip != nil || part(t, r).Location.URI != "" {
		t.Errorf("a stale hint was resolved: %+v", r)
	}
	// So does one that another analysis has taken the place of.
	c.write("a.go", "// one\n"+simple)
	c.save("a.go")
	c.analysed()
	if r := c.resolve(moved[1]); r.Tooltip != nil {
		t.Errorf("a hint of an older analysis was resolved: %+v", r)
	}
	// And whatever is not ours.
	for _, data := range []string{`null`, `{}`, `7`, `{"uri": "http://x", "mapescape": "1.1"}`, `{"uri": "file:///x.go", "version": 1, "mapescape": "1.1"}`} {
		if r := c.resolve(protocol.InlayHint{Label: protocol.String("x"), Data: protocol.LSPAny(data)}); r.Tooltip != nil || r.Label != protocol.InlayHintLabel(protocol.String("x")) {
			t.Errorf("%s was resolved: %+v", data, r)
		}
	}
	if _, err := c.call("inlayHint/resolve", raw(`{"position": 7}`)); err == nil {
		t.Error("a hint that is none was taken")
	}
}

// A client gets late only what it says that it asks for.
func TestResolveParts(t *testing.T) {
	for _, tt := range []struct {
		properties     string
		parts, tooltip bool
		data           bool
	}{
		{``, false, true, false},
		{`"textEdits"`, false, true, false},
		{`"tooltip"`, false, false, true},
		{`"label.location"`, true, true, true},
		{`"location", "tooltip"`, true, false, true},
	} {
		c := dial(t)
		c.start(resolving(tt.properties), `null`)
		c.write("a.go", simple)
		c.open("a.go", simple)
		c.analysed()
		h := c.inlayHints("a.go", 0, 9)[0]
		_, parts := h.Label.(protocol.InlayHintLabelPartSlice)
		if parts != tt.parts || (h.Tooltip != nil) != tt.tooltip || (h.Data != nil) != tt.data {
			raw, err := json.Marshal(h)
			t.Errorf("%s: hint %s, %v", tt.properties, raw, err)
		}
		if r := c.resolve(h); tt.data && r.Tooltip == nil {
			t.Errorf("%s: no tooltip in %+v", tt.properties, r)
		}
	}
}
