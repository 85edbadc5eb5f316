package lspserver

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/lspserver/session"
)

// maxPerLine is the number of hints on a line below level all: clients cut
// long lines off, and not only our own hints.
const maxPerLine = 2

// maxHints is the number of hints in an answer. No screen shows as many, and a
// client that asks for those of a whole generated file has to draw them.
const maxHints = 5000

func (s *server) inlayHint(params jsonrpc2.RawMessage) (work, error) {
	p, err := decode[protocol.InlayHintParams](params)
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
		hints := []protocol.InlayHint{} // an empty list, never null
		if !ok {
			return hints, nil
		}
		start, end := toOffset(view.File, p.Range.Start, enc), toOffset(view.File, p.Range.End, enc)
		caps := s.caps.Load()
		padding := true
		for _, m := range shown(view, start, end) {
			h := protocol.InlayHint{
				Position:    toPosition(view.File, m.End, enc),
				Label:       protocol.String(m.Hint.Label),
				PaddingLeft: &padding,
			}
			if caps.lazyLocation {
				h.Label = protocol.InlayHintLabelPartSlice{{Value: m.Hint.Label}}
			}
			if !caps.lazyTooltip {
				h.Tooltip = s.tooltip(view, m)
			}
			if caps.lazyTooltip || caps.lazyLocation {
				if h.Data, err = json.Marshal(hintData{URI: p.TextDocument.URI, Version: view.Version, ID: m.ID}); err != nil {
					return nil, err
				}
			}
			hints = append(hints, h)
		}
		return hints, nil
	}, nil
}

// shown picks the labels that stand within the bytes [start, end], in the
// order of their places.
func shown(v session.View, start, end int) []session.Mark {
	marks := slices.DeleteFunc(v.Labelled(start, end), func(m session.Mark) bool {
		return m.End > end
	})
	slices.SortStableFunc(marks, func(a, b session.Mark) int { return cmp.Compare(a.End, b.End) })
	marks = marks[:min(len(marks), maxHints)]
	if v.Level == hint.All {
		return marks
	}
	var out []session.Mark
	for len(marks) > 0 {
		line := v.File.Pos(marks[0].End).Line
		n := 1
		for n < len(marks) && v.File.Pos(marks[n].End).Line == line {
			n++
		}
		out = append(out, foremost(marks[:n])...)
		marks = marks[n:]
	}
	return out
}

// foremost picks of the labels of one line those that are shown at the lowest
// level, and of these the first ones.
func foremost(marks []session.Mark) []session.Mark {
	if len(marks) <= maxPerLine {
		return marks
	}
	ranked := slices.Clone(marks)
	slices.SortStableFunc(ranked, func(a, b session.Mark) int { return cmp.Compare(rank(a.Hint.Level), rank(b.Hint.Level)) })
	ranked = ranked[:maxPerLine]
	slices.SortStableFunc(ranked, func(a, b session.Mark) int { return cmp.Compare(a.End, b.End) })
	return ranked
}

func rank(l hint.Level) int {
	return slices.Index([]hint.Level{hint.Quiet, hint.Normal, hint.All}, l)
}

// tooltip is the first paragraph of the explanation; the hover has the rest.
func (s *server) tooltip(v session.View, m session.Mark) protocol.InlayHintTooltip {
	doc := s.explain(m.Hint.Op, v.Result)
	if len(doc) > 1 {
		doc = doc[:1:1]
	}
	if v.Old != "" {
		doc = append(doc, oldNote(v.Old))
	}
	if len(doc) == 0 {
		return nil
	}
	return &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: markup.Markdown(doc, toLink)}
}

// oldNote says that what stands beside it is not of the newest state.
func oldNote(why string) markup.Block {
	return markup.Block{Kind: markup.Paragraph, Spans: []markup.Span{
		{Text: "Old", Style: markup.Strong},
		{Text: ": " + why + ". This is what the last successful analysis found."},
	}}
}
