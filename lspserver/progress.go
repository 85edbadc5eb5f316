package lspserver

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/lspserver/session"
	"github.com/mapescape/mapescape/lspserver/settings"
)

// progressDelay is how long an analysis runs before the user sees that it does.
const progressDelay = time.Second

// analysisStarted is called by the session.
func (s *server) analysisStarted(r *session.Run) {
	s.traceMessage("analysing "+s.display(r.Dir), settings.TraceMessages)
	s.tellStatus(packageStatus{URI: uri.File(r.Dir), State: stateAnalysing})
	if s.caps.Load().progress {
		s.spawn(func() { s.showProgress(r) })
	}
}

// analysisFinished is called by the session when what an analysis found is in
// place. The user hears of a package that does not build once, not with every save.
func (s *server) analysisFinished(r *session.Run, out session.Outcome) {
	name := s.display(r.Dir)
	if p, ok := statusOf(out); ok {
		s.tellStatus(p)
	}
	if out.Superseded {
		s.traceMessage(name+": a newer analysis takes over", settings.TraceMessages)
		return
	}
	s.traceMessage(fmt.Sprintf("%s: done in %v", name, out.Elapsed.Round(time.Millisecond)), settings.TraceMessages)
	for _, path := range slices.Sorted(maps.Keys(out.LeftOut)) {
		s.say(protocol.MessageTypeInfo, fmt.Sprintf("%s has no hints: %s", s.display(path), out.LeftOut[path]))
	}
	switch {
	case out.Cancelled:
		s.say(protocol.MessageTypeInfo, name+": the analysis was cancelled")
	case !out.Changed:
	case out.Err != nil:
		s.say(protocol.MessageTypeError, fmt.Sprintf("%s: the analysis failed: %v", name, out.Err))
	case out.Problem != "":
		s.say(protocol.MessageTypeWarning, fmt.Sprintf("%s does not build: %s", name, out.Problem))
	case out.TestProblem != "":
		s.say(protocol.MessageTypeWarning, fmt.Sprintf("%s: its tests do not build: %s", name, out.TestProblem))
	default:
		s.say(protocol.MessageTypeInfo, name+" can be analysed again")
	}
	s.refresh.trigger(s)
	s.rewritesChanged(r.Dir)
}

// proved is called by the session when offers have been compiled.
func (s *server) proved(dir string) { s.rewritesChanged(dir) }

// rewritesChanged shows what is on offer in a directory's open files.
func (s *server) rewritesChanged(dir string) {
	paths := s.sess.Documents(dir)
	s.touch(paths...)
	s.lenses.trigger(s)
}

// packageKnown is called by the session when the hints of a package's own files
// are in place and those of its tests are not.
func (s *server) packageKnown(r *session.Run) {
	s.traceMessage(s.display(r.Dir)+": all but its tests is known", settings.TraceMessages)
	s.refresh.trigger(s)
}

// showProgress shows an analysis that takes long, until it ends.
func (s *server) showProgress(r *session.Run) {
	select {
	case <-s.after(progressDelay):
	case <-r.Done():
		return
	case <-s.base.Done():
		return
	}
	token := s.progress.add(r)
	defer s.progress.remove(token)
	ctx, cancel := context.WithTimeout(s.base, clientTime)
	defer cancel()
	err := s.client.WorkDoneProgressCreate(ctx, &protocol.WorkDoneProgressCreateParams{Token: protocol.String(token)})
	if err != nil {
		s.log.Debug("window/workDoneProgress/create", "error", err)
		return
	}
	cancellable := true
	s.report(token, &protocol.WorkDoneProgressBegin{Kind: "begin", Title: "Analysing " + s.display(r.Dir), Cancellable: &cancellable})
	defer s.report(token, &protocol.WorkDoneProgressEnd{Kind: "end"})
	for {
		select {
		case p := <-r.Progress():
			text := stage(p)
			s.traceMessage(s.display(r.Dir)+": "+text, settings.TraceVerbose)
			s.report(token, &protocol.WorkDoneProgressReport{Kind: "report", Message: &text})
		case <-r.Done():
			return
		case <-s.base.Done():
			return
		}
	}
}

func stage(p analysis.Progress) string {
	text := cmp.Or(map[string]string{
		"compile": "compiling", "load": "loading", "resolve": "resolving",
	}[p.Stage], p.Stage)
	if p.Total > 1 {
		text = fmt.Sprintf("%s %d/%d", text, p.Done, p.Total)
	}
	return text
}

func (s *server) report(token string, value any) {
	raw, err := protocol.Marshal(value)
	if err == nil {
		err = s.client.Progress(s.base, &protocol.ProgressParams{Token: protocol.String(token), Value: raw})
	}
	if err != nil {
		s.log.Debug("$/progress", "error", err)
	}
}

// progressTokens knows the analyses that the client can cancel.
type progressTokens struct {
	mu   sync.Mutex
	last int
	runs map[string]*session.Run
}

func (t *progressTokens) add(r *session.Run) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	token := fmt.Sprintf("mapescape/%d", t.last)
	if t.runs == nil {
		t.runs = map[string]*session.Run{}
	}
	t.runs[token] = r
	return token
}

func (t *progressTokens) remove(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.runs, token)
}

// cancelProgress is the user's cancel button.
func (s *server) cancelProgress(params jsonrpc2.RawMessage) error {
	var token string
	if err := json.Unmarshal(member(params, "token"), &token); err != nil {
		return nil // not one of ours: they are strings
	}
	s.progress.mu.Lock()
	r := s.progress.runs[token]
	s.progress.mu.Unlock()
	if r != nil {
		r.Cancel()
	}
	return nil
}
