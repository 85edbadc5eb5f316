package sizing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapCollectKeys collects keys or elements into a slice that has room for them.
var MapCollectKeys = &rewrite.Fix{
	ID:         "mapcollectkeys",
	Title:      "the keys of a map are collected into a slice with room for them",
	Kind:       "refactor.rewrite.mapCollectKeys",
	Standalone: true,
	Optional:   true,
	Doc: `**What.** ` + "`slices.Collect(maps.Keys(m))`" + ` becomes ` + "`slices.AppendSeq(make([]K, 0, len(m)), maps.Keys(m))`" + `, and where ` + "`slices.Sorted`" + `
collects, ` + "`slices.Sort`" + ` follows; the same for ` + "`maps.Values`" + `.

**When.** The map can be named twice. Of an empty map Collect and Sorted make a nil slice, AppendSeq an empty one, so the fix is of class B unless the slice is
only ranged over, indexed, measured, sorted, searched, joined or appended to another one.

**Gain.** One allocation of the right size instead of a slice that doubles on the way: with go1.26, 100 keys of type int take 1 allocation and 896 bytes instead of 8
and 2040; where Sorted collects them, of 11 and 2104.

**Example.**

` + "```go" + `
names := slices.Sorted(maps.Keys(m))     // → names := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
                                         //   slices.Sort(names)
` + "```",
	Reasons: []rewrite.Reason{collectEffects, inExpression, unnamedType},
	Run:     mapCollectKeys,
}

var (
	collectEffects = rewrite.Reason{ID: "effects", Doc: "The map expression cannot be evaluated twice."}
	inExpression   = rewrite.Reason{ID: "in-expression", Doc: "The sorted slice is used inside of a larger statement, where there is no place to sort it."}
	unnamedType    = rewrite.Reason{ID: "type", Doc: "The type of the keys or elements cannot be written in this file."}
)

func mapCollectKeys(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		sorted := p.IsFunc(call, "slices", "Sorted")
		if !sorted && !p.IsFunc(call, "slices", "Collect") || len(call.Args) != 1 {
			continue
		}
		seq, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr)
		if !ok || len(seq.Args) != 1 || !p.IsFunc(seq, "maps", "Keys") && !p.IsFunc(seq, "maps", "Values") {
			continue
		}
		collectKeys(p, c, call, seq, sorted)
	}
}

func collectKeys(p *rewrite.Pass, c inspector.Cursor, call, seq *ast.CallExpr, sorted bool) {
	at := rewrite.On(c)
	m := ast.Unparen(seq.Args[0])
	title := "Collect into a slice with room for len(" + p.Text(m) + ")"
	if !p.Simple(m) {
		p.Refuse(at, title, collectEffects, m, "%s would be evaluated twice", p.Text(m))
		return
	}
	slice, ok := p.Info().TypeOf(call).(*types.Slice)
	if !ok {
		return
	}
	elem, ok := p.TypeText(c, slice.Elem())
	if !ok || !p.IsBuiltin(c, "make") || !p.IsBuiltin(c, "len") {
		p.Refuse(at, title, unnamedType, nil, "%s, make or len cannot be written here", elem)
		return
	}
	e := p.Edit()
	pkg, ok := e.Import(c, "slices")
	if !ok {
		return
	}
	text := pkg + ".AppendSeq(make([]" + elem + ", 0, len(" + p.Text(m) + ")), " + p.Text(seq) + ")"
	use := useOf(p, c)
	if p.IsFunc(seq, "maps", "Values") {
		use.fresh = "values"
	}
	switch {
	case !sorted:
		e.ReplaceNode(call, text)
	case use.name != "":
		e.ReplaceNode(call, text)
		e.Insert(use.stmt.Node().End(), "\n"+pkg+".Sort("+use.name+")")
	case use.loop:
		name := p.Fresh(use.fresh, use.stmt.Parent())
		e.Insert(use.stmt.Node().Pos(), name+" := "+text+"\n"+pkg+".Sort("+name+")\n")
		e.ReplaceNode(call, name)
	default:
		p.Refuse(at, title, inExpression, call, "the slice has no name to be sorted by")
		return
	}
	o := rewrite.Offer{
		Title: title, Class: rewrite.Safe,
		Message: "the slice grows while the keys are collected, though len(" + p.Text(m) + ") says how many there are",
		Cost:    "one allocation of the right size; 100 keys of type int take 8 by doubling (11 in slices.Sorted), and twice the bytes",
		Gain:    rewrite.Gain{Text: "1 allocation for the slice"},
	}
	if !use.nilSafe {
		o.Class = rewrite.Review
		o.Title += " (review)"
		o.Assumes = "nobody tells a nil slice from an empty one, which is what the keys of an empty map become: a comparison with nil, reflect.DeepEqual and JSON do"
	}
	p.Offer(at, o, e)
}

// A sliceUse says where a collected slice goes.
type sliceUse struct {
	stmt inspector.Cursor
	// name is the variable that a statement of its own assigns the slice to.
	name string
	// loop says that a loop ranges over it, fresh what it could be called.
	loop  bool
	fresh string
	// nilSafe says that no use can tell nil from empty.
	nilSafe bool
}

func useOf(p *rewrite.Pass, c inspector.Cursor) sliceUse {
	use := sliceUse{nilSafe: indifferent(p, c), fresh: "keys"}
	for c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	use.stmt = c.Parent()
	switch kind, _ := c.ParentEdge(); kind {
	case edge.RangeStmt_X:
		use.loop = inList(use.stmt)
	case edge.AssignStmt_Rhs:
		s := use.stmt.Node().(*ast.AssignStmt)
		if len(s.Lhs) != 1 || !inList(use.stmt) || s.Tok != token.DEFINE && s.Tok != token.ASSIGN {
			return use
		}
		id, ok := s.Lhs[0].(*ast.Ident)
		if !ok || id.Name == "_" {
			return use
		}
		use.name = id.Name
		v, ok := p.Object(id).(*types.Var)
		use.nilSafe = ok && !v.IsField() && v.Parent() != p.Pkg.Types.Scope() && usesIndifferent(p, v)
	}
	return use
}

// usesIndifferent reports whether no use of a variable tells nil from empty.
func usesIndifferent(p *rewrite.Pass, v *types.Var) bool {
	for _, u := range p.Uses(v) {
		switch u.Kind {
		case rewrite.UseInit, rewrite.UseAssign, rewrite.UseDeclare:
			continue
		}
		if !indifferent(p, u.Cursor) {
			return false
		}
	}
	return true
}

// indifferent reports whether what is done with a slice is the same for nil and for an empty one.
func indifferent(p *rewrite.Pass, c inspector.Cursor) bool {
	for c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	switch kind, index := c.ParentEdge(); kind {
	case edge.RangeStmt_X, edge.IndexExpr_X:
		return true
	case edge.CallExpr_Args:
		call := c.Parent().Node().(*ast.CallExpr)
		if args, ok := p.CallOf(call, "append"); ok {
			return call.Ellipsis.IsValid() && index == len(args)-1 && index > 0
		}
		for _, name := range []string{"len", "copy"} {
			if _, ok := p.CallOf(call, name); ok {
				return true
			}
		}
		fn := p.Callee(call)
		if fn == nil || fn.Pkg() == nil || fn.Signature().Recv() != nil {
			return false
		}
		switch fn.Pkg().Path() + "." + fn.Name() {
		case "strings.Join", "bytes.Join", "sort.Strings", "sort.Ints", "sort.Float64s", "sort.Slice", "sort.SliceStable",
			"slices.Sort", "slices.SortFunc", "slices.SortStableFunc", "slices.Reverse", "slices.Contains", "slices.Index",
			"slices.IndexFunc", "slices.ContainsFunc", "slices.BinarySearch", "slices.BinarySearchFunc", "slices.Equal",
			"slices.Max", "slices.Min", "slices.Values", "slices.All", "slices.IsSorted":
			return true
		}
	}
	return false
}
