package clearing

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// fault is the first condition that fails, nil if none does.
func (r *reset) fault() *fault {
	p, text := r.p, r.p.Text(r.m)
	if f := r.held(); f != nil {
		return f
	}
	if r.h.empty != nil && !filledBefore(p, r.hs.conduct, r.cursor, r.m, r.neverNil()) {
		return r.nilFault()
	}
	if r.hint != nil && !r.roomy() {
		return newFault(hinted, r.hint, "the new map is made for %s entries, which the old one may have no room for", p.Text(r.hint))
	}
	if r.h.local {
		if !inLoop(r.cursor, r.h.obj) {
			return newFault(notRepeated, nil, "%s is made anew once for each call of the function", text)
		}
	}
	return nil
}

// nilFault says where the map stays or becomes nil.
func (r *reset) nilFault() *fault {
	text, empty := r.p.Text(r.m), r.h.empty
	if e, ok := empty.(ast.Expr); ok && r.p.Info().Types[e].IsNil() {
		return newFault(mayBeNil, empty, "%s may be nil, which it is set to at line %d", text, r.p.Pkg.Fset.Position(e.Pos()).Line)
	}
	return newFault(mayBeNil, empty, "%s may be nil: %s at line %d does not set it", text, firstLine(r.p, empty), r.p.Pkg.Fset.Position(empty.Pos()).Line)
}

// held is the first condition that fails of those on who holds the map: nobody but
// the variable or field, and no loop over it that is under way.
func (r *reset) held() *fault {
	if !r.p.Simple(r.m) {
		return newFault(effects, r.m, "%s has side effects, or depends on what has", r.p.Text(r.m))
	}
	if f := r.h.fault(function(r.cursor)); f != nil {
		return f
	}
	r.assumes = append(r.assumes, r.h.open...)
	return r.iterated()
}

// assumption is what the reader has to check.
func (r *reset) assumption() string { return strings.Join(r.assumes, "; ") }

// neverNil reports whether nothing sets the variable or field to nil once it has a map.
func (r *reset) neverNil() bool {
	for _, u := range r.h.uses {
		if (u.Kind == rewrite.UseAssign || u.Kind == rewrite.UseInit) && u.Value != nil && r.p.Info().Types[u.Value].IsNil() {
			return false
		}
	}
	return !r.h.replaced
}

// iterated looks for a loop over the map that may be under way.
func (r *reset) iterated() *fault {
	p := r.p
	var to reach
	for i, c := range r.h.ranges {
		if i == 0 && !r.h.local {
			to = r.hs.graph.reaching(r.cursor)
		}
		loop := c.Node().(*ast.RangeStmt)
		line := p.Pkg.Fset.Position(loop.Pos()).Line
		if within(r.cursor.Node().Pos(), loop.Body) {
			if !leavesAfter(r.cursor, loop) {
				return newFault(iterated, loop, "it stands in the loop over the map at line %d", line)
			}
			continue
		}
		if r.h.local {
			continue // no function literal captures it
		}
		sure, maybe := to.from(loop.Body)
		if sure != nil {
			return newFault(iterated, loop, "the loop over the map at line %d calls %s, which can lead here", line, p.Text(sure))
		}
		if maybe != nil && len(r.assumes) == len(r.h.open) {
			r.assumes = append(r.assumes, fmt.Sprintf("%s, called in the loop over the map at line %d, does not get here", p.Text(maybe.(*ast.CallExpr).Fun), line))
		}
	}
	return nil
}

// leavesAfter reports whether the loop that a statement stands in is left right after it.
func leavesAfter(c inspector.Cursor, loop *ast.RangeStmt) bool {
	next, ok := c.NextSibling()
	if !ok {
		return false
	}
	switch s := next.Node().(type) {
	case *ast.ReturnStmt:
		return len(s.Results) == 0
	case *ast.BranchStmt:
		if s.Tok != token.BREAK || s.Label != nil {
			return false
		}
		for around := range c.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil), (*ast.SwitchStmt)(nil), (*ast.TypeSwitchStmt)(nil), (*ast.SelectStmt)(nil)) {
			return around.Node() == loop
		}
	}
	return false
}

// roomy reports whether the hint asks for no more than the old map has room for:
// it is the map's length, or what the map is made with everywhere.
func (r *reset) roomy() bool {
	hint := ast.Unparen(r.hint)
	if args, ok := r.p.CallOf(hint, "len"); ok && r.p.Same(args[0], r.m) {
		return true
	}
	value := r.p.Info().Types[hint].Value
	if value == nil {
		return false // what it is evaluated to may differ from time to time
	}
	for _, made := range r.h.values {
		args, ok := r.p.CallOf(made, "make")
		if !ok || len(args) < 2 {
			return value.ExactString() == "0"
		}
		other := r.p.Info().Types[args[1]].Value
		if other == nil || other.ExactString() != value.ExactString() {
			return false
		}
	}
	return true
}

// inLoop reports whether a node is in a loop that its variable is declared outside of.
func inLoop(c inspector.Cursor, v *types.Var) bool {
	for loop := range c.Enclosing((*ast.ForStmt)(nil), (*ast.RangeStmt)(nil)) {
		if !within(v.Pos(), loop.Node()) {
			return true
		}
	}
	return false
}
