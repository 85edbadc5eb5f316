package clearing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A conduct tells what code does beside computing a value.
type conduct struct {
	p      *rewrite.Pass
	bodies map[*types.Func]*ast.FuncDecl
	// known are functions that were looked at: whether they are quiet. One that is
	// being looked at counts as quiet, so that recursion does.
	known map[*types.Func]bool
}

func newConduct(p *rewrite.Pass) *conduct {
	q := &conduct{p: p, bodies: map[*types.Func]*ast.FuncDecl{}, known: map[*types.Func]bool{}}
	for c := range p.Everything().Preorder((*ast.FuncDecl)(nil)) {
		decl := c.Node().(*ast.FuncDecl)
		if fn, ok := p.Info().Defs[decl.Name].(*types.Func); ok && decl.Body != nil {
			q.bodies[fn] = decl
		}
	}
	return q
}

// loud is the first piece of a node that may change something which was there
// before the node, or wait for something; nil where there is none. A panic does not count.
func (q *conduct) loud(n ast.Node) ast.Node { return q.loudIn(n, n) }

// loudIn is loud for a part of root, whose own variables it may assign.
func (q *conduct) loudIn(n, root ast.Node) ast.Node {
	var found ast.Node
	ast.Inspect(n, func(n ast.Node) bool {
		if found != nil {
			return false
		}
		if n != nil && q.disturbs(n, root) {
			found = n
		}
		return found == nil
	})
	return found
}

func (q *conduct) disturbs(n, root ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		return !q.quietCall(n)
	case *ast.UnaryExpr:
		return n.Op == token.ARROW
	case *ast.SendStmt, *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt:
		return true
	case *ast.AssignStmt:
		for _, e := range n.Lhs {
			if !q.own(e, root) {
				return true
			}
		}
	case *ast.IncDecStmt:
		return !q.own(n.X, root)
	case *ast.RangeStmt:
		switch q.p.Info().TypeOf(n.X).Underlying().(type) {
		case *types.Signature, *types.Chan:
			return true
		}
		return n.Key != nil && !q.own(n.Key, root) || n.Value != nil && !q.own(n.Value, root)
	}
	return false
}

// own reports whether an assigned expression is a variable declared in root.
func (q *conduct) own(e ast.Expr, root ast.Node) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	if id.Name == "_" {
		return true
	}
	obj := q.p.Info().ObjectOf(id)
	return obj != nil && within(obj.Pos(), root)
}

func within(pos token.Pos, n ast.Node) bool { return n.Pos() <= pos && pos < n.End() }

func (q *conduct) quietCall(call *ast.CallExpr) bool {
	info := q.p.Info()
	if info.Types[call.Fun].IsType() {
		return true
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := info.Uses[id].(*types.Builtin); ok {
			return quietBuiltin(b.Name())
		}
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if b, ok := info.Uses[sel.Sel].(*types.Builtin); ok { // package unsafe's
			return quietBuiltin(b.Name())
		}
	}
	if _, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return true // its body is looked at with everything else
	}
	fn := q.p.Callee(call)
	if fn == nil || !q.quiet(fn) {
		return false
	}
	for _, arg := range call.Args {
		if _, ok := info.TypeOf(arg).Underlying().(*types.Signature); ok && !q.quietValue(arg) {
			return false
		}
	}
	return true
}

// quietValue reports whether calling a function value is quiet, its body apart
// where that stands here.
func (q *conduct) quietValue(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return true
	case *ast.Ident, *ast.SelectorExpr:
		fn, ok := q.p.Object(e).(*types.Func)
		return ok && q.quiet(fn)
	}
	return false
}

func quietBuiltin(name string) bool {
	switch name {
	case "copy", "delete", "clear", "close", "print", "println", "recover":
		return false
	}
	return true
}

// quiet reports whether calling a function changes nothing that was there before.
func (q *conduct) quiet(fn *types.Func) bool {
	fn = fn.Origin()
	if known, ok := q.known[fn]; ok {
		return known
	}
	q.known[fn] = true
	quiet := quietInLibrary(fn)
	if decl := q.bodies[fn]; decl != nil {
		quiet = q.loud(decl) == nil
	}
	q.known[fn] = quiet
	return quiet
}

// quietPackages are packages of the standard library whose functions, those with a
// receiver apart, compute a value from their arguments and do nothing else, as
// long as the functions that they are given do not.
var quietPackages = map[string]bool{
	"bytes": true, "cmp": true, "math": true, "math/bits": true, "math/cmplx": true, "path": true, "strconv": true,
	"strings": true, "unicode": true, "unicode/utf16": true, "unicode/utf8": true,
}

// quietNames are single functions and methods of that kind in other packages; methods with their
// receiver's type.
var quietNames = map[string]map[string]bool{
	"maps": {"Equal": true, "EqualFunc": true},
	"net/netip": {
		"Addr.Compare": true, "Addr.Is4": true, "Addr.Is6": true, "Addr.IsValid": true, "Addr.Less": true,
		"AddrPort.Addr": true, "AddrPort.IsValid": true, "AddrPort.Port": true,
		"Prefix.Addr": true, "Prefix.Bits": true, "Prefix.Contains": true, "Prefix.IsValid": true, "Prefix.Overlaps": true,
	},
	"path/filepath": {"Base": true, "Clean": true, "Dir": true, "Ext": true, "IsAbs": true, "Join": true, "Match": true},
	"slices": {
		"BinarySearch": true, "BinarySearchFunc": true, "Compare": true, "Contains": true, "ContainsFunc": true, "Equal": true,
		"EqualFunc": true, "Index": true, "IndexFunc": true, "IsSorted": true, "Max": true, "Min": true,
	},
	"sort": {"Search": true, "SearchInts": true, "SearchStrings": true},
	"sync/atomic": {
		"Bool.Load": true, "Int32.Load": true, "Int64.Load": true, "Pointer.Load": true, "Uint32.Load": true, "Uint64.Load": true,
		"LoadInt32": true, "LoadInt64": true, "LoadPointer": true, "LoadUint32": true, "LoadUint64": true, "LoadUintptr": true,
	},
	"time": {
		"Now": true, "Since": true, "Unix": true, "UnixMilli": true, "Until": true,
		"Duration.Abs": true, "Duration.Hours": true, "Duration.Milliseconds": true, "Duration.Minutes": true, "Duration.Nanoseconds": true,
		"Duration.Round": true, "Duration.Seconds": true, "Duration.Truncate": true,
		"Time.Add": true, "Time.AddDate": true, "Time.After": true, "Time.Before": true, "Time.Compare": true, "Time.Equal": true,
		"Time.IsZero": true, "Time.Sub": true, "Time.Truncate": true, "Time.UTC": true, "Time.Unix": true, "Time.UnixMilli": true,
		"Time.UnixNano": true,
	},
}

func quietInLibrary(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return false
	}
	path, name := fn.Pkg().Path(), fn.Name()
	recv := fn.Signature().Recv()
	if recv == nil {
		return quietPackages[path] || quietNames[path][name]
	}
	t := recv.Type()
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := t.(*types.Named)
	return ok && quietNames[path][named.Obj().Name()+"."+name]
}
