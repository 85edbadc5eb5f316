package placement

import (
	"fmt"

	"github.com/mapescape/mapescape/analysis/mapop"
)

// costWhy gives the runtime's facts about what an operation costs beyond
// allocations: what it leaves behind in the map, what it touches, and what the
// garbage collector has to do with it.
func (r *resolver) costWhy(op mapop.Op, p Placement) []Reason {
	if op.Type.Sync || !r.rt.Known || p.Header == Nil {
		return nil
	}
	switch op.Kind {
	case mapop.Make, mapop.Literal, kindCollect:
		return r.scanWhy(op)
	case mapop.Insert, mapop.Update:
		return append(r.roomWhy(op), r.full8Why(op, p)...)
	case mapop.Delete:
		return r.deleteWhy(op, p)
	case mapop.Clear:
		return r.clearWhy(p)
	case mapop.Range:
		if r.clears(op) {
			return r.clearWhy(p)
		}
	}
	return nil
}

// scanWhy says whether the garbage collector scans the map's storage.
func (r *resolver) scanWhy(op mapop.Op) []Reason {
	why := r.cite("swiss.scan")
	if len(why) == 0 || op.Type.Key.Size < 0 || op.Type.Elem.Size < 0 {
		return nil
	}
	what := "neither its keys nor its elements hold pointers, so that the garbage collector does not scan the map's storage"
	if r.rt.Scanned(slot(op.Type)) {
		what = "the garbage collector scans the map's storage, for the pointers in its " + pointerParts(op.Type)
	}
	why[0].Text = what
	return why
}

// pointerParts names what of a map's slots holds pointers.
func pointerParts(t mapop.MapType) string {
	switch {
	case t.Key.Pointers && t.Elem.Pointers:
		return "keys and elements"
	case t.Key.Pointers:
		return "keys"
	case t.Elem.Pointers:
		return "elements"
	}
	return "slots, to what is over 128 bytes"
}

// deleteWhy says what a delete leaves behind.
func (r *resolver) deleteWhy(op mapop.Op, p Placement) []Reason {
	if p.Tables == TablesNone {
		return nil // the slot of a single group is free at once
	}
	why := r.cite(r.rt.ID("deleted-slots"))
	if len(why) > 0 && r.rt.ID("deleted-slots") == "swiss.tombstones" && op.Type.Key.Size >= 0 && op.Type.Elem.Size >= 0 {
		verb := "does not win tombstones back: the table grows"
		if r.rt.PrunesTombstones(op.Type.Key.Fast, op.Type.Elem.Size) {
			verb = "first tries to win tombstones back in place, and the table grows only if that gains too little"
		}
		why[0].Text = fmt.Sprintf("a delete in a full group leaves a tombstone; an insert that finds no room %s", verb)
	}
	return append(why, r.cite(r.rt.ID("never-shrinks"))...)
}

// clearWhy says what a clear keeps and touches.
func (r *resolver) clearWhy(p Placement) []Reason {
	if p.Tables == TablesNone {
		return nil // there is one group
	}
	return append(r.cite(r.rt.ID("clear-keeps")), r.cite("clear.capacity")...)
}

// roomWhy says why an insert into a map that was made with tables needs no more.
func (r *resolver) roomWhy(op mapop.Op) []Reason {
	sites, ok := r.madeAt(op)
	if !ok || len(sites) != 1 || sites[0].Hint.N <= smallHint || !r.hasRoom(op) {
		return nil
	}
	room, ok := r.rt.HintRoom(sites[0].Hint.N)
	if !ok {
		return nil
	}
	why := r.cite("swiss.grow-seven-eighths")
	for i := range why {
		why[i].Text = fmt.Sprintf("the table that the map is made with takes %d entries, and %s", room, keysText(r.uses[sites[0].Range]))
	}
	return why
}

// full8Why cites what makes an assignment to a present key grow a full group.
func (r *resolver) full8Why(op mapop.Op, p Placement) []Reason {
	if p.Tables != TablesAtGrowth || !r.rt.Full8UpdateGrows || r.hasRoom(op) {
		return nil
	}
	sites, _ := r.madeAt(op)
	for _, s := range sites {
		if u, ok := r.uses[s.Range]; ok && u.keys == smallHint {
			return r.cite("swiss.full8-update")
		}
	}
	return nil
}

// smallWhy says why a map never leaves its group.
func (r *resolver) smallWhy(op mapop.Op) Reason {
	return Reason{Pos: op.Pos, Text: keysText(r.uses[op.Range])}
}

// keysText says in words how much is stored in a map.
func keysText(u usage) string {
	switch {
	case u.keys == 0:
		return "nothing is ever stored in it"
	case u.keys == 1:
		return "at most one key is ever stored in it"
	case u.keys > 1:
		return fmt.Sprintf("at most %d different keys are ever stored in it", u.keys)
	}
	return fmt.Sprintf("at most %d assignments are made to it", u.writes)
}
