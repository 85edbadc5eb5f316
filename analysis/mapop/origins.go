package mapop

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
)

// A few functions that call each other from many places have more call chains
// than anyone will read. Beyond these numbers the rest counts as open.
const (
	maxOrigins = 64
	maxSteps   = 2000
)

// origins are the creations behind a map.
type origins struct {
	list []Origin
	// open says where else it may come from, in words; "" when nowhere.
	open string
	// created says that at least one of them is a map, and is made by the
	// expression itself rather than read from a field or a package variable.
	created bool
}

// An expander follows the calls of a reach through their functions.
type expander struct {
	*flow
	anchor func(*ast.CallExpr) (source.Pos, bool)
	out    origins
	// chain are the calls from the operation inwards, outermost first.
	chain []chainCall
	// stored are the fields and package variables looked at; reading counts those being looked at.
	stored  map[*types.Var]bool
	reading int
	steps   int
}

type chainCall struct {
	call *ast.CallExpr
	via  ViaCall
}

// expand turns a reach into origins.
func (f *flow) expand(r *reach, anchor func(*ast.CallExpr) (source.Pos, bool)) origins {
	x := expander{flow: f, anchor: anchor, stored: map[*types.Var]bool{}}
	x.reach(r, "")
	x.out.list = sortOrigins(x.out.list)
	return x.out
}

// sortOrigins sorts and leaves out duplicates.
func sortOrigins(list []Origin) []Origin {
	slices.SortFunc(list, compareOrigins)
	return slices.CompactFunc(list, func(a, b Origin) bool { return compareOrigins(a, b) == 0 })
}

// reach adds what r holds; in names the function it is seen from, "" for the operation's own.
func (x *expander) reach(r *reach, in string) {
	for _, s := range r.sites {
		if len(x.out.list) >= maxOrigins {
			x.open("many creations", "")
			return
		}
		o := s.origin
		for i := len(x.chain) - 1; i >= 0; i-- {
			o.Via = append(o.Via, x.chain[i].via)
		}
		x.out.list = append(x.out.list, o)
		if !s.nothing && x.reading == 0 {
			x.out.created = true
		}
	}
	for _, words := range r.open {
		x.open(words, in)
	}
	for _, c := range r.calls {
		x.call(c)
	}
	for _, v := range r.stored {
		x.read(v)
	}
}

func (x *expander) open(words, in string) {
	if x.out.open != "" {
		return
	}
	x.out.open = words
	if in != "" {
		x.out.open += " in " + in
	}
}

// call enters a function. A call that is in the chain already is a recursion, which has
// no further verdicts: the compiler inlines no function into itself.
func (x *expander) call(c callResult) {
	if slices.ContainsFunc(x.chain, func(e chainCall) bool { return e.call == c.call }) {
		return
	}
	if x.steps++; x.steps > maxSteps {
		x.open("many calls", "")
		return
	}
	pos, ok := x.anchor(c.call)
	if !ok {
		x.open("generated code", "")
		return
	}
	name := x.names.of(c.fn)
	x.chain = append(x.chain, chainCall{c.call, ViaCall{Anchor: pos, Callee: name.upTo126, AltCallee: name.alt()}})
	x.reach(x.reachOfResult(c.resultKey), name.upTo126)
	x.chain = x.chain[:len(x.chain)-1]
}

// read goes on with what is stored in a field or a package variable. The
// calls that read it had no part in creating it.
func (x *expander) read(v *types.Var) {
	if x.stored[v] {
		return
	}
	x.stored[v] = true
	chain := x.chain
	x.chain = nil
	x.reading++
	x.reach(x.reachOfStored(v), "")
	x.reading--
	x.chain = chain
}

func compareOrigins(a, b Origin) int {
	return cmp.Or(a.Site.Compare(b.Site), strings.Compare(string(a.Kind), string(b.Kind)), slices.CompareFunc(a.Via, b.Via, func(a, b ViaCall) int {
		return cmp.Or(a.Anchor.Compare(b.Anchor), strings.Compare(a.Callee, b.Callee))
	}))
}
