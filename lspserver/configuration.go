package lspserver

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/session"
	"github.com/mapescape/mapescape/lspserver/settings"
)

// configure puts settings in force as a client sent them, and tells the user
// what is wrong with them.
func (s *server) configure(raw []byte) {
	set, problems := settings.Parse(raw)
	for _, text := range s.complaints.fresh(problems) {
		s.say(protocol.MessageTypeWarning, "settings: "+text)
	}
	s.trace.Store(&set.Trace.Server)
	relabelled := s.sess.Configure(session.Options{
		Level:  set.InlayHints.Level,
		Manual: set.Analysis.Trigger == settings.Manual,
		Tests:  set.Analysis.Tests,
		Flags:  set.Analysis.BuildFlags,
		Env:    set.Analysis.Env,
	})
	if relabelled {
		s.refresh.trigger(s)
	}
}

// complaints remembers what has been said about the settings, so that a mistake
// is not repeated with every change of another setting.
type complaints struct {
	mu   sync.Mutex
	last []string
}

func (c *complaints) fresh(problems []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, p := range problems {
		if !slices.Contains(c.last, p) {
			out = append(out, p)
		}
	}
	c.last = problems
	return out
}

// didChangeConfiguration takes the new settings, or asks for them where the
// client is one that is asked.
func (s *server) didChangeConfiguration(params jsonrpc2.RawMessage) error {
	if s.caps.Load().configuration {
		s.pull.trigger(s)
		return nil
	}
	if raw := member(params, "settings"); len(raw) > 0 && string(raw) != "null" {
		s.configure(raw)
	}
	return nil
}

// pullSettings asks the client for the settings. A client that has none is
// taken to mean those that it sent with initialize.
func (s *server) pullSettings() {
	section := settings.Section
	ctx, cancel := context.WithTimeout(s.base, clientTime)
	defer cancel()
	items, err := s.client.Configuration(ctx, &protocol.ConfigurationParams{
		Items: []protocol.ConfigurationItem{{Section: &section}},
	})
	switch {
	case err != nil:
		s.log.Warn("workspace/configuration", "error", err)
	case len(items) == 1 && len(items[0]) > 0 && string(items[0]) != "null":
		s.configure(items[0])
	default:
		s.configure(s.initial)
	}
}

// registerForSettings asks the client to tell when the settings have changed.
func (s *server) registerForSettings() {
	ctx, cancel := context.WithTimeout(s.base, clientTime)
	defer cancel()
	options, err := json.Marshal(map[string]string{"section": settings.Section})
	if err == nil {
		err = s.client.RegisterCapability(ctx, &protocol.RegistrationParams{Registrations: []protocol.Registration{{
			ID:              "mapescape.settings",
			Method:          protocol.MethodWorkspaceDidChangeConfiguration,
			RegisterOptions: options,
		}}})
	}
	if err != nil {
		s.log.Warn("client/registerCapability", "error", err)
	}
}

// setTrace is the client's own switch of the trace.
func (s *server) setTrace(params jsonrpc2.RawMessage) error {
	p, err := decode[protocol.SetTraceParams](params)
	if err != nil {
		return err
	}
	s.setTraceValue(string(p.Value))
	return nil
}

// setTraceValue takes a trace value of the protocol, which has the same names
// as ours; "" and what we do not know change nothing.
func (s *server) setTraceValue(v string) {
	t := settings.Trace(v)
	if slices.Contains([]settings.Trace{settings.TraceOff, settings.TraceMessages, settings.TraceVerbose}, t) {
		s.trace.Store(&t)
	}
}
