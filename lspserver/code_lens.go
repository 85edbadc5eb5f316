package lspserver

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/session"
)

// lensCapabilities are what a client can do with code lenses.
type lensCapabilities struct{ supported, refresh bool }

// lensProvider advertises code lenses to clients that show them.
func (s *server) lensProvider(caps lensCapabilities) *protocol.CodeLensOptions {
	if !caps.supported || s.find == nil {
		return nil
	}
	yes := true
	return &protocol.CodeLensOptions{ResolveProvider: &yes}
}

// codeLens shows offers above the code, for users who ask for that.
func (s *server) codeLens(params jsonrpc2.RawMessage) (work, error) {
	p, err := decode[protocol.CodeLensParams](params)
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
		lenses := []protocol.CodeLens{}
		if !ok || !view.Rewrites.Lenses || view.Old != "" || view.Quiet {
			return lenses, nil
		}
		for _, o := range view.Offers(0, len(view.File.Text())) {
			if o.Ignored || o.Proof.State == session.Failed || o.Proof.State == session.Worse {
				continue
			}
			data, err := json.Marshal(actionData{
				URI: p.TextDocument.URI, Version: view.Version, Start: o.Start, End: o.End, Rule: o.Fix, Form: o.Title,
			})
			if err != nil {
				return nil, err
			}
			// The protocol wants a lens to be on one line.
			end := o.End
			if n := bytes.IndexByte(view.File.Text()[o.Start:o.End], '\n'); n >= 0 {
				end = o.Start + n
			}
			lenses = append(lenses, protocol.CodeLens{Range: toRange(view.File, o.Start, trimmed(view.File, o.Start, end), enc), Data: data})
		}
		return lenses, nil
	}, nil
}

// resolveLens gives a lens its title, with what is known by now, and its command.
func (s *server) resolveLens(params jsonrpc2.RawMessage) (work, error) {
	l, err := decode[protocol.CodeLens](params)
	if err != nil {
		return nil, err
	}
	var d actionData
	path, ok := "", false
	if json.Unmarshal(l.Data, &d) == nil && d.Rule != "" {
		path, ok = fromFileURI(string(d.URI))
	}
	if !ok {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "the lens is none of this server")
	}
	l.Data = slices.Clone(l.Data)
	view, ok := s.sess.View(path)
	return func(context.Context) (any, error) {
		if !ok || view.Version != d.Version {
			return nil, rewriteError(session.ErrChanged)
		}
		for _, o := range view.Offers(d.Start, d.End) {
			if o.Fix != d.Rule || o.Start != d.Start || o.End != d.End || o.Title != d.Form {
				continue
			}
			arg, err := json.Marshal(applyArgument{URI: string(d.URI), Range: &l.Range, Fix: o.Fix})
			if err != nil {
				return nil, err
			}
			l.Command = protocol.Command{Title: title(o), Command: commandApply, Arguments: []protocol.LSPAny{arg}}
			return l, nil
		}
		return nil, rewriteError(session.ErrChanged)
	}, nil
}
