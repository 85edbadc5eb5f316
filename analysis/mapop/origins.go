package mapop

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// origins are the creations behind a map.
type origins struct {
	list []Origin
	// open says where else it may come from, in words; "" when nowhere.
	open string
	// created says that at least one of them is a map that was made in the call asked about.
	created bool
	callee  funcName
}

// origins says which creations may supply the maps of a node to an operation. The call
// is nil or the one whose result the node is.
func (f *flow) origins(n nodeID, op *operation, call *ast.CallExpr) origins {
	var out origins
	x := f.at(n)
	for _, id := range x.objects {
		o := f.objects[id]
		if o.site == nil || o.site.dead && !op.Dead || !f.mayBe(o.site.typ, op.typ) {
			continue
		}
		origin := o.site.origin
		for v := o.via; v != nil; v = v.inner {
			origin.Via = append(origin.Via, v.call.origin())
		}
		slices.Reverse(origin.Via)
		out.list = append(out.list, origin)
		if call != nil && o.via != nil && o.via.call.expr == call {
			out.created = out.created || !o.site.nothing
			out.callee = o.via.call.callee.name
		}
	}
	out.list = sortOrigins(out.list)
	if x.open != 0 {
		out.open = f.reasons[x.open].seenFrom(f.reasons[x.open].from, op)
	}
	return out
}

// seenFrom is a reason's text for an operation, which names the function where that is another one.
func (r reason) seenFrom(text string, op *operation) string {
	if r.in != nil && r.in.name.upTo126 != op.Func {
		return text + " in " + r.in.name.upTo126
	}
	return text
}

func (c *viaCall) origin() ViaCall {
	via := ViaCall{Anchor: c.pos, Callee: c.callee.name.upTo126, AltCallee: c.callee.name.alt()}
	via.Func, via.AltFunc = c.around.name.upTo126, c.around.name.alt()
	via.RangeFuncs, via.Immediate = c.around.rangeFuncs, c.around.immediate
	return via
}

// mayBe reports whether a map made with one type may be used as another: of types
// without parameters, those that are identical underneath.
func (f *flow) mayBe(made, used types.Type) bool {
	m, u := coreMap(made), coreMap(used)
	if m == nil || u == nil || f.generic(m) || f.generic(u) {
		return true
	}
	return types.IdenticalIgnoreTags(m, u)
}

// generic reports whether a type parameter is part of t.
func (f *flow) generic(t types.Type) bool {
	known, ok := f.generics[t]
	if !ok {
		known = mentionsTypeParam(t, map[types.Type]bool{})
		f.generics[t] = known
	}
	return known
}

func mentionsTypeParam(t types.Type, seen map[types.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			if mentionsTypeParam(arg, seen) {
				return true
			}
		}
		return t.Obj().Pkg() != nil && t.Obj().Parent() != t.Obj().Pkg().Scope() // it may be declared in a generic function
	case *types.Map:
		return mentionsTypeParam(t.Key(), seen) || mentionsTypeParam(t.Elem(), seen)
	case *types.Slice:
		return mentionsTypeParam(t.Elem(), seen)
	case *types.Array:
		return mentionsTypeParam(t.Elem(), seen)
	case *types.Pointer:
		return mentionsTypeParam(t.Elem(), seen)
	case *types.Chan:
		return mentionsTypeParam(t.Elem(), seen)
	case *types.Tuple:
		for v := range t.Variables() {
			if mentionsTypeParam(v.Type(), seen) {
				return true
			}
		}
	case *types.Signature:
		return mentionsTypeParam(t.Params(), seen) || mentionsTypeParam(t.Results(), seen)
	case *types.Struct:
		for v := range t.Fields() {
			if mentionsTypeParam(v.Type(), seen) {
				return true
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if mentionsTypeParam(m.Signature(), seen) {
				return true
			}
		}
	}
	return false
}

// sortOrigins sorts and leaves out duplicates.
func sortOrigins(list []Origin) []Origin {
	slices.SortFunc(list, compareOrigins)
	return slices.CompactFunc(list, func(a, b Origin) bool { return compareOrigins(a, b) == 0 })
}

func compareOrigins(a, b Origin) int {
	return cmp.Or(a.Site.Compare(b.Site), strings.Compare(string(a.Kind), string(b.Kind)), slices.CompareFunc(a.Via, b.Via, func(a, b ViaCall) int {
		return cmp.Or(a.Anchor.Compare(b.Anchor), strings.Compare(a.Callee, b.Callee))
	}))
}

// leaving indexes why maps leave the package.
type leaving struct {
	flow *flow
	// bySite are the objects that code which is not at hand sees.
	bySite map[*site][]objectID
}

func (f *flow) leaving() leaving {
	l := leaving{f, map[*site][]objectID{}}
	for id, o := range f.objects {
		if o.site != nil && o.leaves != 0 {
			l.bySite[o.site] = append(l.bySite[o.site], objectID(id))
		}
	}
	return l
}

// site says why a map made at n leaves, "" where it does not.
func (l leaving) site(n ast.Node, op *operation) string {
	s := l.flow.sites[n]
	if s == nil {
		return "" // nothing is done with it
	}
	for _, id := range l.bySite[s] {
		r := l.flow.reasons[l.flow.objects[id].leaves]
		return r.seenFrom(r.to, op)
	}
	return ""
}

// call says why a map that a call yields leaves. A map of its callee that is not
// told apart by calls counts too.
func (l leaving) call(op *operation) string {
	for _, n := range l.flow.results[op.call] {
		if n == 0 {
			continue
		}
		for _, id := range l.flow.at(n).objects {
			made := l.flow.objects[id]
			for _, id := range l.bySite[made.site] {
				if o := l.flow.objects[id]; o.via == nil || o.via.contains(op.call) {
					r := l.flow.reasons[o.leaves]
					return r.seenFrom(r.to, op)
				}
			}
		}
	}
	return ""
}

func (v *via) contains(call *ast.CallExpr) bool {
	for ; v != nil; v = v.inner {
		if v.call.expr == call {
			return true
		}
	}
	return false
}
