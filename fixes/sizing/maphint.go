package sizing

import (
	"fmt"
	"go/ast"
	"go/constant"
	"strconv"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapHint corrects a size that does not reserve what it seems to.
var MapHint = &rewrite.Fix{
	ID:    "maphint",
	Title: "a constant size that does not reserve what it says",
	Kind:  "refactor.rewrite.mapHint",
	Doc: `**What.** ` + "`make(T, 4)`" + ` of a map that escapes becomes ` + "`make(T)`" + `; ` + "`make(T, 897)`" + ` becomes ` + "`make(T, 898)`" + `.

**When.** The size is a literal number. Up to eight it reserves nothing where the map is on the heap: the runtime allocates the first group with the
first insert, whatever the size says, so the number goes and the program is the same. Above 896 entries the runtime makes several tables, and rounds
their capacity in integers; for some sizes, 897 and 1793 among them, all tables together take fewer entries than asked for. The fix, of class B, asks for the next size that has
room. For others the room is enough only if the hash spreads the keys evenly; the next size with room to spare takes twice the memory, so those
are explained and left alone.

**Gain.** None for the small ones but that the code no longer promises. 897 entries with the size 898 take 6 allocations instead of 8, and are not
moved on the way.

**Example.**

` + "```go" + `
return &cache{m: make(map[string]int, 4)}     // → make(map[string]int)
` + "```",
	Reasons: []rewrite.Reason{namedSize, average},
	Run:     mapHint,
}

var (
	namedSize = rewrite.Reason{ID: "named", Doc: "The size is a named constant or an expression, which may have other uses."}
	average   = rewrite.Reason{ID: "average", Doc: "The size has room only if the hash spreads the keys evenly, and the next larger one takes twice the memory."}
)

func mapHint(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		args, ok := p.CallOf(call, "make")
		if !ok || len(args) != 2 || p.Map(call) == nil {
			continue
		}
		n, ok := constant.Int64Val(constant.ToInt(constValue(p, args[1])))
		if !ok || n < 1 {
			continue
		}
		trap, ok := p.Runtime.HintTrap(n)
		if !ok {
			continue
		}
		at := rewrite.On(c)
		_, literal := ast.Unparen(args[1]).(*ast.BasicLit)
		title := fmt.Sprintf("Drop the size %d, which reserves nothing", n)
		o := rewrite.Offer{Class: rewrite.Safe, Message: trap}
		e := p.Edit()
		if n <= 8 {
			op, found := p.Op(call, mapop.Make)
			if !found || op.Header != placement.Heap {
				continue // on the stack the group is there, with or without the size
			}
			o.Cost = "the same allocations: the header at the make, the first group with the first insert, tables from the 9th entry on"
			e.Replace(args[0].End(), args[1].End(), "")
		} else {
			better, certain := betterSize(p, n)
			title = fmt.Sprintf("Raise the size %d to %d, which has room for it", n, better)
			if !certain {
				p.Refuse(at, fmt.Sprintf("Raise the size %d", n), average, args[1], "%s", trap)
				continue
			}
			o.Class = rewrite.Review
			title += " (review)"
			o.Assumes = fmt.Sprintf("the map is filled to about %d entries: the larger size makes tables of twice the capacity at once, which the map otherwise grows into when one is full", n)
			o.Cost = fmt.Sprintf("tables for %d entries are allocated once, instead of smaller ones that are sure to be full before %d entries are in", better, n)
			o.Gain.Text = "no growth on the way to " + strconv.FormatInt(n, 10) + " entries"
			e.ReplaceNode(args[1], strconv.FormatInt(better, 10))
		}
		if !literal {
			p.Refuse(at, title, namedSize, args[1], "%s has the value %d; %s", p.Text(args[1]), n, trap)
			continue
		}
		o.Title = title
		p.Offer(at, o, e)
	}
}

// betterSize is the next size above n of which the runtime's facts know no trap. certain says that n
// itself is sure to be too small, and that the next one is at hand.
func betterSize(p *rewrite.Pass, n int64) (size int64, certain bool) {
	_, entries, ok := p.Runtime.HintTables(n)
	if !ok || entries >= n {
		return 0, false
	}
	for size = n + 1; size < n+16; size++ {
		if _, trap := p.Runtime.HintTrap(size); !trap {
			return size, true
		}
	}
	return 0, false
}
