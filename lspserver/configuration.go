package lspserver

import (
	"context"
	"slices"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/lspserver/session"
	"github.com/mapescape/mapescape/lspserver/settings"
)

// sections are what a client keeps for us: our own settings, and those of gopls.
type sections struct{ own, gopls []byte }

// configuration is what the client sent last.
type configuration struct {
	mu  sync.Mutex
	all sections
}

// configure puts settings in force as a client sent them, for the whole
// workspace and for its folders by path, and tells the user what is wrong with them.
func (s *server) configure(all sections, byFolder map[string]sections) {
	s.config.mu.Lock()
	defer s.config.mu.Unlock()
	s.config.all = all
	global, problems := parse(all)
	s.trace.Store(&global.Trace.Server)
	var folders []session.Folder
	for _, dir := range s.caps.Load().folders {
		set := global
		if own, ok := byFolder[dir]; ok {
			var more []string
			set, more = parse(own)
			problems = append(problems, more...)
		}
		folders = append(folders, session.Folder{Dir: dir, Options: options(set)})
	}
	if s.sess.Configure(options(global), folders...) {
		s.refresh.trigger(s)
	}
	s.rewritesChanged("")
	slices.Sort(problems)
	for _, text := range s.complaints.fresh(slices.Compact(problems)) {
		s.say(protocol.MessageTypeWarning, "settings: "+text)
	}
}

// reconfigure puts the settings of the whole workspace in force once more,
// because its folders have changed.
func (s *server) reconfigure() {
	s.config.mu.Lock()
	all := s.config.all
	s.config.mu.Unlock()
	s.configure(all, nil)
}

func parse(from sections) (settings.Settings, []string) {
	set, problems := settings.Parse(from.own)
	set, more := set.Inherit(from.gopls)
	return set, append(problems, more...)
}

// options are the settings as the session knows them.
func options(set settings.Settings) session.Options {
	h, a := set.InlayHints, set.Analysis
	return session.Options{
		Level:     h.Level,
		Hide:      session.Hidden{Make: !h.Make, Insert: !h.Insert, Delete: !h.Delete, Clear: !h.Clear, Range: !h.Range, SyncMap: !h.SyncMap},
		Generated: h.Generated,
		Vendor:    h.Vendor,
		Testdata:  h.Testdata,
		Manual:    a.Trigger == settings.Manual,
		Typing:    a.Trigger == settings.OnType,
		Delay:     a.Delay,
		Filters:   a.DirectoryFilters,
		Rewrites:  rewriteOptions(set),
		Tests:     a.Tests,
		Flags:     a.BuildFlags,
		Env:       a.Env,
	}
}

func rewriteOptions(set settings.Settings) session.RewriteOptions {
	severity := map[string]string{}
	for id, s := range set.Diagnostics {
		severity[id] = string(s)
	}
	r := set.Rewrites
	return session.RewriteOptions{
		Review: r.NeedReview, Background: r.Background, All: r.FixAll, Severity: severity, Lenses: set.CodeLens.Rewrites,
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
		s.configure(sections{own: raw, gopls: member(raw, settings.GoplsSection)}, nil)
	}
	return nil
}

// pullSettings asks the client for the settings, those of the whole workspace
// and those of each folder. A client that has none is taken to mean those that
// it sent with initialize, and one that has none for a folder those of the workspace.
func (s *server) pullSettings() {
	caps := s.caps.Load()
	names := []string{settings.Section, settings.GoplsSection}
	var items []protocol.ConfigurationItem
	ask := func(scope *uri.URI) {
		for i := range names {
			items = append(items, protocol.ConfigurationItem{ScopeURI: scope, Section: &names[i]})
		}
	}
	ask(nil)
	for _, scope := range caps.scopes {
		u := uri.URI(scope)
		ask(&u)
	}
	ctx, cancel := context.WithTimeout(s.base, clientTime)
	defer cancel()
	answers, err := s.client.Configuration(ctx, &protocol.ConfigurationParams{Items: items})
	if err != nil {
		s.log.Warn("workspace/configuration", "error", err)
		return
	}
	answer := func(i int, otherwise []byte) []byte {
		if i < len(answers) && len(answers[i]) > 0 && string(answers[i]) != "null" {
			return answers[i]
		}
		return otherwise
	}
	all := sections{own: answer(0, s.initial), gopls: answer(1, member(s.initial, settings.GoplsSection))}
	byFolder := map[string]sections{}
	for i, dir := range caps.folders {
		byFolder[dir] = sections{own: answer(2*i+2, all.own), gopls: answer(2*i+3, all.gopls)}
	}
	s.configure(all, byFolder)
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
