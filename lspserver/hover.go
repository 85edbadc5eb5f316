package lspserver

import (
	"context"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/session"
)

// textWidth is the width that plain text is wrapped to, in columns.
const textWidth = 80

func (s *server) hover(params jsonrpc2.RawMessage) (work, error) {
	p, err := decode[protocol.HoverParams](params)
	if err != nil {
		return nil, err
	}
	path, err := document(p.TextDocument)
	if err != nil {
		return nil, err
	}
	view, ok := s.sess.View(path)
	enc := s.sess.Encoding()
	return func(context.Context) (any, error) {
		if !ok {
			return nil, nil
		}
		offset := toOffset(view.File, p.Position, enc)
		if view.LeftOut != "" {
			return s.hoverLeftOut(view, offset, enc), nil
		}
		m, ok := smallest(view.Marks(offset, offset))
		if !ok {
			return nil, nil
		}
		doc := s.explain(m.Hint.Op, view.Result)
		if len(doc) == 0 {
			return nil, nil
		}
		if view.Old != "" {
			doc = append(doc[:len(doc):len(doc)], oldNote(view.Old))
		}
		span := toRange(view.File, m.Start, m.End, enc)
		return &protocol.Hover{Contents: s.contents(doc), Range: &span}, nil
	}, nil
}

// hoverLeftOut says, at the build constraint and the package clause of a file
// that is not compiled, why there are no hints in it.
func (s *server) hoverLeftOut(v session.View, offset int, enc source.Encoding) any {
	for _, c := range v.Clauses() {
		if !c.Contains(offset) {
			continue
		}
		span := toRange(v.File, c.Start, c.End, enc)
		doc := markup.Doc{
			{Kind: markup.Paragraph, Spans: []markup.Span{{Text: "No hints", Style: markup.Strong}, {Text: " — " + v.LeftOut + ", so the compiler says nothing of it."}}},
			{Kind: markup.Paragraph, Spans: []markup.Span{
				{Text: "Another target or another set of tags is analysed with "}, {Text: "mapescape.analysis.env", Style: markup.Mono},
				{Text: " and "}, {Text: "mapescape.analysis.buildFlags", Style: markup.Mono}, {Text: "."},
			}},
		}
		return &protocol.Hover{Contents: s.contents(doc), Range: &span}
	}
	return nil
}

// smallest is the innermost of the operations that contain a place; of two
// that only touch it, from either side, the one that starts there.
func smallest(marks []session.Mark) (best session.Mark, ok bool) {
	for _, m := range marks {
		if !ok || m.End-m.Start < best.End-best.Start || m.Start >= best.End {
			best, ok = m, true
		}
	}
	return best, ok
}

// contents renders a document in the form that the client shows.
func (s *server) contents(doc markup.Doc) *protocol.MarkupContent {
	if s.caps.Load().markdown {
		return &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: markup.Markdown(doc, toLink)}
	}
	return &protocol.MarkupContent{Kind: protocol.MarkupKindPlainText, Value: markup.Text(doc, textWidth)}
}
