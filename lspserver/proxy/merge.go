package proxy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// merge makes one answer of the halves' answers. What only one of them has to
// say goes as it was sent.
func merge(p *pending) []byte {
	g, o := p.goplsAnswer, p.ownAnswer
	switch {
	case g == nil:
		return o.body
	case o == nil || o.failed || isEmpty(o.result):
		return g.body
	case g.failed && code(g) == codeCancelled:
		return g.body
	case g.failed || isEmpty(g.result):
		return o.body
	}
	var result []byte
	switch p.request.method {
	case "textDocument/hover":
		result = mergeHovers(g.result, o.result)
	case "textDocument/diagnostic":
		result = mergeReports(g.result, o.result)
	default:
		result = joinArrays(g.result, o.result)
	}
	if result == nil {
		return g.body
	}
	return resultFrame(p.request.id, result)
}

func code(m *message) int {
	var e struct{ Code int }
	if json.Unmarshal(m.errRaw, &e) != nil {
		return 0
	}
	return e.Code
}

// isEmpty reports whether a result says nothing: null or an empty array.
func isEmpty(result []byte) bool {
	t := bytes.TrimSpace(result)
	return len(t) == 0 || bytes.Equal(t, []byte("null")) ||
		t[0] == '[' && len(bytes.TrimSpace(t[1:len(t)-1])) == 0
}

// joinArrays appends the elements of the second array to the first, byte for
// byte; nil where one is no array.
func joinArrays(first, second []byte) []byte {
	a, b := bytes.TrimSpace(first), bytes.TrimSpace(second)
	switch {
	case !isArray(a) || !isArray(b):
		return nil
	case isEmpty(a):
		return b
	case isEmpty(b):
		return a
	}
	out := make([]byte, 0, len(a)+len(b))
	out = append(out, a[:len(a)-1]...)
	out = append(out, ',')
	return append(out, b[1:]...)
}

func isArray(raw []byte) bool { return len(raw) >= 2 && raw[0] == '[' && raw[len(raw)-1] == ']' }

// A hover's contents as the protocol has them now, and the older forms that a
// server may still send.
type markup struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// mergeHovers puts our text under gopls'. The range is gopls'.
func mergeHovers(g, o []byte) []byte {
	var hover map[string]json.RawMessage
	if json.Unmarshal(g, &hover) != nil {
		return nil
	}
	first, ok := contents(hover["contents"])
	if !ok {
		return nil
	}
	second, ok := contents(member(o, "contents"))
	if !ok {
		return nil
	}
	rule := "\n\n---\n\n"
	if first.Kind != "markdown" {
		rule = "\n\n"
	}
	first.Value = strings.TrimRight(first.Value, "\n") + rule + second.Value
	raw, err := json.Marshal(first)
	if err != nil {
		return nil
	}
	hover["contents"] = raw
	out, err := json.Marshal(hover)
	if err != nil {
		return nil
	}
	return out
}

// contents reads a hover's contents; ok is false for those that are no single text.
func contents(raw []byte) (markup, bool) {
	var m markup
	if json.Unmarshal(raw, &m) == nil && m.Kind != "" {
		return m, true
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return markup{Kind: "markdown", Value: s}, true
	}
	return markup{}, false
}

// mergeReports joins two full reports of diagnostics. The id of a result is left
// out: it would stand for one half only. A report that says that nothing has
// changed cannot be joined.
func mergeReports(g, o []byte) []byte {
	var report map[string]json.RawMessage
	if json.Unmarshal(g, &report) != nil || text(g, "kind") != "full" || text(o, "kind") != "full" {
		return nil
	}
	items := joinArrays(report["items"], member(o, "items"))
	if items == nil {
		return nil
	}
	report["items"] = items
	delete(report, "resultId")
	out, err := json.Marshal(report)
	if err != nil {
		return nil
	}
	return out
}
