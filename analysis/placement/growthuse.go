package placement

import (
	"slices"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// A usage is what all operations on the maps of one creation site do to a map in its life.
type usage struct {
	// keys is the number of different keys that a map may hold in its life, writes
	// the number of assignments to it, entries of a literal included; -1 is not known.
	keys, writes int64
	// deletes says that entries are deleted one by one: not by clear, which makes all room free again.
	deletes bool
	// fills says that all inserts together are as many as the hint that the map is made with.
	fills bool
}

// unknownUse is a use of which nothing is known.
var unknownUse = usage{keys: -1, writes: -1, deletes: true}

// operationsOn lists the operations on the maps of each creation site, creations apart.
func operationsOn(ops []mapop.Op) map[source.Range][]mapop.Op {
	on := map[source.Range][]mapop.Op{}
	for _, op := range ops {
		if creates(op.Kind) || op.Kind == mapop.Call {
			continue
		}
		seen := map[source.Range]bool{} // a site may come by several ways
		for _, o := range op.Origins {
			if !seen[o.Site] {
				seen[o.Site] = true
				on[o.Site] = append(on[o.Site], op)
			}
		}
	}
	return on
}

// usesOf collects what is done to the maps of each creation site.
func usesOf(ops []mapop.Op, on map[source.Range][]mapop.Op) map[source.Range]usage {
	all := map[source.Range]usage{}
	for _, op := range ops {
		if op.Kind == mapop.Make || op.Kind == mapop.Literal {
			all[op.Range] = useOf(op, on[op.Range])
		}
	}
	return all
}

// useOf sums up the operations on the maps of a site.
func useOf(site mapop.Op, ops []mapop.Op) usage {
	if !inSight(site) {
		return unknownUse
	}
	return sumOf(site, ops)
}

// sumOf is the use that a map of a site is put to by the operations.
func sumOf(site mapop.Op, ops []mapop.Op) usage {
	u := usage{}
	values := map[string]bool{}
	for i := 0; i < len(site.Operands); i += 2 { // keys and elements in turn
		u.writes++
		if v := site.Operands[i].Value; v == "" {
			u.keys++
		} else {
			values[v] = true
		}
	}
	filling := 0
	for _, op := range ops {
		switch op.Kind {
		case mapop.Insert, mapop.Update:
			u.writes = add(u.writes, op.PerMap)
			switch {
			case op.Fills:
				filling++
				u.keys = -1
			case op.Key.Value != "":
				values[op.Key.Value] = true
			default:
				u.keys = add(u.keys, op.Keys)
			}
		case mapop.Delete, "maps.DeleteFunc":
			u.deletes = true
		case mapop.Lookup, mapop.Len, mapop.Range, mapop.Clear, "maps.Keys", "maps.Values", "maps.All", "maps.Equal", "maps.EqualFunc":
		default:
			return unknownUse
		}
	}
	u.fills = filling == 1 && countInserts(ops) == 1 && site.Kind == mapop.Make
	if len(values) > 0 {
		u.keys = add(u.keys, int64(len(values)))
	}
	// A map cannot hold more keys than its key type has values.
	if n := int64(site.Type.Key.Values); n > 0 && site.Type.Key.Reflexive && (u.keys < 0 || n < u.keys) {
		u.keys = n
	}
	return u
}

// inSight reports whether every operation on the maps of a site is known.
func inSight(site mapop.Op) bool { return site.Confined || site.Leaves == "" }

func countInserts(ops []mapop.Op) int {
	n := 0
	for _, op := range ops {
		if op.Kind == mapop.Insert || op.Kind == mapop.Update {
			n++
		}
	}
	return n
}

// add adds a bound that is 0 where there is none.
func add(sum, bound int64) int64 {
	if sum < 0 || bound <= 0 {
		return -1
	}
	return sum + bound
}

// maxCompared bounds the operations on a site that useBefore goes over for each insert.
const maxCompared = 256

// useBefore is what is done to a map of a site up to the last time that an insert is executed on it.
func (r *resolver) useBefore(site, op mapop.Op) usage {
	if op.First {
		u := literalUse(site)
		u.keys, u.writes = u.keys+1, u.writes+1
		return u
	}
	on := r.on[site.Range]
	if op.After == 0 || len(on) > maxCompared {
		return unknownUse
	}
	if op.Alone {
		return sumOf(site, slices.DeleteFunc(slices.Clone(on), func(other mapop.Op) bool {
			return other.Held != op.Held || other.Range.Start >= op.After
		}))
	}
	return useOf(site, slices.DeleteFunc(slices.Clone(on), func(other mapop.Op) bool {
		return other.Held == op.Held && other.Range.Start >= op.After
	}))
}

// literalUse is the use that a literal makes of its map by its entries.
func literalUse(site mapop.Op) usage {
	n := int64(len(site.Operands) / 2) // keys and elements in turn
	return usage{keys: n, writes: n}
}
