package proxy

import (
	"encoding/json"
	"strings"
)

// handling says what is done with a request of the client.
type handling int

const (
	passed   handling = iota // to gopls alone
	merged                   // to both, and one answer made of theirs
	resolved                 // to the one whose data it carries
	command                  // to the one that knows the command
)

// requests are those that do not simply go to gopls.
var requests = map[string]handling{
	"initialize":               merged,
	"shutdown":                 merged,
	"textDocument/inlayHint":   merged,
	"textDocument/hover":       merged,
	"textDocument/codeAction":  merged,
	"textDocument/codeLens":    merged,
	"textDocument/diagnostic":  merged,
	"inlayHint/resolve":        resolved,
	"codeAction/resolve":       resolved,
	"codeLens/resolve":         resolved,
	"workspace/executeCommand": command,
}

// shared are the notifications that both halves get; the others are gopls'.
var shared = map[string]bool{
	"initialized":                         true,
	"exit":                                true,
	"$/setTrace":                          true,
	"$/cancelRequest":                     true,
	"textDocument/didOpen":                true,
	"textDocument/didChange":              true,
	"textDocument/didSave":                true,
	"textDocument/didClose":               true,
	"workspace/didChangeConfiguration":    true,
	"workspace/didChangeWatchedFiles":     true,
	"workspace/didChangeWorkspaceFolders": true,
}

// ours is the prefix of the names of our commands and progress tokens, and the
// member of our data.
const ours = "mapescape"

// fromClient takes a message of the client.
func (h *hub) fromClient(m message) {
	switch {
	case m.method == "":
		h.answerOfClient(m)
	case m.id == nil:
		h.notified(m)
	default:
		h.requested(m)
	}
}

func (h *hub) notified(m message) {
	switch m.method {
	case "initialized":
		h.initialized = &m
		for _, text := range h.waitingToSay {
			h.say(levelError, text)
		}
		h.waitingToSay = nil
	case "workspace/didChangeConfiguration":
		h.config = &m
	case "window/workDoneProgress/cancel":
		if strings.HasPrefix(text(m.params, "token"), ours) {
			h.toOwn(m.body)
			return
		}
	case "exit":
		h.toBoth(m.body)
		h.finish(nil)
		return
	}
	h.documents.note(m, h.own != nil)
	if shared[m.method] {
		h.toBoth(m.body)
		return
	}
	h.toGopls(m.body)
}

func (h *hub) requested(m message) {
	if h.pending[string(m.id)] != nil {
		// The answers to the two could not be told apart.
		h.client.put(errorFrame(m.id, codeInvalid, "a request with this id is under way"))
		return
	}
	switch requests[m.method] {
	case merged:
		switch m.method {
		case "initialize":
			h.begin(m)
		case "textDocument/diagnostic":
			m = withoutPrevious(m)
		}
		h.await(m, true, true)
		if p := h.pending[string(m.id)]; p != nil && m.method == "shutdown" {
			h.after(patience, func() { h.shutdownOver(p) })
		}
	case resolved:
		own := member(member(m.params, "data"), ours) != nil
		if !own && m.method != "codeAction/resolve" && h.gopls != nil && !h.resolves(m.method) {
			h.client.put(resultFrame(m.id, m.params)) // gopls sent it complete
			return
		}
		h.await(m, !own, own)
	case command:
		own := strings.HasPrefix(text(m.params, "command"), ours+".")
		h.await(m, !own, own)
	default:
		h.await(m, true, false)
	}
}

// withoutPrevious is a request for diagnostics without the id of an earlier
// result: gopls would answer that nothing has changed, and nothing could be joined to that.
func withoutPrevious(m message) message {
	if member(m.params, "previousResultId") == nil {
		return m
	}
	var p map[string]json.RawMessage
	if json.Unmarshal(m.params, &p) != nil {
		return m
	}
	delete(p, "previousResultId")
	body := callFrame(m.id, m.method, p)
	if again, err := read(body); err == nil {
		return again
	}
	return m
}

// begin reads from initialize what the proxy itself needs.
func (h *hub) begin(m message) {
	h.initialize = &m
	h.canRefresh = map[string]bool{}
	for name, method := range map[string]string{
		"inlayHint": "workspace/inlayHint/refresh", "codeLens": "workspace/codeLens/refresh",
		"diagnostics": "workspace/diagnostic/refresh", "semanticTokens": "workspace/semanticTokens/refresh",
	} {
		var supported bool
		raw := member(m.params, "capabilities", "workspace", name, "refreshSupport")
		if json.Unmarshal(raw, &supported) == nil && supported {
			h.canRefresh[method] = true
		}
	}
}

// answerOfClient brings the client's answer to whoever asked.
func (h *hub) answerOfClient(m message) {
	if f := h.questions[string(m.id)]; f != nil {
		delete(h.questions, string(m.id))
		f(m)
		return
	}
	if _, ok := h.asked[string(m.id)]; !ok {
		h.log.Debug("the client answers what nobody asked", "id", string(m.id))
		return
	}
	delete(h.asked, string(m.id))
	who, generation, raw, ok := untag(m.id)
	switch {
	case !ok:
	case who == askOwn:
		h.toOwn(m.withID(raw))
	case who == askGopls && generation == h.generation:
		h.toGopls(m.withID(raw))
	}
}
