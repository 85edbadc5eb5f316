package clearing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// maxLine is how long a call with its function may be to stand on one line.
const maxLine = 100

// A decision is the body of the function that decides about an entry.
type decision struct {
	text string
	// short says that it may stand on one line, plain that it comes down to one return.
	short, plain bool
}

// call is the text of the call that replaces the loop.
func (f *filter) call(pkg string, typeText [2]string, body decision) string {
	head := pkg + ".DeleteFunc(" + f.p.Text(ast.Unparen(f.loop.X)) + ", func(" + f.params(typeText) + ") bool {"
	if body.short && len(head)+len(body.text) < maxLine {
		return head + " " + body.text + " })"
	}
	return head + "\n" + body.text + "\n})"
}

// params are the parameters of the function: the loop's variables, or _ for what the condition does not use.
func (f *filter) params(typeText [2]string) string {
	name := func(e ast.Expr) string {
		if e == nil || !f.used(f.p.Object(e)) {
			return "_"
		}
		return e.(*ast.Ident).Name
	}
	key, elem := name(f.loop.Key), name(f.loop.Value)
	if typeText[0] == typeText[1] {
		return key + ", " + elem + " " + typeText[0]
	}
	return key + " " + typeText[0] + ", " + elem + " " + typeText[1]
}

// used reports whether anything but a delete of the loop mentions a variable.
func (f *filter) used(v types.Object) bool {
	found := false
	ast.Inspect(f.loop.Body, func(n ast.Node) bool {
		if s, ok := n.(*ast.ExprStmt); ok {
			if _, ours := f.deletes[s]; ours {
				return false
			}
		}
		if id, ok := n.(*ast.Ident); ok && v != nil && f.p.Info().Uses[id] == v {
			found = true
		}
		return !found
	})
	return found
}

// body writes the function's body.
func (f *filter) body() decision {
	if f.commented() {
		return decision{text: f.general()}
	}
	list := f.loop.Body.List
	n := 0
	for n < len(list) && !f.decides(list[n]) {
		n++
	}
	tail := list[n:]
	var head []string
	for _, s := range list[:n] {
		head = append(head, f.p.Text(s))
	}
	if len(tail) == 1 {
		if s, ok := tail[0].(*ast.IfStmt); ok && s.Init != nil && s.Else == nil && f.liftable(s.Init, list[:n]) {
			if rest, ok := f.expr(s.Body.List); ok {
				head = append(head, f.p.Text(s.Init), "return "+and(f.operand(s.Cond), rest))
				return decision{text: strings.Join(head, "\n"), plain: n == 0}
			}
		}
	}
	if e, ok := f.expr(tail); ok {
		if e.text == "" {
			e.text = "true"
		}
		head = append(head, "return "+e.text)
		return decision{strings.Join(head, "\n"), n == 0 && !strings.Contains(e.text, "\n"), n == 0}
	}
	return decision{text: f.general()}
}

func (f *filter) commented() bool {
	for _, group := range rewrite.FileOf(f.cursor).Comments {
		if group.Pos() < f.loop.End() && f.loop.Pos() < group.End() {
			return true
		}
	}
	return false
}

// decides reports whether a statement deletes or goes on to the next entry.
func (f *filter) decides(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ExprStmt:
			_, ours := f.deletes[n]
			found = found || ours
		case *ast.BranchStmt:
			found = found || f.continues[n]
		}
		return !found
	})
	return found
}

// liftable reports whether the initialiser of an if statement may stand before it.
func (f *filter) liftable(init ast.Stmt, before []ast.Stmt) bool {
	s, ok := init.(*ast.AssignStmt)
	if !ok || s.Tok != token.DEFINE {
		return true
	}
	taken := map[string]bool{}
	for _, e := range []ast.Expr{f.loop.Key, f.loop.Value} {
		if id, ok := e.(*ast.Ident); ok {
			taken[id.Name] = true
		}
	}
	for _, b := range before {
		ast.Inspect(b, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && f.p.Info().Defs[id] != nil {
				taken[id.Name] = true
			}
			return true
		})
	}
	return !slices.ContainsFunc(s.Lhs, func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return !ok || id.Name != "_" && taken[id.Name]
	})
}

// An operand is the text of a condition; "" is true. Loose says that it needs
// parentheses beside a binary operator that binds as && does.
type operand struct {
	text  string
	loose bool
}

func and(a, b operand) string {
	if b.text == "" {
		return a.text
	}
	return a.tight() + " && " + b.tight()
}

func (o operand) tight() string {
	if o.loose {
		return "(" + o.text + ")"
	}
	return o.text
}

func (f *filter) operand(e ast.Expr) operand {
	e = ast.Unparen(e)
	b, ok := e.(*ast.BinaryExpr)
	return operand{f.p.Text(e), ok && b.Op == token.LOR}
}

// expr writes statements as the condition under which they delete.
func (f *filter) expr(list []ast.Stmt) (operand, bool) {
	if len(list) == 0 {
		return operand{}, false
	}
	switch s := list[0].(type) {
	case *ast.ExprStmt:
		_, ours := f.deletes[s]
		return operand{}, ours
	case *ast.IfStmt:
		if s.Init != nil || s.Else != nil {
			return operand{}, false
		}
		if len(list) == 1 {
			rest, ok := f.expr(s.Body.List)
			return operand{and(f.operand(s.Cond), rest), rest.text == "" && f.operand(s.Cond).loose}, ok
		}
		if len(s.Body.List) != 1 {
			return operand{}, false
		}
		if b, ok := s.Body.List[0].(*ast.BranchStmt); !ok || !f.continues[b] {
			return operand{}, false
		}
		rest, ok := f.expr(list[1:])
		not := f.negated(s.Cond)
		return operand{and(not, rest), rest.text == "" && not.loose}, ok
	}
	return operand{}, false
}

// opposite are the comparisons that are each other's negation, of values that are ordered.
var opposite = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR,
}

// negated writes the negation of a condition.
func (f *filter) negated(e ast.Expr) operand {
	e = ast.Unparen(e)
	switch x := e.(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			return f.operand(x.X)
		}
	case *ast.BinaryExpr:
		if op, ok := opposite[x.Op]; ok && (x.Op == token.EQL || x.Op == token.NEQ || f.ordered(x.X) && f.ordered(x.Y)) {
			return operand{text: f.p.Text(x.X) + " " + op.String() + " " + f.p.Text(x.Y)}
		}
		if x.Op == token.LOR && f.simplyNegated(x.X) && f.simplyNegated(x.Y) {
			return operand{text: and(f.negated(x.X), f.negated(x.Y))}
		}
		return operand{text: "!(" + f.p.Text(x) + ")"}
	}
	return operand{text: "!" + f.p.Text(e)}
}

// simplyNegated reports whether the negation of a condition takes no further operator.
func (f *filter) simplyNegated(e ast.Expr) bool {
	e = ast.Unparen(e)
	switch x := e.(type) {
	case *ast.UnaryExpr:
		return x.Op == token.NOT
	case *ast.BinaryExpr:
		return x.Op == token.EQL || x.Op == token.NEQ || opposite[x.Op] != 0 && f.ordered(x.X) && f.ordered(x.Y) ||
			x.Op == token.LOR && f.simplyNegated(x.X) && f.simplyNegated(x.Y)
	}
	return false
}

// ordered reports whether a value is one of a type in which of two values one is always less or they are equal.
func (f *filter) ordered(e ast.Expr) bool {
	b, ok := f.p.Info().TypeOf(e).Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsInteger|types.IsString) != 0
}

// general is the body as it stands, with returns for what ends an iteration.
func (f *filter) general() string {
	var edits []replaced
	for s, next := range f.deletes {
		end := s.End()
		if next != nil {
			end = next.End()
		}
		edits = append(edits, replaced{s.Pos(), end, "return true"})
	}
	for b := range f.continues {
		edits = append(edits, replaced{b.Pos(), b.End(), "return false"})
	}
	body := f.loop.Body
	text := strings.TrimLeft(strings.TrimRight(substitute(f.p, body.Lbrace+1, body.Rbrace, edits), " \t\n"), "\n")
	if !f.returns(body.List) {
		text += "\nreturn false"
	}
	return text
}

// returns reports whether a list of statements ends in one that is or becomes a return on every path.
func (f *filter) returns(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1].(type) {
	case *ast.ExprStmt:
		_, ours := f.deletes[s]
		return ours
	case *ast.BranchStmt:
		if f.continues[s] {
			return true
		}
		for _, next := range f.deletes {
			if next == s {
				return true
			}
		}
	case *ast.BlockStmt:
		return f.returns(s.List)
	case *ast.IfStmt:
		return s.Else != nil && f.returns(s.Body.List) && f.returns([]ast.Stmt{s.Else})
	}
	return false
}
