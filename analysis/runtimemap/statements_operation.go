package runtimemap

const (
	walkLiteral = "cmd/compile/internal/walk/complit.go"
	walkRange   = "cmd/compile/internal/walk/range.go"
	walkOrder   = "cmd/compile/internal/walk/order.go"
)

// operationFacts are facts about operations on maps that both designs share in
// substance, if not in their sources.
var operationFacts = []fact{
	{
		id: "literal.hint", from: 23,
		text: "A map literal is a make with the number of its entries as a constant hint, followed by an insert for each entry.",
		file: walkLiteral, decl: "maplit", needle: "ir.NewInt(base.Pos, n.Len+int64(len(n.List)))",
	},
	{
		id: "literal.25", from: 23,
		text: "More than 25 constant entries of a map literal are kept in two read-only arrays and inserted by a loop; where the map lives does not depend on it.",
		file: walkLiteral, decl: "maplit", needle: "len(entries) > 25",
	},

	{
		id: "map.nil", from: 23, design: Buckets,
		text: nilMap, file: bucketFile, decl: "mapassign",
	},
	{
		id: "map.nil", from: 24, to: 25, design: Swiss,
		text: nilMap, file: "internal/runtime/maps/runtime_swiss.go", decl: "runtime_mapassign",
	},
	{
		id: "map.nil", from: 26, design: Swiss,
		text: nilMap, file: "internal/runtime/maps/runtime.go", decl: "runtime_mapassign", needle: "panic(errNilAssign)",
	},

	{
		id: "map.indirect128", from: 23, design: Buckets,
		text: indirect, file: bucketFile, decl: "mapassign",
	},
	{
		id: "map.indirect128", from: 24, design: Swiss,
		text: indirect, file: swissMap, decl: "(*Map).putSlotSmall", needle: "emem := newobject(typ.Elem)",
	},

	{
		id: "maps.clone-heap", from: 23, design: Buckets,
		text: cloneHeap, file: bucketFile, decl: "mapclone2",
	},
	{
		id: "maps.clone-heap", from: 24, to: 25, design: Swiss,
		text: cloneHeap, file: "runtime/map_swiss.go", decl: "mapclone",
	},
	{
		id: "maps.clone-heap", from: 26, design: Swiss,
		text: cloneHeap, file: swissMap, decl: "(*Map).Clone", needle: "m2 := new(Map)",
	},
	{
		id: "maps.collect-nohint", from: 23,
		text: "maps.Collect makes its map without a hint, so that it grows step by step as entries come in.",
		file: "maps/iter.go", decl: "Collect", needle: "make(map[K]V)",
	},

	{
		id: "delete.no-alloc", from: 23, design: Buckets,
		text: deleteFree, file: bucketFile, decl: "mapdelete",
	},
	{
		id: "delete.no-alloc", from: 24, design: Swiss,
		text: deleteFree, file: swissMap, decl: "(*Map).Delete", needle: "m.deleteSmall(typ, hash, key)",
	},

	{
		id: "range.stack-iterator", from: 24, design: Swiss,
		text: "The iterator of a range statement, {iterator} bytes, is in the frame: ranging over a map allocates nothing by itself.",
		file: walkOrder, decl: "(*orderState).stmt", needle: "n.Prealloc = o.newTemp(reflectdata.MapIterType(), true)",
	},
	{
		id: "loop.mapclear", from: 23,
		text: "A range loop with only a key variable of its own, whose body does nothing but delete that key from the same map, becomes one clear in an optimised build without instrumentation (race, coverage, sanitizers), if every key equals itself: floating-point, complex and interface keys need not.",
		file: walkRange, decl: "isMapClear", needle: "!types.IsReflexive(t.Key())",
	},

	{
		id: "clear.capacity", from: 23, design: Buckets,
		text: "clear costs time in proportion to the size of the bucket array, not to the number of entries.",
		file: bucketFile, decl: "mapclear",
	},
	{
		id: "clear.capacity", from: 24, to: 24, design: Swiss,
		text: "clear costs time in proportion to the slots of all tables, not to the number of entries.",
		file: swissTab, decl: "(*table).Clear",
	},
	{
		id: "clear.capacity", from: 25, design: Swiss,
		text: "clear costs time in proportion to the slots of the tables that hold an entry or a tombstone, not to the number of entries; it passes over the other tables.",
		file: swissTab, decl: "(*table).Clear", needle: "t.used == 0 && t.growthLeft == mgl",
	},
}

const (
	nilMap     = "A map variable that was never assigned is nil: it has no header and no storage. Lookups, deletes, clear and range treat it as empty; an insert panics."
	indirect   = "A key or an element of more than 128 bytes is an object of its own on the heap, with a pointer in the slot: inserting a new key allocates it, and updating a present one does not."
	cloneHeap  = "maps.Clone of a map that is not nil allocates the header and all storage of the copy on the heap, whatever becomes of the result; the compiler prints no message about it."
	deleteFree = "The runtime's delete allocates nothing: it empties the slot, and lets go of what the key and the element pointed to."
)
