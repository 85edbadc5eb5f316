package runtimemap

const (
	swissMap   = "internal/runtime/maps/map.go"
	swissTab   = "internal/runtime/maps/table.go"
	walkMaking = "cmd/compile/internal/walk/builtin.go"
)

// swissFacts are the facts of the design since Go 1.24.
var swissFacts = []fact{
	{
		id: "swiss.header", from: 24, design: Swiss,
		text: "A map value is a pointer to a header of {header} bytes, which holds the number of entries, the hash seed and the pointer to the storage.",
		file: swissMap, decl: "Map", needle: "dirPtr unsafe.Pointer",
	},
	{
		id: "swiss.stack-group", from: 24, design: Swiss,
		text: "If the map does not escape and its hint is a constant of at most 8, or there is none, the function's frame holds both the header and the first group of 8 slots.",
		file: walkMaking, decl: "walkMakeMap", needle: "stackTempAddr(&nif.Body, groupType)",
	},
	{
		id: "swiss.small-make", from: 24, design: Swiss,
		text: "Making a map that escapes with a constant hint of at most 8, or none, allocates the header and nothing else: such a hint reserves no slots.",
		file: swissMap, decl: "NewEmptyMap", needle: "new(Map)",
	},
	{
		id: "swiss.lazy-group", from: 24, design: Swiss,
		text: "The first insert into a map that has no storage yet allocates one group of 8 slots on the heap.",
		file: swissMap, decl: "(*Map).growToSmall", needle: "newGroups(typ, 1)",
	},
	{
		id: "swiss.variable-hint", from: 24, design: Swiss,
		text: "Where the hint is not a constant and the map does not escape, the frame has room for the first group, and the hint is tested at run time: up to 8 the group is used, above 8 the storage is allocated on the heap at once.",
		file: walkMaking, decl: "walkMakeMap", needle: "!ir.IsConst(hint, constant.Int) ||",
	},
	{
		id: "swiss.tables-at-make", from: 24, design: Swiss,
		text: "A hint above 8 makes no first group: the directory, the tables and their groups are allocated at once, on the heap, even if the header is in the frame.",
		file: swissMap, decl: "NewMap", needle: "directory[i] = newTable(",
	},
	{
		id: "swiss.grow-ninth", from: 24, design: Swiss,
		text: "The 9th entry of a map with a single group moves the map to a table: a directory, a table and its groups of 16 slots are allocated on the heap.",
		file: swissMap, decl: "(*Map).growToTable", needle: "newTable(typ, 2*abi.MapGroupSlots, 0, 0)",
	},
	{
		id: "swiss.grow-seven-eighths", from: 24, design: Swiss,
		text: "A table takes entries up to 7/8 of its slots; then it is replaced by one of twice the size, or, at 1024 slots, by two.",
		file: swissTab, decl: "(*table).maxGrowthLeft", needle: "(t.capacity * maxAvgGroupLoad) / abi.MapGroupSlots",
	},
	{
		id: "swiss.tables-heap", from: 24, design: Swiss,
		text: "The directory, the tables and their groups are always on the heap, wherever the header is.",
		file: swissTab, decl: "newTable", needle: "t := &table{",
	},
	{
		id: "swiss.never-shrinks", from: 24, design: Swiss,
		text: "Tables only ever double or split: deleting entries gives no table memory back, and a map that has left its first group does not return to it.",
		file: swissTab, decl: "(*table).rehash", needle: "newCapacity := 2 * t.capacity",
	},
	{
		id: "swiss.full8-update", from: 24, to: 26, design: Swiss,
		text: "An assignment to a map of exactly 8 entries in its single group moves it to a table even if the key is present.",
		file: swissMap, decl: "(*Map).PutSlot", needle: "if m.used < abi.MapGroupSlots {",
	},
	{
		id: "swiss.tombstones", from: 24, to: 24, design: Swiss,
		text: "Deleting from a group of a table that has no empty slot leaves a tombstone, which takes up its slot until an insert that probes the group reuses it or the table grows; with new keys coming in, a map of constant length may therefore grow.",
		file: swissTab, decl: "(*table).Delete",
	},
	{
		id: "swiss.tombstones", from: 25, to: 26, design: Swiss,
		text: "Deleting from a group of a table that has no empty slot leaves a tombstone, which takes up its slot until an insert that probes the group reuses it or the table grows; with new keys coming in, a map of constant length may therefore grow. Only where keys are strings, or 4 or 8 bytes of plain memory without pointers, and elements have at most 128 bytes does an insert first try to win tombstones back.",
		file: swissTab, decl: "(*table).Delete", needle: "g.ctrls().set(i, ctrlDeleted)",
	},
	{
		id: "swiss.tombstones", from: 27, design: Swiss,
		text: "Deleting from a group of a table that has no empty slot leaves a tombstone, which takes up its slot until an insert that probes the group reuses it or the table grows; with new keys coming in, a map of constant length may therefore grow. Only where keys are strings, pointers, or 4 or 8 bytes of plain memory, and elements have at most 128 bytes does an insert first try to win tombstones back.",
		file: swissTab, decl: "(*table).Delete", needle: "g.ctrls().set(i, ctrlDeleted)",
	},
	{
		id: "swiss.clear-keeps", from: 24, design: Swiss,
		text: "clear empties the groups where they are and keeps the directory and every table, at their full size, for the entries to come.",
		file: swissTab, decl: "(*table).Clear", needle: "typedmemclr(typ.Group, g.data)",
	},
	{
		id: "swiss.scan", from: 24, design: Swiss,
		text: "The garbage collector scans a map's groups only if keys or elements hold pointers, or are over 128 bytes, so that the slots hold pointers to them.",
		file: "internal/runtime/maps/group.go", decl: "newGroups", needle: "newarray(typ.Group, int(length))",
	},
}
