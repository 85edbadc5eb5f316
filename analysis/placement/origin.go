package placement

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// maxNamed is how many creations an explanation names.
const maxNamed = 5

// fromOrigins says where the map that an operation works on lives: where its
// creation sites put it, if all are known and agree.
func (r *resolver) fromOrigins(op mapop.Op) Placement {
	var found []supply
	nils := 0 // nil variables; nil itself is no origin
	for _, o := range op.Origins {
		site, ok := r.sites[o.Site]
		if !ok {
			op.Complete = false
			op.Open = join(op.Open, "a map made outside the code at hand")
			continue
		}
		s := supply{origin: o, site: site, creation: r.site(site, r.originVerdict(site, o))}
		s.placement.Condition = strings.TrimSpace(s.placement.Condition)
		if s.placement.Header == Nil {
			nils++
			continue
		}
		found = append(found, s)
	}
	why := suppliesWhy(found)
	if facts, ok := r.lastingFacts(op); ok && !(op.Complete && agreed(found)) {
		return r.lasting(op, found, append(lastingWhy(op, facts), why...))
	}
	if !op.Complete {
		open := op.Open
		if open == "" {
			open = "code that is not at hand"
		}
		why = append(why, Reason{Pos: op.Pos, Text: "other maps may come from " + open})
		return Placement{Header: Unknown, Group: Unknown, Tables: TablesUnknown, Condition: "the map may come from " + open, Why: why}
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

// agreed reports whether all creations put their maps at the same known place.
func agreed(found []supply) bool {
	if len(found) == 0 {
		return true
	}
	h := merge(found).Header
	return h == Stack || h == Heap
}

// lasting is the placement of a map that is known to be on the heap, if there is one,
// though not all creations that it may come from are known or are there.
func (r *resolver) lasting(op mapop.Op, found []supply, why []Reason) Placement {
	heap := r.onlyHeap(found)
	if op.Complete && len(heap) > 0 {
		p := merge(heap)
		p.Why = why
		return p
	}
	open := op.Open
	if op.Complete || open == "" {
		open = "code that is not at hand"
	}
	return Placement{
		Header: Heap, Group: Unknown, Tables: TablesUnknown, Why: why,
		Condition: "what it was made with is not known: the map may come from " + open,
	}
}

// A supply is a creation with the way it reaches an operation.
type supply struct {
	origin mapop.Origin
	site   mapop.Op
	creation
}

// place is where the map comes into the function that keeps it: at a call, or at the site.
func (s supply) place() source.Pos {
	if n := len(s.origin.Via); n > 0 {
		return s.origin.Via[n-1].Anchor
	}
	return s.site.Pos
}

// suppliesWhy explains the creations, those that are not placed like most of them first.
func suppliesWhy(found []supply) []Reason {
	order := found
	if len(found) > maxNamed {
		order = slices.Clone(found)
		counts := map[Home]int{}
		for _, s := range found {
			counts[s.placement.Header]++
		}
		slices.SortStableFunc(order, func(a, b supply) int { return counts[a.placement.Header] - counts[b.placement.Header] })
		order = order[:maxNamed]
	}
	var why []Reason
	for _, s := range order {
		why = append(why, Reason{Pos: s.site.Pos, Text: originText(s.site, s.origin)})
		why = append(why, s.why...)
	}
	if more := len(found) - len(order); more > 0 {
		why = append(why, Reason{Text: fmt.Sprintf("and %d more", more)})
	}
	return why
}

func originText(site mapop.Op, o mapop.Origin) string {
	text := fmt.Sprintf("the map is made by %s", o.Expr)
	if len(o.Via) > 0 {
		text += " in " + site.Func
	}
	return text
}

// merge joins the placements of several creation sites. Where they differ the answer is Mixed.
func merge(found []supply) Placement {
	p := found[0].placement
	differ := false
	for _, s := range found[1:] {
		q := s.placement
		if q.Header != p.Header {
			p.Header = mixHome(p.Header, q.Header)
		}
		if q.Group != p.Group {
			p.Group = mixHome(p.Group, q.Group)
		}
		if q.Tables != p.Tables {
			p.Tables = mixTables(p.Tables, q.Tables)
		}
		differ = differ || q.Condition != p.Condition
	}
	switch {
	case len(found) == 1:
	case p.Header == Mixed || p.Header == Unknown:
		p.Condition = census(found)
	case differ, p.Condition == "" && (p.Group == Mixed || p.Group == Unknown || p.Tables == TablesDepends || p.Tables == TablesUnknown):
		p.Condition = "it depends on which of the creation sites the map comes from"
	}
	return Placement{Header: p.Header, Group: p.Group, Tables: p.Tables, Condition: p.Condition}
}

// census says how many creations put the header where, and which those are
// that few do: "heap at 3 sites, stack at 1: a.go:12".
func census(found []supply) string {
	type site struct {
		at   source.Pos
		note string
	}
	homes := map[Home][]site{}
	for _, s := range found {
		h := s.placement.Header
		at := site{at: s.place()}
		if h == Mixed || h == Unknown {
			at.note = s.placement.Condition
		}
		if !slices.ContainsFunc(homes[h], func(other site) bool { return other.at == at.at }) {
			homes[h] = append(homes[h], at)
		}
	}
	if len(homes) == 1 {
		for h, sites := range homes {
			if len(sites) == 1 {
				return sites[0].note
			}
			return fmt.Sprintf("%s at each of %d sites, the first of them %s: %s", h, len(sites), shortPlace(sites[0].at), sites[0].note)
		}
	}
	var parts []string
	for _, h := range []Home{Heap, Stack, Mixed, Unknown} {
		sites := homes[h]
		if len(sites) == 0 {
			continue
		}
		part := fmt.Sprintf("%s at %d", h, len(sites))
		if len(parts) == 0 {
			part += " site"
			if len(sites) > 1 {
				part += "s"
			}
		}
		if len(sites) <= 2 {
			var places []string
			for _, s := range sites {
				text := shortPlace(s.at)
				if s.note != "" {
					text += " (" + s.note + ")"
				}
				places = append(places, text)
			}
			part += ": " + strings.Join(places, " and ")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func shortPlace(p source.Pos) string { return fmt.Sprintf("%s:%d", filepath.Base(p.Path), p.Line) }

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

// originVerdict is the verdict on a creation site as it reaches an operation: on
// all copies of the site, or on the copies that came with the calls it was
// returned by, in the function where the last of them stands and in all
// copies of that function.
func (r *resolver) originVerdict(site mapop.Op, o mapop.Origin) verdict {
	if site.Kind == mapop.Zero || site.Kind == mapop.New || site.Kind == kindClone {
		return verdict{home: Heap}
	}
	v, frame := r.ownVerdict(site), site.Func
	if len(o.Via) > 0 {
		v, frame = r.returnedVerdict(site, o)
	}
	if v.home == Heap && site.Importable && r.mayDifferAbroad(site.Kind, v.facts, frame) {
		v.home = Mixed
		v.note = "on the heap in this package, and perhaps on the stack where another package inlines " + frame
		v.at = source.Pos{}
	}
	return v
}

// returnedVerdict is the verdict on a site whose map came through calls, and
// the function in whose frame the copy that it is about was decided.
func (r *resolver) returnedVerdict(site mapop.Op, o mapop.Origin) (verdict, string) {
	outer := o.Via[len(o.Via)-1]
	v, frame := r.viaVerdict(site, o.Via, append([]source.Pos{outer.Anchor}, outer.RangeFuncs...))
	if v.home != Stack && v.home != Heap {
		return v, frame
	}
	for _, place := range r.inlinedPlaces(outer.Func, outer.AltFunc) {
		if slices.Contains(outer.Immediate, place) || slices.Contains(outer.RangeFuncs, place) {
			continue
		}
		if strings.HasSuffix(place.Path, "_test.go") && !strings.HasSuffix(outer.Anchor.Path, "_test.go") {
			continue // a copy that only tests run says nothing of the package
		}
		w, _ := r.viaVerdict(site, o.Via, []source.Pos{place})
		if w.home == v.home {
			continue
		}
		if w.home != Stack && w.home != Heap {
			return w, frame
		}
		note := fmt.Sprintf("on the %s in %s itself, on the %s where %s is inlined into its caller", v.home, outer.Func, w.home, outer.Func)
		return verdict{home: Mixed, facts: slices.Concat(v.facts, w.facts), note: note}, frame
	}
	return v, frame
}

// viaVerdict is the verdict on the copy of a site that came with calls, the
// outermost of which the compiler would report as inlined at one of the places,
// and the function that the copy is in: the one that keeps a frame of its own.
func (r *resolver) viaVerdict(site mapop.Op, calls []mapop.ViaCall, places []source.Pos) (verdict, string) {
	via := calls
	for len(via) > 0 {
		outer := via[len(via)-1]
		at, ok := r.inlinedCall(outer, places)
		if !ok {
			if !r.compiled(outer.Anchor, len(places) > 1) {
				return verdict{home: Unknown, note: "the compiler says nothing of the call to " + outer.Callee}, outer.Func
			}
			// The callee keeps its own frame: what the call yields is decided in its body.
			via = via[:len(via)-1]
		} else {
			// Calls further in may be inlined at the same place, or not.
			inner := len(via) - 1
			for inner > 0 && r.inlinedAt(at, via[inner-1].Callee, via[inner-1].AltCallee) {
				inner--
			}
			if inner == 0 {
				return r.copyVerdict(site, at, outer.Callee), outer.Func
			}
			via = via[:inner]
		}
		if len(via) > 0 {
			next := via[len(via)-1]
			places = append([]source.Pos{next.Anchor}, next.RangeFuncs...)
		}
	}
	v := r.verdictAt(site)
	if v.note == "" {
		outer := calls[len(calls)-1]
		v.note, v.at = "the call of "+outer.Callee+" is not inlined", outer.Anchor
	}
	return v, site.Func
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

// inlinedCall gives the place among places where the compiler reports a call as inlined.
func (r *resolver) inlinedCall(call mapop.ViaCall, places []source.Pos) (source.Pos, bool) {
	for _, at := range places {
		if r.inlinedAt(at, call.Callee, call.AltCallee) {
			return at, true
		}
	}
	return source.Pos{}, false
}

// compiled reports whether a call that is not inlined can be trusted to be
// compiled as written: the compiler finished and the call is at a place that
// inlining would have been reported at.
func (r *resolver) compiled(at source.Pos, inLoopBody bool) bool {
	return r.facts != nil && r.facts.Complete && at.Column < noColumn && !inLoopBody
}
