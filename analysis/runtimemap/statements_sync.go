package runtimemap

const trie = "internal/sync/hashtriemap.go"

// syncFacts are facts about sync.Map.
var syncFacts = []fact{
	{
		id: "sync.trie-node", from: 24, when: hasTrie,
		text: "Storing into a sync.Map allocates a node for the entry, also over a key that is present; the boxes of key and value come on top.",
		file: trie, decl: "newEntryNode", needle: "&entry[K, V]{",
	},
	{
		id: "sync.root", from: 24, when: hasTrie,
		text: "The first use of a sync.Map, be it a Load, allocates the root of its trie, and Clear allocates a new one.",
		file: trie, decl: "(*HashTrieMap).initSlow", needle: "newIndirectNode[K, V](nil)",
	},
	{
		id: "sync.value-box", from: 23, to: 25, when: lacksTrie,
		text: "Storing into a sync.Map allocates an object for the value's interface, also over a key that is present; a new key allocates more.",
		file: "sync/map.go", decl: "(*Map).Swap",
	},
}

func hasTrie(f Facts) bool   { return f.SyncMapTrie }
func lacksTrie(f Facts) bool { return !f.SyncMapTrie }
