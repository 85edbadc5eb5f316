package lspserver

import (
	"context"
	"strings"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/settings"
)

// clientTime is how long a request to the client may take.
const clientTime = 10 * time.Second

// say tells the user something in the client's log.
func (s *server) say(t protocol.MessageType, text string) {
	s.log.Info("told the client", "message", text)
	if err := s.client.LogMessage(s.base, &protocol.LogMessageParams{Type: t, Message: strings.ToValidUTF8(text, "\ufffd")}); err != nil {
		s.log.Debug("window/logMessage", "error", err)
	}
}

// traceMessage tells the client's trace something if it wants that much.
func (s *server) traceMessage(text string, atLeast settings.Trace) {
	t := s.trace.Load()
	if t == nil || *t == settings.TraceOff || atLeast == settings.TraceVerbose && *t != settings.TraceVerbose {
		return
	}
	if err := s.client.LogTrace(s.base, &protocol.LogTraceParams{Message: strings.ToValidUTF8(text, "\ufffd")}); err != nil {
		s.log.Debug("$/logTrace", "error", err)
	}
}

// askForRefresh makes the client ask for its inlay hints again.
func (s *server) askForRefresh() {
	if !s.caps.Load().refresh {
		return
	}
	ctx, cancel := context.WithTimeout(s.base, clientTime)
	defer cancel()
	if err := s.client.InlayHintRefresh(ctx); err != nil && s.base.Err() == nil {
		s.log.Debug("workspace/inlayHint/refresh", "error", err)
	}
}

// askForLenses makes the client ask for its code lenses again, if it shows any.
func (s *server) askForLenses() {
	if !s.caps.Load().lenses.refresh || !s.sess.Lenses() {
		return
	}
	ctx, cancel := context.WithTimeout(s.base, clientTime)
	defer cancel()
	if err := s.client.CodeLensRefresh(ctx); err != nil && s.base.Err() == nil {
		s.log.Debug("workspace/codeLens/refresh", "error", err)
	}
}

// latest runs something in the background, one at a time. What is triggered
// while it runs makes it run once more, however often it was.
type latest struct {
	run func()

	mu             sync.Mutex
	running, again bool
}

func (l *latest) trigger(s *server) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		l.again = true
		return
	}
	l.running = true
	s.spawn(func() {
		for l.once(s) {
		}
	})
}

// once runs it and reports whether it is to run again.
func (l *latest) once(s *server) (again bool) {
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		again = l.again && s.base.Err() == nil
		l.again, l.running = false, again
	}()
	defer s.recoverPanic("in the background")
	l.run()
	return
}
