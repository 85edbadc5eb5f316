// Package rewrite is what the rewrites of map code are made with: what a fix,
// an offer and a refusal are, and a Pass that gives a fix the typed syntax, the
// compiler's answers and the means to edit.
//
// An offer is an inert value: its edits are worked out while the syntax is at
// hand, so that a reader can ask for the offers of a range at any time and at no
// cost. Whether the result builds, and what becomes of the placements, is
// package verify's to say.
package rewrite

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
)

// Class says how far a rewrite keeps the program's behaviour.
type Class string

// The classes.
const (
	// Safe is said of a rewrite after which the program does the same.
	Safe Class = "A"
	// Review is said of one that does the same unless an assumption fails which
	// no tool can check; Offer.Assumes names it.
	Review Class = "B"
)

// A Fix is one kind of rewrite.
type Fix struct {
	// ID names it, and the diagnostic that carries it: "mapclear".
	ID string
	// Title is one line for the catalogue.
	Title string
	// Kind is the code action's kind, a leaf such as "refactor.rewrite.mapClear".
	Kind string
	// Doc is the catalogue's text, Markdown, in the parts What, When, Gain and Example.
	Doc string
	// Reasons are those for which it refuses, beside the common ones.
	Reasons []Reason
	// Standalone says that it needs no verdict of the compiler, so that other
	// hosts can run it too.
	Standalone bool
	// Optional says that it is left out when all safe rewrites of a file are
	// applied at once, unless the user asks for it.
	Optional bool
	// Run looks for places in a package and gives the pass an offer or a refusal for each.
	Run func(*Pass)
}

// A Reason is why a rewrite is refused.
type Reason struct {
	// ID is the report's "reason".
	ID string
	// Doc says in a sentence what it means.
	Doc string
}

// A Gain is what a rewrite is good for.
type Gain struct {
	// Proven says that facts of the compiler and the runtime show the gain,
	// whatever the program's data are like.
	Proven bool
	// Text says it in a few words, for the tail of a title: "saves 3 allocations per iteration".
	Text string
}

// An Offer is a rewrite that can be made at one place.
type Offer struct {
	// Fix is the fix's ID, Kind its kind, Optional as there.
	Fix, Kind string
	Optional  bool
	Title     string
	Class     Class
	// Range is the syntax that it is offered on, Pos its start, Func the function around it.
	Range source.Range
	Pos   source.Pos
	// Also are further places where it is offered.
	Also []source.Range
	// Edits are sorted and do not overlap. They may be in several files of the package.
	Edits []source.Edit
	// Message says what is the matter with the code, for a diagnostic.
	Message string
	// Cost says what the rewrite buys and what it costs, and on what that rests.
	Cost string
	// Assumes is what the reader of a Review rewrite has to check.
	Assumes string
	Gain    Gain
}

// A Refusal says why a rewrite that a reader could expect at a place is not offered.
type Refusal struct {
	Fix, Kind string
	// Title is that of the offer that it would have been.
	Title string
	Range source.Range
	Pos   source.Pos
	// Reason is a Reason's ID; Text says what it is here.
	Reason, Text string
	// Culprit is the place that stands in the way; it may be invalid.
	Culprit source.Pos
}

// Found is what the fixes have to say of a package, sorted by place.
type Found struct {
	Offers   []Offer
	Refusals []Refusal
}

// Sort brings f into its order.
func (f *Found) Sort() {
	slices.SortStableFunc(f.Offers, func(a, b Offer) int {
		return cmp.Or(a.Range.Compare(b.Range), strings.Compare(a.Fix, b.Fix), strings.Compare(a.Title, b.Title))
	})
	slices.SortStableFunc(f.Refusals, func(a, b Refusal) int {
		return cmp.Or(a.Range.Compare(b.Range), strings.Compare(a.Fix, b.Fix), strings.Compare(a.Reason, b.Reason))
	})
}

// Touches reports whether the offer is made for a place: Range or one of Also
// meets the bytes [start, end] of the file at path.
func (o *Offer) Touches(path string, start, end int) bool {
	meets := func(r source.Range) bool { return r.Path == path && r.Start <= end && start <= r.End }
	return meets(o.Range) || slices.ContainsFunc(o.Also, meets)
}

// Files are the paths of the files that the offer changes, sorted.
func (o *Offer) Files() []string {
	var paths []string
	for _, e := range o.Edits {
		paths = append(paths, e.Path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// Common are the reasons that every fix can give.
var Common = []Reason{Comment, Unformed, Mixed, OldGo}

// The common reasons.
var (
	Comment  = Reason{"comment", "The rewrite would lose a comment."}
	Unformed = Reason{"unformed", "The edited file would not parse or its edits would overlap."}
	Mixed    = Reason{"line-directive", "A //line directive or generated code is in the way."}
	OldGo    = Reason{"old-go", "The file's language version does not have what the rewrite needs."}
)
