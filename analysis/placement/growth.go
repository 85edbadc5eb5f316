package placement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/mapop"
)

// neverGrows reports whether it is proved that no insert into a map of a site
// needs new tables: it stays in its group, or in the table that it was made with.
func (r *resolver) neverGrows(site mapop.Op) bool {
	u, ok := r.uses[site.Range]
	return ok && r.suffices(site, u)
}

// suffices reports whether what a map of a site is made with has room for a use of it.
func (r *resolver) suffices(site mapop.Op, u usage) bool {
	switch {
	case site.Hint.Form == mapop.HintVariable:
		// A group, or tables with at least as much room for entries that stay.
		return !u.deletes && r.rt.GroupRoom(u.keys, u.writes)
	case site.Hint.N <= smallHint:
		return r.rt.GroupRoom(u.keys, u.writes)
	}
	room, ok := r.rt.HintRoom(site.Hint.N)
	return ok && !u.deletes && u.keys >= 0 && u.keys <= room
}

// smallTables says when the tables of a map come that is made without any.
func (r *resolver) smallTables(site mapop.Op) Tables {
	if r.neverGrows(site) {
		return TablesNone
	}
	return TablesAtGrowth
}

// madeAt are the sites that the map of an operation may come from, nil ones
// apart; ok is false where there may be others.
func (r *resolver) madeAt(op mapop.Op) (sites []mapop.Op, ok bool) {
	for _, o := range op.Origins {
		site, known := r.sites[o.Site]
		switch {
		case !known:
			return nil, false
		case site.Kind == mapop.Zero || site.Kind == mapop.New:
		default:
			sites = append(sites, site)
		}
	}
	return sites, op.Complete && len(sites) > 0
}

// hasRoom reports whether it is proved that an insert needs no new tables.
func (r *resolver) hasRoom(op mapop.Op) bool {
	sites, ok := r.madeAt(op)
	return ok && !slices.ContainsFunc(sites, func(s mapop.Op) bool {
		return !r.neverGrows(s) && !r.suffices(s, r.useBefore(s, op))
	})
}

// storageFree reports whether it is proved that an insert allocates nothing for
// the map's own storage: the map has its group, it has room, and keys and
// elements are kept in their slots.
func (r *resolver) storageFree(op mapop.Op, p Placement) bool {
	return r.rt.Known && fitsInline(r.rt, op.Type.Key.Size) && fitsInline(r.rt, op.Type.Elem.Size) &&
		r.groupThere(op, p) && r.hasRoom(op)
}

// groupThere reports whether an insert finds the map's first storage allocated, or in the frame.
func (r *resolver) groupThere(op mapop.Op, p Placement) bool {
	switch p.Group {
	case Stack, Heap, None:
		return true
	}
	return op.Again
}

// growthAllocations are those of the map's own storage under an insert.
func (r *resolver) growthAllocations(op mapop.Op, p Placement) []Allocation {
	var list []Allocation
	if a, ok := r.lazyGroup(op, p); ok {
		list = append(list, a)
	}
	if r.rt.Indirect(op.Type.Key.Size) {
		list = append(list, r.object("key-indirect", op.Type.Key, "when the key is new: it is over 128 bytes"))
	}
	if r.rt.Indirect(op.Type.Elem.Size) {
		list = append(list, r.object("elem-indirect", op.Type.Elem, "when the key is new: its element is over 128 bytes"))
	}
	if a, ok := r.growth(op, p); ok {
		list = append(list, a)
	}
	return list
}

// lazyGroup is the first group, where an insert may have to allocate it.
func (r *resolver) lazyGroup(op mapop.Op, p Placement) (Allocation, bool) {
	if op.Again {
		return Allocation{}, false
	}
	when := "on the first insert"
	switch p.Group {
	case HeapLazy:
		if op.First {
			when = ""
		}
	case Depends:
		if p.Header == Stack {
			return Allocation{}, false
		}
		when = "on the first insert into a map made for at most 8 entries"
		if sites, ok := r.madeAt(op); ok && len(sites) == 1 {
			when = fmt.Sprintf("on the first insert, when %s was at most 8", sites[0].Hint.Text)
		}
	case Mixed:
		when = "on the first insert into a map that is on the heap"
	case Unknown:
		when = "on the first insert into a map on the heap that was made for at most 8 entries"
		if p.Header == Heap {
			when = "on the first insert into a map that was made for at most 8 entries"
		}
	default:
		return Allocation{}, false
	}
	return r.groupAllocation(op, when), true
}

// growth is the larger storage that an insert may allocate.
func (r *resolver) growth(op mapop.Op, p Placement) (Allocation, bool) {
	a := Allocation{What: "growth", Cause: "full", When: "when the map has no room for a new entry"}
	if p.Tables == TablesNone || p.Tables == TablesNil || r.hasRoom(op) {
		return Allocation{}, false
	}
	sites, ok := r.madeAt(op)
	switch {
	case !ok:
	case p.Tables == TablesAtGrowth:
		a = r.ninthEntry(op, sites)
	case len(sites) != 1:
	case sites[0].Hint.Form == mapop.HintVariable:
		a = r.pastVariableHint(a, sites[0])
	case p.Tables == TablesAtMake:
		a = r.pastHint(op, a, sites[0])
	}
	return a, true
}

// ninthEntry is the growth of maps that start with a single group.
func (r *resolver) ninthEntry(op mapop.Op, sites []mapop.Op) Allocation {
	a := Allocation{What: "growth", Cause: "ninth-entry"}
	if cost, ok := r.rt.Growth(slot(op.Type)); ok {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	}
	most := int64(0)
	for _, s := range sites {
		if u, ok := r.uses[s.Range]; !ok || u.keys < 0 {
			most = -1
		} else if most >= 0 {
			most = max(most, u.keys)
		}
	}
	if most == smallHint && r.rt.Full8UpdateGrows {
		a.Cause = "full8-update"
		a.When = "when a key is assigned again while the map holds 8 entries"
		return a
	}
	a.When = pointsText(r.rt.GrowthPoints(), most)
	return a
}

// pointsText names the entries at which a map grows; most is the number of entries that it may have, -1 if not known.
func pointsText(points []int64, most int64) string {
	if len(points) == 0 {
		return "on the 9th entry; later growth allocates more"
	}
	text := []string{}
	for _, n := range points[1:] {
		if most >= 0 && n > most {
			break
		}
		if len(text) == 3 {
			text = append(text, "…")
			break
		}
		text = append(text, fmt.Sprint(n))
	}
	if len(text) == 0 {
		return "on the 9th entry"
	}
	return "on the 9th entry, then, for more each time, at " + strings.Join(text, ", ")
}

// pastHint is the growth of maps made with a constant hint above 8.
func (r *resolver) pastHint(op mapop.Op, a Allocation, site mapop.Op) Allocation {
	a.Cause = "hint-full"
	room, ok := r.rt.HintRoom(site.Hint.N)
	if !ok {
		if text, trap := r.rt.HintTrap(site.Hint.N); trap {
			a.When = "when the map is full: " + text
		}
		return a
	}
	if cost, ok := r.rt.Regrowth(slot(op.Type), site.Hint.N); ok {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	}
	a.When = fmt.Sprintf("after %d entries", room)
	if u := r.uses[site.Range]; u.deletes {
		a.When += ", deleted ones that left a tombstone among them"
		a.Cause = "tombstones"
	}
	return a
}

// pastVariableHint is the growth of maps made with a hint that is known only at run time.
func (r *resolver) pastVariableHint(a Allocation, site mapop.Op) Allocation {
	a.Cause = "hint-full"
	a.When = fmt.Sprintf("when the map gets more entries than %s made room for", site.Hint.Text)
	u := r.uses[site.Range]
	if most := r.rt.MaxHintRoom(); u.fills && !u.deletes && most > 0 {
		a.When = fmt.Sprintf("when %s is over %d: a hint above that fits only on average", site.Hint.Text, most)
	}
	return a
}
