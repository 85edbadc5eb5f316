package lspserver

import (
	"context"
	"encoding/json"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/session"
)

// commandFlow gives the steps that explain the map operation at a place: where
// its map is made, and the compiler's reasoning with the places it speaks of.
// The argument is an object with a "uri" and a "position"; the result is a list
// of locations with messages (DiagnosticRelatedInformation), which is empty
// where there is no operation.
const commandFlow = "mapescape.show_flow"

func (s *server) showFlow(arguments []protocol.LSPAny) (work, error) {
	path, ok := commandFile(arguments)
	var at struct{ Position *protocol.Position }
	if !ok || json.Unmarshal(arguments[0], &at) != nil || at.Position == nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s needs the URI of a Go file and a position", commandFlow)
	}
	view, ok := s.sess.View(path)
	enc := s.sess.Encoding()
	return func(context.Context) (any, error) {
		steps := []protocol.DiagnosticRelatedInformation{} // an empty list, never null
		if !ok {
			return steps, nil
		}
		offset := toOffset(view.File, *at.Position, enc)
		m, ok := smallest(view.Marks(offset, offset))
		if !ok {
			return steps, nil
		}
		told := map[protocol.Location]bool{}
		for _, step := range flow(view, m) {
			if at, ok := s.location(view, step.pos, enc); ok && !told[at] {
				told[at] = true
				steps = append(steps, protocol.DiagnosticRelatedInformation{Location: at, Message: strings.ToValidUTF8(step.text, "\ufffd")})
			}
		}
		return steps, nil
	}, nil
}

// A flowStep is one place in the explanation of an operation.
type flowStep struct {
	pos  source.Pos
	text string
}

// flow is where the map of an operation is made, and then the reasons in their
// order, as far as they speak of a place.
func flow(v session.View, m session.Mark) (steps []flowStep) {
	op := m.Hint.Op.Op
	for _, o := range op.Origins {
		if f := v.Analysed(o.Site.Path); f != nil && o.Site != op.Range {
			steps = append(steps, flowStep{f.Pos(o.Site.Start), "the map is made here"})
		}
	}
	for _, why := range m.Hint.Op.Why {
		if why.Pos.IsValid() {
			steps = append(steps, flowStep{why.Pos, why.Text})
		}
	}
	return steps
}
