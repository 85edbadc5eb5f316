package placement

import (
	"slices"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

// Build says which flags in force change what the compiler does with maps.
type Build struct {
	// NoOptimise is -N; Instrumented is -race, -msan, -asan or -cover. Under
	// either no delete loop becomes a clear (walk/range.go: isMapClear).
	NoOptimise, Instrumented bool
}

// Resolve answers for every operation of one package variant, in the order of ops.
func Resolve(ops []mapop.Op, facts *escape.Facts, rt runtimemap.Facts, build Build) []Placement {
	r := newResolver(ops, facts, rt, build)
	all := make([]Placement, len(ops))
	for i, op := range ops {
		all[i] = r.place(op)
	}
	return all
}

type resolver struct {
	facts *escape.Facts
	rt    runtimemap.Facts
	build Build
	// sites are the creation sites by range.
	sites map[source.Range]mapop.Op
	// on are the operations on the maps of each creation site, creations apart.
	on map[source.Range][]mapop.Op
	// uses are what is done to the maps of each make and literal.
	uses map[source.Range]usage
	// inlined are the places where a function was inlined, by its bare name.
	inlined map[string][]source.Pos
	// abroad tells what other packages may inline.
	abroad *abroad
	// standalone caches the verdict of each site in its own function.
	standalone map[source.Range]verdict
	// clearing are the bodies of the loops that the compiler turns into a clear.
	clearing []source.Range
}

func newResolver(ops []mapop.Op, facts *escape.Facts, rt runtimemap.Facts, build Build) *resolver {
	r := &resolver{
		facts:      facts,
		rt:         rt,
		build:      build,
		sites:      map[source.Range]mapop.Op{},
		on:         operationsOn(ops),
		inlined:    map[string][]source.Pos{},
		abroad:     newAbroad(facts),
		standalone: map[source.Range]verdict{},
	}
	r.uses = usesOf(ops, r.on)
	for _, op := range ops {
		if creates(op.Kind) {
			r.sites[op.Range] = op
		}
		if r.clears(op) {
			r.clearing = append(r.clearing, op.Loop.Body)
		}
	}
	if facts != nil {
		for _, f := range facts.All {
			if f.Kind == escape.InliningCall {
				name := bareName(f.Subject)
				r.inlined[name] = append(r.inlined[name], f.Pos)
			}
		}
	}
	return r
}

// Kinds of calls of package maps that yield a new map.
const (
	kindClone   mapop.Kind = "maps.Clone"
	kindCollect mapop.Kind = "maps.Collect"
)

// creates reports whether an operation of this kind is a creation site: a map,
// or a nil map, comes into being in it.
func creates(k mapop.Kind) bool {
	switch k {
	case mapop.Make, mapop.Literal, mapop.New, mapop.Zero, kindClone, kindCollect:
		return true
	}
	return false
}

func (r *resolver) place(op mapop.Op) Placement {
	var p Placement
	switch {
	case op.Type.Sync:
		p = r.syncMap(op)
	case creates(op.Kind):
		v := r.ownVerdict(op)
		s := r.site(op, v)
		p = s.placement
		p.Why = s.why
		if v.home == Heap && op.Importable && r.mayDifferAbroad(op.Kind, v.facts, op.Func) {
			p.Why = append(p.Why, Reason{Pos: op.Pos, Text: "another package that inlines " + op.Func + " may have it on the stack, by the compiler's verdict on that copy"})
		}
	default:
		p = r.fromOrigins(op)
	}
	p.Op = op
	if !op.Type.Sync {
		if cost, ok := r.rt.HeaderCost(); ok {
			p.HeaderBytes = cost.Bytes
		}
		if bytes, ok := r.rt.GroupBytes(slot(op.Type)); ok {
			p.GroupBytes = bytes
		}
	}
	p.Lowered = r.lowered(op, p)
	p.Why = append(slices.Clip(p.Why), r.costWhy(op, p)...)
	p.Allocates, p.Allocations = r.allocates(op, p)
	return p
}

// slot is what the runtime's facts need to know of a map type.
func slot(t mapop.MapType) runtimemap.Slot {
	return runtimemap.Slot{
		KeySize: t.Key.Size, KeyAlign: t.Key.Align,
		ElemSize: t.Elem.Size, ElemAlign: t.Elem.Align,
		Pointers: t.Key.Pointers || t.Elem.Pointers,
	}
}
