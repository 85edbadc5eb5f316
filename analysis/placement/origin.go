package placement

import (
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// fromOrigins says where the map that an operation works on lives: where its
// creation sites put it, if all are known and agree.
func (r *resolver) fromOrigins(op mapop.Op) Placement {
	var found []creation
	nils := 0 // nil variables; nil itself is no origin
	for _, o := range op.Origins {
		site, ok := r.sites[o.Site]
		if !ok {
			op.Complete = false
			op.Open = join(op.Open, "a map made outside the code at hand")
			continue
		}
		c := r.site(site, r.originVerdict(site, o, op.RangeFuncs))
		c.placement.Condition = strings.TrimSpace(c.placement.Condition)
		if c.placement.Header == Nil {
			nils++
			continue
		}
		c.why = append([]Reason{{
			Pos:  site.Pos,
			Text: originText(site, o),
		}}, c.why...)
		found = append(found, c)
	}
	var why []Reason
	for _, c := range found {
		why = append(why, c.why...)
	}
	if !op.Complete {
		open := op.Open
		if open == "" {
			open = "code that is not at hand"
		}
		why = append(why, Reason{Pos: op.Pos, Text: "other maps may come from " + open})
		p := Placement{Header: Unknown, Group: Unknown, Tables: TablesUnknown, Condition: "the map may come from " + open, Why: why}
		return p
	}
	if len(found) == 0 {
		return Placement{Header: Nil, Group: Nil, Tables: TablesNil, Why: r.cite("map.nil")}
	}
	p := merge(found)
	if nils > 0 {
		p.Condition = join(p.Condition, "the map is nil until it is assigned")
	}
	p.Why = why
	return p
}

func originText(site mapop.Op, o mapop.Origin) string {
	text := fmt.Sprintf("the map is made by %s", o.Expr)
	if len(o.Via) > 0 {
		text += " in " + site.Func
	}
	return text
}

// merge joins the placements of several creation sites. Where they differ the answer is Mixed.
func merge(found []creation) Placement {
	p := found[0].placement
	for _, c := range found[1:] {
		q := c.placement
		if q.Header != p.Header {
			p.Header = mixHome(p.Header, q.Header)
		}
		if q.Group != p.Group {
			p.Group = mixHome(p.Group, q.Group)
		}
		if q.Tables != p.Tables {
			p.Tables = mixTables(p.Tables, q.Tables)
		}
		if q.Condition != p.Condition {
			p.Condition = "it depends on which of the creation sites the map comes from"
		}
	}
	if p.Header == Mixed && p.Condition == "" {
		p.Condition = "it depends on which of the creation sites the map comes from"
	}
	return Placement{Header: p.Header, Group: p.Group, Tables: p.Tables, Condition: p.Condition}
}

func mixHome(a, b Home) Home {
	if a == Unknown || b == Unknown {
		return Unknown
	}
	return Mixed
}

func mixTables(a, b Tables) Tables {
	if a == TablesUnknown || b == TablesUnknown {
		return TablesUnknown
	}
	return TablesDepends
}

// originVerdict is the verdict on a creation site as it reaches an operation:
// on the site itself, or on the copy of it that came with inlined calls.
// rangeFuncs are the loops around the operation, at whose "for" the compiler may report such calls.
func (r *resolver) originVerdict(site mapop.Op, o mapop.Origin, rangeFuncs []source.Pos) verdict {
	if site.Kind == mapop.Zero || site.Kind == mapop.New || site.Kind == kindClone {
		return verdict{home: Heap}
	}
	via := o.Via
	for len(via) > 0 {
		outer := via[len(via)-1]
		at, ok := r.inlinedCall(outer, rangeFuncs)
		if !ok {
			if !r.compiled(outer.Anchor, rangeFuncs) {
				return verdict{home: Unknown, note: "the compiler says nothing of the call to " + outer.Callee}
			}
			// The callee keeps its own frame: what the call yields is decided in its body.
			via = via[:len(via)-1]
			rangeFuncs = nil
			continue
		}
		// Calls further in may be inlined at the same place, or not.
		inner := len(via) - 1
		for inner > 0 && r.inlinedAt(at, via[inner-1].Callee, via[inner-1].AltCallee) {
			inner--
		}
		if inner > 0 {
			via = via[:inner]
			rangeFuncs = nil
			continue
		}
		return r.copyVerdict(site, at, outer.Callee)
	}
	if len(o.Via) == 0 {
		return r.ownVerdict(site)
	}
	v := r.verdictAt(site)
	if v.note == "" {
		outer := o.Via[len(o.Via)-1]
		v.note, v.at = "the call of "+outer.Callee+" is not inlined", outer.Anchor
	}
	return v
}

// copyVerdict is the verdict on the copy of a site in a call inlined at a place.
func (r *resolver) copyVerdict(site mapop.Op, at source.Pos, callee string) verdict {
	own := r.verdictAt(site)
	copies := withSubjects(r.statements(at, site.Kind), own.facts)
	if len(copies) == 0 && len(own.facts) == 0 {
		copies = sameText(r.statements(at, site.Kind), site)
	}
	if len(copies) == 0 {
		return verdict{home: Unknown, note: "the compiler's verdict on the copy that it inlined here cannot be found"}
	}
	v := agree(copies, callee+" is inlined here, and this copy of its map is decided here")
	v.at = at
	if v.home == Mixed {
		return verdict{home: Unknown, facts: v.facts, note: "several maps come with the calls inlined here, and the compiler's verdicts on them differ"}
	}
	return v
}

// inlinedCall gives the place where the compiler reports a call as inlined.
func (r *resolver) inlinedCall(call mapop.ViaCall, rangeFuncs []source.Pos) (source.Pos, bool) {
	for _, at := range append([]source.Pos{call.Anchor}, rangeFuncs...) {
		if r.inlinedAt(at, call.Callee, call.AltCallee) {
			return at, true
		}
	}
	return source.Pos{}, false
}

// compiled reports whether a call that is not inlined can be trusted to be
// compiled as written: the compiler finished and the call is at a place that
// inlining would have been reported at.
func (r *resolver) compiled(at source.Pos, rangeFuncs []source.Pos) bool {
	return r.facts != nil && r.facts.Complete && at.Column < noColumn && len(rangeFuncs) == 0
}
