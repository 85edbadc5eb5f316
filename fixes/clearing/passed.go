package clearing

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// shown reports whether a use passes the map to a function of the standard
// library that only prints, encodes or compares it.
func (h *holder) shown(u rewrite.Use) bool {
	if u.Cursor.ParentEdgeKind() != edge.CallExpr_Args {
		return false
	}
	call := u.Cursor.Parent()
	fn := h.p.Callee(call.Node().(*ast.CallExpr))
	if deferred(call) || fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "fmt", "log", "testing":
		return true
	case "reflect":
		return fn.Name() == "DeepEqual"
	case "encoding/json":
		return fn.Name() == "Marshal" || fn.Name() == "MarshalIndent"
	}
	return false
}

// passedTo is the parameter of a function of the package that a use passes the map to.
func (h *holder) passedTo(u rewrite.Use) (*types.Var, bool) {
	kind, index := u.Cursor.ParentEdge()
	if kind == edge.SelectorExpr_X {
		return h.receiverOf(u.Cursor.Parent())
	}
	if kind != edge.CallExpr_Args || deferred(u.Cursor.Parent()) {
		return nil, false
	}
	fn := h.p.Callee(u.Cursor.Parent().Node().(*ast.CallExpr))
	if fn == nil || fn.Pkg() != h.p.Pkg.Types {
		return nil, false
	}
	sig := fn.Origin().Signature()
	if sig.Variadic() && index >= sig.Params().Len()-1 {
		return nil, false
	}
	if recv := sig.Recv(); recv != nil && types.IsInterface(recv.Type()) || index >= sig.Params().Len() {
		return nil, false
	}
	return sig.Params().At(index), true
}

// receiverOf is the receiver of a method of a map type that is called.
func (h *holder) receiverOf(sel inspector.Cursor) (*types.Var, bool) {
	if sel.ParentEdgeKind() != edge.CallExpr_Fun || deferred(sel.Parent()) {
		return nil, false
	}
	fn := h.p.Callee(sel.Parent().Node().(*ast.CallExpr))
	if fn == nil || fn.Pkg() != h.p.Pkg.Types {
		return nil, false
	}
	recv := fn.Origin().Signature().Recv()
	return recv, recv != nil && coreMapOf(h.p, recv) != nil
}

// parameter looks at what a function does with the map while it runs.
func (h *holder) parameter(v *types.Var, seen map[*types.Var]bool) {
	if seen[v] {
		return
	}
	seen[v] = true
	inner := &holder{p: h.p, obj: v, local: true}
	if coreMapOf(h.p, v) == nil {
		h.fail(aliased, nil, "it is passed on as something else than a map")
		return
	}
	for _, u := range h.p.Uses(v) {
		if u.Kind == rewrite.UseAssign {
			inner.fail(aliased, u.Expr, "parameter %s is assigned", v.Name())
			continue
		}
		inner.use(u, seen)
	}
	h.ranges = append(h.ranges, inner.ranges...)
	h.faults = append(h.faults, inner.faults...)
}

func coreMapOf(p *rewrite.Pass, v *types.Var) *types.Map {
	m, _ := v.Type().Underlying().(*types.Map)
	return m
}
