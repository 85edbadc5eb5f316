package syncing

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// SyncMapBack replaces a sync.Map by a map with an RWMutex.
var SyncMapBack = &rewrite.Fix{
	ID:         "syncmapback",
	Title:      "a sync.Map becomes a typed map with an RWMutex",
	Kind:       "refactor.rewrite.syncMapBack",
	Standalone: true,
	Doc: `**What.** A ` + "`sync.Map`" + ` whose keys are all of one type, and whose values are, becomes a small generated type of a map and a
` + "`sync.RWMutex`" + ` with the same methods. The type assertions at its uses go.

**When.** Every use in the package and its tests is a call of a method. Keys and values that go in have one concrete type each, and what comes
out is asserted to that type and used in no other way. A function given to Range runs under the read lock, so it must call nothing that could come
back to the map, which would wait for itself.

**Gain.** No allocation for a Store, where a sync.Map makes one to three, and lookups in about half the time as long as one goroutine at a time works
on the map; types that the compiler checks. It loses where many cores read at once. Deleted entries no longer give their memory back.

**Example.**

` + "```go" + `
var sizes sync.Map                         // → var sizes sizesMap

func size(name string) int {
	v, ok := sizes.Load(name)
	if !ok {
		return 0
	}
	return v.(int)                     // → return v
}
` + "```",
	Reasons: backReasons,
	Run:     syncMapBack,
}

var backReasons = []rewrite.Reason{exported, elsewhere, unsafeUse, passedOn, unknownCall, mixedTypes, untyped, rangeCalls, copies, unwritable, form}

var (
	passedOn    = rewrite.Reason{ID: "passed", Doc: "The sync.Map is used other than by calls of its methods."}
	unknownCall = rewrite.Reason{ID: "method", Doc: "A method is called that the generated type does not have for this type of values."}
	mixedTypes  = rewrite.Reason{ID: "mixed-types", Doc: "Keys or values are of several types, or of an interface type."}
	untyped     = rewrite.Reason{ID: "untyped", Doc: "A value that comes out is used without a plain assertion of its type."}
	rangeCalls  = rewrite.Reason{ID: "range-calls", Doc: "What Range runs could come back to the map and wait for the lock that Range holds."}
)

// back is a sync.Map and what its uses say of it.
type back struct {
	*guard
	key, elem types.Type
	calls     []backCall
	pl        *plan
}

type backCall struct {
	cursor inspector.Cursor
	call   *ast.CallExpr
	method string
}

func syncMapBack(p *rewrite.Pass) {
	s, ok := look(p)
	if !ok {
		return
	}
	var list []*types.Var
	for obj := range s.idents {
		if v, ok := obj.(*types.Var); ok && v.Pkg() == p.Pkg.Types && isSync(v.Type(), "Map") {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b *types.Var) int { return int(a.Pos() - b.Pos()) })
	for _, v := range list {
		c, ok := s.declared(v)
		if !ok || v.Embedded() {
			continue
		}
		b := &back{guard: &guard{sight: s, m: v, mu: v, owner: s.owners[v], at: c}, pl: &plan{pass: p, methods: map[string]bool{}}}
		switch n := c.Parent().Node().(type) {
		case *ast.Field:
			if s.owners[v] == nil {
				continue // a parameter
			}
			if len(n.Names) == 1 {
				b.at = c.Parent()
			}
		case *ast.ValueSpec:
			if len(n.Names) == 1 {
				b.at = c.Parent()
			}
		}
		b.run()
	}
}

func (b *back) run() {
	title := "Convert " + b.mapName() + " to a map with an RWMutex"
	bad := firstOf(b.outOfReach, b.uses, b.rangeBodies, b.types, b.values, b.copied)
	var w wrapper
	if bad == nil {
		var ok bool
		if w, ok = b.wrapperFor(types.NewMap(b.key, b.elem)); !ok {
			bad = &why{unwritable, b.at.Node(), "the types " + b.typeName(b.key) + " and " + b.typeName(b.elem) + " cannot be written at the top of the file"}
		}
	}
	e := b.pass.Edit()
	if bad == nil {
		bad = b.declareWrapper(b.pl, w, lockHead, lockMethods, e)
	}
	if bad == nil {
		bad = b.pl.bad
	}
	if bad != nil {
		b.pass.Refuse(rewrite.On(b.at), title, bad.reason, bad.culprit, "%s", bad.text)
		return
	}
	b.pl.apply(e)
	at := rewrite.On(b.at)
	for _, c := range b.calls {
		at.Also = append(at.Also, c.call)
	}
	each := "one allocation"
	if boxes(b.key) || boxes(b.elem) {
		each = "two or three allocations"
	}
	assumes := "goroutines do not so often read at once that they would wait for the lock's counter; a value that is loaded is there where the code asserted its type without asking"
	if b.pl.methods["Range"] {
		assumes += "; what Range runs does not come back to the map, and others may wait for it"
	}
	b.pass.Offer(at, rewrite.Offer{
		Title: title + " (review)", Class: rewrite.Review,
		Message: fmt.Sprintf("%s only ever has keys of type %s and values of type %s", b.mapName(), w.key, w.elem),
		Cost:    "saves " + each + " for each Store, and about half the time of lookups where one goroutine at a time works on the map; readers on many cores share one lock. Deleting gives no memory back",
		Assumes: assumes,
	}, e)
}

func (b *back) typeName(t types.Type) string {
	return types.TypeString(t, types.RelativeTo(b.pass.Pkg.Types))
}

// firstOf is the reason that the first check to fail gives.
func firstOf(checks ...func() *why) *why {
	for _, check := range checks {
		if w := check(); w != nil {
			return w
		}
	}
	return nil
}

// uses finds the calls, and any other use.
func (b *back) uses() *why {
	for _, c := range b.idents[b.m] {
		if b.pass.Info().Defs[c.Node().(*ast.Ident)] == b.m {
			continue
		}
		x := c
		if x.ParentEdgeKind() == edge.SelectorExpr_Sel {
			x = x.Parent()
		}
		sel, ok := x.Parent().Node().(*ast.SelectorExpr)
		if !ok || sel.X != x.Node() {
			return &why{passedOn, x.Node(), b.pass.Text(x.Node()) + " is used other than by calling its methods"}
		}
		call, ok := x.Parent().Parent().Node().(*ast.CallExpr)
		if !ok || call.Fun != sel {
			return &why{passedOn, sel, b.pass.Text(sel) + " is taken as a function"}
		}
		b.calls = append(b.calls, backCall{x.Parent().Parent(), call, sel.Sel.Name})
	}
	if len(b.calls) == 0 {
		return &why{passedOn, b.at.Node(), "no use of " + b.mapName() + " is in sight"}
	}
	return nil
}

// types finds the type of the keys and that of the values.
func (b *back) types() *why {
	for _, c := range b.calls {
		b.pl.methods[c.method] = true
		keys, values := c.call.Args, []ast.Expr(nil)
		switch c.method {
		case "Load", "Delete", "LoadAndDelete":
		case "Store", "LoadOrStore", "Swap":
			keys, values = keys[:1], keys[1:]
		case "CompareAndSwap", "CompareAndDelete":
			keys, values = keys[:1], keys[1:]
		case "Clear", "Range":
			continue
		default:
			return &why{unknownCall, c.call, c.method + " has no equivalent"}
		}
		for _, e := range keys {
			if w := b.agree(&b.key, e, "key"); w != nil {
				return w
			}
		}
		for _, e := range values {
			if w := b.agree(&b.elem, e, "value"); w != nil {
				return w
			}
		}
	}
	if b.key == nil || b.elem == nil {
		return &why{mixedTypes, b.at.Node(), "no type of keys and values can be seen, as nothing is stored"}
	}
	if !strictlyComparable(b.elem) && (b.pl.methods["CompareAndSwap"] || b.pl.methods["CompareAndDelete"]) {
		return &why{unknownCall, b.at.Node(), "values of type " + b.typeName(b.elem) + " cannot be compared"}
	}
	return nil
}

// agree notes the type of a key or value, which has to be that of the others.
func (b *back) agree(t *types.Type, e ast.Expr, what string) *why {
	is := types.Default(b.operandType(e))
	if types.IsInterface(is) || is == types.Typ[types.UntypedNil] || is == types.Typ[types.Invalid] {
		return &why{mixedTypes, e, "the " + what + " " + b.pass.Text(e) + " has no type of its own"}
	}
	if *t != nil && !types.Identical(*t, is) {
		return &why{mixedTypes, e, fmt.Sprintf("the %s %s is of type %s, another is of type %s", what, b.pass.Text(e), b.typeName(is), b.typeName(*t))}
	}
	*t = is
	return nil
}

// operandType is the type of an expression before it is converted to any. For
// an untyped constant the type checker records the default type that it gets.
func (b *back) operandType(e ast.Expr) types.Type {
	if t := b.pass.Info().TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}

// values looks at what comes out, and drops its assertions.
func (b *back) values() *why {
	for _, c := range b.calls {
		var w *why
		switch c.method {
		case "Load", "LoadOrStore", "LoadAndDelete", "Swap":
			w = b.result(c)
		case "Range":
			w = b.ranged(c)
		}
		if w != nil {
			return w
		}
	}
	return nil
}

// result looks at the variable that a value is assigned to.
func (b *back) result(c backCall) *why {
	switch s := c.cursor.Parent().Node().(type) {
	case *ast.ExprStmt:
		return nil
	case *ast.AssignStmt:
		if len(s.Lhs) != 2 || len(s.Rhs) != 1 {
			break
		}
		if isBlank(s.Lhs[0]) {
			return nil
		}
		id, ok := s.Lhs[0].(*ast.Ident)
		if !ok {
			break
		}
		v, ok := b.pass.Info().Defs[id].(*types.Var)
		if !ok {
			return &why{untyped, s.Lhs[0], id.Name + " is declared elsewhere, as any"}
		}
		return b.assertions(v, b.elem)
	}
	return &why{untyped, c.call, "the result is used without being assigned"}
}

// assertions drops the assertions of a variable to a type, which must be all of its uses.
func (b *back) assertions(v *types.Var, t types.Type) *why {
	for _, c := range b.idents[v] {
		if b.pass.Info().Defs[c.Node().(*ast.Ident)] == v {
			continue
		}
		a, ok := c.Parent().Node().(*ast.TypeAssertExpr)
		if !ok || a.X != c.Node() || a.Type == nil || !types.Identical(b.pass.Info().TypeOf(a.Type), t) {
			return &why{untyped, c.Node(), v.Name() + " is used without an assertion to " + b.typeName(t)}
		}
		if commaOk(c.Parent()) {
			return &why{untyped, a, "the assertion of " + v.Name() + " asks whether it holds"}
		}
		b.pl.replace(a.X.End(), a.End(), "")
	}
	return nil
}

// rangeBodies looks at what runs under the lock that Range holds.
func (b *back) rangeBodies() *why {
	for _, c := range b.calls {
		if c.method != "Range" {
			continue
		}
		lit, ok := ast.Unparen(c.call.Args[0]).(*ast.FuncLit)
		if !ok {
			return &why{rangeCalls, c.call, "what Range runs is not in sight"}
		}
		q := &caller{back: b}
		if q.look(lit.Body, 0); q.bad != nil {
			return q.bad
		}
	}
	return nil
}

// ranged gives the function of a Range its types.
func (b *back) ranged(c backCall) *why {
	lit, ok := ast.Unparen(c.call.Args[0]).(*ast.FuncLit)
	if !ok {
		return &why{rangeCalls, c.call, "what Range runs is not in sight"}
	}
	types := []types.Type{b.key, b.elem}
	i := 0
	var params []string
	for _, f := range lit.Type.Params.List {
		for _, n := range f.Names {
			text, ok := b.pass.TypeText(c.cursor, types[min(i, 1)])
			if !ok {
				return &why{unwritable, n, "the type of " + n.Name + " cannot be written here"}
			}
			params = append(params, n.Name+" "+text)
			if v, ok := b.variable(n); ok {
				if w := b.assertions(v, types[min(i, 1)]); w != nil {
					return w
				}
			}
			i++
		}
	}
	if i != 2 {
		return &why{form, lit, "the function's parameters have no names"}
	}
	list := lit.Type.Params
	b.pl.replace(list.Opening+1, list.Closing, strings.Join(params, ", "))
	return nil
}

func (b *back) variable(n *ast.Ident) (*types.Var, bool) {
	v, ok := b.pass.Info().Defs[n].(*types.Var)
	return v, ok
}

// caller looks for calls that could come back to the map.
type caller struct {
	*back
	bad *why
}

func (q *caller) look(n ast.Node, depth int) {
	ast.Inspect(n, func(n ast.Node) bool {
		if q.bad != nil {
			return false
		}
		if id, ok := n.(*ast.Ident); ok && rewrite.Origin(q.pass.Info().Uses[id]) == q.m {
			q.bad = &why{rangeCalls, id, "the function works on " + q.mapName() + " itself"}
		}
		call, ok := n.(*ast.CallExpr)
		if sel, isSel := callee(call).(*ast.SelectorExpr); isSel && rewrite.Origin(q.pass.Object(sel.X)) == q.m {
			return true // found in a moment, with the map as the culprit
		}
		if !ok || q.pass.Info().Types[call.Fun].IsType() {
			return true
		}
		if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
			if _, ok := q.pass.Info().Uses[id].(*types.Builtin); ok {
				return true
			}
		}
		fn := q.pass.Callee(call)
		quiet := quiet{sight: q.sight, guard: q.guard}
		if fn != nil && quiet.known(fn, call) {
			return true
		}
		decl := (*ast.FuncDecl)(nil)
		if fn != nil {
			decl = q.functions[fn.Origin()]
		}
		if decl == nil || decl.Body == nil || depth >= 3 {
			q.bad = &why{rangeCalls, call, q.pass.Text(call.Fun) + " is called, which may come back to " + q.mapName()}
			return false
		}
		q.look(decl.Body, depth+1)
		return true
	})
}

func callee(call *ast.CallExpr) ast.Expr {
	if call == nil {
		return nil
	}
	return ast.Unparen(call.Fun)
}
