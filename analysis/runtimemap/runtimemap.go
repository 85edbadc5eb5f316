// Package runtimemap holds what Go's runtime and compiler do with maps, as
// data per release: the design, sizes and heap costs, growth, entry points, and
// the statements that explanations cite.
//
// The facts are tables (releases.go, sizeclass.go, entry.go, statements_*.go)
// and a little arithmetic over them (layout.go, cost.go, growth.go). The tests
// re-check each of them against the release that runs the tests: by running
// code, by compiling code, and by looking up the cited declaration in GOROOT.
//
// The package knows nothing of any user's code: it takes sizes, hints and
// operations, and it never says where a map lives. A release that is not in
// the table, newer or older, yields Facts that claim nothing.
package runtimemap

// A Design is an implementation of the map type.
type Design string

// The designs. The empty Design is said of releases that are not known.
const (
	// Buckets is the chained hash table of 8-slot buckets: up to Go 1.23, and
	// in 1.24 and 1.25 with GOEXPERIMENT=noswissmap.
	Buckets Design = "buckets"
	// Swiss is the open-addressing table of 8-slot groups, since Go 1.24
	// (internal/runtime/maps).
	Swiss Design = "swiss"
)

// Facts are what holds for one release and target. The zero value knows
// nothing. Facts are plain values and may be compared with ==.
type Facts struct {
	// Version is the release they were asked for: "go1.26.8".
	Version string
	// Known says that the release is one that was measured. For another one
	// every method declines, and only the compiler's words count.
	Known bool
	// Minor is the language's minor version: 26 for go1.26.8; 0 where not known.
	Minor int
	// Design is the map implementation in force.
	Design Design
	// GOARCH is the target, PtrSize the size of a pointer on it in bytes; 0 for
	// a target that is not known, for which no size is given.
	GOARCH  string
	PtrSize int64
	// HeaderBytes, TableBytes and IterBytes are the sizes in bytes of the header
	// that a map value points to, of a table without its groups (Swiss only), and
	// of the iterator of a range statement. 0 is not known, or there is none.
	// They are object sizes, not what the allocator takes for them (see HeaderCost).
	HeaderBytes, TableBytes, IterBytes int64
	// SplitGroups says that GOEXPERIMENT=mapsplitgroup (Go 1.27) keeps keys and
	// elements apart. That layout is not known here: methods that depend on the
	// size of a group decline.
	SplitGroups bool
	// SyncMapTrie says that sync.Map is a concurrent hash trie, as by default
	// since Go 1.24, not the pair of a read-only and a dirty map. False says
	// nothing unless Known is true.
	SyncMapTrie bool
	// Full8UpdateGrows says that assigning to a key that is present in a map of
	// exactly 8 entries in one group makes it grow (Go 1.24 to 1.26).
	Full8UpdateGrows bool
	// ClearSkipsClean says that clear passes over a table without entries and
	// tombstones, so that clearing a cleared map is cheap (since Go 1.25).
	ClearSkipsClean bool
	// ElidesStringKey says that the copy in delete(m, string(b)), and in a lookup
	// of a variable that holds string(b) and is used nowhere else, is left out
	// (since Go 1.25). The copy in m[string(b)] as a lookup is left out in every release.
	ElidesStringKey bool
	// StaticBoxes says that converting a constant composite literal, or a
	// variable that only ever held one constant, to an interface allocates
	// nothing (since Go 1.25). Basic constants are free in every release.
	StaticBoxes bool
	// MovesSlices says that the array of a local slice that is appended to may be
	// in the frame until the slice is assigned to something else, a map's element for one, when it
	// is copied to the heap (since Go 1.26, cmd/compile/internal/slice).
	MovesSlices bool
	// RangeAllocates says that the first range over a map without pointers
	// allocates, to keep its overflow buckets alive (Buckets).
	RangeAllocates bool
}

// For gives the facts of a release and target. goVersion is what a toolchain
// says of itself ("go1.26.8", also with the " X:" suffix of a toolchain built
// with experiments), goarch a GOARCH, goexperiment the text of GOEXPERIMENT, ""
// for the default. Pre-releases, development versions and releases outside the
// table give Facts with Known false.
func For(goVersion, goarch, goexperiment string) Facts {
	f := Facts{Version: goVersion, GOARCH: goarch, PtrSize: ptrSizes[goarch]}
	minor, built, ok := parseVersion(goVersion)
	if !ok {
		return f
	}
	if goexperiment == "" {
		goexperiment = built
	}
	on := experiments(minor, goexperiment)
	design := Swiss
	if minor < 24 || minor < 26 && !on["swissmap"] {
		design = Buckets
	}
	r, ok := findRelease(minor, design)
	if !ok {
		return f
	}
	word := func(n sizes) int64 {
		switch f.PtrSize {
		case 8:
			return n.on64
		case 4:
			return n.on32
		default:
			return 0
		}
	}
	f.Known = true
	f.Minor = minor
	f.Design = design
	f.HeaderBytes, f.TableBytes, f.IterBytes = word(r.header), word(r.table), word(r.iter)
	f.SplitGroups = design == Swiss && on["mapsplitgroup"]
	f.SyncMapTrie = minor >= 26 || on["synchashtriemap"]
	f.Full8UpdateGrows = r.full8UpdateGrows
	f.ClearSkipsClean = r.clearSkipsClean
	f.ElidesStringKey = r.elidesStringKey
	f.StaticBoxes = r.staticBoxes
	f.MovesSlices = r.movesSlices
	f.RangeAllocates = r.rangeAllocates
	return f
}

// PrunesTombstones reports whether an insert into a full table may win back the
// slots of deleted entries in place, where otherwise the table grows. It depends
// on the assigning entry point (see Entry): fast is the key's class and elemSize
// the element's size in bytes. False also means that it is not known, or that
// the design has no tombstones.
func (f Facts) PrunesTombstones(fast string, elemSize int64) bool {
	if !f.Known || fast == "" || elemSize < 0 || elemSize > maxInline {
		return false
	}
	r, ok := findRelease(f.Minor, f.Design)
	if !ok {
		return false
	}
	for _, p := range r.prunes {
		if p == fast {
			return true
		}
	}
	return false
}
