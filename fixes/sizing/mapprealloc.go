package sizing

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapPrealloc gives a new map the size that the loop behind it will need.
var MapPrealloc = &rewrite.Fix{
	ID:       "mapprealloc",
	Title:    "a new map that a loop fills is made with room for it",
	Kind:     "refactor.rewrite.mapPrealloc",
	Optional: true,
	Doc: `**What.** ` + "`m := make(T)`" + ` and the loop that fills it become ` + "`m := make(T, len(xs))`" + ` and the loop.

**When.** The loop is the first to use the map, and inserts one entry in each iteration. It goes over a slice, an array, a map,
a string, an integer, up to a count, or over what ` + "`maps.Keys`" + `, ` + "`slices.Values`" + ` and their like make of those. If it goes over
the result of a call, the result gets a name first; if the number is known only behind the make, the make moves to the loop. Where iterations may insert
nothing or the loop may stop early, the fix is of class B. A loop that counts, groups or looks for what is there already has
fewer keys than items and is left alone, as is one of at most eight.

**Gain.** A map grows at its 9th, 15th, 29th, 57th, 113th, 225th and 449th entry and moves all entries each time. From the 9th
on, the size saves that: 256 entries take 3 allocations instead of 13 where the map is on the stack. Up to eight it changes nothing, for
a size that is not constant is compared with eight when the program runs. If fewer keys arrive than the size says, it costs the difference.

**Example.**

` + "```go" + `
index := make(map[string]int)          // → make(map[string]int, len(names))
for i, name := range names {
	index[name] = i
}
` + "```",
	Reasons: []rewrite.Reason{uncounted, otherUse, repeats, several, fewValues, small, effects, changesBetween, shadowed},
	Run:     mapPrealloc,
}

var (
	uncounted      = rewrite.Reason{ID: "uncounted", Doc: "How many iterations there will be is not known in front of the loop."}
	otherUse       = rewrite.Reason{ID: "other-use", Doc: "The loop does more with the map than insert, so that the number of its entries is not known."}
	repeats        = rewrite.Reason{ID: "repeats", Doc: "Keys come again, so that the map gets fewer entries than there are iterations."}
	several        = rewrite.Reason{ID: "several", Doc: "An iteration inserts more than one entry."}
	fewValues      = rewrite.Reason{ID: "few-keys", Doc: "The key's type has so few values that the map stays small whatever the loop goes over."}
	small          = rewrite.Reason{ID: "small", Doc: "So few entries arrive, at most eight for example, which the first group takes, that a size would buy nothing."}
	effects        = rewrite.Reason{ID: "effects", Doc: "The expression that has the number cannot be evaluated twice."}
	changesBetween = rewrite.Reason{ID: "changes", Doc: "The number is known or settled only after the map is made, and the make cannot move."}
	shadowed       = rewrite.Reason{ID: "shadowed", Doc: "The name of a predeclared function that the rewrite calls means something else there."}
)

func mapPrealloc(p *rewrite.Pass) {
	for _, made := range creations(p) {
		if next, ok := made.nextLoop(p); ok {
			prealloc(p, made, next)
		}
	}
}

// prealloc decides on one creation and the loop that uses the map first.
func prealloc(p *rewrite.Pass, made creation, next filled) {
	loop := next.loop.Node().(ast.Stmt)
	f := &fill{p: p, target: made.target, label: next.label}
	var body *ast.BlockStmt
	switch l := loop.(type) {
	case *ast.RangeStmt:
		body = l.Body
		if made.target.is(l.X) {
			return
		}
	case *ast.ForStmt:
		body = l.Body
	}
	f.look(body)
	if f.repeat == nil && (f.next == nil || f.next.most == 0) {
		return // it fills nothing
	}
	at := rewrite.On(made.at)
	a, counted := amountOf(p, loop)
	title := "Preallocate " + made.target.text
	if counted {
		title += " with " + strings.ReplaceAll(a.text, "%s", textOf(p, a))
	}
	if a.of != nil && mentions(p, a.of, map[types.Object]bool{made.target.own(): true}) {
		return // the number is not there before the map is
	}
	exact := len(f.inserts) > 0 && f.next != nil && *f.next == span{1, 1}
	switch {
	case !counted:
		if exact && f.repeat == nil && f.other == nil {
			p.Refuse(at, title, uncounted, loop, "the loop at line %d does not say how often it runs", line(p, loop))
		}
		return
	case f.repeat != nil:
		p.Refuse(at, title, repeats, f.repeat, "line %d comes back to keys that are there, so %s gets fewer entries than there are items", line(p, f.repeat), made.target.text)
		return
	case f.other != nil:
		p.Refuse(at, title, otherUse, f.other, "line %d does something else with %s while it is filled", line(p, f.other), made.target.text)
		return
	case f.next == nil:
		return // it ends in its first iteration
	case f.next.most == many:
		p.Refuse(at, title, several, loop, "a loop in the loop at line %d inserts an unknown number of entries", line(p, loop))
		return
	case f.next.most > 1:
		p.Refuse(at, title, several, loop, "an iteration of the loop at line %d inserts up to %d entries", line(p, loop), f.next.most)
		return
	}
	for _, x := range f.inserts {
		if n := fewKeys(p.Map(x.X).Key()); n > 0 && (a.n < 0 || a.n > int64(n)) {
			p.Refuse(at, title, fewValues, x, "a map with keys of type %s never has more than %d entries", p.Map(x.X).Key(), n)
			return
		}
		if !keyed(p, x.Index, loop) || folds(p, x.Index) {
			p.Refuse(at, title, repeats, x, "the key %s is the same in many iterations", p.Text(x.Index))
			return
		}
	}
	if a.n >= 0 && a.n <= 8 {
		p.Refuse(at, title, small, loop, "%d entries at most", a.n)
		return
	}
	if f.leave != nil && a.n > 1<<16 {
		p.Refuse(at, title, uncounted, loop, "the loop at line %d stops long before %d", line(p, loop), a.n)
		return
	}
	place(p, made, next, f, a, at, title)
}

func line(p *rewrite.Pass, n ast.Node) int { return p.Pkg.Fset.Position(n.Pos()).Line }
