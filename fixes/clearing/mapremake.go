package clearing

import (
	"go/ast"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapRemake replaces clear by a new map.
var MapRemake = &rewrite.Fix{
	ID:         "mapremake",
	Title:      "a map that is cleared is made anew instead",
	Kind:       "refactor.rewrite.mapRemake",
	Standalone: true,
	Optional:   true,
	Doc: `**What.** ` + "`clear(m)`" + ` of a field or a package variable becomes ` + "`m = make(map[K]V)`" + `: the reverse of
mapreset, for a map that was once far larger than it is filled now.

**When.** Under the conditions of mapreset on other holders of the map, copied structs and loops under way; and nothing may
compare the map with nil, which a nil map that is made anew is no longer. Class B.

**Gain.** The memory of the largest size that the map ever had, which clear keeps, is freed; and a round of few entries no longer
pays for it. After 10 000 entries, a round of 10 took 1371 ns with clear and 574 ns with a new map; a
round of 1000 took 29 and 79 µs. So it is a loss where the map fills up to about the same size each time.

**Example.**

` + "```go" + `
func (c *cache) afterImport() {
	clear(c.seen)                  // → c.seen = make(map[string]bool)
}
` + "```",
	Reasons: []rewrite.Reason{effects, aliased, exported, structure, iterated, comparesNil, unwritable, shadowedMake},
	Run:     mapRemake,
}

var (
	comparesNil  = rewrite.Reason{ID: "nil-test", Doc: "Something compares the map with nil, and a nil map would no longer be."}
	shadowedMake = rewrite.Reason{ID: "shadowed-make", Doc: "The name make means something else there."}
)

func mapRemake(p *rewrite.Pass) {
	var hs *holders
	for _, c := range p.Preorder((*ast.ExprStmt)(nil)) {
		args, ok := p.CallOf(ast.Unparen(c.Node().(*ast.ExprStmt).X), "clear")
		if !ok || len(args) != 1 || p.Map(args[0]) == nil || !statement(c) {
			continue
		}
		if hs == nil {
			hs = newHolders(p)
		}
		m := ast.Unparen(args[0])
		h := hs.of(m)
		if h == nil || h.local {
			continue // a map of a function's own goes with it
		}
		r := reset{p: p, hs: hs, cursor: c, m: m, h: h}
		at := rewrite.On(c)
		text := p.Text(m)
		title := "Make " + text + " anew instead of clearing it (review)"
		typeText, typed := p.TypeText(c, p.Info().TypeOf(m))
		f := r.held()
		switch {
		case f != nil:
		case comparedWithNil(h) != nil:
			f = newFault(comparesNil, comparedWithNil(h), "%s is compared with nil", text)
		case !typed:
			f = newFault(unwritable, nil, "the type of %s needs a package that the file does not import, or a name that is hidden here", text)
		case !p.IsBuiltin(c, "make"):
			f = newFault(shadowedMake, nil, "make is not the predeclared function here")
		}
		if f != nil {
			p.Refuse(at, title, f.reason, f.culprit, "%s", f.text)
			continue
		}
		r.assumes = append(r.assumes, text+" was once far larger than it is filled now: at a tenth of its largest size both take about as long, above that clear is faster")
		e := p.Edit()
		e.ReplaceNode(c.Node(), text+" = make("+typeText+")")
		p.Offer(at, rewrite.Offer{
			Title: title, Class: rewrite.Review,
			Message: "clear keeps the room of the most entries that " + text + " ever had",
			Cost:    "a new map each time, and the allocations of growing again",
			Assumes: r.assumption(),
			Gain:    rewrite.Gain{Text: "frees what the map has grown to"},
		}, e)
	}
}

// comparedWithNil is a comparison of the map with nil, nil if there is none.
func comparedWithNil(h *holder) ast.Node {
	for _, u := range h.uses {
		if u.Kind == rewrite.UseNil {
			return u.Outer.Node()
		}
	}
	return nil
}
