package lspserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/lspserver/session"
)

// kindFixAll applies everything that is safe and of use in a file.
const kindFixAll protocol.CodeActionKind = "source.fixAll.mapescape"

// actionCapabilities are what a client can do with code actions.
type actionCapabilities struct {
	literals        bool // it takes actions, and not only commands
	disabled        bool // it shows actions that are refused
	preferred       bool
	lazyEdit        bool // it asks for the edit when that is needed
	documentChanges bool // it takes edits for a version of a document
	annotations     bool // it has the user confirm edits
}

// codeContentModified is the protocol's ContentModified.
const codeContentModified jsonrpc2.Code = -32801

// actionProvider advertises code actions, if there are any and the client takes them.
func (s *server) actionProvider(caps actionCapabilities) protocol.CodeActionProvider {
	if s.find == nil || !caps.literals {
		return nil
	}
	options := &protocol.CodeActionOptions{CodeActionKinds: []protocol.CodeActionKind{protocol.CodeActionKindQuickFix, kindFixAll}}
	for _, f := range fixes.All {
		options.CodeActionKinds = append(options.CodeActionKinds, protocol.CodeActionKind(f.Kind))
	}
	slices.Sort(options.CodeActionKinds)
	options.CodeActionKinds = slices.Compact(options.CodeActionKinds)
	if caps.lazyEdit {
		options.ResolveProvider = &caps.lazyEdit
	}
	return options
}

// actionData finds an action again: what it was made from, not what it was made of. Its names are ours, as hintData's are.
type actionData struct {
	URI     uri.URI `json:"uri"`
	Version int32   `json:"version"`
	// Start and End are bytes in that version.
	Start, End int
	// Rule is the fix's ID, or that of everything at once.
	Rule string `json:"mapescape"`
	// Form tells the forms of a fix at one place apart.
	Form string `json:"form"`
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
		if !ok || !s.caps.Load().actions.literals || view.Old != "" {
			return []*protocol.CodeAction{}, nil
		}
		l := lister{s: s, view: view, uri: p.TextDocument.URI, context: p.Context, enc: enc, actions: []*protocol.CodeAction{}}
		start, end := toOffset(view.File, p.Range.Start, enc), toOffset(view.File, p.Range.End, enc)
		if err := l.list(ctx, start, end); err != nil {
			return nil, err
		}
		return l.actions, nil
	}, nil
}

// maxDisabled is the number of refusals in an answer: more than stand at one place.
const maxDisabled = 16

// lister collects the actions for one request.
type lister struct {
	s       *server
	view    session.View
	uri     uri.URI
	context protocol.CodeActionContext
	enc     source.Encoding
	actions []*protocol.CodeAction
}

func (l *lister) list(ctx context.Context, start, end int) error {
	caps := l.s.caps.Load().actions
	for _, o := range l.view.Offers(start, end) {
		if o.Proof.State == session.Failed {
			continue
		}
		d, quick := l.s.diagnostic(l.view, o, l.enc)
		if quick = quick && o.Class == rewrite.Safe && l.wanted(protocol.CodeActionKindQuickFix); quick {
			if err := l.offer(o, protocol.CodeActionKindQuickFix, []protocol.Diagnostic{d}); err != nil {
				return err
			}
		}
		// A menu of all kinds shows an offer once.
		if kind := protocol.CodeActionKind(o.Kind); l.wanted(kind) && !(quick && len(l.context.Only) == 0) {
			if err := l.offer(o, kind, nil); err != nil {
				return err
			}
		}
	}
	refusals := l.view.Refusals(start, end)
	for _, r := range refusals[:min(len(refusals), maxDisabled)] {
		if kind := protocol.CodeActionKind(r.Kind); caps.disabled && l.wanted(kind) {
			l.actions = append(l.actions, &protocol.CodeAction{
				Title: r.Title, Kind: &kind, Disabled: protocol.CodeActionDisabled{Reason: sentence(r.Text)},
			})
		}
	}
	if slices.ContainsFunc(l.context.Only, func(k protocol.CodeActionKind) bool {
		return k == kindFixAll || k == protocol.CodeActionKindSourceFixAll
	}) {
		return l.fixAll(ctx)
	}
	return nil
}

// offer adds the action that makes an offer.
func (l *lister) offer(o session.Offered, kind protocol.CodeActionKind, about []protocol.Diagnostic) (err error) {
	caps := l.s.caps.Load().actions
	a := &protocol.CodeAction{Title: title(o), Kind: &kind, Diagnostics: about}
	if preferred := o.Class == rewrite.Safe && o.Gain.Proven && o.Proof.State == session.Proved; preferred && caps.preferred {
		a.IsPreferred = &preferred
	}
	if caps.lazyEdit {
		a.Data, err = json.Marshal(actionData{
			URI: l.uri, Version: l.view.Version, Start: o.Start, End: o.End, Rule: o.Fix, Form: o.Title,
		})
	} else {
		r, ok := l.s.sess.AsAnalysed(l.view, o)
		if !ok {
			return nil // what it would change has changed
		}
		a.Edit = l.s.workspaceEdit(r, l.enc)
	}
	if err == nil {
		l.actions = append(l.actions, a)
	}
	return err
}

// fixAll adds the action that makes all offers that are safe and of use.
func (l *lister) fixAll(ctx context.Context) error {
	n := 0
	for _, o := range l.view.Offers(0, len(l.view.File.Text())) {
		if inFixAll(l.view, o.Offer) && o.Class == rewrite.Safe && o.Gain.Proven && !o.Ignored && o.Proof.State != session.Failed && o.Proof.State != session.Worse {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	kind := kindFixAll
	a := &protocol.CodeAction{Title: fmt.Sprintf("Apply all safe rewrites of maps (%d)", n), Kind: &kind}
	if l.s.caps.Load().actions.lazyEdit {
		var err error
		a.Data, err = json.Marshal(actionData{URI: l.uri, Version: l.view.Version, Rule: ruleAll})
		l.actions = append(l.actions, a)
		return err
	}
	// Whoever asks for just this and does not ask again has to wait.
	r, err := l.s.rewriteAll(ctx, l.view)
	if err != nil {
		if _, declined := errors.AsType[*session.DeclinedError](err); declined {
			return nil
		}
		return rewriteError(err)
	}
	a.Edit = l.s.workspaceEdit(r, l.enc)
	l.actions = append(l.actions, a)
	return nil
}

// ruleAll stands for all rules in an action's data and in the command's arguments.
const ruleAll = "all"

// inFixAll reports whether an offer's fix is one that is applied with all others.
func inFixAll(v session.View, o rewrite.Offer) bool {
	return !o.Optional || slices.Contains(v.Rewrites.All, o.Fix)
}

func (s *server) rewriteAll(ctx context.Context, v session.View) (session.Rewritten, error) {
	return s.sess.RewriteAll(ctx, v, func(o rewrite.Offer) bool { return inFixAll(v, o) })
}

// review ends the titles of rewrites of class B.
const review = " (review)"

// title is an offer's title with what is known of its worth.
func title(o session.Offered) string {
	base := strings.TrimSuffix(o.Title, review)
	var tail []string
	if o.Gain.Text != "" {
		tail = append(tail, o.Gain.Text)
	}
	switch o.Proof.State {
	case session.Proved:
		tail = append(tail, o.Proof.Text)
	case session.Worse:
		tail = append(tail, "makes another operation costlier")
	default:
		tail = append(tail, "unverified")
	}
	base += " — " + strings.Join(tail, ", ")
	if o.Class == rewrite.Review {
		base += review
	}
	return base
}

// sentence begins with a capital letter.
func sentence(text string) string {
	if text != "" && 'a' <= text[0] && text[0] <= 'z' && (len(text) == 1 || text[1] == ' ' || 'a' <= text[1] && text[1] <= 'z') && !strings.HasPrefix(text, "clear ") {
		return string(text[0]-'a'+'A') + text[1:]
	}
	return text
}

// wanted reports whether a client asks for a kind, or one above it, and, where
// the client looks for actions on its own, only for quick fixes.
func (l *lister) wanted(kind protocol.CodeActionKind) bool {
	c := l.context
	if c.TriggerKind == protocol.CodeActionTriggerKindAutomatic && len(c.Only) == 0 && !under(kind, protocol.CodeActionKindQuickFix) {
		return false
	}
	return len(c.Only) == 0 || slices.ContainsFunc(c.Only, func(k protocol.CodeActionKind) bool { return under(kind, k) })
}

// under reports whether a kind is another one or below it.
func under(kind, above protocol.CodeActionKind) bool {
	return above == "" || kind == above || strings.HasPrefix(string(kind), string(above)+".")
}
