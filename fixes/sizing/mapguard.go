package sizing

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapGuard removes a test for a key that the guarded operation makes by itself.
var MapGuard = &rewrite.Fix{
	ID:         "mapguard",
	Title:      "a test for a key in front of what needs none",
	Kind:       "refactor.rewrite.mapGuard",
	Standalone: true,
	Doc: `**What.** ` + "`if _, ok := m[k]; ok { delete(m, k) }`" + ` becomes ` + "`delete(m, k)`" + `. An ` + "`if`" + ` that gives a missing key its zero
value or an empty slice, in front of ` + "`m[k] += v`" + ` or ` + "`m[k] = append(m[k], v)`" + `, goes. One that counts up where the key is there and assigns the first
value where it is not becomes the counting alone.

**When.** The test is all that the condition has, map and key have no side effects, and are the same in both places. The empty slice must be
one without room, and append must have an element to add. Where what is appended or added calls something or can panic, the fix is
of class B, for until then the entry is there before and not there after. So it is where keys hold floats, complex numbers or interfaces: each
NaN that is looked for in vain gets an entry of its own. Deleting a key that is missing does nothing, and reading one gives the zero value, so
that the test decides nothing.

**Gain.** One lookup less where the key is there, two for a counter that is new. Nothing is allocated in either form.

**Example.**

` + "```go" + `
if _, ok := byLen[n]; !ok {     // → without the if
	byLen[n] = []string{}
}
byLen[n] = append(byLen[n], w)
` + "```",
	Reasons: []rewrite.Reason{room, otherValue},
	Run:     mapGuard,
}

var (
	room       = rewrite.Reason{ID: "room", Doc: "The test makes a slice with room or elements, which append would not."}
	otherValue = rewrite.Reason{ID: "other-value", Doc: "A missing key gets a value that is not what the update makes of the zero value."}
)

func mapGuard(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.IfStmt)(nil)) {
		s := c.Node().(*ast.IfStmt)
		x, missing, ok := presence(p, s)
		if !ok || !inList(c) || len(s.Body.List) != 1 {
			continue
		}
		g := guard{p: p, c: c, s: s, x: x}
		switch {
		case s.Else == nil && !missing:
			g.deletes()
		case s.Else == nil:
			g.preset()
		default:
			if other, ok := s.Else.(*ast.BlockStmt); ok && len(other.List) == 1 {
				there, absent := s.Body.List[0], other.List[0]
				if missing {
					there, absent = absent, there
				}
				g.either(there, absent)
			}
		}
	}
}

// presence recognises a test for a key: _, ok := m[k]; ok and !ok, and m[k] == nil
// where the elements are slices.
func presence(p *rewrite.Pass, s *ast.IfStmt) (x *ast.IndexExpr, missing, ok bool) {
	if init, isAssign := s.Init.(*ast.AssignStmt); isAssign {
		if init.Tok != token.DEFINE || len(init.Lhs) != 2 || len(init.Rhs) != 1 || !isBlank(init.Lhs[0]) {
			return nil, false, false
		}
		x, _ = ast.Unparen(init.Rhs[0]).(*ast.IndexExpr)
		cond := ast.Unparen(s.Cond)
		if not, isNot := cond.(*ast.UnaryExpr); isNot && not.Op == token.NOT {
			missing, cond = true, ast.Unparen(not.X)
		}
		id, isID := cond.(*ast.Ident)
		if !isID || p.Object(id) == nil || p.Object(id) != p.Object(init.Lhs[1]) || objects(p, s.Body)[p.Object(id)] {
			return nil, false, false
		}
		if s.Else != nil && objects(p, s.Else)[p.Object(id)] {
			return nil, false, false
		}
	} else if b, isBinary := ast.Unparen(s.Cond).(*ast.BinaryExpr); isBinary && s.Init == nil && b.Op == token.EQL && p.Info().Types[b.Y].IsNil() {
		x, _ = ast.Unparen(b.X).(*ast.IndexExpr)
		missing = true
		if x == nil || p.Map(x.X) == nil {
			return nil, false, false
		}
		if _, slice := p.Map(x.X).Elem().Underlying().(*types.Slice); !slice {
			return nil, false, false
		}
	}
	if x == nil || p.Map(x.X) == nil || !p.Simple(x.X) || !p.Simple(x.Index) {
		return nil, false, false
	}
	return x, missing, true
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// guard is one test for a key.
type guard struct {
	p *rewrite.Pass
	c inspector.Cursor
	s *ast.IfStmt
	x *ast.IndexExpr
}

func (g guard) at() rewrite.At { return rewrite.At{Cursor: g.c, Head: g.s.Body} }

// offer puts text in the place of the if, nothing if it is empty.
func (g guard) offer(title, message, cost, text, assumes string) {
	class := rewrite.Safe
	if assumes != "" {
		class = rewrite.Review
		title += " (review)"
	}
	e := g.p.Edit()
	if text == "" {
		e.RemoveLine(g.s)
	} else {
		e.ReplaceNode(g.s, text)
	}
	g.p.Offer(g.at(), rewrite.Offer{
		Title: title, Class: class, Message: message, Cost: cost, Assumes: assumes,
		Gain: rewrite.Gain{Proven: g.p.Runtime.Known, Text: "one lookup less"},
	}, e)
}

// deletes is the delete of a key that is known to be there.
func (g guard) deletes() {
	s, ok := g.s.Body.List[0].(*ast.ExprStmt)
	if !ok || g.s.Init == nil {
		return
	}
	args, ok := g.p.CallOf(s.X, "delete")
	if !ok || len(args) != 2 || !g.p.Same(args[0], g.x.X) || !g.p.Same(args[1], g.x.Index) {
		return
	}
	g.offer("Delete without looking first",
		"delete does nothing if the key is not there, so "+g.p.Text(g.x)+" need not be looked up first",
		"one lookup less where the key is there; where it is not, delete looks for it instead", g.p.Text(s), "")
}

// preset gives a missing key the zero value in front of an update.
func (g guard) preset() {
	set, ok := g.s.Body.List[0].(*ast.AssignStmt)
	if !ok || set.Tok != token.ASSIGN || len(set.Lhs) != 1 || len(set.Rhs) != 1 || !sameElement(g.p, set.Lhs[0], g.x) {
		return
	}
	next, ok := g.c.NextSibling()
	if !ok {
		return
	}
	up, ok := g.updates(next.Node())
	if !ok {
		return
	}
	title := "Remove the test for " + g.p.Text(g.x)
	switch {
	case up.op == token.ILLEGAL && !g.empty(set.Rhs[0]):
		g.p.Refuse(g.at(), title, room, set.Rhs[0], "append would not begin with %s", g.p.Text(set.Rhs[0]))
	case up.op != token.ILLEGAL && !isZero(g.p, set.Rhs[0]):
		g.p.Refuse(g.at(), title, otherValue, set.Rhs[0], "a missing key counts as the zero value, not as %s", g.p.Text(set.Rhs[0]))
	default:
		assumes := g.keys()
		if key := g.p.Map(g.x.X).Key(); !mapop.Reflexive(key) {
			assumes = "no key differs from itself, as NaN does, for which the test adds an entry of its own each time; and " + unhashed
		}
		for _, v := range up.operands() {
			switch {
			case looksAtMaps(g.p, v):
				return // it may look for the entry
			case active(g.p, v):
				assumes = "what is called in " + g.p.Text(v) + " neither looks for the entry nor panics and is recovered"
			case !harmless(g.p, v) && assumes == "":
				assumes = g.p.Text(v) + " does not panic, or nobody recovers and looks for the entry then"
			}
		}
		g.offer(title, "reading a missing key gives the zero value, so the next statement needs no entry to start from",
			"one lookup less where the key is there, two less where it is not", "", assumes)
	}
}

// keys is what has to be assumed of the keys for the update alone.
func (g guard) keys() string {
	if hashable(g.p.Map(g.x.X).Key()) {
		return ""
	}
	return unhashed
}

// operands are the expressions that the update evaluates after the test.
func (up updating) operands() []ast.Expr {
	switch {
	case up.call != nil:
		return up.call.Args[1:]
	case up.v != nil:
		return []ast.Expr{up.v}
	}
	return nil
}

// either counts where the key is there, and assigns the first value where it is not.
func (g guard) either(there, absent ast.Stmt) {
	up, ok := g.updates(there)
	if !ok {
		return
	}
	set, ok := absent.(*ast.AssignStmt)
	if !ok || set.Tok != token.ASSIGN || len(set.Lhs) != 1 || len(set.Rhs) != 1 || !sameElement(g.p, set.Lhs[0], g.x) {
		return
	}
	title := "Replace with " + g.p.Text(there)
	v := set.Rhs[0]
	switch {
	case up.op == token.ILLEGAL:
		return // append rounds its first room up, a literal does not
	case !g.fromZero(up, v):
		g.p.Refuse(g.at(), title, otherValue, v, "a missing key gets %s, and the update would make something else of the zero value", g.p.Text(v))
	default:
		g.offer(title, "an update of a missing key starts from the zero value, so both branches do the same",
			"one lookup less", g.p.Text(there), g.keys())
	}
}

// An updating is a statement that updates an element: op is its operator, ILLEGAL for append.
type updating struct {
	op   token.Token
	v    ast.Expr // nil for ++ and --
	call *ast.CallExpr
}

// updates recognises an update of the guarded element.
func (g guard) updates(n ast.Node) (updating, bool) {
	switch n := n.(type) {
	case *ast.IncDecStmt:
		op := map[token.Token]token.Token{token.INC: token.ADD_ASSIGN, token.DEC: token.SUB_ASSIGN}[n.Tok]
		return updating{op: op}, sameElement(g.p, n.X, g.x)
	case *ast.AssignStmt:
		if len(n.Lhs) != 1 || len(n.Rhs) != 1 || !sameElement(g.p, n.Lhs[0], g.x) {
			break
		}
		if n.Tok != token.ASSIGN && n.Tok != token.DEFINE {
			return updating{op: n.Tok, v: n.Rhs[0]}, n.Tok != token.QUO_ASSIGN && n.Tok != token.REM_ASSIGN
		}
		call, isCall := ast.Unparen(n.Rhs[0]).(*ast.CallExpr)
		if !isCall {
			break
		}
		args, ok := g.p.CallOf(call, "append")
		if ok && len(args) > 1 && !call.Ellipsis.IsValid() && sameElement(g.p, args[0], g.x) {
			return updating{op: token.ILLEGAL, call: call}, true
		}
	}
	return updating{}, false
}

// empty reports whether an expression is a slice without elements and room, to
// which append behaves as to nil.
func (g guard) empty(e ast.Expr) bool {
	if g.p.Info().Types[e].IsNil() {
		return true
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		_, slice := g.p.Info().TypeOf(e).Underlying().(*types.Slice)
		return slice && len(e.Elts) == 0
	case *ast.CallExpr:
		args, ok := g.p.CallOf(e, "make")
		return ok && len(args) == 2 && g.p.Text(args[1]) == "0"
	}
	return false
}

// isZero reports whether an expression is a constant zero value.
func isZero(p *rewrite.Pass, e ast.Expr) bool {
	switch p.Text(e) {
	case "0", `""`, "``", "false", "0.0":
		return p.Info().Types[e].Value != nil
	}
	return false
}

// fromZero reports whether an update makes a value of the zero value: += of it,
// |= and ^= too, for integers and strings.
func (g guard) fromZero(up updating, v ast.Expr) bool {
	b, ok := g.p.Map(g.x.X).Elem().Underlying().(*types.Basic)
	if !ok || b.Info()&(types.IsInteger|types.IsString) == 0 {
		return false
	}
	if up.v == nil {
		return up.op == token.ADD_ASSIGN && one(g.p, v)
	}
	switch up.op {
	case token.ADD_ASSIGN, token.OR_ASSIGN, token.XOR_ASSIGN:
		return harmless(g.p, v) && (g.p.Same(up.v, v) || g.p.Text(up.v) == g.p.Text(v))
	}
	return false
}
