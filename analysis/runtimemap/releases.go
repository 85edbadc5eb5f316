package runtimemap

// A release is one row of the table: a minor version with a map design. What
// is the same in every release is not a column.
type release struct {
	minor  int
	design Design

	// Object sizes (reflectdata: MapType, mapTableType, MapIterType; hmap and
	// hiter for Buckets). Zero is not known, or there is no such object.
	header, table, iter sizes

	// The runtime functions that a range statement calls, without "runtime.";
	// "" is not known.
	rangeInit, rangeNext string
	// The one call of a make that puts header and first group into the frame.
	stackMake string
	// The file of the bucket implementation, below GOROOT/src.
	bucketFile string
	// The key classes whose mapassign_fast* prunes tombstones.
	prunes []string

	full8UpdateGrows bool
	clearSkipsClean  bool
	elidesStringKey  bool
	staticBoxes      bool
	movesSlices      bool
	rangeAllocates   bool
}

// sizes are the sizes in bytes on 64-bit and 32-bit targets.
type sizes struct{ on64, on32 int64 }

var (
	swissHeader = sizes{48, 32}
	swissTable  = sizes{32, 24}
	swissIter   = sizes{96, 64}
)

// releases are the rows that were measured. The two rows for noswissmap rest on
// the source alone, and leave open what it did not settle: the sizes of its
// header and iterator, and the names of its iteration functions.
var releases = []release{
	{
		minor: 23, design: Buckets,
		header: sizes{48, 28}, iter: sizes{96, 48},
		rangeInit: "mapiterinit", rangeNext: "mapiternext", stackMake: "rand32",
		bucketFile:     "runtime/map.go",
		rangeAllocates: true,
	},
	{
		minor: 24, design: Swiss,
		header: swissHeader, table: swissTable, iter: swissIter,
		rangeInit: "mapIterStart", rangeNext: "mapIterNext", stackMake: "rand",
		full8UpdateGrows: true,
	},
	{
		minor: 24, design: Buckets,
		stackMake:      "rand32",
		bucketFile:     "runtime/map_noswiss.go",
		rangeAllocates: true,
	},
	{
		minor: 25, design: Swiss,
		header: swissHeader, table: swissTable, iter: swissIter,
		rangeInit: "mapIterStart", rangeNext: "mapIterNext", stackMake: "rand",
		prunes:           []string{"32", "64", "str"},
		full8UpdateGrows: true,
		clearSkipsClean:  true,
		elidesStringKey:  true,
		staticBoxes:      true,
	},
	{
		minor: 25, design: Buckets,
		stackMake:       "rand32",
		bucketFile:      "runtime/map_noswiss.go",
		elidesStringKey: true,
		staticBoxes:     true,
		rangeAllocates:  true,
	},
	{
		minor: 26, design: Swiss,
		header: swissHeader, table: swissTable, iter: swissIter,
		rangeInit: "mapIterStart", rangeNext: "mapIterNext", stackMake: "rand",
		prunes:           []string{"32", "64", "str"},
		full8UpdateGrows: true,
		clearSkipsClean:  true,
		elidesStringKey:  true,
		staticBoxes:      true,
		movesSlices:      true,
	},
	{
		minor: 27, design: Swiss,
		header: swissHeader, table: swissTable, iter: swissIter,
		rangeInit: "mapIterStart", rangeNext: "mapIterNext", stackMake: "rand",
		prunes:          []string{"32", "32ptr", "64", "64ptr", "str"},
		clearSkipsClean: true,
		elidesStringKey: true,
		staticBoxes:     true,
		movesSlices:     true,
	},
}

func findRelease(minor int, design Design) (release, bool) {
	for _, r := range releases {
		if r.minor == minor && r.design == design {
			return r, true
		}
	}
	return release{}, false
}
