package proxy

import (
	"encoding/json"
)

// fromServer takes a message of one of the halves.
func (h *hub) fromServer(from source, m message) {
	switch {
	case m.method == "":
		h.answered(from, m)
	case m.id != nil:
		h.asks(from, m)
	case m.method == "textDocument/publishDiagnostics":
		h.client.put(h.diagnostics.publish(from, m))
	default:
		if from == fromGopls && m.method == "$/progress" {
			h.followProgress(m)
		}
		h.client.put(m.body)
	}
}

// asks passes a half's question to the client, with an id that tells who asks.
func (h *hub) asks(from source, m message) {
	id := tag(askOwn, 0, m.id)
	if from == fromGopls {
		id = tag(askGopls, h.generation, m.id)
		h.followRegistrations(m)
	}
	h.asked[string(id)] = from
	h.client.put(m.withID(id))
}

// followProgress remembers which progress gopls has begun and not ended.
func (h *hub) followProgress(m message) {
	token := string(member(m.params, "token"))
	switch text(m.params, "value", "kind") {
	case "begin":
		h.progress[token] = true
	case "end":
		delete(h.progress, token)
	}
}

// followRegistrations remembers what gopls has registered for.
func (h *hub) followRegistrations(m message) {
	switch m.method {
	case "client/registerCapability":
		var p struct {
			Registrations []struct{ ID, Method string }
		}
		if json.Unmarshal(m.params, &p) == nil {
			for _, r := range p.Registrations {
				h.registered[r.ID] = r.Method
			}
		}
	case "client/unregisterCapability":
		var p struct {
			Unregisterations []struct{ ID string } // as the protocol spells it
		}
		if json.Unmarshal(m.params, &p) == nil {
			for _, r := range p.Unregisterations {
				delete(h.registered, r.ID)
			}
		}
	}
}

// refreshes asks the client to ask again for what may have changed.
func (h *hub) refreshes(methods ...string) {
	for _, method := range methods {
		if h.canRefresh[method] && h.initialized != nil {
			h.ask(h.client, method, nil, func(message) {})
		}
	}
}
