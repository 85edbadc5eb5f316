package mapop

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// valueSpec finds nil maps: variables declared without a value.
func (f *finder) valueSpec(sc scope, spec *ast.ValueSpec) {
	if len(spec.Values) > 0 {
		lhs := make([]ast.Expr, len(spec.Names))
		for i, name := range spec.Names {
			lhs[i] = name
		}
		f.hold(lhs, spec.Values)
		return
	}
	for _, name := range spec.Names {
		v, ok := f.info.Defs[name].(*types.Var)
		if !ok || name.Name == "_" || coreMap(v.Type()) == nil {
			continue
		}
		op, ok := f.start(Zero, sc, name, v.Type())
		if !ok {
			continue
		}
		op.Anchor, op.Map, op.Var = op.Pos, name.Name, name.Name
		op.expr = "var " + name.Name + " " + op.Type.Text
		if len(spec.Names) == 1 {
			if rng, _, ok := f.span(spec.Pos(), spec.End()); ok {
				op.Range = rng
			}
		}
		f.addCreation(op, name)
	}
}

// index finds what is done to an element of a map.
func (f *finder) index(sc scope, n *ast.IndexExpr) {
	if f.mapIndex(n) == nil || f.roles[n].part {
		return
	}
	t := f.info.TypeOf(n.X)
	r, ok := f.roles[n]
	if !ok {
		r.kind = Lookup
	}
	var whole ast.Node = n
	if r.stmt != nil {
		whole = r.stmt
	}
	op, ok := f.start(r.kind, sc, whole, t)
	if !ok {
		return
	}
	if op.Anchor, ok = f.pos(n.Lbrack); !ok {
		return
	}
	op.on, op.Map = n.X, exprText(n.X)
	op.Key = f.operands.describe(n.Index, coreMap(t).Key(), sc.owner)
	op.Elem, op.Operator, op.AppendTo = r.elem, r.operator, r.operator == "append"
	_, op.CommaOk = f.info.TypeOf(n).(*types.Tuple)
	f.add(op)
}

// compositeLit finds map literals, elided ones inside others too.
func (f *finder) compositeLit(sc scope, n *ast.CompositeLit) {
	t := f.info.TypeOf(n)
	if ptr, ok := t.Underlying().(*types.Pointer); ok { // an elided &T{…}
		t = ptr.Elem()
	}
	m := coreMap(t)
	if m == nil {
		return
	}
	op, ok := f.start(Literal, sc, n, t)
	if !ok {
		return
	}
	if op.Anchor, ok = f.pos(n.Lbrace); !ok {
		return
	}
	op.expr = exprText(n)
	if n.Type == nil {
		op.expr = op.Type.Text + op.expr
	}
	op.Map, op.Var = op.expr, f.holder(n, 0)
	op.Hint = Hint{Form: HintConst, N: int64(len(n.Elts))}
	for _, elt := range n.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			op.Operands = append(op.Operands,
				f.operands.describe(kv.Key, m.Key(), sc.owner), f.operands.describe(kv.Value, m.Elem(), sc.owner))
		}
	}
	f.addCreation(op, n)
}

// rangeStmt finds loops over maps, and walks the parts of any range statement.
func (f *finder) rangeStmt(sc scope, n *ast.RangeStmt) {
	t := f.info.TypeOf(n.X)
	if m := coreMap(t); m != nil {
		f.mapRange(sc, n, t)
	}
	f.walk(sc, n.X)
	body := sc.loop()
	if coreSignature(t) != nil {
		if at, ok := f.pos(n.For); ok {
			body = sc.rangeFunc(n, at)
		}
	}
	key, value := rangeTypes(t)
	f.rangeTarget(n, n.Key, key)
	f.rangeTarget(n, n.Value, value)
	for _, target := range []ast.Expr{n.Key, n.Value} {
		if target != nil {
			f.walk(body, target)
		}
	}
	f.walk(body, n.Body)
}

func (f *finder) mapRange(sc scope, n *ast.RangeStmt, t types.Type) {
	op, ok := f.start(Range, sc, n, t)
	if !ok {
		return
	}
	if op.Range, _, ok = f.span(n.For, n.X.End()); !ok {
		return
	}
	op.Anchor = op.Pos
	op.on, op.Map = n.X, exprText(n.X)
	if loop, ok := deleteLoopOf(f.info, n, f.types); ok {
		if loop.Body, _, ok = f.span(n.Body.Pos(), n.Body.End()); ok {
			op.Loop = &loop
		}
	}
	f.add(op)
}

// rangeTarget: a range statement that assigns to m[k] inserts there in each turn.
func (f *finder) rangeTarget(n *ast.RangeStmt, target ast.Expr, t types.Type) {
	if ix := f.mapIndex(target); ix != nil && n.Tok == token.ASSIGN && t != nil {
		elem := coreMap(f.info.TypeOf(ix.X)).Elem()
		f.roles[ix] = role{kind: Insert, elem: f.operands.describeTurn(n.X, t, elem)}
	}
}

// rangeTypes are the types of what a range over t yields, nil for none.
func rangeTypes(t types.Type) (key, value types.Type) {
	if sig := coreSignature(t); sig != nil {
		yield := coreSignature(sig.Params().At(0).Type())
		if yield == nil {
			return nil, nil
		}
		return paramType(yield, 0), paramType(yield, 1)
	}
	if m := coreMap(t); m != nil {
		return m.Key(), m.Elem()
	}
	u := t.Underlying()
	if isTypeParam(t) {
		if u = soleUnderlying(types.Unalias(t).(*types.TypeParam).Constraint(), 0); u == nil {
			return nil, nil
		}
	}
	if ptr, ok := u.(*types.Pointer); ok {
		u = ptr.Elem().Underlying()
	}
	switch u := u.(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return types.Typ[types.Int], types.Universe.Lookup("rune").Type()
		}
		return types.Default(t), nil
	case *types.Slice:
		return types.Typ[types.Int], u.Elem()
	case *types.Array:
		return types.Typ[types.Int], u.Elem()
	case *types.Chan:
		return u.Elem(), nil
	}
	return nil, nil
}

func paramType(sig *types.Signature, i int) types.Type {
	if i < sig.Params().Len() {
		return sig.Params().At(i).Type()
	}
	return nil
}

// sizeHint describes the size hint of a make.
func sizeHint(info *types.Info, args []ast.Expr) Hint {
	if len(args) < 2 {
		return Hint{}
	}
	hint := Hint{Form: HintVariable, Text: exprText(args[1])}
	if v := info.Types[args[1]].Value; v != nil {
		if n, exact := constant.Int64Val(constant.ToInt(v)); exact {
			hint.Form, hint.N = HintConst, n
		}
	}
	return hint
}
