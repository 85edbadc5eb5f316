package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// maxBound is the largest number of executions that is counted; beyond it there is no bound.
const maxBound = 1 << 20

// bound fills in what syntax settles about how often each insert is executed
// on one map and about which creations no other code sees. It goes over the
// syntax again, because it asks what is around an operation and needs all
// assignments of the package.
func (f *finder) bound(files []*ast.File, assigned *assignments) {
	b := &bounder{finder: f, assigned: assigned, writes: map[ast.Expr]writes{}, parents: map[ast.Node]ast.Node{}, inSight: map[*ast.Ident]bool{}, used: map[*ast.CallExpr]bool{}}
	if slices.ContainsFunc(f.found, func(op operation) bool { return op.sync != nil }) {
		b.overwritten = overwrites(f.info, files)
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			b.decl(decl)
		}
	}
	for i := range b.confined() {
		f.found[i].Confined = true
	}
	unlisted := b.unlisted()
	for i := range f.found {
		op := &f.found[i]
		if op.sync != nil {
			op.Again = b.used[op.sync]
		}
		if op.Kind == Delete && op.on != nil {
			op.Held, _ = b.held(writes{in: b.holder(op.on)})
		}
		if op.Kind != Insert && op.Kind != Update {
			continue
		}
		w := b.writes[op.on]
		op.PerMap, op.Keys, op.Fills, op.First, op.Again = w.perMap, w.keys, w.fills, w.first, w.again
		op.Held, op.After = b.held(w)
		op.Alone = w.alone && op.After > 0 && !unlisted[w.in]
		if !op.Type.Key.Reflexive {
			op.Keys = op.PerMap // a key that does not equal itself is a new one each time
		}
	}
}

// writes is what a bounder finds out about an insert.
type writes struct {
	perMap, keys        int64
	fills, first, again bool
	// in is the variable that holds the map. What stands at after or behind it is
	// executed on a map only after the insert; it is not set where nothing is known of the order.
	in    *types.Var
	after token.Pos
	// alone says that in has not been used for anything but operations before after.
	alone bool
}

// A bounder looks at what is around inserts.
type bounder struct {
	*finder
	assigned *assignments
	writes   map[ast.Expr]writes
	// parents are those of the declaration at hand; jumps says that it has a goto,
	// and back are the stretches of its text that one repeats.
	parents map[ast.Node]ast.Node
	jumps   bool
	back    []stretch
	// captured are the local variables of the declaration that function literals use, and
	// leaves is where one is first used for something else than an operation on the map in it.
	captured map[*types.Var]bool
	leaves   map[*types.Var]token.Pos
	// inSight are the names that stand where a map is operated on.
	inSight map[*ast.Ident]bool
	// used are the calls of methods of a sync.Map that one was called on before;
	// overwritten says that the package may put a new sync.Map in the place of another.
	used        map[*ast.CallExpr]bool
	overwritten bool
}

func (b *bounder) decl(decl ast.Decl) {
	clear(b.parents)
	b.captured, b.leaves = map[*types.Var]bool{}, map[*types.Var]token.Pos{}
	b.jumps, b.back = false, nil
	labels := map[string][]token.Pos{}
	var jumps []*ast.BranchStmt
	var stack []ast.Node
	var inserts []*ast.IndexExpr
	var calls []*ast.CallExpr
	ast.Inspect(decl, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if len(stack) > 0 {
			b.parents[n] = stack[len(stack)-1]
		}
		stack = append(stack, n)
		switch n := n.(type) {
		case *ast.BranchStmt:
			if n.Tok == token.GOTO {
				jumps = append(jumps, n)
			}
		case *ast.LabeledStmt:
			labels[n.Label.Name] = append(labels[n.Label.Name], n.Pos())
		case *ast.Ident:
			b.inSight[n] = b.operates(n)
			if v, ok := b.info.Uses[n].(*types.Var); ok && !v.IsField() {
				b.captured[v] = b.captured[v] || inLiteral(stack, v)
				if _, left := b.leaves[v]; !b.inSight[n] && !left {
					b.leaves[v] = n.Pos() // the first in the text, which is gone over in its order
				}
			}
		case *ast.IndexExpr:
			if r := b.roles[n]; r.kind == Insert || r.kind == Update {
				inserts = append(inserts, n)
			}
		case *ast.CallExpr:
			if fn := calledFunc(b.info, n.Fun); fn != nil && isSyncMapMethod(fn) {
				calls = append(calls, n)
			}
		}
		return true
	})
	for _, jump := range jumps {
		b.jumps = true
		for _, at := range labels[jump.Label.Name] { // literals may have labels of the same name
			if at < jump.Pos() {
				b.back = append(b.back, stretch{at, jump.End()})
			}
		}
	}
	for _, ix := range inserts {
		b.writes[ix.X] = b.insert(ix)
	}
	for _, call := range calls {
		b.used[call] = b.usedBefore(call)
	}
}

func (b *bounder) insert(ix *ast.IndexExpr) writes {
	var w writes
	w.keys = b.distinct(ix.Index)
	v := b.holder(ix.X)
	if v == nil || b.jumpedBack(v, ix.Pos()) {
		return w
	}
	w.perMap, w.fills = b.perMap(v, ix)
	if n := b.turnKeys(v, ix); n > 0 && (w.keys == 0 || n < w.keys) {
		w.keys = n
	}
	if w.perMap > 0 && (w.keys == 0 || w.perMap < w.keys) {
		w.keys = w.perMap
	}
	w.first, w.again = b.order(v, ix)
	w.in, w.after = v, b.after(v, ix)
	leaves, ok := b.leaves[v]
	w.alone = w.after.IsValid() && !b.captured[v] && (!ok || leaves >= w.after)
	return w
}

// holder is the local variable that e names, if all that is ever assigned to
// it is nil and maps that are made in the assignment itself, so that a map in it was made
// for this variable and for this execution of its declaration.
func (b *bounder) holder(e ast.Expr) *types.Var {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := b.info.Uses[id].(*types.Var)
	if !ok || !b.holds(v) {
		return nil
	}
	return v
}

func (b *bounder) holds(v *types.Var) bool {
	if v.Kind() != types.LocalVar || b.assigned.addressed[v] || v.Parent() == nil || v.Pkg() == nil || v.Parent() == v.Pkg().Scope() {
		return false
	}
	values := b.assigned.values[v]
	for _, x := range values {
		if x.zero != nil || x.open == "" && x.result < 0 && (isNil(b.info, x.expr) || b.creates(x.expr)) {
			continue
		}
		return false
	}
	return len(values) > 0
}

// creates reports whether e is a make or a literal that was found. What package
// maps makes has entries that are not in sight.
func (b *bounder) creates(e ast.Expr) bool {
	if e == nil {
		return false
	}
	i, ok := b.created[ast.Unparen(e)]
	return ok && (b.found[i].Kind == Make || b.found[i].Kind == Literal)
}

// perMap is how often n, which works on the map in v, is executed at most while
// one execution of v's declaration is in force; 0 is not known. Maps are made
// for v only, and v is a new variable each time, so that no map sees n more
// often. fills says that the number may also be as large as the hint that v's
// only map was made with, where perMap is 0.
func (b *bounder) perMap(v *types.Var, n ast.Node) (times int64, fills bool) {
	times = 1
	unknown := 0
	var open ast.Node
	for child, node := n, b.parents[n]; node != nil; child, node = node, b.parents[node] {
		repeats, around := b.repeats(node, child, v)
		if around {
			break
		}
		if !repeats {
			continue
		}
		k := b.turns(node)
		if loop, ok := node.(*ast.ForStmt); ok && child == loop.Cond {
			k = 0 // evaluated once more than the body
		}
		if k == 0 {
			if unknown++; unknown > 1 {
				return 0, false
			}
			open = node
			continue
		}
		if times *= k; times > maxBound {
			return 0, false
		}
	}
	if unknown == 0 {
		return times, false
	}
	return 0, times == 1 && b.fills(v, open)
}

// repeats says whether node may execute child, a part of it, more than once in
// one execution; around that v is declared within what it repeats.
func (b *bounder) repeats(node, child ast.Node, v *types.Var) (repeats, around bool) {
	within := func(part ast.Node) bool { return part.Pos() <= v.Pos() && v.Pos() < part.End() }
	switch node := node.(type) {
	case *ast.ForStmt:
		if child == node.Init {
			return false, false
		}
		return true, within(node.Body)
	case *ast.RangeStmt:
		if child == node.X {
			return false, false
		}
		return true, within(node.Body)
	case *ast.FuncLit:
		if within(node) {
			return false, true
		}
		// One that is called where it stands is executed as often as the call is,
		// with go and defer too. Any other may be called by anyone.
		call, ok := b.parents[node].(*ast.CallExpr)
		return !ok || call.Fun != node, false
	}
	return false, false
}

// turns is how often a loop executes its parts at most in one execution; 0 is not known.
func (b *bounder) turns(node ast.Node) int64 {
	switch node := node.(type) {
	case *ast.ForStmt:
		return b.forTurns(node)
	case *ast.RangeStmt:
		return b.rangeTurns(node.X)
	}
	return 0
}
