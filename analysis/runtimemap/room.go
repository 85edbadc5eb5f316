package runtimemap

// maxGroupBytes is above the size of any group: a control word and 8 slots of
// a key and an element of at most 128 bytes each.
const maxGroupBytes = 4096

// GroupRoom reports whether a map in its single group or bucket has room for
// certain: it holds at most keys different keys in its whole life, and is
// assigned to at most writes times; a negative number is not known.
func (f Facts) GroupRoom(keys, writes int64) bool {
	if !f.Known {
		return false
	}
	switch {
	case keys >= 0 && keys < groupSlots:
		return true
	case writes >= 0 && writes <= groupSlots:
		return true // the last one comes upon 7 entries at most
	}
	return keys == groupSlots && !f.Full8UpdateGrows
}

// HintRoom is the number of entries that a map made with this hint, which is
// above 8, takes without growing, if no entry is ever deleted from it: that of
// its only table (internal/runtime/maps: (*table).maxGrowthLeft). ok is false
// where there are several tables, on which chance spreads the keys, and
// for Buckets, whose overflow buckets chance allocates early.
func (f Facts) HintRoom(hint int64) (entries int64, ok bool) {
	if !f.Known || f.Design != Swiss || hint <= groupSlots {
		return 0, false
	}
	p, ok := f.plan(hint, maxGroupBytes)
	if !ok || p.tables != 1 {
		return 0, false
	}
	return usable(p.slots), true
}

// MaxHintRoom is the largest hint for which HintRoom is known, so that a map
// filled to a hint of up to this number never grows; 0 where there is none.
func (f Facts) MaxHintRoom() int64 {
	if _, ok := f.HintRoom(usable(maxTableSlots)); !ok {
		return 0
	}
	return usable(maxTableSlots)
}

// Regrowth is what a map made with a hint above 8 allocates when the one table
// that it was made with is full: a table of twice the size, in the place of the old
// one (internal/runtime/maps: (*table).grow). ok is false where it is not known, and for
// a table of 1024 slots, which splits in two.
func (f Facts) Regrowth(s Slot, hint int64) (Cost, bool) {
	group, ok := f.group(s)
	if _, one := f.HintRoom(hint); !ok || !one {
		return Cost{}, false
	}
	p, _ := f.plan(hint, maxGroupBytes)
	if p.slots == maxTableSlots {
		return Cost{}, false
	}
	table, ok1 := f.ObjectCost(f.TableBytes, true)
	groups, ok2 := f.ObjectCost(2*p.slots/groupSlots*group.size, f.groupPointers(s))
	return table.Plus(groups), ok1 && ok2
}

// Scanned reports whether the garbage collector scans the groups of a map for
// pointers: those in keys and elements, or those to keys and elements that are
// objects of their own. False for a release that is not known.
func (f Facts) Scanned(s Slot) bool { return f.Known && f.groupPointers(s) }
