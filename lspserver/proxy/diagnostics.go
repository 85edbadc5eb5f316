package proxy

import (
	"encoding/json"
)

// diagnostics are what each half last published for a document.
type diagnostics struct {
	byURI map[string]*both
}

// both holds raw arrays; nil is nothing.
type both struct {
	gopls, own []byte
}

// publish takes a half's textDocument/publishDiagnostics and gives the frame to
// send: the same where the other half has nothing for the document, else one with
// the diagnostics of both.
func (d *diagnostics) publish(from source, m message) []byte {
	var p map[string]json.RawMessage
	uri := text(m.params, "uri")
	if json.Unmarshal(m.params, &p) != nil || uri == "" {
		return m.body
	}
	b := d.byURI[uri]
	if b == nil {
		b = &both{}
		d.byURI[uri] = b
	}
	list := []byte(p["diagnostics"])
	if isEmpty(list) {
		list = nil
	}
	other := b.own
	if from == fromGopls {
		b.gopls = list
	} else {
		b.own, other = list, b.gopls
	}
	if b.gopls == nil && b.own == nil {
		delete(d.byURI, uri)
	}
	if other == nil {
		return m.body
	}
	all := other
	if list != nil {
		if all = joinArrays(b.gopls, b.own); all == nil {
			return m.body
		}
	}
	p["diagnostics"] = all
	params, err := json.Marshal(p)
	if err != nil {
		return m.body
	}
	return callFrame(nil, m.method, json.RawMessage(params))
}

// forget drops what one half has published, and gives the frames that tell the client.
func (d *diagnostics) forget(from source) [][]byte {
	var frames [][]byte
	for uri, b := range d.byURI {
		mine, other := &b.own, b.gopls
		if from == fromGopls {
			mine, other = &b.gopls, b.own
		}
		if *mine == nil {
			continue
		}
		*mine = nil
		list := json.RawMessage("[]")
		if other != nil {
			list = other
		} else {
			delete(d.byURI, uri)
		}
		frames = append(frames, callFrame(nil, "textDocument/publishDiagnostics", map[string]any{"uri": uri, "diagnostics": list}))
	}
	return frames
}
