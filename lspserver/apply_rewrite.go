package lspserver

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/session"
)

// commandApply makes a rewrite: its argument is an applyArgument. It is there for
// lenses, for clients that know no code actions, and for keys that a user binds.
// A client that cannot be asked to change its documents gets the change as the command's result.
const commandApply = "mapescape.apply_rewrite"

// applyArgument says which rewrite is meant: that of a rule at a place, which is
// a position or a range, or with the rule "all" everything that is safe and of
// use in the file.
type applyArgument struct {
	URI      string             `json:"uri"`
	Position *protocol.Position `json:"position,omitempty"`
	Range    *protocol.Range    `json:"range,omitempty"`
	Fix      string             `json:"fix"`
}

func (s *server) applyRewrite(arguments []protocol.LSPAny) (work, error) {
	var arg applyArgument
	path, ok := "", false
	if len(arguments) == 1 && json.Unmarshal(arguments[0], &arg) == nil && arg.Fix != "" {
		path, ok = fromFileURI(arg.URI)
	}
	if !ok || arg.Fix != ruleAll && arg.Position == nil && arg.Range == nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, `%s needs an object with "uri", "fix" and "position" or "range"`, commandApply)
	}
	arg.Fix = strings.Clone(arg.Fix)
	view, ok := s.sess.View(path)
	enc := s.sess.Encoding()
	return func(ctx context.Context) (any, error) {
		if !ok {
			return nil, jsonrpc2.NewError(codeRequestFailed, "the document is not open")
		}
		label := "Apply all safe rewrites of maps"
		var r session.Rewritten
		var err error
		if arg.Fix == ruleAll {
			r, err = s.rewriteAll(ctx, view)
		} else {
			var o session.Offered
			if o, err = pick(view, arg, enc); err == nil {
				label = o.Title
				r, err = s.sess.Rewrite(ctx, view, o)
			}
		}
		if err != nil {
			return nil, rewriteError(err)
		}
		edit := s.workspaceEdit(r, enc)
		if !s.caps.Load().applyEdit {
			return edit, nil
		}
		return nil, s.applyEdit(ctx, label, edit)
	}, nil
}

// pick is the innermost of a rule's offers at a place.
func pick(v session.View, arg applyArgument, enc source.Encoding) (session.Offered, error) {
	at := arg.Range
	if at == nil {
		at = &protocol.Range{Start: *arg.Position, End: *arg.Position}
	}
	start, end := toOffset(v.File, at.Start, enc), toOffset(v.File, at.End, enc)
	offers := slices.DeleteFunc(v.Offers(start, end), func(o session.Offered) bool { return o.Fix != arg.Fix })
	if len(offers) > 0 {
		return slices.MinFunc(offers, func(a, b session.Offered) int { return cmp.Compare(a.End-a.Start, b.End-b.Start) }), nil
	}
	why := "there is nothing that " + arg.Fix + " could rewrite"
	for _, r := range v.Refusals(start, end) {
		if r.Fix == arg.Fix {
			why = r.Text
		}
	}
	if v.Old != "" {
		why = v.Old
	}
	return session.Offered{}, &session.DeclinedError{Why: why}
}

// applyEdit asks the client to change its documents. The user may be asked to agree first, so there is no time limit.
func (s *server) applyEdit(ctx context.Context, label string, edit *protocol.WorkspaceEdit) error {
	answer, err := s.client.ApplyEdit(ctx, &protocol.ApplyWorkspaceEditParams{Label: &label, Edit: *edit})
	switch {
	case err != nil:
		return jsonrpc2.Errorf(codeRequestFailed, "the client did not make the change: %v", err)
	case answer == nil || !answer.Applied:
		why := "the client did not make the change"
		if answer != nil && answer.FailureReason != nil && *answer.FailureReason != "" {
			why += ": " + *answer.FailureReason
		}
		return jsonrpc2.NewError(codeRequestFailed, why)
	}
	return nil
}
