package lspserver

import (
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/lspserver/session"
)

// methodStatus is a notification of ours, sent to clients whose capabilities
// have experimental.mapescape.status: how a package is, each time that changes.
const methodStatus = "mapescape/status"

// packageStatus is what methodStatus tells. Its JSON names are part of what
// front ends rely on.
type packageStatus struct {
	// URI is the package's directory.
	URI   uri.URI `json:"uri"`
	State state   `json:"state"`
	// Message is one line that says why the state is not good.
	Message string `json:"message,omitzero"`
	// Old says that the hints are those of an earlier state of the package, if there are any.
	Old bool `json:"old,omitzero"`
}

// state is what can be said of a package.
type state string

const (
	stateAnalysing state = "analysing"
	stateReady     state = "ready"
	stateBroken    state = "broken" // it does not build
	stateFailed    state = "failed" // we were not able to
	stateCancelled state = "cancelled"
)

// tellStatus says how a package is.
func (s *server) tellStatus(p packageStatus) {
	if !s.caps.Load().status {
		return
	}
	p.Message = strings.ToValidUTF8(p.Message, "\ufffd")
	if err := s.conn.Notify(s.base, methodStatus, p); err != nil {
		s.log.Debug(methodStatus, "error", err)
	}
}

// statusOf is how a package is after an analysis. One that a newer analysis
// took the place of says nothing: that one is told already.
func statusOf(out session.Outcome) (p packageStatus, ok bool) {
	p = packageStatus{URI: uri.File(out.Dir), State: stateReady}
	switch {
	case out.Superseded:
		return p, false
	case out.Cancelled:
		p.State, p.Old = stateCancelled, true
	case out.Err != nil:
		p.State, p.Message, p.Old = stateFailed, out.Err.Error(), true
	case out.Problem != "":
		p.State, p.Message, p.Old = stateBroken, out.Problem, true
	case out.TestProblem != "":
		p.State, p.Message = stateBroken, "its tests: "+out.TestProblem
	}
	p.Message, _, _ = strings.Cut(p.Message, "\n")
	return p, true
}

// statusCapability tells a client that asked for methodStatus that it is there.
func (s *server) statusCapability() protocol.LSPAny {
	if !s.caps.Load().status {
		return nil
	}
	return protocol.LSPAny(`{"mapescape":{"status":true}}`)
}
