package clearing

import (
	"go/ast"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapShrink makes a long-lived map anew when deletes have emptied it.
var MapShrink = &rewrite.Fix{
	ID:         "mapshrink",
	Title:      "a long-lived map is made anew when deletes have emptied it",
	Kind:       "refactor.rewrite.mapShrink",
	Standalone: true,
	Optional:   true,
	Doc: `**What.** Behind ` + "`delete(m, k)`" + `, where m is a field or a package variable that is never cleared nor made anew once it
has a map, comes ` + "`if len(m) == 0 { m = make(map[K]V) }`" + `.

**When.** Under the conditions of mapreset on other holders of the map and copied structs, where they fail without a word: most
maps are deleted from. Not where the same function inserts into the map too. A loop over the map that is under way does not
matter, for there is nothing left for it to come to. Class B.

**Gain.** A map keeps the tables of its largest size for ever, whatever is deleted: 100 000 entries of two ints leave 2.4 MB, a million 38 MB.
A new map lets them go. It costs an allocation each time that the map becomes empty, and those of growing
again: on a map that is small, or often empty, that is a loss.

**Example.**

` + "```go" + `
delete(s.pending, id)              // → and behind it: if len(s.pending) == 0 { s.pending = make(map[int]*job) }
` + "```",
	Reasons: []rewrite.Reason{comparesNil, unwritable, shadowedMake},
	Run:     mapShrink,
}

func mapShrink(p *rewrite.Pass) {
	var hs *holders
	for _, c := range p.Preorder((*ast.ExprStmt)(nil)) {
		args, ok := p.CallOf(ast.Unparen(c.Node().(*ast.ExprStmt).X), "delete")
		if !ok || len(args) != 2 || !statement(c) || !p.Simple(args[0]) {
			continue
		}
		if hs == nil {
			hs = newHolders(p)
		}
		m := ast.Unparen(args[0])
		h := hs.of(m)
		if h == nil || h.local || len(h.faults) > 0 || h.renewed(hs) {
			continue
		}
		r := reset{p: p, hs: hs, cursor: c, m: m, h: h}
		if r.insideLoop() || h.insertedIn(function(c)) {
			continue
		}
		at := rewrite.On(c)
		text := p.Text(m)
		title := "Make " + text + " anew when it has become empty (review)"
		typeText, typed := p.TypeText(c, p.Info().TypeOf(m))
		var f *fault
		switch {
		case comparedWithNil(h) != nil:
			f = newFault(comparesNil, comparedWithNil(h), "%s is compared with nil", text)
		case !typed:
			f = newFault(unwritable, nil, "the type of %s needs a package that the file does not import, or a name that is hidden here", text)
		case !p.IsBuiltin(c, "make") || !p.IsBuiltin(c, "len"):
			f = newFault(shadowedMake, nil, "make or len is not the predeclared function here")
		}
		if f != nil {
			p.Refuse(at, title, f.reason, f.culprit, "%s", f.text)
			continue
		}
		r.assumes = append(append(r.assumes, h.open...), text+" grows to thousands of entries at times, and is seldom empty in between")
		e := p.Edit()
		e.Insert(c.Node().End(), "\nif len("+text+") == 0 {\n"+text+" = make("+typeText+")\n}")
		p.Offer(at, rewrite.Offer{
			Title: title, Class: rewrite.Review,
			Message: text + " keeps the room of the most entries that it ever had, whatever is deleted",
			Cost:    "a new map each time that it becomes empty, and the allocations of growing again",
			Assumes: r.assumption(),
			Gain:    rewrite.Gain{Text: "frees what the map has grown to"},
		}, e)
	}
}

// renewed reports whether the package clears the map somewhere, or makes it anew where it may hold one.
func (h *holder) renewed(hs *holders) bool {
	for _, u := range h.uses {
		switch u.Kind {
		case rewrite.UseClear:
			return true
		case rewrite.UseAssign:
			s, ok := u.Outer.Node().(*ast.AssignStmt)
			if !ok || len(s.Lhs) != 1 {
				return true
			}
			r := reset{p: h.p, hs: hs, cursor: u.Outer, m: ast.Unparen(s.Lhs[0]), h: h}
			if !r.first() {
				return true
			}
		}
	}
	return false
}

// insertedIn reports whether a function inserts into the map too, so that its
// deletes may take back what it did for a while.
func (h *holder) insertedIn(f ast.Node) bool {
	for _, u := range h.uses {
		if (u.Kind == rewrite.UseInsert || u.Kind == rewrite.UseUpdate) && function(u.Cursor) == f {
			return true
		}
	}
	return false
}

// insideLoop reports whether the place is in a loop over the map, or in one that deletes it empty.
func (r *reset) insideLoop() bool {
	for _, loop := range r.h.ranges {
		if within(r.cursor.Node().Pos(), loop.Node()) {
			return true
		}
	}
	return false
}
