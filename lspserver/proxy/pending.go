package proxy

import (
	"time"
)

// pending is a request of the client that waits for its answer.
type pending struct {
	request message
	// gopls and own say which halves are to answer; the answers are those that came.
	gopls, own             bool
	goplsAnswer, ownAnswer *message
	grace                  *time.Timer
	late                   bool // the answer went without our half's part
}

// await sends a request to one or both halves. One that is not there has no part.
func (h *hub) await(m message, gopls, own bool) {
	p := &pending{request: m, gopls: gopls && h.gopls != nil, own: own && h.own != nil}
	if !p.gopls && !p.own {
		code, why := codeRequestFailed, "gopls is not running"
		switch {
		case !gopls:
			why = "this half of the server is not running"
		case h.restarts.waiting:
			code, why = codeContentModified, "gopls is being started again"
		}
		h.client.put(errorFrame(m.id, code, why))
		return
	}
	h.pending[string(m.id)] = p
	if p.gopls {
		h.toGopls(m.body)
	}
	if p.own {
		h.toOwn(m.body)
	}
}

// answered takes a half's answer.
func (h *hub) answered(from source, m message) {
	if f := h.questions[string(m.id)]; f != nil {
		delete(h.questions, string(m.id))
		f(m)
		return
	}
	p := h.pending[string(m.id)]
	switch {
	case p == nil,
		from == fromGopls && (!p.gopls || p.goplsAnswer != nil),
		from == fromOwn && (!p.own || p.ownAnswer != nil):
		h.log.Debug("an answer that nothing waits for", "server", from, "id", string(m.id))
		return
	case from == fromGopls:
		p.goplsAnswer = &m
	default:
		p.ownAnswer = &m
	}
	switch {
	case p.late:
		delete(h.pending, string(m.id))
		h.caughtUp(p)
	case p.complete():
		h.settle(p)
	case from == fromGopls && p.request.method != "initialize" && p.request.method != "shutdown":
		p.grace = h.after(h.Grace, func() { h.graceOver(p) })
	}
}

func (p *pending) complete() bool {
	return (!p.gopls || p.goplsAnswer != nil) && (!p.own || p.ownAnswer != nil)
}

// graceOver answers with what gopls said, when our half is too slow.
func (h *hub) graceOver(p *pending) {
	if h.pending[string(p.request.id)] != p || p.complete() || p.late {
		return
	}
	p.late = true
	h.client.put(p.goplsAnswer.body)
}

// shutdownOver answers a shutdown that one of the halves does not answer.
func (h *hub) shutdownOver(p *pending) {
	if h.pending[string(p.request.id)] == p {
		h.settle(p)
	}
}

// caughtUp has the client ask again when our half's part of an answer came too late.
func (h *hub) caughtUp(p *pending) {
	if p.ownAnswer.failed || isEmpty(p.ownAnswer.result) {
		return
	}
	switch p.request.method {
	case "textDocument/inlayHint":
		h.refreshes("workspace/inlayHint/refresh")
	case "textDocument/codeLens":
		h.refreshes("workspace/codeLens/refresh")
	case "textDocument/diagnostic":
		h.refreshes("workspace/diagnostic/refresh")
	}
}

// settle answers a request for which all is there that will come.
func (h *hub) settle(p *pending) {
	delete(h.pending, string(p.request.id))
	if p.grace != nil {
		p.grace.Stop()
	}
	if p.late {
		return
	}
	switch p.request.method {
	case "initialize":
		if p.goplsAnswer != nil && !p.goplsAnswer.failed {
			h.goplsCapabilities = member(p.goplsAnswer.result, "capabilities")
		}
		h.client.put(mergeInitialize(p))
	case "shutdown":
		h.shutdown = true
		h.client.put(resultFrame(p.request.id, []byte("null")))
	default:
		h.client.put(merge(p))
	}
}

// withoutGopls is the answer of a request when gopls will give none: our half's,
// once it is there, or an error.
func (h *hub) withoutGopls(p *pending, code int, why string) {
	if !p.gopls || p.goplsAnswer != nil {
		return
	}
	p.gopls = false
	switch {
	case p.own && p.ownAnswer == nil: // it will come
	case p.own:
		h.settle(p)
	default:
		delete(h.pending, string(p.request.id))
		h.client.put(errorFrame(p.request.id, code, why))
	}
}

// withoutOwn is the same the other way round.
func (h *hub) withoutOwn(p *pending) {
	if !p.own || p.ownAnswer != nil {
		return
	}
	p.own = false
	switch {
	case p.late:
		delete(h.pending, string(p.request.id))
	case p.gopls && p.goplsAnswer == nil:
	case p.gopls:
		h.settle(p)
	default:
		delete(h.pending, string(p.request.id))
		h.client.put(errorFrame(p.request.id, codeRequestFailed, "this half of the server has ended"))
	}
}
