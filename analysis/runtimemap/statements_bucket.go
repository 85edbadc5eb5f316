package runtimemap

// bucketFacts are the facts of the design up to Go 1.23, and of noswissmap.
var bucketFacts = []fact{
	{
		id: "bucket.header", from: 23, to: 23, design: Buckets,
		text: "A map value is a pointer to a header of {header} bytes, which holds the number of entries, the hash seed and the pointer to the bucket array.",
		file: bucketFile, decl: "hmap",
	},
	{
		id: "bucket.header", from: 24, to: 25, design: Buckets,
		text: "A map value is a pointer to a header, which holds the number of entries, the hash seed and the pointer to the bucket array.",
		file: bucketFile, decl: "hmap",
	},
	{
		id: "bucket.stack-bucket", from: 23, to: 25, design: Buckets,
		text: "If the map does not escape and its hint is a constant of at most 8, or there is none, the function's frame holds both the header and the first bucket of 8 slots.",
		file: walkMaking, decl: "walkMakeMap",
	},
	{
		id: "bucket.small-make", from: 23, to: 25, design: Buckets,
		text: "Making a map that escapes with a constant hint of at most 8, or none, allocates the header and nothing else: such a hint reserves no slots.",
		file: bucketFile, decl: "makemap_small",
	},
	{
		id: "bucket.lazy-bucket", from: 23, to: 25, design: Buckets,
		text: "The first insert into a map that has no bucket yet allocates one of 8 slots on the heap.",
		file: bucketFile, decl: "mapassign",
	},
	{
		id: "bucket.variable-hint", from: 23, to: 25, design: Buckets,
		text: "Where the hint is not a constant and the map does not escape, the frame has room for the first bucket, and the hint is tested at run time: up to 8 the bucket is used, above 8 an array is allocated on the heap at once.",
		file: walkMaking, decl: "walkMakeMap",
	},
	{
		id: "bucket.hint", from: 23, to: 25, design: Buckets,
		text: "A hint above 8 allocates one bucket array at once, on the heap, even if the header is in the frame: a power of two of buckets, for at most 6.5 entries each, and from 16 buckets on some spare overflow buckets.",
		file: bucketFile, decl: "makeBucketArray",
	},
	{
		id: "bucket.grow", from: 23, to: 25, design: Buckets,
		text: "The 9th entry, and later each entry beyond 6.5 per bucket, allocates a bucket array of twice the size on the heap, to which later writes move the entries bit by bit.",
		file: bucketFile, decl: "hashGrow",
	},
	{
		id: "bucket.array-heap", from: 23, to: 25, design: Buckets,
		text: "Bucket arrays and overflow buckets are always on the heap, wherever the header is.",
		file: bucketFile, decl: "makeBucketArray",
	},
	{
		id: "bucket.never-shrinks", from: 23, to: 25, design: Buckets,
		text: "The bucket array only ever grows: deleting entries unlinks no bucket and gives no bucket memory back.",
		file: bucketFile, decl: "mapdelete",
	},
	{
		id: "bucket.overflow", from: 23, to: 25, design: Buckets,
		text: "An insert into a bucket whose 8 slots are taken chains an overflow bucket to it, which is an allocation once the spare ones are used up; with keys coming and going, a map of constant length keeps allocating them, and copies itself to an array of the same size when they are too many.",
		file: bucketFile, decl: "(*hmap).newoverflow",
	},
	{
		id: "bucket.clear-keeps", from: 23, to: 25, design: Buckets,
		text: "clear empties the bucket array where it is and keeps it, at its full size; the chained overflow buckets are let go.",
		file: bucketFile, decl: "mapclear",
	},
	{
		id: "bucket.first-range", from: 23, to: 25, design: Buckets,
		text: "The iterator of a range statement is in the frame, but the first range over a map whose keys and elements hold no pointers allocates up to two small objects, which keep its overflow buckets alive.",
		file: bucketFile, decl: "mapiterinit",
	},
}
