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

func (r *resolver) syncAllocates(op mapop.Op) (Allocates, []Allocation) {
	list := r.operandAllocations(op)
	if !r.rt.Known || !r.rt.SyncMapTrie {
		return May, list
	}
	node, _ := r.rt.SyncNodeCost()
	root, _ := r.rt.SyncRootCost()
	entry := Allocation{What: "entry-node", Cause: "trie-node", Bytes: node.Bytes, Count: node.Count}
	switch op.Kind {
	case "sync.Map.Store", "sync.Map.Swap":
		return Always, append(list, entry)
	case "sync.Map.LoadOrStore":
		entry.When = "when the key is absent"
		return May, append(list, entry)
	case "sync.Map.CompareAndSwap":
		entry.When = "when the old value matches"
		return May, append(list, entry)
	case "sync.Map.Clear":
		return May, append(list, Allocation{What: "entry-node", Cause: "new-root", Bytes: root.Bytes, Count: root.Count})
	}
	return May, append(list, Allocation{What: "entry-node", Cause: "first-use", When: "on the first use of the map", Bytes: root.Bytes, Count: root.Count})
}
