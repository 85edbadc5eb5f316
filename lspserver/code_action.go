package lspserver

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/session"
)

// A fixer offers changes of the code. The server asks all of them; without any
// it does not advertise code actions.
type fixer struct {
	// kinds are the kinds of what it offers: leaves such as "quickfix" or "refactor.rewrite.mapClear".
	kinds []protocol.CodeActionKind
	// offer gives what can be done about the bytes [start, end] of a document. It
	// is asked often, and must not take long.
	offer func(v session.View, start, end int) []fix
}

// A fix is one change that is offered.
type fix struct {
	// id finds the fix again among those that are offered for the same document and bytes.
	id    string
	kind  protocol.CodeActionKind
	title string
	// refused says why the change cannot be made, for users who ask for it; "" if it can.
	refused string
	// preferred marks the one that a reader would choose.
	preferred bool
	// edits works the change out, in the texts that the documents have now.
	edits func(context.Context) ([]source.Edit, error)
}

// actionCapabilities are what a client can do with code actions.
type actionCapabilities struct {
	literals        bool // it takes actions, and not only commands
	disabled        bool // it shows actions that are refused
	preferred       bool
	lazyEdit        bool // it asks for the edit when that is needed
	documentChanges bool // it takes edits for a version of a document
}

// codeContentModified is the protocol's ContentModified.
const codeContentModified jsonrpc2.Code = -32801

// actionProvider advertises code actions, if there are any and the client takes them.
func (s *server) actionProvider(caps actionCapabilities) protocol.CodeActionProvider {
	if len(s.fixers) == 0 || !caps.literals {
		return nil
	}
	options := &protocol.CodeActionOptions{}
	for _, f := range s.fixers {
		options.CodeActionKinds = append(options.CodeActionKinds, f.kinds...)
	}
	slices.Sort(options.CodeActionKinds)
	options.CodeActionKinds = slices.Compact(options.CodeActionKinds)
	if caps.lazyEdit {
		options.ResolveProvider = &caps.lazyEdit
	}
	return options
}

// actionData finds an action again. Its names are ours, as hintData's are.
type actionData struct {
	URI        uri.URI `json:"uri"`
	Version    int32   `json:"version"`
	Start, End int
	ID         string `json:"mapescape"`
}

func (s *server) codeAction(params jsonrpc2.RawMessage) (work, error) {
	p, err := decode[protocol.CodeActionParams](params)
	if err != nil {
		return nil, err
	}
	path, err := document(p.TextDocument)
	if err != nil {
		return nil, err
	}
	view, ok := s.sess.View(path)
	enc := s.sess.Encoding()
	return func(ctx context.Context) (any, error) {
		actions := []*protocol.CodeAction{}
		caps := s.caps.Load().actions
		if !ok || !caps.literals {
			return actions, nil
		}
		start, end := toOffset(view.File, p.Range.Start, enc), toOffset(view.File, p.Range.End, enc)
		for _, f := range s.offered(view, start, end) {
			if !wanted(f, p.Context) || f.refused != "" && !caps.disabled {
				continue
			}
			a := &protocol.CodeAction{Title: f.title, Kind: &f.kind}
			if f.preferred && caps.preferred {
				a.IsPreferred = &f.preferred
			}
			switch {
			case f.refused != "":
				a.Disabled.Reason = f.refused
			case caps.lazyEdit:
				a.Data, err = json.Marshal(actionData{URI: p.TextDocument.URI, Version: view.Version, Start: start, End: end, ID: f.id})
			default:
				a.Edit, err = s.workspaceEdit(ctx, f, view)
			}
			if err != nil {
				return nil, err
			}
			actions = append(actions, a)
		}
		return actions, nil
	}, nil
}

// offered asks all fixers.
func (s *server) offered(v session.View, start, end int) []fix {
	var all []fix
	for _, f := range s.fixers {
		all = append(all, f.offer(v, start, end)...)
	}
	return all
}

// wanted reports whether a client asks for a fix: for its kind or one above it,
// and, where the client looks for actions on its own, only for quick fixes.
func wanted(f fix, c protocol.CodeActionContext) bool {
	if c.TriggerKind == protocol.CodeActionTriggerKindAutomatic && len(c.Only) == 0 && !under(f.kind, protocol.CodeActionKindQuickFix) {
		return false
	}
	if len(c.Only) == 0 {
		// What changes a whole file on its own account has to be asked for.
		return !under(f.kind, protocol.CodeActionKindSource)
	}
	return slices.ContainsFunc(c.Only, func(k protocol.CodeActionKind) bool { return under(f.kind, k) })
}

// under reports whether a kind is another one or below it.
func under(kind, above protocol.CodeActionKind) bool {
	return above == "" || kind == above || strings.HasPrefix(string(kind), string(above)+".")
}

// resolveCodeAction works out the edit of an action. Where the document has
// moved on, the action may mean something else by now, and is refused.
func (s *server) resolveCodeAction(params jsonrpc2.RawMessage) (work, error) {
	a, err := decode[protocol.CodeAction](params)
	if err != nil {
		return nil, err
	}
	var d actionData
	path, ok := "", false
	if json.Unmarshal(a.Data, &d) == nil {
		path, ok = fromFileURI(string(d.URI))
	}
	if !ok {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "the action is none of this server")
	}
	a.Data = slices.Clone(a.Data)
	a.Title = strings.Clone(a.Title)
	view, ok := s.sess.View(path)
	return func(ctx context.Context) (any, error) {
		moved := jsonrpc2.NewError(codeContentModified, "the document has changed since")
		if !ok || view.Version != d.Version {
			return nil, moved
		}
		for _, f := range s.offered(view, d.Start, d.End) {
			if f.id != d.ID || f.refused != "" {
				continue
			}
			if a.Edit, err = s.workspaceEdit(ctx, f, view); err != nil {
				return nil, err
			}
			return a, nil
		}
		return nil, moved
	}, nil
}

// workspaceEdit works out a fix, in the form that the client takes. Edits of
// open documents are for their present versions.
func (s *server) workspaceEdit(ctx context.Context, f fix, v session.View) (*protocol.WorkspaceEdit, error) {
	edits, err := f.edits(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(edits, func(a, b source.Edit) int {
		return cmp.Or(a.Compare(b.Range), strings.Compare(a.New, b.New))
	})
	enc := s.sess.Encoding()
	out := &protocol.WorkspaceEdit{}
	for len(edits) > 0 {
		path := edits[0].Path
		n := slices.IndexFunc(edits, func(e source.Edit) bool { return e.Path != path })
		if n < 0 {
			n = len(edits)
		}
		file, version, err := s.present(path, v)
		if err != nil {
			return nil, err
		}
		var texts []protocol.TextEdit
		for _, e := range edits[:n] {
			texts = append(texts, protocol.TextEdit{Range: toRange(file, e.Start, e.End, enc), NewText: e.New})
		}
		edits = edits[n:]
		if !s.caps.Load().actions.documentChanges {
			if out.Changes == nil {
				out.Changes = map[uri.URI][]protocol.TextEdit{}
			}
			out.Changes[uri.File(path)] = texts
			continue
		}
		change := &protocol.TextDocumentEdit{}
		change.TextDocument.URI = uri.File(path)
		change.TextDocument.Version = version
		for i := range texts {
			change.Edits = append(change.Edits, &texts[i])
		}
		out.DocumentChanges = append(out.DocumentChanges, change)
	}
	return out, nil
}

// present is a file's text as the client has it: with a version if it is open.
func (s *server) present(path string, v session.View) (*source.File, *int32, error) {
	if v.File.Path() == path {
		return v.File, &v.Version, nil
	}
	if other, ok := s.sess.View(path); ok {
		return other.File, &other.Version, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("the change reaches into another file: %w", err)
	}
	return source.NewFile(path, text), nil, nil
}
