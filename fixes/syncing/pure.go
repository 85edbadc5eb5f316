package syncing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// harmless are functions of the standard library that neither change anything
// that outlives the call, nor wait, nor call what they are given. A package
// without names stands for all of its functions that take no function.
var harmless = map[string][]string{
	"strings": nil, "strconv": nil, "unicode": nil, "unicode/utf8": nil, "math": nil, "math/bits": nil, "path": nil, "cmp": nil,
	"bytes": nil, "net/netip": nil, "encoding/hex": {"EncodeToString"},
	"path/filepath": {"Join", "Base", "Dir", "Ext", "Clean", "ToSlash", "FromSlash", "IsAbs"},
	"errors":        {"New"}, "context": {"Background", "TODO"}, "reflect": {"TypeOf"},
	"time":   {"Now", "Since", "Until", "Unix", "Date"},
	"fmt":    {"Sprintf", "Sprint", "Errorf"},
	"sort":   {"Strings", "Ints"},
	"slices": {"Sort", "Contains", "Clone", "Index", "Reverse"},
}

// call looks at a call.
func (q *quiet) call(call *ast.CallExpr) {
	if q.pass.Info().Types[call.Fun].IsType() {
		return
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := q.pass.Info().Uses[id].(*types.Builtin); ok {
			q.builtin(call, b.Name())
			return
		}
	}
	if slices.ContainsFunc(call.Args, q.guard.isMap) {
		return // told as what becomes of the map
	}
	if fn := q.pass.Callee(call); fn != nil && (q.known(fn, call) || q.own(fn)) {
		return
	}
	q.refuse(heldAcross, call, q.pass.Text(call.Fun)+" is called while "+q.guard.lockName()+" is held")
}

func (q *quiet) builtin(call *ast.CallExpr, name string) {
	switch name {
	case "len", "cap", "append", "make", "new", "min", "max", "panic", "real", "imag", "complex":
	case "delete", "clear", "copy":
		if !q.guard.isMap(call.Args[0]) {
			root, _ := q.root(call.Args[0])
			q.change(root, false, call)
		}
	default:
		q.refuse(heldAcross, call, name+" is called while "+q.guard.lockName()+" is held")
	}
}

// known reports whether a function of the standard library is one of the harmless.
func (q *quiet) known(fn *types.Func, call *ast.CallExpr) bool {
	if fn.Pkg() == nil {
		return false
	}
	path := fn.Pkg().Path()
	if recv := fn.Signature().Recv(); recv != nil {
		switch path {
		case "time": // Time and Duration, by value
			return !isPointer(recv.Type())
		case "net/netip":
			return !isPointer(recv.Type())
		}
		return false
	}
	names, ok := harmless[path]
	if !ok || names != nil && !slices.Contains(names, fn.Name()) {
		return false
	}
	for _, arg := range call.Args {
		t := q.pass.Info().TypeOf(arg)
		if _, ok := t.Underlying().(*types.Signature); ok {
			return false
		}
		if path == "fmt" && !plain(t) {
			return false
		}
	}
	return true
}

// plain reports whether printing a value runs no method of its type, or at most error's.
func plain(t types.Type) bool {
	if types.Identical(t, types.Universe.Lookup("error").Type()) {
		return true
	}
	if _, ok := t.Underlying().(*types.Basic); !ok {
		return false
	}
	n, ok := types.Unalias(t).(*types.Named)
	return !ok || n.NumMethods() == 0
}

// own reports whether a function of this package does nothing but compute a
// value. Its own calls are followed, three deep.
func (q *quiet) own(fn *types.Func) bool {
	decl := q.functions[fn.Origin()]
	if decl == nil || decl.Body == nil || q.depth >= 3 {
		return false
	}
	inner := quiet{sight: q.sight, guard: q.guard, function: decl, depth: q.depth + 1}
	for _, s := range decl.Body.List {
		inner.look(s)
	}
	return inner.bad == nil && !q.usesMap(decl)
}

// usesMap reports whether a function works on the map, or on its mutex.
func (q *quiet) usesMap(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			obj := rewrite.Origin(q.pass.Info().Uses[id])
			found = found || obj != nil && (obj == q.guard.m || obj == q.guard.mu)
		}
		_, isLit := n.(*ast.FuncLit)
		_, isGo := n.(*ast.GoStmt)
		found = found || isLit || isGo
		return !found
	})
	return found
}

// upperFirst is a name with its first letter in upper case.
func upperFirst(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
