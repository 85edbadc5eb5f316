package rewrite

import (
	"fmt"
	"go/ast"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis/source"
)

// At is what offers and refusals are made for: a node and the part of it that a
// reader points at.
type At struct {
	Cursor inspector.Cursor
	// Head limits the place to the part in front of it: a loop's body, for example.
	Head ast.Node
	// Also are further nodes where the same is offered.
	Also []ast.Node
}

// On is At a whole node.
func On(c inspector.Cursor) At { return At{Cursor: c} }

// Offer makes an offer of the edits, or a refusal if they turn out to harm the
// file. Of o, the fields Fix, Kind, Optional, Range, Pos, Also and Edits are filled in.
func (p *Pass) Offer(at At, o Offer, e *Edits) {
	r, pos, ok := p.place(at)
	if !ok {
		return
	}
	edits, reason, why := e.finish()
	if reason != nil {
		p.refuse(at, o.Title, *reason, why, nil)
		return
	}
	o.Fix, o.Kind, o.Optional = p.Fix.ID, p.Fix.Kind, p.Fix.Optional
	o.Range, o.Pos, o.Edits = r, pos, edits
	for _, n := range at.Also {
		if r, ok := p.Range(n.Pos(), n.End()); ok {
			o.Also = append(o.Also, r)
		}
	}
	p.found.Offers = append(p.found.Offers, o)
}

// Refuse says why the offer with a title is not made at a place. The culprit is
// the syntax that stands in the way, nil where there is none to point at.
func (p *Pass) Refuse(at At, title string, reason Reason, culprit ast.Node, format string, args ...any) {
	p.refuse(at, title, reason, fmt.Sprintf(format, args...), culprit)
}

func (p *Pass) refuse(at At, title string, reason Reason, text string, culprit ast.Node) {
	r, pos, ok := p.place(at)
	if !ok {
		return
	}
	refusal := Refusal{
		Fix: p.Fix.ID, Kind: p.Fix.Kind, Title: title, Range: r, Pos: pos, Reason: reason.ID, Text: text,
	}
	if culprit != nil {
		if place, ok := p.Pkg.Place(culprit.Pos()); ok {
			refusal.Culprit = place.Pos
		}
	}
	p.found.Refusals = append(p.found.Refusals, refusal)
}

func (p *Pass) place(at At) (source.Range, source.Pos, bool) {
	n := at.Cursor.Node()
	end := n.End()
	if at.Head != nil {
		end = at.Head.Pos()
	}
	r, ok := p.Range(n.Pos(), end)
	if !ok {
		return source.Range{}, source.Pos{}, false
	}
	return r, p.Pkg.Files[r.Path].Pos(r.Start), true
}
