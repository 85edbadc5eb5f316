package lspserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/session"
)

// diagnosticSource is said with every diagnostic, so that users can tell ours from others'.
const diagnosticSource = "mapescape"

// catalogue is where the rules are explained.
const catalogue = "https://github.com/mapescape/mapescape/blob/main/fixes/README.md#"

// maxRelated is the number of places that a diagnostic names beside its own.
const maxRelated = 8

// diagnosticCapabilities are what a client can do with diagnostics.
type diagnosticCapabilities struct {
	pull    bool // it asks for them, and asks again when it is told to
	related bool // they may name other places
	href    bool // the rule may have a link
}

// diagnostic is what is said of an offer; false if it is not to be spoken of
// unless the user asks.
func (s *server) diagnostic(v session.View, o session.Offered, enc source.Encoding) (protocol.Diagnostic, bool) {
	severity := map[string]protocol.DiagnosticSeverity{
		"hint": protocol.DiagnosticSeverityHint, "information": protocol.DiagnosticSeverityInformation,
	}[v.Rewrites.Severity[o.Fix]]
	switch {
	case severity == 0, v.Quiet, v.Old != "", o.Ignored, !o.Gain.Proven:
		return protocol.Diagnostic{}, false
	case o.Proof.State == session.Failed, o.Proof.State == session.Worse:
		return protocol.Diagnostic{}, false
	case filepath.Base(o.Range.Path) != filepath.Base(v.File.Path()): // it is another file's
		return protocol.Diagnostic{}, false
	}
	caps := s.caps.Load().diagnostics
	d := protocol.Diagnostic{
		Range:    toRange(v.File, o.Start, trimmed(v.File, o.Start, o.End), enc),
		Severity: severity,
		Code:     protocol.String(o.Fix),
		Source:   protocol.NewOptional(diagnosticSource),
		Message:  protocol.String(sentence(o.Message)),
	}
	if caps.href {
		d.CodeDescription.Href = uri.URI(catalogue + o.Fix)
	}
	if caps.related {
		d.RelatedInformation = related(v, o, enc)
	}
	return d, true
}

// trimmed is the end of a place without the white space before it.
func trimmed(f *source.File, start, end int) int {
	return start + len(bytes.TrimRight(f.Text()[start:end], " \t\r\n"))
}

// related are the further places of an offer in its file.
func related(v session.View, o session.Offered, enc source.Encoding) []protocol.DiagnosticRelatedInformation {
	var out []protocol.DiagnosticRelatedInformation
	for _, r := range o.Also {
		if len(out) == maxRelated {
			break
		}
		out = append(out, protocol.DiagnosticRelatedInformation{
			Location: protocol.Location{URI: uri.File(v.File.Path()), Range: toRange(v.File, r[0], r[1], enc)},
			Message:  "The rewrite concerns this, too.",
		})
	}
	return out
}

// diagnose gives the diagnostics of a document, in the order of their places.
func (s *server) diagnose(v session.View) []protocol.Diagnostic {
	enc := s.sess.Encoding()
	out := []protocol.Diagnostic{}
	for _, o := range v.Offers(0, len(v.File.Text())) {
		if d, ok := s.diagnostic(v, o, enc); ok {
			out = append(out, d)
		}
	}
	return out
}

// diagnosed is what the client knows of the diagnostics of open documents.
type diagnosed struct {
	work latest

	mu sync.Mutex
	// known are the diagnostics that were sent last, or would have been, by path;
	// none is "".
	known map[string]string
	dirty map[string]bool // documents to be looked at
}

// touch has documents looked at in the background.
func (s *server) touch(paths ...string) {
	if len(paths) == 0 {
		return
	}
	d := &s.diagnosed
	d.mu.Lock()
	if d.dirty == nil {
		d.dirty = map[string]bool{}
	}
	for _, path := range paths {
		d.dirty[path] = true
	}
	d.mu.Unlock()
	d.work.trigger(s)
}

// publish sends the diagnostics of the documents that may have others than
// before, or tells the client to ask for them.
func (s *server) publish() {
	d := &s.diagnosed
	d.mu.Lock()
	dirty := d.dirty
	d.dirty = map[string]bool{}
	d.mu.Unlock()
	stale := false
	for path := range dirty {
		v, open := s.sess.View(path)
		list := []protocol.Diagnostic{}
		switch {
		case open && v.Result != nil && !v.Searched:
			continue // the analysis is not complete yet; what was said stands until then
		case open:
			list = s.diagnose(v)
		}
		if !d.replace(path, list) {
			continue
		}
		if s.caps.Load().diagnostics.pull {
			stale = stale || open
			continue
		}
		p := &protocol.PublishDiagnosticsParams{URI: uri.File(path), Diagnostics: list}
		if open {
			p.Version = protocol.NewOptional(v.Version)
		}
		if err := s.client.PublishDiagnostics(s.base, p); err != nil {
			s.log.Debug("textDocument/publishDiagnostics", "error", err)
		}
	}
	if stale {
		ctx, cancel := context.WithTimeout(s.base, clientTime)
		defer cancel()
		if err := s.client.DiagnosticRefresh(ctx); err != nil && s.base.Err() == nil {
			s.log.Debug("workspace/diagnostic/refresh", "error", err)
		}
	}
}

// replace notes what the client knows of a document, and reports whether that is news.
func (d *diagnosed) replace(path string, list []protocol.Diagnostic) (changed bool) {
	now := ""
	if len(list) > 0 {
		now = resultID(list)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	changed = d.known[path] != now
	switch {
	case now == "":
		delete(d.known, path)
	case d.known == nil:
		d.known = map[string]string{path: now}
	default:
		d.known[path] = now
	}
	return changed
}

// resultID identifies diagnostics by their content.
func resultID(list []protocol.Diagnostic) string {
	raw, err := protocol.Marshal(list)
	if err != nil {
		return "?"
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12])
}

// diagnosticProvider advertises diagnostics to clients that ask for them. Others get them without asking.
func (s *server) diagnosticProvider(caps diagnosticCapabilities) protocol.DiagnosticProvider {
	if !caps.pull || s.find == nil {
		return nil
	}
	name := diagnosticSource
	return &protocol.DiagnosticOptions{Identifier: &name, InterFileDependencies: true}
}

// pullDiagnostics answers textDocument/diagnostic.
func (s *server) pullDiagnostics(params jsonrpc2.RawMessage) (work, error) {
	p, err := decode[protocol.DocumentDiagnosticParams](params)
	if err != nil {
		return nil, err
	}
	path, err := document(p.TextDocument)
	if err != nil {
		return nil, err
	}
	view, ok := s.sess.View(path)
	return func(context.Context) (any, error) {
		list := []protocol.Diagnostic{}
		if ok {
			list = s.diagnose(view)
		}
		s.diagnosed.replace(path, list)
		id := resultID(list)
		if p.PreviousResultID != nil && *p.PreviousResultID == id {
			out := &protocol.RelatedUnchangedDocumentDiagnosticReport{}
			out.Kind, out.ResultID = "unchanged", id
			return out, nil
		}
		out := &protocol.RelatedFullDocumentDiagnosticReport{}
		out.Kind, out.ResultID, out.Items = "full", &id, list
		return out, nil
	}, nil
}
