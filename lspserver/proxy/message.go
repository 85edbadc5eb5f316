package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.lsp.dev/jsonrpc2"
)

// A message is a frame with what was found in it. The slices are parts of body.
type message struct {
	body   []byte
	id     []byte // raw, nil for a notification
	method string // "" for an answer
	params []byte // raw
	result []byte // raw, of an answer
	failed bool   // an answer with an error
	errRaw []byte
}

// read looks at a frame without decoding it.
func read(body []byte) (message, error) {
	v, err := jsonrpc2.ScanMessageView(body)
	if err != nil {
		return message{}, err
	}
	m := message{body: body, id: v.IDRaw, params: v.Params, result: v.Result, errRaw: v.ErrorRaw, failed: v.ErrorRaw != nil}
	if v.MethodRaw != nil {
		m.method, _ = v.MethodString()
	}
	if bytes.Equal(m.id, []byte("null")) {
		m.id = nil
	}
	if m.method == "" && m.id == nil && !m.failed {
		return message{}, fmt.Errorf("the message is neither a request nor an answer")
	}
	return m, nil
}

// withID is the frame of a request or answer with another id, which is raw JSON;
// all else is as it was.
func (m message) withID(id []byte) []byte {
	at := offsetIn(m.body, m.id)
	if at < 0 {
		return m.rebuilt(id)
	}
	out := make([]byte, 0, len(m.body)+len(id))
	out = append(out, m.body[:at]...)
	out = append(out, id...)
	return append(out, m.body[at+len(m.id):]...)
}

// rebuilt is withID from the members that JSON-RPC knows.
func (m message) rebuilt(id []byte) []byte {
	switch {
	case m.method == "" && m.failed:
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":%s}`, id, m.errRaw)
	case m.method == "":
		return resultFrame(id, m.result)
	case m.params == nil:
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q}`, id, m.method)
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, m.method, m.params)
}

// offsetIn is where a sub-slice starts in a slice, -1 if it is none of it.
func offsetIn(all, part []byte) int {
	// Both share their end of capacity where part was cut out of all.
	at := cap(all) - cap(part)
	if at < 0 || at+len(part) > len(all) || len(part) == 0 || &all[at] != &part[0] {
		return -1
	}
	return at
}

// Who asked the client something, in the id that it is asked with.
const (
	askGopls = "g"
	askOwn   = "o"
	askProxy = "p"
)

// tag makes the id of a backend's request one that cannot be another one's.
// Questions to a gopls that has died have another generation.
func tag(who string, generation int, raw []byte) []byte {
	id, _ := json.Marshal(fmt.Sprintf("%s%d:%s", who, generation, raw)) // a string can always be encoded
	return id
}

// untag reads what tag made.
func untag(id []byte) (who string, generation int, raw []byte, ok bool) {
	var text string
	if len(id) == 0 || id[0] != '"' || json.Unmarshal(id, &text) != nil {
		return "", 0, nil, false
	}
	head, rest, ok := strings.Cut(text, ":")
	if !ok || len(head) < 2 {
		return "", 0, nil, false
	}
	if _, err := fmt.Sscanf(head[1:], "%d", &generation); err != nil {
		return "", 0, nil, false
	}
	return head[:1], generation, []byte(rest), true
}

// Codes of answers that are errors.
const (
	codeParse           = -32700
	codeInvalid         = -32600
	codeMethodNotFound  = -32601
	codeRequestFailed   = -32803
	codeContentModified = -32801
	codeCancelled       = -32800
)

func resultFrame(id, result []byte) []byte {
	out := make([]byte, 0, len(id)+len(result)+40)
	out = append(out, `{"jsonrpc":"2.0","id":`...)
	out = append(out, id...)
	out = append(out, `,"result":`...)
	out = append(out, result...)
	return append(out, '}')
}

func errorFrame(id []byte, code int, text string) []byte {
	if id == nil {
		id = []byte("null")
	}
	quoted, _ := json.Marshal(text) // a string can always be encoded
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, code, quoted)
}

// unreadable is the answer to a frame that is no message.
func unreadable(body []byte, err error) []byte {
	code, id := codeParse, []byte(nil)
	if json.Valid(body) {
		code, id = codeInvalid, member(body, "id")
	}
	if len(id) > 0 && (id[0] == '{' || id[0] == '[') {
		id = nil
	}
	return errorFrame(id, code, fmt.Sprintf("the message cannot be read: %v", err))
}

func callFrame(id []byte, method string, params any) []byte {
	raw, err := json.Marshal(params)
	if err != nil {
		raw = []byte("null") // our own parameters can be encoded
	}
	if id == nil {
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","method":%q,"params":%s}`, method, raw)
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, raw)
}

// member is a member of a raw JSON object, nil where there is none.
func member(object []byte, path ...string) []byte {
	for _, name := range path {
		var members map[string]json.RawMessage
		if json.Unmarshal(object, &members) != nil {
			return nil
		}
		object = members[name]
	}
	return object
}

// text is a member that is a string.
func text(object []byte, path ...string) string {
	var s string
	if json.Unmarshal(member(object, path...), &s) != nil {
		return ""
	}
	return s
}
