package sizing

import (
	"fmt"
	"go/ast"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// describe says what an offer of mapprealloc is worth; Title is its tail. useful is
// false where the map would allocate as much as it does.
func describe(p *rewrite.Pass, made creation, f *fill, a amount, text string) (o rewrite.Offer, useful bool) {
	name := made.target.text
	o = rewrite.Offer{
		Class:   rewrite.Safe,
		Message: fmt.Sprintf("%s grows step by step while it is filled, though %s says how many entries come", name, text),
	}
	var spare string
	switch {
	case f.next.least == 0:
		spare = "some iterations insert nothing"
	case f.leave != nil:
		spare = "the loop may stop early"
	case a.letters && !indexed(p, f, a):
		spare = "letters come again"
	}
	if spare != "" {
		o.Class = rewrite.Review
		o.Title = " (review)"
		o.Assumes = fmt.Sprintf("most of the %s entries do arrive: %s, and then the room is allocated for nothing", text, spare)
	}
	op, known := p.Op(made.at.Node(), mapop.Make, mapop.Literal)
	o.Gain, o.Cost, useful = preallocGain(p.Runtime, op.Placement, known, a.n)
	if spare == "" && !indexed(p, f, a) {
		o.Cost += "; where keys come again, the map has more room than it needs"
	}
	if spare != "" && op.Group == placement.Stack {
		o.Cost += "; with a size above 8 they are allocated even if 8 or fewer entries arrive, which cost nothing today"
	}
	o.Gain.Proven = spare == "" && a.n > 8 && indexed(p, f, a)
	return o, useful
}

// indexed reports whether the key is a variable that is different in each iteration.
func indexed(p *rewrite.Pass, f *fill, a amount) bool {
	if a.index == nil || len(f.inserts) != 1 {
		return false
	}
	id, ok := ast.Unparen(f.inserts[0].Index).(*ast.Ident)
	return ok && p.Object(id) == a.index
}

// preallocGain is what the size saves of n entries; of 256 where n is not known.
func preallocGain(facts runtimemap.Facts, at placement.Placement, known bool, n int64) (rewrite.Gain, string, bool) {
	g := rewrite.Gain{Text: "no growth while it is filled"}
	cost := "the map is allocated once instead of growing at the 9th entry and then each time it is full; up to 8 entries nothing changes"
	example := n
	if n < 0 {
		example = 256
	}
	if !known || at.Header != placement.Stack && at.Header != placement.Heap {
		return g, cost, true
	}
	t := at.Op.Type
	slot := runtimemap.Slot{
		KeySize: t.Key.Size, KeyAlign: t.Key.Align, ElemSize: t.Elem.Size, ElemAlign: t.Elem.Align,
		Pointers: t.Key.Pointers || t.Elem.Pointers,
	}
	grown, ok1 := growth(facts, slot, example)
	made, ok2 := facts.Tables(slot, example)
	if !ok1 || !ok2 {
		return g, cost, true
	}
	if at.Header == placement.Heap {
		header, ok3 := facts.HeaderCost()
		group, ok4 := facts.GroupCost(slot)
		if !ok3 || !ok4 {
			return g, cost, true
		}
		grown, made = grown.Plus(header).Plus(group), made.Plus(header)
	}
	g.Text = fmt.Sprintf("%d entries: %d allocations instead of %d", example, made.Count, grown.Count)
	cost = fmt.Sprintf("%d entries take %d allocations and %d bytes instead of %d and %d", example, made.Count, made.Bytes, grown.Count, grown.Bytes)
	switch {
	case n >= 0:
	case at.Header == placement.Stack:
		cost += "; up to 8 entries the map stays on the stack as it is, above them its tables are allocated at once"
	default:
		cost += "; up to 8 entries nothing changes"
	}
	return g, cost, made.Count < grown.Count
}

// growth is what a map without a size allocates from its 9th entry to its nth, which must
// fit a single table.
func growth(facts runtimemap.Facts, slot runtimemap.Slot, n int64) (runtimemap.Cost, bool) {
	total, ok := facts.Growth(slot)
	if !ok {
		return total, false
	}
	for hint := int64(9); ; {
		room, one := facts.HintRoom(hint)
		if !one {
			return total, false
		}
		if room >= n {
			return total, true
		}
		more, ok := facts.Regrowth(slot, hint)
		if !ok {
			return total, false
		}
		total = total.Plus(more)
		hint = room + 1
	}
}
