package runtimemap

import (
	"slices"
	"strconv"
	"strings"
)

// A Statement is one fact about the runtime or the compiler that an
// explanation may cite, as it holds for a release.
type Statement struct {
	// ID names the fact: "swiss.lazy-group". It is the same in every release.
	ID string
	// Text is one sentence or two for people.
	Text string
	// Source is where the fact can be read, a file below GOROOT/src and a
	// declaration in it: "internal/runtime/maps/map.go: (*Map).growToSmall".
	Source string
	// File and Func are the parts of Source. Func is a function, "(*T).M" for a
	// method, or a type; "" stands for the whole file.
	File, Func string
	// Needle is a piece of that declaration's text which the fact rests on, as
	// Go 1.26 and later spell it; "" where no single one does.
	Needle string
}

// A fact is a Statement with the releases in which it holds. An ID may have
// several rows, for releases that do not overlap.
type fact struct {
	id string
	// from and to are the first and the last minor version; to is 0 for a fact
	// that still holds in the newest release of the table.
	from, to int
	// design is the map design that it speaks of, "" for any.
	design Design
	// when, if not nil, is a further condition.
	when func(Facts) bool
	// text may hold {header} and {iterator}, which become sizes in bytes.
	text               string
	file, decl, needle string
}

// bucketFile stands for the file of the bucket implementation in a fact's file.
const bucketFile = "{buckets}"

// Statement gives the fact named id. ok is false where it does not hold for the
// release, or is not known to.
func (f Facts) Statement(id string) (Statement, bool) {
	for _, table := range statementTables {
		for _, row := range table {
			if row.id != id {
				continue
			}
			if s, ok := f.state(row); ok {
				return s, true
			}
		}
	}
	return Statement{}, false
}

// Statements gives all facts that hold for the release, sorted by ID.
func (f Facts) Statements() []Statement {
	var all []Statement
	for _, table := range statementTables {
		for _, row := range table {
			if s, ok := f.state(row); ok {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b Statement) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// state makes the Statement of a row, if it holds.
func (f Facts) state(row fact) (Statement, bool) {
	switch {
	case !f.Known,
		f.Minor < row.from,
		row.to != 0 && f.Minor > row.to,
		row.design != "" && f.Design != row.design,
		row.when != nil && !row.when(f):
		return Statement{}, false
	}
	text, ok := fillIn(row.text, map[string]int64{"{header}": f.HeaderBytes, "{iterator}": f.IterBytes})
	if !ok {
		return Statement{}, false
	}
	file := row.file
	if file == bucketFile {
		r, _ := findRelease(f.Minor, f.Design)
		file = r.bucketFile
	}
	source := file
	if row.decl != "" {
		source += ": " + row.decl
	}
	return Statement{ID: row.id, Text: text, Source: source, File: file, Func: row.decl, Needle: row.needle}, true
}

// fillIn puts sizes in the place of their names; it fails on one that is not known.
func fillIn(text string, sizes map[string]int64) (string, bool) {
	for name, n := range sizes {
		if !strings.Contains(text, name) {
			continue
		}
		if n == 0 {
			return "", false
		}
		text = strings.ReplaceAll(text, name, strconv.FormatInt(n, 10))
	}
	return text, true
}

// topics gives the names of what both designs have under different ids.
var topics = map[string]map[Design]string{
	"header":         {Swiss: "swiss.header", Buckets: "bucket.header"},
	"stack-group":    {Swiss: "swiss.stack-group", Buckets: "bucket.stack-bucket"},
	"small-make":     {Swiss: "swiss.small-make", Buckets: "bucket.small-make"},
	"lazy-group":     {Swiss: "swiss.lazy-group", Buckets: "bucket.lazy-bucket"},
	"variable-hint":  {Swiss: "swiss.variable-hint", Buckets: "bucket.variable-hint"},
	"tables-at-make": {Swiss: "swiss.tables-at-make", Buckets: "bucket.hint"},
	"grow-ninth":     {Swiss: "swiss.grow-ninth", Buckets: "bucket.grow"},
	"tables-heap":    {Swiss: "swiss.tables-heap", Buckets: "bucket.array-heap"},
	"never-shrinks":  {Swiss: "swiss.never-shrinks", Buckets: "bucket.never-shrinks"},
	"deleted-slots":  {Swiss: "swiss.tombstones", Buckets: "bucket.overflow"},
	"clear-keeps":    {Swiss: "swiss.clear-keeps", Buckets: "bucket.clear-keeps"},
	"range":          {Swiss: "range.stack-iterator", Buckets: "bucket.first-range"},
}

// ID gives the id of the statement on a topic for the design in force:
// "swiss.header" or "bucket.header" for "header". The topics are header,
// stack-group, small-make, lazy-group, variable-hint, tables-at-make,
// grow-ninth, tables-heap, never-shrinks, deleted-slots, clear-keeps and range.
// "" is returned for another topic, and where the statement does not hold.
func (f Facts) ID(topic string) string {
	id := topics[topic][f.Design]
	if _, ok := f.Statement(id); !ok {
		return ""
	}
	return id
}

// statementTables are all tables, in no particular order.
var statementTables = [][]fact{swissFacts, bucketFacts, operationFacts, conversionFacts, syncFacts}
