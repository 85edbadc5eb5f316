package lspserver

import (
	"context"
	"encoding/json"
	"os"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/session"
)

// hintData finds a hint again: a mark in one version of a document. Its names
// are ours, so that a proxy can tell our hints from another server's.
type hintData struct {
	URI     uri.URI `json:"uri"`
	Version int32   `json:"version"`
	ID      string  `json:"mapescape"`
}

// resolveInlayHint adds to a hint what the client did not want to have with all
// of them. A hint whose document has moved on since, or that another analysis
// took the place of, comes back as it was sent: the client is about to ask anew.
func (s *server) resolveInlayHint(params jsonrpc2.RawMessage) (work, error) {
	h, err := decode[protocol.InlayHint](params)
	if err != nil {
		return nil, err
	}
	asSent := slices.Clone(params)
	unresolved := func(context.Context) (any, error) { return asSent, nil }
	var d hintData
	if json.Unmarshal(h.Data, &d) != nil || d.ID == "" {
		return unresolved, nil
	}
	path, ok := fromFileURI(string(d.URI))
	if !ok {
		return unresolved, nil
	}
	view, ok := s.sess.View(path)
	if !ok || view.Version != d.Version {
		return unresolved, nil
	}
	m, ok := view.Mark(d.ID)
	if !ok || m.Hint.Label == "" {
		return unresolved, nil
	}
	enc := s.sess.Encoding()
	h.Data = slices.Clone(h.Data)
	h.Position = toPosition(view.File, m.End, enc)
	return func(context.Context) (any, error) {
		caps := s.caps.Load()
		if caps.lazyTooltip {
			h.Tooltip = s.tooltip(view, m)
		}
		h.Label = protocol.String(m.Hint.Label)
		if caps.lazyLocation {
			part := protocol.InlayHintLabelPart{Value: m.Hint.Label}
			if at, ok := s.destination(view, m, enc); ok {
				part.Location = at
			}
			h.Label = protocol.InlayHintLabelPartSlice{part}
		}
		return h, nil
	}, nil
}

// destination is the place that a hint leads to, in the text as it is now.
func (s *server) destination(v session.View, m session.Mark, enc source.Encoding) (protocol.Location, bool) {
	pos, ok := destination(v, m.Hint)
	if !ok {
		return protocol.Location{}, false
	}
	return s.location(v, pos, enc)
}

// location is a place of an analysis in the text as it is now.
func (s *server) location(v session.View, pos source.Pos, enc source.Encoding) (protocol.Location, bool) {
	f, offset, ok := s.sess.Locate(v, pos)
	if !ok {
		if text, err := os.ReadFile(pos.Path); err == nil && v.Analysed(pos.Path) == nil {
			// A file of another package, which is not kept.
			f = source.NewFile(pos.Path, text)
			offset, ok = f.Offset(pos.Line, pos.Column)
		}
	}
	if !ok {
		return protocol.Location{}, false
	}
	return protocol.Location{URI: uri.File(f.Path()), Range: toRange(f, offset, offset, enc)}, true
}

// destination picks what explains a hint best by its place: for an operation on
// a map where that is created, the first such place if there are several, and
// for a creation the first other place in the compiler's reasoning.
func destination(v session.View, h hint.Hint) (source.Pos, bool) {
	op := h.Op.Op
	for _, o := range op.Origins {
		if o.Site == op.Range {
			break
		}
		if f := v.Analysed(o.Site.Path); f != nil {
			return f.Pos(o.Site.Start), true
		}
	}
	for _, why := range h.Op.Why {
		if why.Compiler && why.Pos.IsValid() && why.Pos != op.Pos && why.Pos != op.Anchor {
			return why.Pos, true
		}
	}
	return source.Pos{}, false
}
