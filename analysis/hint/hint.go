// Package hint says in a few words what a reader should know of a map
// operation, and in a few sentences why. An inlay hint is the short form, a
// hover the long one. Each rule is one file with its documentation; README.md
// beside it is generated from them.
//
// A label is a claim about storage, so it is made only where the placement
// carries it: what is unknown has no label. The package decides no placement,
// and reads no source but for its own ignore comments.
package hint

import (
	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

// Level says how much is shown.
type Level string

// The levels, each of which includes the ones before it.
const (
	Quiet  Level = "quiet"  // what allocates or surprises
	Normal Level = "normal" // and the home of every map where it is created, deleted from or cleared
	All    Level = "all"    // and every other operation
)

// includes reports whether what is shown from level m on is shown at l.
func (l Level) includes(m Level) bool { return rank(m) <= rank(l) }

func rank(l Level) int {
	switch l {
	case Quiet:
		return 0
	case All:
		return 2
	default:
		return 1
	}
}

// Options are the choices of the reader.
type Options struct {
	Level Level // "" is Normal
	// Generated asks for the hints of generated files too.
	Generated bool
	// Others are the IDs of rules of another kind that ignore comments may name.
	Others []string
}

// A Rule decides whether an operation gets a hint, and which.
type Rule struct {
	// ID names the pattern: "creation", "delete-loop".
	ID string
	// Title is one line.
	Title string
	// Doc is the catalogue's text, Markdown.
	Doc string
	// Apply gives the label of an operation and the lowest level at which it is
	// shown; ok is false where the rule has nothing to say.
	Apply func(op analysis.Op, facts runtimemap.Facts) (label string, level Level, ok bool)
	// part says what its label speaks of, for joining two labels.
	part part
}

// part is what the label of a rule speaks of.
type part int

const (
	partOther      part = iota // stands alone
	partHome                   // where the map lives
	partAllocation             // what the operation allocates
)

// Rules are the rules in order of precedence: an operation gets the label of
// the first that applies at the level in force.
var Rules = []*Rule{
	creation,
	allocation,
	syncMap,
	deleteLoop,
	clearCapacity,
	home,
	growth,
}

// A Hint is what is shown of one operation.
type Hint struct {
	// Rule is the ID of the rule that gave the label, of the first where two
	// were joined; "" for an operation without a label, which still has a hover.
	Rule string
	// Label is the short form, "" where nothing is shown at the level asked for.
	Label string
	// Level is the lowest level at which this label is shown.
	Level Level
	// Range is the operation's syntax; the label stands at its end.
	Range source.Range
	// Op is the operation it speaks of.
	Op analysis.Op
}
