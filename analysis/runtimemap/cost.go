package runtimemap

// HeaderCost is the cost of the header of a map that escapes: makemap_small
// allocates this and nothing else.
func (f Facts) HeaderCost() (Cost, bool) {
	if f.HeaderBytes == 0 {
		return Cost{}, false
	}
	return f.ObjectCost(f.HeaderBytes, true)
}

// GroupCost is the cost of the first group or bucket on the heap, which the
// first insert into a map without storage allocates.
func (f Facts) GroupCost(s Slot) (Cost, bool) {
	group, ok := f.group(s)
	if !ok {
		return Cost{}, false
	}
	return f.ObjectCost(group.size, f.groupPointers(s))
}

// Tables is what a make with this hint allocates beyond the header, before any
// insert: nothing for a hint of at most 8, whatever the design. Above, it is the
// directory, the tables and their groups (internal/runtime/maps: NewMap), or the
// bucket array with its record of spare buckets (runtime/map.go: makemap,
// makeBucketArray). ok is false where it is not known, and for a hint near the
// limits of the address space, which the runtime ignores.
func (f Facts) Tables(s Slot, hint int64) (Cost, bool) {
	switch {
	case !f.Known:
		return Cost{}, false
	case hint <= groupSlots:
		return Cost{}, true
	case f.Design == Buckets:
		return f.bucketArray(s, hint)
	}
	group, ok := f.group(s)
	if !ok {
		return Cost{}, false
	}
	p, ok := f.plan(hint, group.size)
	if !ok {
		return Cost{}, false
	}
	return f.tables(s, group.size, p)
}

// Growth is the cost of the 9th entry of a map that had none but its first
// group: a directory of one table of two groups (internal/runtime/maps:
// growToTable), or a bucket array of two (runtime/map.go: hashGrow), to which
// chance may add an overflow bucket. The first group stays where it was and is
// garbage if it was on the heap.
func (f Facts) Growth(s Slot) (Cost, bool) {
	group, ok := f.group(s)
	if !ok {
		return Cost{}, false
	}
	if f.Design == Buckets {
		return f.ObjectCost(2*group.size, f.groupPointers(s))
	}
	return f.tables(s, group.size, plan{tables: 1, slots: 2 * groupSlots})
}

// tables is the cost of a directory with its tables and their groups.
func (f Facts) tables(s Slot, group int64, p plan) (Cost, bool) {
	directory, ok1 := f.ObjectCost(p.tables*f.PtrSize, true)
	table, ok2 := f.ObjectCost(f.TableBytes, true)
	groups, ok3 := f.ObjectCost(p.slots/groupSlots*group, f.groupPointers(s))
	return directory.Plus(table.Plus(groups).Times(p.tables)), ok1 && ok2 && ok3
}

// bucketArray is the cost of a bucket array for a hint above 8. From 16 buckets
// on the runtime adds a sixteenth of spare overflow buckets, and as many more as
// the size class holds; a record of 3 pointers keeps track of them.
func (f Facts) bucketArray(s Slot, hint int64) (Cost, bool) {
	bucket, ok := f.group(s)
	if !ok || hint > f.memoryLimit()/bucket.size {
		return Cost{}, false
	}
	buckets := int64(1)
	for hint > 13*(buckets/2) { // overLoadFactor: 13/2 entries per bucket
		buckets *= 2
	}
	var record Cost
	if buckets >= 16 {
		// The size class of an object with pointers includes its header, which
		// the buckets cannot use (runtime/msize.go: roundupsize).
		wanted := buckets + buckets/16
		room, _ := f.ObjectCost(wanted*bucket.size, f.groupPointers(s))
		if size := wanted * bucket.size; f.groupPointers(s) && size > f.minHeaderObject() && size <= maxSmallSize-mallocHeaderSize {
			room.Bytes -= mallocHeaderSize
		}
		buckets = room.Bytes / bucket.size
		record, _ = f.ObjectCost(3*f.PtrSize, true)
	}
	array, ok := f.ObjectCost(buckets*bucket.size, f.groupPointers(s))
	return array.Plus(record), ok
}

// memoryLimit is a size in bytes of which it is certain that the allocator
// accepts it as a size (runtime: maxAlloc is at least this on each target).
func (f Facts) memoryLimit() int64 {
	if f.PtrSize == 4 || f.GOARCH == "wasm" {
		return 1 << 31
	}
	return 1 << 39
}

// Sizes of the nodes of sync.Map's trie (internal/sync: entry, indirect) for
// keys and values of type any.
var (
	entryNode    = sizes{48, 24}
	indirectNode = sizes{152, 84}
)

// SyncNodeCost is the cost of the node that holds one entry of a sync.Map. Every
// Store makes one, also over a key that is present. Further nodes that a new
// key may need, and the boxes of key and value, come on top. ok is false where
// sync.Map is no trie.
func (f Facts) SyncNodeCost() (Cost, bool) { return f.syncCost(entryNode) }

// SyncRootCost is the cost of the root of a sync.Map, which its first use
// allocates, be it a Load, and which Clear replaces.
func (f Facts) SyncRootCost() (Cost, bool) { return f.syncCost(indirectNode) }

func (f Facts) syncCost(n sizes) (Cost, bool) {
	if !f.SyncMapTrie {
		return Cost{}, false
	}
	size := n.on64
	if f.PtrSize == 4 {
		size = n.on32
	}
	return f.ObjectCost(size, true)
}
