package clearing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A holder is a variable or field that holds a map, with all that the package
// does with it. It tells whether something else can hold the same map.
type holder struct {
	p     *rewrite.Pass
	obj   *types.Var
	uses  []rewrite.Use
	local bool
	// ranges are the loops over the map, in called functions too.
	ranges []inspector.Cursor
	// values are what is assigned, every one of them a new map or nil.
	values []ast.Expr
	// empty is a place that leaves or makes it nil, nil where there is none.
	empty ast.Node
	// replaced says that a whole struct with the field is assigned somewhere.
	replaced bool
	// faults are the conditions that fail.
	faults []fault
	// open are assumptions under which it holds the map alone.
	open []string
}

// A fault is a reason with its place and words.
type fault struct {
	reason  rewrite.Reason
	culprit ast.Node
	text    string
}

var (
	aliased   = rewrite.Reason{ID: "aliased", Doc: "Something else may hold the same map: it is copied, passed on, returned, stored, captured or set from outside."}
	exported  = rewrite.Reason{ID: "exported", Doc: "Other packages can reach the variable or field."}
	structure = rewrite.Reason{ID: "struct-copied", Doc: "A struct with the field is copied, and with it the reference to the map."}
)

// holders remembers them by variable.
type holders struct {
	p       *rewrite.Pass
	conduct *conduct
	graph   *callGraph
	structs *structIndex
	known   map[*types.Var]*holder
}

func newHolders(p *rewrite.Pass) *holders {
	q := newConduct(p)
	return &holders{p: p, conduct: q, graph: newCallGraph(p, q.bodies), known: map[*types.Var]*holder{}}
}

// of is the holder that an expression names, nil where it names none.
func (hs *holders) of(e ast.Expr) *holder {
	v, ok := hs.p.Object(e).(*types.Var)
	if !ok || v.Pkg() != hs.p.Pkg.Types {
		return nil
	}
	v = v.Origin()
	if hs.known[v] == nil {
		hs.known[v] = hs.look(v)
	}
	return hs.known[v]
}

func (hs *holders) look(v *types.Var) *holder {
	global := v.Parent() == hs.p.Pkg.Types.Scope()
	h := &holder{p: hs.p, obj: v, uses: hs.p.Uses(v), local: !v.IsField() && !global}
	switch {
	case h.local && parameter(hs.p, v):
		h.fail(aliased, nil, "the caller of the function holds the map too")
	case !h.local && v.Exported():
		h.fail(exported, nil, "%s can be reached by other packages", v.Name())
	case !h.local && hs.p.Elsewhere(v.Name()):
		h.open = append(h.open, "files left out of this build, which mention "+v.Name()+", do not keep the map elsewhere")
	}
	declared := false
	for _, u := range h.uses {
		declared = declared || u.Kind == rewrite.UseInit || u.Kind == rewrite.UseDeclare
		h.use(u, map[*types.Var]bool{})
	}
	if h.local && !declared { // a result, or the variable of a type switch
		h.fail(aliased, nil, "%s does not get its first map from a declaration", v.Name())
	}
	if v.IsField() {
		if hs.structs == nil {
			hs.structs = newStructIndex(hs.p)
		}
		h.structs(hs.structs)
	}
	return h
}

// parameter reports whether a variable is a parameter or receiver. Named results are not.
func parameter(p *rewrite.Pass, v *types.Var) bool {
	kind := v.Kind()
	return kind == types.ParamVar || kind == types.RecvVar
}

func (h *holder) use(u rewrite.Use, seen map[*types.Var]bool) {
	if deferred(u.Outer) {
		h.fail(aliased, u.Outer.Node(), "the map is kept for a call that is made later")
		return
	}
	if h.local && function(u.Cursor) != declaredIn(u.Cursor, h.obj) {
		h.fail(aliased, u.Expr, "a function literal captures %s", h.obj.Name())
		return
	}
	switch u.Kind {
	case rewrite.UseLookup, rewrite.UseInsert, rewrite.UseUpdate, rewrite.UseDelete, rewrite.UseClear, rewrite.UseLen, rewrite.UseNil:
	case rewrite.UseRange:
		h.ranges = append(h.ranges, u.Outer)
	case rewrite.UseDeclare:
		h.nothing(u.Expr)
	case rewrite.UseAssign, rewrite.UseInit:
		h.assigned(u)
	case rewrite.UseMaps:
		h.mapsCall(u)
	case rewrite.UseAddress:
		h.fail(aliased, u.Outer.Node(), "the address of %s is taken", h.obj.Name())
	default:
		if v, ok := h.passedTo(u); ok {
			h.parameter(v, seen)
		} else if !h.shown(u) {
			h.fail(aliased, u.Expr, "%s is passed on, returned or stored", h.p.Text(u.Expr))
		}
	}
}

// declaredIn is the function around a node that a local variable is declared in.
func declaredIn(c inspector.Cursor, v *types.Var) ast.Node {
	for f := range c.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		if within(v.Pos(), f.Node()) {
			return f.Node()
		}
	}
	return nil
}

// deferred reports whether a call is that of a go or defer statement.
func deferred(c inspector.Cursor) bool {
	kind := c.ParentEdgeKind()
	return kind == edge.DeferStmt_Call || kind == edge.GoStmt_Call
}

func (h *holder) fail(r rewrite.Reason, culprit ast.Node, format string, args ...any) {
	h.faults = append(h.faults, *newFault(r, culprit, format, args...))
}

// fault is the first condition that fails, preferably in a function; nil if none does.
func (h *holder) fault(in ast.Node) *fault {
	for i, f := range h.faults {
		if in != nil && f.culprit != nil && within(f.culprit.Pos(), in) {
			return &h.faults[i]
		}
	}
	if len(h.faults) > 0 {
		return &h.faults[0]
	}
	return nil
}

func (h *holder) nothing(n ast.Node) {
	if h.empty == nil {
		h.empty = n
	}
}

// assigned looks at a value that is put into it.
func (h *holder) assigned(u rewrite.Use) {
	switch {
	case u.Value == nil:
		h.fail(aliased, u.Outer.Node(), "%s is set to a map that comes from elsewhere", h.obj.Name())
	case h.p.Info().Types[u.Value].IsNil():
		h.nothing(u.Value)
	case fresh(h.p, u.Value):
		h.values = append(h.values, ast.Unparen(u.Value))
	default:
		h.fail(aliased, u.Value, "%s is set to %s, which may be held elsewhere", h.obj.Name(), firstLine(h.p, u.Value))
	}
}

// fresh reports whether an expression makes a new map.
func fresh(p *rewrite.Pass, e ast.Expr) bool {
	e = ast.Unparen(e)
	if p.Map(e) == nil {
		return false
	}
	if _, ok := e.(*ast.CompositeLit); ok {
		return true
	}
	_, ok := p.CallOf(e, "make")
	return ok
}

// mapsCall: what package maps does with a map is over when the call returns, but
// for the sequences.
func (h *holder) mapsCall(u rewrite.Use) {
	call := u.Outer.Node().(*ast.CallExpr)
	switch fn := h.p.Callee(call); fn.Name() {
	case "Copy", "DeleteFunc", "Equal", "EqualFunc", "Clone":
	case "Keys", "Values", "All":
		loop := u.Outer.Parent()
		switch u.Outer.ParentEdgeKind() {
		case edge.RangeStmt_X:
			h.ranges = append(h.ranges, loop)
			return
		case edge.CallExpr_Args:
			if consumes(h.p, loop.Node().(*ast.CallExpr)) {
				return
			}
		}
		h.fail(aliased, call, "the sequence %s keeps the map", h.p.Text(call))
	default:
		h.fail(aliased, call, "%s may keep the map", h.p.Text(call))
	}
}

// consumes reports whether a call runs through a sequence before it returns.
func consumes(p *rewrite.Pass, call *ast.CallExpr) bool {
	fn := p.Callee(call)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() + "." + fn.Name() {
	case "slices.Collect", "slices.Sorted", "slices.AppendSeq", "maps.Collect", "maps.Insert":
		return true
	}
	return false
}

// resets reports whether a statement puts a new empty map in the place of the old one.
func resets(p *rewrite.Pass, s *ast.AssignStmt) (make ast.Expr, hint ast.Expr, ok bool) {
	if s.Tok != token.ASSIGN || len(s.Lhs) != 1 || len(s.Rhs) != 1 || p.Map(s.Lhs[0]) == nil || !fresh(p, s.Rhs[0]) {
		return nil, nil, false
	}
	value := ast.Unparen(s.Rhs[0])
	if lit, isLit := value.(*ast.CompositeLit); isLit {
		return value, nil, len(lit.Elts) == 0
	}
	args, _ := p.CallOf(value, "make")
	if len(args) > 1 {
		hint = args[1]
	}
	return value, hint, true
}
