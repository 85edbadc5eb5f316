package proxy

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// onlyGopls are the capabilities in which our half has no say: gopls decides how
// documents are synchronised and how columns count.
var onlyGopls = map[string]bool{"textDocumentSync": true, "positionEncoding": true}

// mergeInitialize makes one answer to initialize: gopls' with our half's
// capabilities added.
func mergeInitialize(p *pending) []byte {
	g, o := p.goplsAnswer, p.ownAnswer
	switch {
	case g == nil:
		return o.body
	case o == nil || o.failed:
		return g.body
	case g.failed:
		return o.body
	}
	result, ok := decode(g.result).(map[string]any)
	if !ok {
		return o.body
	}
	own, ok := decode(o.result).(map[string]any)
	if !ok {
		return g.body
	}
	theirs, _ := result["capabilities"].(map[string]any)
	mine, _ := own["capabilities"].(map[string]any)
	if theirs == nil {
		theirs = map[string]any{}
	}
	for name, value := range mine {
		if !onlyGopls[name] {
			theirs[name] = join(theirs[name], value)
		}
	}
	result["capabilities"] = theirs
	raw, err := json.Marshal(result)
	if err != nil {
		return g.body
	}
	return resultFrame(p.request.id, raw)
}

// decode reads JSON, with numbers as they are written; nil is what cannot be read.
func decode(raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// join adds one capability to another: an object says more than true, objects
// are joined member by member, arrays as sets, and true wins over false.
func join(a, b any) any {
	switch b := b.(type) {
	case nil:
		return a
	case map[string]any:
		old, ok := a.(map[string]any)
		if !ok {
			return b
		}
		for name, value := range b {
			old[name] = join(old[name], value)
		}
		return old
	case []any:
		old, ok := a.([]any)
		if !ok {
			return b
		}
		for _, value := range b {
			if !has(old, value) {
				old = append(old, value)
			}
		}
		return old
	case bool:
		switch a := a.(type) {
		case nil:
			return b
		case bool:
			return a || b
		}
		return a
	}
	if a == nil {
		return b
	}
	return a
}

func has(list []any, value any) bool {
	for _, v := range list {
		if reflect.DeepEqual(v, value) {
			return true
		}
	}
	return false
}

// resolves reports whether gopls said in its answer to initialize that it
// resolves the items of a request.
func (h *hub) resolves(method string) bool {
	provider := map[string]string{
		"inlayHint/resolve": "inlayHintProvider", "codeLens/resolve": "codeLensProvider", "codeAction/resolve": "codeActionProvider",
	}[method]
	return bytes.Equal(member(h.goplsCapabilities, provider, "resolveProvider"), []byte("true"))
}
