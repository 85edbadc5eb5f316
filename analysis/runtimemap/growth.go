package runtimemap

import (
	"fmt"
	"math/bits"
)

// maxTableSlots is the largest capacity of a table, which then splits in two
// (internal/runtime/maps: maxTableCapacity).
const maxTableSlots = 1024

// usable is the number of entries that a table of this many slots takes before
// it grows (internal/runtime/maps: maxGrowthLeft).
func usable(slots int64) int64 { return slots * 7 / 8 }

// A plan is the storage that a hint asks for: a number of tables of equal capacity.
type plan struct{ tables, slots int64 }

func (p plan) usable() int64 { return p.tables * usable(p.slots) }

// plan computes the storage for a hint above 8 (internal/runtime/maps: NewMap).
// The integer divisions are the runtime's, and lose what its do. group is the
// size of a group in bytes; ok is false where the runtime might ignore the hint.
func (f Facts) plan(hint, group int64) (plan, bool) {
	if hint > f.memoryLimit()/groupSlots {
		return plan{}, false
	}
	target := hint * groupSlots / (groupSlots - 1)
	tables := powerOfTwo((target + maxTableSlots - 1) / maxTableSlots)
	// The runtime multiplies slots by the size of a group here.
	if tables > f.memoryLimit()/(maxTableSlots*group) {
		return plan{}, false
	}
	return plan{tables, powerOfTwo(target / tables)}, true
}

// powerOfTwo is the smallest power of two that is at least n, which is positive.
func powerOfTwo(n int64) int64 { return 1 << bits.Len64(uint64(n-1)) }

// GrowthPoints are the entries at which a map without a hint, into which
// entries are only inserted, allocates new storage, up to the point where the
// first table splits. Beyond, the points depend on how the hash spreads the keys.
// For Buckets they are the doublings below 1024 entries; overflow buckets come in between.
func (f Facts) GrowthPoints() []int64 {
	if !f.Known {
		return nil
	}
	points := []int64{groupSlots + 1}
	if f.Design == Buckets {
		for buckets := int64(2); 13*(buckets/2) < 1024; buckets *= 2 {
			points = append(points, 13*(buckets/2)+1)
		}
		return points
	}
	for slots := int64(2 * groupSlots); slots <= maxTableSlots; slots *= 2 {
		points = append(points, usable(slots)+1)
	}
	return points
}

// HintTrap says what is unexpected about a hint, for a reader who takes it for
// a promise that this many entries fit. ok is false where a map that is filled
// to its hint does not grow in practice.
func (f Facts) HintTrap(hint int64) (text string, ok bool) {
	if !f.Known || hint < 1 {
		return "", false
	}
	if hint <= groupSlots {
		what := "group"
		if f.Design == Buckets {
			what = "bucket"
		}
		return fmt.Sprintf("a hint of 1 to 8 reserves nothing in a map that escapes: its first insert allocates the %s of 8 slots, with or without the hint", what), true
	}
	if f.Design != Swiss {
		return "", false
	}
	p, ok := f.plan(hint, 1) // the number of tables does not depend on their size
	if !ok || p.tables == 1 {
		return "", false
	}
	each, total := usable(p.slots), p.usable()
	if total < hint {
		return fmt.Sprintf("a hint of %d makes %d tables that take %d entries each, %d in all: filling the map to its hint makes it grow", hint, p.tables, each, total), true
	}
	// Keys fall on the tables at random: a table's share of hint keys deviates
	// from hint/tables by the root of hint*(tables-1)/tables². A table with
	// room for six such deviations does not fill up early.
	spare := float64(total - hint)
	if spare*spare > 36*float64(hint)*float64(p.tables-1) {
		return "", false
	}
	return fmt.Sprintf("a hint of %d makes %d tables that take %d entries each, which suffices on average only: where the hash gives one table more than its share, it grows before the map holds %d entries", hint, p.tables, each, hint), true
}
