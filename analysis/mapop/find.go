package mapop

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/load"
)

// Find lists the map operations of a package, sorted by range and kind. Code that
// cgo generates is left out.
//
// It goes over the syntax once to find the operations and what they are
// done to, and then asks the assignments of the package which creations may
// reach each of them.
func Find(pkg *load.Package) []Op {
	names := nameFuncs(pkg)
	assigned := collectAssignments(pkg.Info, pkg.Syntax)
	types := newTypeDescriber(pkg.Sizes, pkg.Types)
	place := placer{pkg}
	f := &finder{
		placer:   place,
		info:     pkg.Info,
		names:    names,
		types:    types,
		operands: &operandDescriber{forms: forms{placer: place, info: pkg.Info}, types: types, assigned: assigned},
		roles:    map[*ast.IndexExpr]role{},
		holders:  map[ast.Expr][]string{},
		called:   map[*ast.SelectorExpr]bool{},
		detached: map[*ast.CallExpr]bool{},
		created:  map[ast.Node]int{},
		calls:    map[*ast.CallExpr]viaPlace{},
	}
	for _, file := range pkg.Syntax {
		f.file(file)
	}
	f.bound(pkg.Syntax, assigned)
	return f.resolve(newFlow(pkg, assigned, names, f.site, f.placeOf), newLasting(pkg.Info, pkg.Syntax, assigned, names))
}

// A finder collects the operations of a package.
type finder struct {
	placer
	info     *types.Info
	names    names
	types    *typeDescriber
	operands *operandDescriber

	found []operation
	// roles say what statements do with index expressions; the others are lookups.
	roles map[*ast.IndexExpr]role
	// holders are the texts of the variables that an expression's results are assigned to.
	holders map[ast.Expr][]string
	// called are the selectors that a call calls: all others that name a method are method values.
	called map[*ast.SelectorExpr]bool
	// detached are the calls of go and defer statements, which run elsewhere or later.
	detached map[*ast.CallExpr]bool
	// created gives the index in found of a creation.
	created map[ast.Node]int
	// calls are the places of the calls that yield maps.
	calls map[*ast.CallExpr]viaPlace
}

// An operation is an Op in the making.
type operation struct {
	Op
	// on is the map operated on, nil for a creation and for a sync.Map.
	on ast.Expr
	// creation marks a creation, which is made and has the text expr; typ is the map's type.
	creation bool
	made     ast.Node
	expr     string
	typ      types.Type
	// call is set for a call that yields maps, results being the numbers of those results.
	call    *ast.CallExpr
	results []int
	// sync is set for a call of a method of sync.Map.
	sync *ast.CallExpr
}

// start gives an operation what all have in common; ok is false where it has
// no place in a file of the user.
func (f *finder) start(kind Kind, sc scope, n ast.Node, t types.Type) (op operation, ok bool) {
	rng, pos, ok := f.span(n.Pos(), n.End())
	if !ok {
		return operation{}, false
	}
	return operation{typ: t, Op: Op{
		Kind:       kind,
		Range:      rng,
		Pos:        pos,
		Func:       sc.name.upTo126,
		AltFunc:    sc.name.alt(),
		Generic:    sc.generic,
		Dead:       sc.dead || f.names.isDead(n.Pos()),
		TestFile:   strings.HasSuffix(pos.Path, "_test.go"),
		Type:       f.types.mapType(t),
		InLoop:     sc.repeats(n.Pos()),
		RangeFuncs: sc.rangeFuncs,
		Immediate:  sc.immediate,
		Importable: f.Package.Name != "main",
	}}, true
}

// add keeps an operation.
func (f *finder) add(op operation) { f.found = append(f.found, op) }

// addCreation keeps a creation, which n is.
func (f *finder) addCreation(op operation, n ast.Node) {
	f.created[n] = len(f.found)
	op.creation, op.made = true, n
	f.add(op)
}

// site says where a creation is, for flow.
func (f *finder) site(n ast.Node) (site, bool) {
	i, ok := f.created[n]
	if !ok {
		return site{}, false
	}
	op := f.found[i]
	return site{
		origin:  Origin{Site: op.Range, Kind: op.Kind, Expr: op.expr},
		typ:     op.typ,
		nothing: op.Kind == Zero || op.Kind == New,
		dead:    op.Dead,
	}, true
}

// placeOf says where a call stands that yields maps.
func (f *finder) placeOf(call *ast.CallExpr) (viaPlace, bool) {
	at, ok := f.calls[call]
	return at, ok
}

// resolve fills in the origins and drops the calls that create nothing.
func (f *finder) resolve(flow *flow, lasting *lasting) []Op {
	leaving := flow.leaving()
	var ops []Op
	for _, op := range f.found {
		switch {
		case op.Kind == Call:
			if !f.resolveCall(flow, &op) {
				continue
			}
			op.Leaves = leaving.call(&op)
		case op.on != nil:
			op.OnHeap, op.Leads = f.leads(lasting.of(op.on), lasting)
			n := flow.value(op.on)
			if n == 0 {
				if op.Complete = isNil(f.info, op.on); !op.Complete {
					op.Open = exprText(op.on)
				}
				break
			}
			o := flow.origins(n, &op, nil)
			op.Origins, op.Open, op.Complete = o.list, o.open, o.open == ""
		case op.creation:
			lasting.boundHint(&op)
			op.Origins = []Origin{{Site: op.Range, Kind: op.Kind, Expr: op.expr}}
			op.Complete = true
			op.Leaves = leaving.site(op.made, &op)
		}
		ops = append(ops, op.Op)
	}
	slices.SortFunc(ops, func(a, b Op) int {
		return cmp.Or(a.Range.Compare(b.Range), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return ops
}

func isNil(info *types.Info, e ast.Expr) bool {
	tv, ok := info.Types[e]
	return ok && tv.IsNil()
}

// resolveCall reports whether a call creates the maps that it yields, wholly or in part.
func (f *finder) resolveCall(flow *flow, op *operation) bool {
	created := false
	results := flow.results[op.call]
	for _, i := range op.results {
		if i >= len(results) || results[i] == 0 {
			return false
		}
		op.typ = resultType(f.info, op.call, i)
		o := flow.origins(results[i], op, op.call)
		if o.created && !created {
			created = true
			op.Callee, op.AltCallee = o.callee.upTo126, o.callee.alt()
			op.Type = f.types.mapType(op.typ)
			op.Var = f.holder(op.call, i)
		}
		op.Origins = append(op.Origins, o.list...)
		op.Open = cmp.Or(op.Open, o.open)
	}
	op.Complete = op.Open == ""
	op.Origins = sortOrigins(op.Origins)
	return created
}
