package lspserver

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/lspserver/session"
)

// resolveCodeAction works out the edit of an action. Where the document has
// moved on, the action may mean something else by now, and is refused.
func (s *server) resolveCodeAction(params jsonrpc2.RawMessage) (work, error) {
	a, err := decode[protocol.CodeAction](params)
	if err != nil {
		return nil, err
	}
	var d actionData
	path, ok := "", false
	if json.Unmarshal(a.Data, &d) == nil && d.Rule != "" {
		path, ok = fromFileURI(string(d.URI))
	}
	if !ok {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "the action is none of this server")
	}
	a.Data, a.Title = slices.Clone(a.Data), strings.Clone(a.Title)
	view, ok := s.sess.View(path)
	enc := s.sess.Encoding()
	return func(ctx context.Context) (any, error) {
		if !ok || view.Version != d.Version {
			return nil, rewriteError(session.ErrChanged)
		}
		r, err := s.rewritten(ctx, view, d)
		if _, declined := errors.AsType[*session.DeclinedError](err); declined && d.Rule == ruleAll {
			// It runs when a file is saved: that there is nothing to do is no news.
			s.log.Info("nothing is rewritten", "reason", err)
			a.Edit = &protocol.WorkspaceEdit{}
			return a, nil
		}
		if err != nil {
			return nil, s.decline(a.Title, err)
		}
		a.Edit = s.workspaceEdit(r, enc)
		return a, nil
	}, nil
}

// rewritten works out what an action stands for.
func (s *server) rewritten(ctx context.Context, view session.View, d actionData) (session.Rewritten, error) {
	if d.Rule == ruleAll {
		return s.rewriteAll(ctx, view)
	}
	for _, o := range view.Offers(d.Start, d.End) {
		if o.Fix == d.Rule && o.Start == d.Start && o.End == d.End && o.Title == d.Form {
			return s.sess.Rewrite(ctx, view, o)
		}
	}
	for _, r := range view.Refusals(d.Start, d.End) {
		if r.Fix == d.Rule {
			return session.Rewritten{}, &session.DeclinedError{Why: r.Text}
		}
	}
	return session.Rewritten{}, session.ErrChanged
}

// decline tells the user, who has chosen a rewrite, why it is not made, and
// gives the error for the client.
func (s *server) decline(title string, err error) error {
	if declined, ok := errors.AsType[*session.DeclinedError](err); ok {
		title, _, _ = strings.Cut(title, " — ")
		p := &protocol.ShowMessageParams{Type: protocol.MessageTypeWarning, Message: strings.ToValidUTF8(title+": "+declined.Why, "\ufffd")}
		if err := s.client.ShowMessage(s.base, p); err != nil {
			s.log.Debug("window/showMessage", "error", err)
		}
	}
	return rewriteError(err)
}

// rewriteError is the error that a client gets for a rewrite that is not made.
func rewriteError(err error) error {
	if errors.Is(err, session.ErrChanged) {
		return jsonrpc2.Errorf(codeContentModified, "%v", err)
	}
	if declined, ok := errors.AsType[*session.DeclinedError](err); ok {
		return jsonrpc2.Errorf(codeRequestFailed, "%s", declined.Why)
	}
	return err
}

// workspaceEdit gives a change in the form that the client takes. Edits of open
// documents are for their present versions.
func (s *server) workspaceEdit(r session.Rewritten, enc source.Encoding) *protocol.WorkspaceEdit {
	caps := s.caps.Load().actions
	out := &protocol.WorkspaceEdit{}
	var note protocol.ChangeAnnotationIdentifier
	if annotation, ok := confirm(r); ok && caps.annotations && caps.documentChanges {
		note = "mapescape"
		out.ChangeAnnotations = map[protocol.ChangeAnnotationIdentifier]protocol.ChangeAnnotation{note: annotation}
	}
	for edits := r.Edits; len(edits) > 0; {
		path := edits[0].Path
		n := slices.IndexFunc(edits, func(e source.Edit) bool { return e.Path != path })
		if n < 0 {
			n = len(edits)
		}
		now := r.Files[path]
		var texts []protocol.TextEdit
		for _, e := range edits[:n] {
			texts = append(texts, protocol.TextEdit{Range: toRange(now.File, e.Start, e.End, enc), NewText: e.New})
		}
		edits = edits[n:]
		if !caps.documentChanges {
			if out.Changes == nil {
				out.Changes = map[uri.URI][]protocol.TextEdit{}
			}
			out.Changes[uri.File(now.Path)] = texts
			continue
		}
		change := &protocol.TextDocumentEdit{}
		change.TextDocument.URI = uri.File(now.Path)
		change.TextDocument.Version = now.Version
		for i := range texts {
			if note != "" {
				change.Edits = append(change.Edits, &protocol.AnnotatedTextEdit{TextEdit: texts[i], AnnotationID: note})
				continue
			}
			change.Edits = append(change.Edits, &texts[i])
		}
		out.DocumentChanges = append(out.DocumentChanges, change)
	}
	return out
}

// confirm is what the user has to agree to before a change: the assumption of
// one of class B, and the harm that one does elsewhere.
func confirm(r session.Rewritten) (protocol.ChangeAnnotation, bool) {
	if len(r.Offers) != 1 || r.Offers[0].Class == rewrite.Safe && r.Proof.State != session.Worse {
		return protocol.ChangeAnnotation{}, false
	}
	o := r.Offers[0]
	var parts []string
	for _, text := range []string{o.Assumes, o.Cost, r.Proof.Text} {
		if text != "" {
			parts = append(parts, sentence(strings.TrimSuffix(text, "."))+".")
		}
	}
	yes, text := true, strings.Join(parts, " ")
	return protocol.ChangeAnnotation{Label: strings.TrimSuffix(o.Title, review), Description: &text, NeedsConfirmation: &yes}, true
}
