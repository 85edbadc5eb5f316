package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
	"math"

	"github.com/mapescape/mapescape/analysis/source"
)

// A Lead is a parameter or a local variable that the map of an operation was reached
// through: it holds the map itself, or Derefs pointers at least are followed from it.
// What a parameter holds is on the heap if it leaks there, and what any variable
// holds if it is itself moved to the heap.
type Lead struct {
	// Decl is its name in the declaration.
	Decl source.Pos
	Name string
	// Func and AltFunc name the function that it belongs to, as in Op.
	Func, AltFunc string
	Derefs        int
}

// maxLeads bounds the parameters that one map may be reached through.
const maxLeads = 8

// A lead is a Lead in the making.
type lead struct {
	v      *types.Var
	derefs int
}

// A lasting tells what is read from memory that holds pointers to the heap only,
// because it may outlive any frame: package variables, what is sent on a channel, the
// keys and elements of maps, even of those in a frame, sync.Map and atomic.Pointer, and
// what is reached through any of these (cmd/compile/internal/escape: what is stored
// there flows to the heap). Where a value comes through the parameters of functions,
// whether the same holds of those is for the compiler to say.
type lasting struct {
	info     *types.Info
	assigned *assignments
	// owners are the functions of the parameters, and of the local variables that are leads,
	// and bodies those by their syntax, by name; generic functions are left out.
	owners map[*types.Var]funcName
	bodies map[ast.Node]funcName
	// elements are the loops whose key or element a variable is, switched the
	// type switches, and ranged the parameters of functions that sync.Map.Range calls.
	elements map[*types.Var]*ast.RangeStmt
	switched map[*types.Var]ast.Expr
	ranged   map[*types.Var]bool
	// partly are the variables of which a part is assigned alone.
	partly map[*types.Var]bool
	// returns are the results of the declared functions, params their parameters, the receiver first.
	returns map[*types.Func][]*ast.ReturnStmt
	params  map[*types.Func][]*types.Var

	// known are the answers for variables and results. While one is looked for it is taken to
	// be good, since a variable that is given what was reached through itself has nothing new
	// from there: active are those, by their order, and cut is the first that was met again.
	known  map[any]reached
	active map[any]int
	cut    int
}

type resultOf struct {
	fn *types.Func
	i  int
}

// reached is the answer for a value: no means that nothing is known of it, else it is
// on the heap provided that all the leads are.
type reached struct {
	ok    bool
	leads []lead
}

func newLasting(info *types.Info, files []*ast.File, assigned *assignments, names names) *lasting {
	l := &lasting{
		info: info, assigned: assigned,
		owners: map[*types.Var]funcName{}, bodies: map[ast.Node]funcName{}, elements: map[*types.Var]*ast.RangeStmt{}, switched: map[*types.Var]ast.Expr{},
		ranged: map[*types.Var]bool{}, partly: map[*types.Var]bool{},
		returns: map[*types.Func][]*ast.ReturnStmt{}, params: map[*types.Func][]*types.Var{},
		known: map[any]reached{}, active: map[any]int{}, cut: math.MaxInt,
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			fn := (*types.Func)(nil)
			fd, ok := decl.(*ast.FuncDecl)
			if ok {
				fn, _ = info.Defs[fd.Name].(*types.Func)
			}
			if fn != nil && fd.Body != nil && !isGeneric(fn) {
				l.function(fn, fn.Signature(), names)
				l.bodies[fd] = names.of(fn)
			}
			l.collect(decl, fn, fn != nil && isGeneric(fn), names)
		}
	}
	return l
}

// function notes the parameters of a function.
func (l *lasting) function(fn function, sig *types.Signature, names names) {
	var params []*types.Var
	if sig.Recv() != nil {
		params = append(params, sig.Recv())
	}
	for v := range sig.Params().Variables() {
		params = append(params, v)
	}
	for _, v := range params {
		l.owners[v] = names.of(fn)
	}
	if fn, ok := fn.(*types.Func); ok {
		l.params[fn] = params
	}
}

// collect notes what is needed of the syntax below a declaration; fn is nil within function literals.
func (l *lasting) collect(root ast.Node, fn *types.Func, generic bool, names names) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if sig, ok := l.info.TypeOf(n).(*types.Signature); ok && !generic {
				l.function(n, sig, names)
				l.bodies[n] = names.of(n)
			}
			l.collect(n.Body, nil, generic, names)
			return false
		case *ast.ReturnStmt:
			if fn != nil {
				l.returns[fn] = append(l.returns[fn], n)
			}
		case *ast.RangeStmt:
			for _, target := range []ast.Expr{n.Key, n.Value} {
				l.loopVariable(n, target)
			}
		case *ast.AssignStmt:
			for _, target := range n.Lhs {
				l.part(target)
			}
		case *ast.TypeSwitchStmt:
			l.typeSwitch(n)
		case *ast.CallExpr:
			l.callback(n)
		}
		return true
	})
}

// loopVariable notes the loop that declares a variable. One that a loop only assigns to is not followed.
func (l *lasting) loopVariable(loop *ast.RangeStmt, target ast.Expr) {
	id, ok := target.(*ast.Ident)
	if !ok || loop.Tok != token.DEFINE {
		if v := l.assigned.target(target); target != nil && v != nil {
			l.partly[v] = true
		}
		return
	}
	if v, ok := l.info.Defs[id].(*types.Var); ok {
		l.elements[v] = loop
	}
}

// part notes an assignment to a part of a variable.
func (l *lasting) part(target ast.Expr) {
	whole := true
	for target != nil {
		switch x := ast.Unparen(target).(type) {
		case *ast.Ident:
			if v, ok := l.info.ObjectOf(x).(*types.Var); ok && !whole {
				l.partly[v] = true
			}
			return
		case *ast.SelectorExpr:
			if isPointer(l.info.TypeOf(x.X)) {
				return
			}
			target, whole = x.X, false
		case *ast.IndexExpr:
			if _, ok := coreOf(l.info.TypeOf(x.X)).(*types.Array); !ok {
				return
			}
			target, whole = x.X, false
		default:
			return
		}
	}
}

func (l *lasting) typeSwitch(n *ast.TypeSwitchStmt) {
	assign, ok := n.Assign.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return
	}
	guard, ok := ast.Unparen(assign.Rhs[0]).(*ast.TypeAssertExpr)
	if !ok {
		return
	}
	for _, clause := range n.Body.List {
		if v, ok := l.info.Implicits[clause].(*types.Var); ok {
			l.switched[v] = guard.X
		}
	}
}

// callback notes the parameters of a literal that sync.Map.Range calls with its keys and elements.
func (l *lasting) callback(call *ast.CallExpr) {
	fn := calledFunc(l.info, call.Fun)
	if fn == nil || !isSyncMapMethod(fn) || fn.Name() != "Range" || len(call.Args) == 0 {
		return
	}
	lit, ok := ast.Unparen(call.Args[len(call.Args)-1]).(*ast.FuncLit)
	if !ok {
		return
	}
	if sig, ok := l.info.TypeOf(lit).(*types.Signature); ok {
		for v := range sig.Params().Variables() {
			l.ranged[v] = true
		}
	}
}

// of says what is known of the value of e.
func (l *lasting) of(e ast.Expr) reached {
	if tv := l.info.Types[e]; tv.IsNil() {
		return reached{ok: true}
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if v, ok := l.info.ObjectOf(e).(*types.Var); ok {
			return l.variable(v)
		}
	case *ast.SelectorExpr:
		return l.selector(e)
	case *ast.IndexExpr:
		return l.element(e.X)
	case *ast.StarExpr:
		return l.of(e.X).follow()
	case *ast.TypeAssertExpr:
		return l.of(e.X)
	case *ast.SliceExpr:
		return l.of(e.X)
	case *ast.UnaryExpr:
		return reached{ok: e.Op == token.ARROW}
	case *ast.CallExpr:
		return l.result(e, 0)
	}
	return reached{}
}

// element is an element of e.
func (l *lasting) element(e ast.Expr) reached {
	switch coreOf(l.info.TypeOf(e)).(type) {
	case *types.Map, *types.Chan:
		return reached{ok: true}
	case *types.Slice, *types.Pointer:
		return l.of(e).follow()
	case *types.Array:
		return l.of(e)
	}
	return reached{}
}

func (l *lasting) selector(e *ast.SelectorExpr) reached {
	sel, ok := l.info.Selections[e]
	if !ok { // pkg.Name
		v, ok := l.info.Uses[e.Sel].(*types.Var)
		return reached{ok: ok && isGlobal(v)}
	}
	if sel.Kind() != types.FieldVal {
		return reached{}
	}
	if sel.Indirect() {
		return l.of(e.X).follow()
	}
	return l.of(e.X)
}

func isGlobal(v *types.Var) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

func isPointer(t types.Type) bool {
	_, ok := coreOf(t).(*types.Pointer)
	return ok
}

func (l *lasting) variable(v *types.Var) reached {
	switch {
	case isGlobal(v), l.ranged[v]:
		return reached{ok: true}
	case v.IsField():
		return reached{}
	case v.Kind() == types.ParamVar || v.Kind() == types.RecvVar:
		// Whatever else is assigned to a parameter goes where the compiler says that it leaks to.
		if _, ok := l.owners[v]; !ok {
			return reached{}
		}
		return reached{ok: true, leads: []lead{{v, 0}}}
	}
	if r, ok := l.known[v]; ok {
		return r
	}
	return l.once(v, func() reached {
		if !l.assigned.addressed[v] && !l.partly[v] {
			if r := l.given(v); r.ok {
				return r
			}
		}
		name, ok := l.bodies[l.assigned.owner[v]]
		if !ok {
			return reached{}
		}
		// It may be moved to the heap, with all that it holds.
		l.owners[v] = name
		return reached{ok: true, leads: []lead{{v, 0}}}
	})
}

// maxActive bounds how deep one answer is looked for.
const maxActive = 64

// once finds the answer for a variable or a result, and keeps it unless it rests on one that is still looked for.
func (l *lasting) once(key any, find func() reached) reached {
	if r, ok := l.known[key]; ok {
		return r
	}
	if at, ok := l.active[key]; ok {
		l.cut = min(l.cut, at)
		return reached{ok: true}
	}
	at := len(l.active)
	if at == maxActive {
		l.cut = -1 // what is found without it is not kept
		return reached{}
	}
	outer := l.cut
	l.cut = math.MaxInt
	l.active[key] = at
	r := find()
	delete(l.active, key)
	if l.cut >= at {
		l.known[key] = r
		l.cut = math.MaxInt
	}
	l.cut = min(l.cut, outer)
	if at == 0 {
		l.cut = math.MaxInt
	}
	return r
}

// given is what is known of all the values that a local variable or a result is given.
func (l *lasting) given(v *types.Var) reached {
	values := l.assigned.values[v]
	if len(values) == 0 {
		return reached{}
	}
	all := reached{ok: true}
	for _, x := range values {
		switch {
		case x.zero != nil:
		case x.expr != nil && x.result >= 0:
			call, ok := ast.Unparen(x.expr).(*ast.CallExpr)
			if !ok {
				return reached{}
			}
			all = all.and(l.result(call, x.result))
		case x.expr != nil:
			all = all.and(l.of(x.expr))
		case l.elements[v] != nil:
			all = all.and(l.element(l.elements[v].X))
		case l.switched[v] != nil:
			all = all.and(l.of(l.switched[v]))
		default:
			return reached{}
		}
	}
	return all
}

// follow is what a pointer in the value leads to.
func (r reached) follow() reached {
	out := reached{ok: r.ok}
	for _, x := range r.leads {
		out.leads = append(out.leads, lead{x.v, x.derefs + 1})
	}
	return out
}

// and is what is known of one or the other.
func (r reached) and(other reached) reached {
	if !r.ok || !other.ok {
		return reached{}
	}
	out := reached{ok: true, leads: append([]lead(nil), r.leads...)}
	for _, x := range other.leads {
		out = out.with(x)
	}
	if len(out.leads) > maxLeads {
		return reached{}
	}
	return out
}

// with adds a lead; of two by the same parameter the one with fewer pointers is the stronger condition.
func (r reached) with(x lead) reached {
	for i, have := range r.leads {
		if have.v == x.v {
			r.leads[i].derefs = min(have.derefs, x.derefs)
			return r
		}
	}
	r.leads = append(r.leads, x)
	return r
}

// leads gives the parameters that a map was reached through.
func (f *finder) leads(r reached, l *lasting) (bool, []Lead) {
	if !r.ok {
		return false, nil
	}
	var leads []Lead
	for _, x := range r.leads {
		at, ok := f.pos(x.v.Pos())
		if !ok {
			return false, nil
		}
		owner := l.owners[x.v]
		leads = append(leads, Lead{Decl: at, Name: x.v.Name(), Func: owner.upTo126, AltFunc: owner.alt(), Derefs: x.derefs})
	}
	return true, leads
}
