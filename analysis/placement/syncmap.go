package placement

import "github.com/mapescape/mapescape/analysis/mapop"

// syncMap is the placement of a sync.Map, which has neither header nor groups.
func (r *resolver) syncMap(op mapop.Op) Placement {
	p := Placement{Header: Unknown, Group: None, Tables: TablesNone}
	switch {
	case !r.rt.Known:
		p = Placement{Header: Unknown, Group: Unknown, Tables: TablesUnknown, Condition: r.unknownRelease()}
	case r.rt.SyncMapTrie:
		p.Header = Heap
		p.Condition = "a sync.Map keeps its entries in the nodes of a hash trie, which are always on the heap"
		p.Why = r.cite("sync.trie-node")
	default:
		p.Header = Heap
		p.Condition = "a sync.Map keeps its entries behind pointers in two maps, which are always on the heap"
	}
	return p
}

// syncAllocates answers for a call of a method of sync.Map: the boxes of its
// arguments, and what the method allocates whatever they are
// (internal/sync/hashtriemap.go; sync/map.go before the hash trie).
func (r *resolver) syncAllocates(op mapop.Op) (Allocates, []Allocation) {
	list := r.operandAllocations(op)
	if op.Elem.Form == mapop.FormMethod {
		return r.settled(list) // the method is not called here
	}
	if !r.rt.Known {
		return May, list
	}
	if r.rt.SyncMapTrie {
		list = append(list, r.trieAllocations(op)...)
	} else {
		list = append(list, r.oldAllocations(op.Kind)...)
	}
	return r.settled(list)
}

// trieAllocations are those of a method in the releases with a hash trie.
func (r *resolver) trieAllocations(op mapop.Op) []Allocation {
	node, _ := r.rt.SyncNodeCost()
	root, _ := r.rt.SyncRootCost()
	entry := Allocation{What: "entry-node", Cause: "trie-node", Bytes: node.Bytes, Count: node.Count}
	branch := Allocation{What: "entry-node", Cause: "trie-branch", When: "when the hash of a new key begins like that of another", Bytes: root.Bytes, Count: root.Count}
	first := Allocation{What: "entry-node", Cause: "first-use", When: "on the first use of the map", Bytes: root.Bytes, Count: root.Count}
	var list []Allocation
	switch op.Kind {
	case "sync.Map.Store", "sync.Map.Swap":
		list = []Allocation{entry, branch}
	case "sync.Map.LoadOrStore":
		entry.When = "when the key is absent"
		list = []Allocation{entry, branch}
	case "sync.Map.CompareAndSwap":
		entry.When = "when the old value matches"
		list = []Allocation{entry}
	case "sync.Map.Clear":
		list = []Allocation{{What: "entry-node", Cause: "new-root", Bytes: root.Bytes, Count: root.Count}}
	}
	if op.Again {
		return list
	}
	return append(list, first)
}

// oldAllocations are those of a method in the releases with a read-only and a dirty map.
func (r *resolver) oldAllocations(kind mapop.Kind) []Allocation {
	// sync/map.go: Swap keeps the address of its value.
	promoted := Allocation{What: "entry-node", Cause: "promotion", When: "when the dirty map takes the place of the read-only one, or is made anew"}
	value := Allocation{What: "entry-node", Cause: "value"}
	if cost, ok := r.rt.ObjectCost(2*r.rt.PtrSize, true); ok {
		value.Bytes, value.Count = cost.Bytes, cost.Count
	}
	switch kind {
	case "sync.Map.LoadOrStore":
		value.When = "when the key is absent"
		return []Allocation{value, promoted}
	case "sync.Map.Store", "sync.Map.Swap":
		return []Allocation{value, promoted}
	case "sync.Map.CompareAndSwap":
		value.When = "when the old value matches"
		return []Allocation{value, promoted}
	}
	return []Allocation{promoted}
}
