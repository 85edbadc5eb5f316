package clearing

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapHoist makes a map of a loop's body once, and clears it in each iteration.
var MapHoist = &rewrite.Fix{
	ID:       "maphoist",
	Title:    "a map made in each iteration is made once and cleared",
	Kind:     "refactor.rewrite.mapHoist",
	Optional: true,
	Doc: `**What.** ` + "`m := make(map[K]V, n)`" + ` in a loop's body goes in front of the loop, and ` + "`clear(m)`" + ` takes its place.

**When.** The compiler keeps the map in the frame, in every copy of the code that it makes: it knows then that no map outlives its
iteration. The variable is assigned nowhere else, no function literal captures it, its name is free around the loop, and the hint is the same
in each iteration. Of class B where the hint is no constant.

**Gain.** Only a map of more than 8 entries gains: up to 8 a new map in the frame costs nothing, and clearing one costs more than
making one. With a hint above 8 each iteration allocates a directory, tables and groups, which are made once after the rewrite.
In return, what the entries of the last iteration point to lives until the function ends, an iteration that inserts much more than the others makes every later
clear slower, and a loop that is never entered makes a map for nothing.

**Example.**

` + "```go" + `
for _, batch := range batches {
	seen := make(map[string]bool, 64)   // → clear(seen), and seen := make(map[string]bool, 64) before the loop
	check(batch, seen)
}
` + "```",
	Reasons: []rewrite.Reason{escapes, reassigned, seized, nameTaken, hintVaries, freeMake, fewEntries, shadowedClear},
	Run:     mapHoist,
}

var (
	escapes    = rewrite.Reason{ID: "escapes", Doc: "The compiler does not keep the map in the frame, so that it may outlive its iteration."}
	reassigned = rewrite.Reason{ID: "reassigned", Doc: "The variable is assigned again in the loop, and clear would empty that other map."}
	seized     = rewrite.Reason{ID: "captured", Doc: "A function literal captures the variable."}
	nameTaken  = rewrite.Reason{ID: "name-taken", Doc: "The variable's name, or one in its type, means something else around the loop."}
	hintVaries = rewrite.Reason{ID: "hint-varies", Doc: "The size hint depends on the iteration, or does more than name a value."}
	freeMake   = rewrite.Reason{ID: "free", Doc: "The new map costs nothing: the compiler keeps it in the frame, and it never outgrows that."}
	fewEntries = rewrite.Reason{ID: "few-entries", Doc: "Nothing shows that the map outgrows 8 entries, up to which a new one is free and clearing it is not."}
)

func mapHoist(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.AssignStmt)(nil)) {
		s := c.Node().(*ast.AssignStmt)
		if s.Tok != token.DEFINE || len(s.Lhs) != 1 || len(s.Rhs) != 1 || !fresh(p, s.Rhs[0]) {
			continue
		}
		made := ast.Unparen(s.Rhs[0])
		if lit, ok := made.(*ast.CompositeLit); ok && len(lit.Elts) > 0 {
			continue
		}
		if c.ParentEdgeKind() != edge.BlockStmt_List {
			continue
		}
		switch c.Parent().ParentEdgeKind() {
		case edge.ForStmt_Body, edge.RangeStmt_Body:
		default:
			continue
		}
		loop := c.Parent().Parent()
		if r, ok := loop.Node().(*ast.RangeStmt); ok {
			if _, isFunc := p.Info().TypeOf(r.X).Underlying().(*types.Signature); isFunc {
				continue // its body is a function of its own
			}
		}
		h := hoist{p: p, cursor: c, made: made, id: s.Lhs[0].(*ast.Ident)}
		h.loop, _ = labelOf(loop)
		if v, ok := p.Info().Defs[h.id].(*types.Var); ok && statement(h.loop) {
			h.v = v
			h.offer()
		}
	}
}

// A hoist is a map that is made in a loop's body.
type hoist struct {
	p      *rewrite.Pass
	cursor inspector.Cursor // at the assignment
	loop   inspector.Cursor // at the loop, or its label
	made   ast.Expr
	id     *ast.Ident
	v      *types.Var
}

// passed reports whether a use hands the map to a function.
func (h *hoist) passed(u rewrite.Use) bool {
	if u.Cursor.ParentEdgeKind() != edge.CallExpr_Args {
		return false
	}
	_, appended := h.p.CallOf(u.Cursor.Parent().Node(), "append")
	return !appended
}

func (h *hoist) hint() ast.Expr {
	if args, ok := h.p.CallOf(h.made, "make"); ok && len(args) > 1 {
		return args[1]
	}
	return nil
}

func (h *hoist) offer() {
	p, name := h.p, h.id.Name
	at := rewrite.On(h.cursor)
	title := "Hoist " + firstLine(p, h.made) + " out of the loop and clear it"
	op, ok := p.Op(h.made, mapop.Make, mapop.Literal)
	if !ok || op.Op.Dead {
		return
	}
	var captured, assigned ast.Node
	for _, u := range p.Uses(h.v) {
		switch {
		case function(u.Cursor) != function(h.cursor):
			captured = u.Expr
		case u.Kind == rewrite.UseAssign || u.Kind == rewrite.UseAddress:
			assigned = u.Outer.Node()
		case u.Kind == rewrite.UseOther && op.Header != placement.Stack && !h.passed(u):
			return // it is stored or returned: nobody would take it for one that can be used again
		}
	}
	hint := h.hint()
	switch {
	case op.Header != placement.Stack:
		p.Refuse(at, title, escapes, h.made, "%s may outlive its iteration: its header is %s", name, home(op.Header))
	case assigned != nil:
		p.Refuse(at, title, reassigned, assigned, "%s makes %s another map", firstLine(p, assigned), name)
	case captured != nil:
		p.Refuse(at, title, seized, captured, "a function literal captures %s", name)
	case hint != nil && !h.constant(hint):
		p.Refuse(at, title, hintVaries, hint, "the hint %s may differ from one iteration to the next", p.Text(hint))
	case op.Tables == placement.TablesNone:
		p.Refuse(at, title, freeMake, h.made, "%s never outgrows the frame, where a new map costs nothing", name)
	case !h.large(hint):
		p.Refuse(at, title, fewEntries, h.made, "nothing shows that %s outgrows 8 entries; up to that a new map costs nothing here", name)
	case h.taken():
		p.Refuse(at, title, nameTaken, h.id, "%s, or a name in its type, means something else around the loop", name)
	case !p.AtLeast(h.cursor, "go1.21"):
		p.Refuse(at, title, rewrite.OldGo, nil, "clear needs go1.21")
	case !p.IsBuiltin(h.cursor, "clear"):
		p.Refuse(at, title, shadowedClear, nil, "clear is not the predeclared function here")
	default:
		h.make(op, at, title, hint)
	}
}

// home says where a header is.
func home(at placement.Home) string {
	switch at {
	case placement.Heap:
		return "on the heap"
	case placement.Mixed:
		return "on the heap in some copies of the code"
	}
	return "not known to be in the frame"
}

func (h *hoist) make(op analysis.Op, at rewrite.At, title string, hint ast.Expr) {
	p, name := h.p, h.id.Name
	o := rewrite.Offer{
		Title: title, Class: rewrite.Safe,
		Message: name + " is made anew in each iteration, with room for more than fits the frame",
		Cost: "clear takes time by the most entries that an iteration has inserted so far; what the last entries point to lives until the function ends; " +
			"and a loop that is not entered makes the map for nothing",
		Gain: rewrite.Gain{Proven: true, Text: saved(op, "per iteration")},
	}
	if p.Info().Types[hint].Value == nil {
		o.Class = rewrite.Review
		o.Title += " (review)"
		o.Assumes = p.Text(hint) + " is more than 8 as a rule: up to that a new map in the frame costs nothing, and clearing one does"
		o.Gain = rewrite.Gain{Text: "saves the allocations of the tables in each iteration"}
	}
	if o.Gain.Text == "" {
		o.Gain.Text = "saves the allocations of the tables in each iteration"
	}
	e := p.Edit()
	e.Insert(h.loop.Node().Pos(), name+" := "+p.Text(h.made)+"\n")
	e.ReplaceNode(h.cursor.Node(), "clear("+name+")")
	p.Offer(at, o, e)
}

// saved says what an operation allocates each time, "" where that is not known.
func saved(op analysis.Op, each string) string {
	var bytes int64
	count := 0
	for _, a := range op.Allocations {
		if a.When == "" {
			bytes += a.Bytes
			count += a.Count
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("saves %s of %d bytes %s", plural(count, "allocation"), bytes, each)
}

// constant reports whether a hint has the same value in each iteration, and can be evaluated
// before the loop without harm: it is made of constants, variables that nothing in the
// function assigns after their declaration, and their lengths where they are strings, arrays or slices.
func (h *hoist) constant(hint ast.Expr) bool {
	ok := true
	ast.Inspect(hint, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.ParenExpr, *ast.BasicLit:
		case *ast.BinaryExpr:
			ok = ok && (n.Op == token.ADD || n.Op == token.SUB || n.Op == token.MUL)
		case *ast.CallExpr:
			args, isLen := h.p.CallOf(n, "len")
			if isLen && len(args) == 1 {
				_, isMap := h.p.Info().TypeOf(args[0]).Underlying().(*types.Map)
				_, isChan := h.p.Info().TypeOf(args[0]).Underlying().(*types.Chan)
				ok = ok && !isMap && !isChan && identOf(args[0]) != nil
			} else {
				ok = false
			}
		case *ast.Ident:
			ok = ok && h.fixed(n)
		default:
			ok = false
		}
		return ok
	})
	return ok
}

// fixed reports whether an identifier of a hint stands for one value all the time.
func (h *hoist) fixed(id *ast.Ident) bool {
	switch obj := h.p.Object(id).(type) {
	case *types.Const, *types.Builtin:
		return !within(obj.Pos(), h.loop.Node())
	case *types.Var:
		if obj.Parent() == h.p.Pkg.Types.Scope() || obj.IsField() || within(obj.Pos(), h.loop.Node()) {
			return false
		}
		for _, u := range h.p.Uses(obj) {
			if u.Kind == rewrite.UseAssign || u.Kind == rewrite.UseAddress {
				return false
			}
			if kind := u.Cursor.ParentEdgeKind(); kind == edge.IncDecStmt_X {
				return false
			}
		}
		return true
	}
	return false
}

// large reports whether the hint is more than 8, or may be.
func (h *hoist) large(hint ast.Expr) bool {
	if hint == nil {
		return false
	}
	if h.p.Info().Types[hint].Value == nil {
		return true
	}
	op, ok := h.p.Op(h.made, mapop.Make)
	return ok && op.Op.Hint.Form == mapop.HintConst && op.Op.Hint.N > 8
}

// taken reports whether the declaration cannot stand in front of the loop as it is.
func (h *hoist) taken() bool {
	p := h.p
	if p.Resolve(h.loop, h.id.Name) != nil {
		return true
	}
	for c := range h.cursor.Enclosing((*ast.FuncDecl)(nil)) {
		for id := range c.Preorder((*ast.Ident)(nil)) {
			n := id.Node().(*ast.Ident)
			if n.Name == h.id.Name && p.Object(n) != h.v && !within(n.Pos(), h.loop.Node()) && id.ParentEdgeKind() != edge.SelectorExpr_Sel && id.ParentEdgeKind() != edge.KeyValueExpr_Key {
				return true
			}
		}
	}
	hidden := false
	ast.Inspect(h.made, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			obj := p.Object(id)
			if v, isVar := obj.(*types.Var); isVar && v.IsField() {
				return true
			}
			if _, qualified := obj.(*types.TypeName); qualified && obj.Pkg() != nil && obj.Pkg() != p.Pkg.Types {
				return true
			}
			hidden = hidden || obj == nil || p.Resolve(h.loop, id.Name) != obj
		}
		return !hidden
	})
	return hidden
}
