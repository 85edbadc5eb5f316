package sizing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// MapUpdate turns reading and writing an element into one update.
var MapUpdate = &rewrite.Fix{
	ID:         "mapupdate",
	Title:      "m[k] = m[k] + v becomes m[k] += v",
	Kind:       "refactor.rewrite.mapUpdate",
	Standalone: true,
	Doc: `**What.** ` + "`m[k] = m[k] + v`" + ` becomes ` + "`m[k] += v`" + `, and with a 1 ` + "`m[k]++`" + `; the same for the other operators but
division and remainder, and for ` + "`v + m[k]`" + ` where the numbers may change places.

**When.** Map and key have no side effects. Where v calls something, or can panic, the fix is of class B: what v calls may change
the same element, and a panic that is recovered may leave a new entry with the zero value behind. It is, too, where keys hold interfaces: a key that cannot
be hashed panics in either form, with another text.

**Gain.** One lookup instead of two: an update is a single call into the runtime, which returns the place of the element. A division has
to come before the entry does, because it can panic, so the compiler makes two calls of it either way.

**Example.**

` + "```go" + `
count[word] = count[word] + 1     // → count[word]++
` + "```",
	Reasons: []rewrite.Reason{division},
	Run:     mapUpdate,
}

var division = rewrite.Reason{ID: "division", Doc: "A division or remainder is two lookups in either form."}

// unhashed is what a rewrite that leaves out a lookup assumes of keys that hold interfaces.
const unhashed = "no key is of a type that cannot be hashed, or nobody reads the text of the panic, which is another one in an empty map"

var assignOps = map[token.Token]token.Token{
	token.ADD: token.ADD_ASSIGN, token.SUB: token.SUB_ASSIGN, token.MUL: token.MUL_ASSIGN,
	token.AND: token.AND_ASSIGN, token.OR: token.OR_ASSIGN, token.XOR: token.XOR_ASSIGN,
	token.SHL: token.SHL_ASSIGN, token.SHR: token.SHR_ASSIGN, token.AND_NOT: token.AND_NOT_ASSIGN,
	token.QUO: token.QUO_ASSIGN, token.REM: token.REM_ASSIGN,
}

func mapUpdate(p *rewrite.Pass) {
	for _, c := range p.Preorder((*ast.AssignStmt)(nil)) {
		s := c.Node().(*ast.AssignStmt)
		if s.Tok != token.ASSIGN || len(s.Lhs) != 1 || len(s.Rhs) != 1 {
			continue
		}
		x, ok := ast.Unparen(s.Lhs[0]).(*ast.IndexExpr)
		b, isBinary := ast.Unparen(s.Rhs[0]).(*ast.BinaryExpr)
		if !ok || !isBinary || p.Map(x.X) == nil || assignOps[b.Op] == token.ILLEGAL || !p.Simple(x.X) || !p.Simple(x.Index) {
			continue
		}
		switch {
		case sameElement(p, b.X, x):
			update(p, c, x, b, b.Y)
		case sameElement(p, b.Y, x):
			update(p, c, x, b, b.X)
		}
	}
}

// sameElement reports whether an expression is the element that an index expression names.
func sameElement(p *rewrite.Pass, e ast.Expr, x *ast.IndexExpr) bool {
	y, ok := ast.Unparen(e).(*ast.IndexExpr)
	return ok && p.Same(x.X, y.X) && p.Same(x.Index, y.Index)
}

func update(p *rewrite.Pass, c inspector.Cursor, x *ast.IndexExpr, b *ast.BinaryExpr, v ast.Expr) {
	at := rewrite.On(c)
	op := assignOps[b.Op].String()
	text := p.Text(x) + " " + op + " " + p.Text(ast.Unparen(v))
	if one(p, v) && (b.Op == token.ADD || b.Op == token.SUB) {
		text = p.Text(x) + map[token.Token]string{token.ADD: "++", token.SUB: "--"}[b.Op]
	}
	title := "Replace with " + text
	if b.Op == token.QUO || b.Op == token.REM {
		if v == b.Y {
			p.Refuse(at, title, division, b, "the compiler looks the element up twice in either form, because the division may panic")
		}
		return
	}
	if v == b.X && !commutes(p, b) || looksAtMaps(p, v) {
		return
	}
	o := rewrite.Offer{
		Title: title, Class: rewrite.Safe,
		Message: p.Text(x) + " is looked up twice, to read it and to assign it",
		Cost:    "one call of the runtime that finds the element, instead of one that reads it and one that assigns it; no difference in what is allocated",
		Gain:    rewrite.Gain{Proven: p.Runtime.Known, Text: "one lookup instead of two"},
	}
	switch {
	case active(p, v):
		o.Class = rewrite.Review
		o.Assumes = "what is called in " + p.Text(v) + " does not change " + p.Text(x) + " or what is named in it, and does not panic: the element may be read before or after the call, and a new entry may stay behind"
	case !harmless(p, v) || !harmlessBinary(p, b):
		o.Class = rewrite.Review
		o.Assumes = p.Text(b) + " does not panic, or nobody recovers and looks at the map then: a new entry with the zero value may stay behind"
	case !hashable(p.Map(x.X).Key()):
		o.Class = rewrite.Review
		o.Assumes = unhashed
	}
	if o.Class == rewrite.Review {
		o.Title += " (review)"
	}
	e := p.Edit()
	e.ReplaceNode(c.Node(), text)
	p.Offer(at, o, e)
}

// one reports whether an expression is the number one.
func one(p *rewrite.Pass, e ast.Expr) bool {
	v := p.Info().Types[e].Value
	return v != nil && (v.Kind() == constant.Int || v.Kind() == constant.Float) && constant.Compare(v, token.EQL, constant.MakeInt64(1))
}

// commutes reports whether the operands of an operator may change places.
func commutes(p *rewrite.Pass, b *ast.BinaryExpr) bool {
	switch b.Op {
	case token.ADD, token.MUL, token.AND, token.OR, token.XOR:
		t, ok := p.Info().TypeOf(b).Underlying().(*types.Basic)
		return ok && t.Info()&types.IsInteger != 0
	}
	return false
}

// looksAtMaps reports whether an expression depends on what is in a map, which may
// be the one that is about to get an entry, under this or another name.
func looksAtMaps(p *rewrite.Pass, e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IndexExpr:
			found = found || p.Map(n.X) != nil
		case *ast.CallExpr:
			if args, ok := p.CallOf(n, "len"); ok {
				found = found || p.Map(args[0]) != nil
			}
		}
		return !found
	})
	return found
}
