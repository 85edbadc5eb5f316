package lspserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

// model is the protocol's own description of its messages, which comes with
// the protocol package: internal/genlsp/testdata/metaModel.json.
type model struct {
	Requests      []messageModel
	Notifications []messageModel
	Structures    []structModel
	Enumerations  []struct {
		Name                 string
		SupportsCustomValues bool
		Values               []struct{ Value any }
	}
	TypeAliases []struct {
		Name string
		Type typeModel
	}
}

type messageModel struct {
	Method           string
	MessageDirection string
	Params, Result   *typeModel
}

type structModel struct {
	Name       string
	Properties []struct {
		Name     string
		Type     typeModel
		Optional bool
	}
	Extends, Mixins []typeModel
}

// typeModel is a type; Value is a type for a map or a literal structure, and a
// value for the literals.
type typeModel struct {
	Kind, Name string
	Element    *typeModel
	Items      []typeModel
	Value      json.RawMessage
}

// loadModel finds the description in the module cache; nil where it is not to be had.
var loadModel = sync.OnceValue(func() *model {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "go.lsp.dev/protocol").Output()
	if err != nil {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "internal", "genlsp", "testdata", "metaModel.json"))
	if err != nil {
		return nil
	}
	m := new(model)
	if json.Unmarshal(text, m) != nil {
		return nil
	}
	return m
})

// conforms checks a message that the server sends: the parameters of a request
// or notification, or the result of one of the client's requests.
func (m *model) conforms(method string, raw []byte, result bool) error {
	if m == nil {
		return nil
	}
	from := map[bool]string{false: "serverToClient", true: "clientToServer"}[result]
	for _, msg := range slices.Concat(m.Requests, m.Notifications) {
		if msg.Method != method {
			continue
		}
		if msg.MessageDirection != from && msg.MessageDirection != "both" {
			return fmt.Errorf("%s goes the other way", method)
		}
		want := msg.Params
		if result {
			want = msg.Result
		}
		if want == nil {
			if len(raw) > 0 && string(raw) != "null" {
				return fmt.Errorf("%s has no parameters", method)
			}
			return nil
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		if err := m.check(*want, v, method); err != nil {
			return err
		}
		return nil
	}
	return fmt.Errorf("the protocol has no %s", method)
}

// check compares a value with a type; at names the place for the error.
func (m *model) check(t typeModel, v any, at string) error {
	wrong := fmt.Errorf("%s: %v is no %s %s", at, v, t.Kind, t.Name)
	switch t.Kind {
	case "base":
		return checkBase(t.Name, v, wrong)
	case "stringLiteral", "booleanLiteral", "integerLiteral":
		var want any
		if err := json.Unmarshal(t.Value, &want); err != nil || want != v {
			return wrong
		}
		return nil
	case "array":
		list, ok := v.([]any)
		if !ok {
			return wrong
		}
		for i, e := range list {
			if err := m.check(*t.Element, e, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "map":
		object, ok := v.(map[string]any)
		if !ok {
			return wrong
		}
		var value typeModel
		if err := json.Unmarshal(t.Value, &value); err != nil {
			return err
		}
		for key, e := range object {
			if err := m.check(value, e, at+"["+key+"]"); err != nil {
				return err
			}
		}
		return nil
	case "or":
		errs := []error{wrong}
		for _, arm := range t.Items {
			err := m.check(arm, v, at)
			if err == nil {
				return nil
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	case "reference":
		return m.checkReference(t, v, at, wrong)
	case "literal":
		var s structModel
		if err := json.Unmarshal(t.Value, &s); err != nil {
			return err
		}
		return m.checkStruct(s, v, at, wrong)
	default:
		return fmt.Errorf("%s: the test does not know types of kind %s", at, t.Kind)
	}
}

func checkBase(name string, v any, wrong error) error {
	ok := false
	switch name {
	case "string":
		_, ok = v.(string)
	case "URI", "DocumentUri":
		var s string
		s, ok = v.(string)
		ok = ok && strings.Contains(s, ":")
	case "boolean":
		_, ok = v.(bool)
	case "null":
		ok = v == nil
	case "integer", "uinteger":
		var n float64
		n, ok = v.(float64)
		ok = ok && n == math.Trunc(n) && n <= math.MaxInt32 && n >= map[string]float64{"integer": math.MinInt32}[name]
	case "decimal":
		_, ok = v.(float64)
	}
	if !ok {
		return wrong
	}
	return nil
}

func (m *model) checkReference(t typeModel, v any, at string, wrong error) error {
	if t.Name == "LSPAny" {
		return nil
	}
	for _, s := range m.Structures {
		if s.Name == t.Name {
			return m.checkStruct(s, v, at, wrong)
		}
	}
	for _, e := range m.Enumerations {
		if e.Name != t.Name {
			continue
		}
		for _, value := range e.Values {
			if value.Value == v {
				return nil
			}
		}
		if e.SupportsCustomValues {
			return nil
		}
		return wrong
	}
	for _, a := range m.TypeAliases {
		if a.Name == t.Name {
			return m.check(a.Type, v, at)
		}
	}
	return wrong
}

func (m *model) checkStruct(s structModel, v any, at string, wrong error) error {
	object, ok := v.(map[string]any)
	if !ok {
		return wrong
	}
	known := map[string]bool{}
	for _, s := range m.lineage(s) {
		for _, p := range s.Properties {
			known[p.Name] = true
			member, ok := object[p.Name]
			switch {
			case !ok && !p.Optional:
				return fmt.Errorf("%s.%s is missing", at, p.Name)
			case !ok:
				continue
			}
			if err := m.check(p.Type, member, at+"."+p.Name); err != nil {
				return err
			}
		}
	}
	for name := range object {
		if !known[name] {
			return fmt.Errorf("%s.%s is unknown", at, name)
		}
	}
	return nil
}

// lineage is a structure with all that it extends and mixes in.
func (m *model) lineage(s structModel) []structModel {
	all := []structModel{s}
	for _, parent := range slices.Concat(s.Extends, s.Mixins) {
		for _, p := range m.Structures {
			if p.Name == parent.Name {
				all = append(all, m.lineage(p)...)
			}
		}
	}
	return all
}

// TestModelCatches checks the check, which guards every message in the tests of this package.
func TestModelCatches(t *testing.T) {
	m := loadModel()
	if m == nil {
		t.Skip("the protocol's description is not in the module cache")
	}
	for _, tt := range []struct {
		method, raw string
		result, ok  bool
	}{
		{"textDocument/hover", `null`, true, true},
		{"textDocument/hover", `{"contents": {"kind": "markdown", "value": "x"}}`, true, true},
		{"textDocument/hover", `{"contents": null}`, true, false},
		{"textDocument/hover", `{"contents": {"kind": "html", "value": "x"}}`, true, false},
		{"textDocument/hover", `{}`, false, false},
		{"textDocument/inlayHint", `[{"position": {"line": 1, "character": 2}, "label": "x"}]`, true, true},
		{"textDocument/inlayHint", `[{"position": {"line": -1, "character": 2}, "label": "x"}]`, true, false},
		{"textDocument/inlayHint", `[{"position": {"line": 1, "character": 2}}]`, true, false},
		{"textDocument/inlayHint", `[{"position": {"line": 1, "character": 2}, "label": "x", "colour": 1}]`, true, false},
		{"window/logMessage", `{"type": 1, "message": "x"}`, false, true},
		{"window/logMessage", `{"type": 9, "message": "x"}`, false, false},
		{"workspace/inlayHint/refresh", ``, false, true},
		{"workspace/inlayHint/refresh", `{"x": 1}`, false, false},
		{"mapescape/own", `{}`, false, false},
	} {
		if err := m.conforms(tt.method, jsonrpc2.RawMessage(tt.raw), tt.result); (err == nil) != tt.ok {
			t.Errorf("%s %s: %v", tt.method, tt.raw, err)
		}
	}
}
