package mapop

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
)

// An interval holds the values that an integer expression may have.
type interval struct{ low, high int64 }

var anyInteger = interval{math.MinInt64, math.MaxInt64}

// join is the least interval around both.
func (x interval) join(y interval) interval { return interval{min(x.low, y.low), max(x.high, y.high)} }

// boundHint fills in what syntax settles about the value of a size hint that is not constant.
func (l *lasting) boundHint(op *operation) {
	call, ok := op.made.(*ast.CallExpr)
	if op.Hint.Form != HintVariable || !ok || len(call.Args) < 2 {
		return
	}
	x := l.integer(call.Args[1], map[any]bool{})
	op.Hint.Min = max(x.low, 0) // a negative hint is as good as none
	if x.high <= math.MaxInt32 {
		op.Hint.Max, op.Hint.Bounded = max(x.high, 0), true
	}
}

// integer bounds the value of e. active are the variables and functions being looked at.
func (l *lasting) integer(e ast.Expr, active map[any]bool) interval {
	e = ast.Unparen(e)
	tv := l.info.Types[e]
	if tv.Value != nil {
		if n, exact := constant.Int64Val(constant.ToInt(tv.Value)); exact {
			return interval{n, n}
		}
		return anyInteger
	}
	basic, ok := coreOf(tv.Type).(*types.Basic)
	if !ok || basic.Info()&types.IsInteger == 0 || isTypeParam(tv.Type) {
		return anyInteger
	}
	whole := anyInteger
	if basic.Info()&types.IsUnsigned != 0 && basic.Kind() != types.Uint64 && basic.Kind() != types.Uint && basic.Kind() != types.Uintptr {
		whole.low = 0
	}
	switch e := e.(type) {
	case *ast.Ident:
		if v, ok := l.info.Uses[e].(*types.Var); ok && v.Kind() == types.LocalVar && !l.assigned.addressed[v] && !active[v] {
			active[v] = true
			defer delete(active, v)
			return l.assignedIntegers(v, active)
		}
	case *ast.BinaryExpr:
		return l.calculated(e, active)
	case *ast.CallExpr:
		return l.calledInteger(e, active)
	}
	return whole
}

// assignedIntegers are the values that a local variable is given.
func (l *lasting) assignedIntegers(v *types.Var, active map[any]bool) interval {
	values := l.assigned.values[v]
	if len(values) == 0 || l.partly[v] {
		return anyInteger
	}
	all := interval{math.MaxInt64, math.MinInt64}
	for _, x := range values {
		switch {
		case x.zero != nil:
			all = all.join(interval{0, 0})
		case x.expr != nil && x.result < 0:
			all = all.join(l.integer(x.expr, active))
		default:
			return anyInteger
		}
	}
	return all
}

// calculated bounds what an operation with a constant on its right side yields.
func (l *lasting) calculated(e *ast.BinaryExpr, active map[any]bool) interval {
	n := l.integer(e.Y, active)
	if n.low != n.high || n.low <= 0 {
		return anyInteger
	}
	x := l.integer(e.X, active)
	switch e.Op {
	case token.QUO:
		if x.low >= 0 {
			return interval{x.low / n.low, x.high / n.low}
		}
	case token.REM:
		if x.low >= 0 {
			return interval{0, n.low - 1}
		}
		return interval{-(n.low - 1), n.low - 1}
	case token.AND:
		return interval{0, n.low}
	}
	return anyInteger
}

func (l *lasting) calledInteger(call *ast.CallExpr, active map[any]bool) interval {
	if l.info.Types[call.Fun].IsType() {
		return anyInteger
	}
	switch name := builtinName(l.info, call); name {
	case "len", "cap":
		return interval{0, math.MaxInt64}
	case "min", "max":
		all := l.integer(call.Args[0], active)
		for _, arg := range call.Args[1:] {
			x := l.integer(arg, active)
			if name == "max" {
				all = interval{max(all.low, x.low), max(all.high, x.high)}
			} else {
				all = interval{min(all.low, x.low), min(all.high, x.high)}
			}
		}
		return all
	case "":
	default:
		return anyInteger
	}
	fn := calledFunc(l.info, call.Fun)
	if fn == nil || active[fn] || len(l.returns[fn]) == 0 {
		return anyInteger
	}
	results := fn.Signature().Results()
	if results.Len() != 1 || results.At(0).Name() != "" {
		return anyInteger
	}
	active[fn] = true
	defer delete(active, fn)
	all := interval{math.MaxInt64, math.MinInt64}
	for _, ret := range l.returns[fn] {
		if len(ret.Results) != 1 {
			return anyInteger
		}
		all = all.join(l.integer(ret.Results[0], active))
	}
	return all
}
