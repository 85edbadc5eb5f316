package clearing

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A callGraph tells which functions of a package mention which others, what
// function literals do counting as done by the function around them.
type callGraph struct {
	p      *rewrite.Pass
	bodies map[*types.Func]*ast.FuncDecl
	// callers are the functions that mention one.
	callers map[*types.Func][]*types.Func
	// value are the functions that are mentioned without being called there.
	value map[*types.Func]bool
}

func newCallGraph(p *rewrite.Pass, bodies map[*types.Func]*ast.FuncDecl) *callGraph {
	g := &callGraph{p, bodies, map[*types.Func][]*types.Func{}, map[*types.Func]bool{}}
	for c := range p.Everything().Preorder((*ast.Ident)(nil)) {
		fn, ok := p.Info().Uses[c.Node().(*ast.Ident)].(*types.Func)
		if !ok || fn.Pkg() != p.Pkg.Types {
			continue
		}
		fn = fn.Origin()
		if !called(c) {
			g.value[fn] = true
		}
		if around := declOf(p, c); around != nil {
			g.callers[fn] = append(g.callers[fn], around)
		}
	}
	return g
}

// declOf is the declared function around a node.
func declOf(p *rewrite.Pass, c inspector.Cursor) *types.Func {
	for f := range c.Enclosing((*ast.FuncDecl)(nil)) {
		fn, _ := p.Info().Defs[f.Node().(*ast.FuncDecl).Name].(*types.Func)
		return fn
	}
	return nil
}

// called reports whether a name is that of the function that a call calls.
func called(c inspector.Cursor) bool {
	if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
		c = c.Parent()
	}
	for c.ParentEdgeKind() == edge.IndexExpr_X || c.ParentEdgeKind() == edge.IndexListExpr_X || c.ParentEdgeKind() == edge.ParenExpr_X {
		c = c.Parent()
	}
	return c.ParentEdgeKind() == edge.CallExpr_Fun
}

// A reach is what can lead to a place.
type reach struct {
	g *callGraph
	// funcs are the functions from which calls lead there, methods the names of those of them that are methods.
	funcs   map[*types.Func]bool
	methods map[string]bool
	// seen are functions that were found not to lead there, or are being looked at.
	seen map[*types.Func]bool
	// value says that one of them may be called through a variable; exported that
	// other packages can call one.
	value, exported bool
}

func (g *callGraph) reaching(c inspector.Cursor) reach {
	r := reach{g: g, funcs: map[*types.Func]bool{}, methods: map[string]bool{}, seen: map[*types.Func]bool{}}
	fn := declOf(g.p, c)
	if fn == nil {
		return r
	}
	for lit := range c.Enclosing((*ast.FuncLit)(nil)) {
		r.value = r.value || lit.Node() != nil
	}
	queue := []*types.Func{fn}
	for len(queue) > 0 {
		fn := queue[0]
		queue = queue[1:]
		if r.funcs[fn] {
			continue
		}
		r.funcs[fn] = true
		r.value = r.value || g.value[fn]
		r.exported = r.exported || fn.Exported()
		if fn.Signature().Recv() != nil {
			r.methods[fn.Name()] = true
		}
		queue = append(queue, g.callers[fn]...)
	}
	return r
}

// from looks at a loop's body: sure is a call that leads to the place, maybe one that could.
func (r reach) from(body ast.Node) (sure, maybe ast.Node) {
	info := r.g.p.Info()
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if fn, ok := info.Uses[n].(*types.Func); ok && r.funcs[fn.Origin()] && sure == nil {
				sure = n
			}
		case *ast.CallExpr:
			if maybe == nil && r.could(n) {
				maybe = n
			}
		}
		return true
	})
	return sure, maybe
}

// could reports whether a call of something other than a function of the package
// could lead to the place.
func (r reach) could(call *ast.CallExpr) bool {
	info := r.g.p.Info()
	fun := ast.Unparen(call.Fun)
	if info.Types[fun].IsType() || info.Types[fun].IsBuiltin() {
		return false
	}
	if _, ok := fun.(*ast.FuncLit); ok {
		return false // its body is looked at
	}
	fn := r.g.p.Callee(call)
	switch {
	case fn == nil:
		return r.value || r.exported
	case fn.Pkg() == r.g.p.Pkg.Types && !dynamic(fn):
		return !r.closed(fn)
	case dynamic(fn):
		return r.methods[fn.Name()] || r.exported && !inert(fn)
	}
	return (r.value || r.exported) && !quietInLibrary(fn) && !inert(fn) || r.methods["String"] || r.methods["Error"] || r.methods["Format"]
}

// dynamic reports whether a method is that of an interface.
func dynamic(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && types.IsInterface(recv.Type())
}

// inert reports whether a function belongs to a package that calls back nothing
// but what it is handed for the purpose.
func inert(fn *types.Func) bool {
	if fn.Pkg() == nil {
		return true // error.Error
	}
	switch fn.Pkg().Path() {
	case "fmt", "log", "errors", "strings", "strconv", "bytes", "time", "os", "sync", "sync/atomic", "math", "math/rand", "testing", "io", "bufio", "context":
		for p := range fn.Signature().Params().Variables() {
			if _, ok := p.Type().Underlying().(*types.Signature); ok {
				return false
			}
		}
		return true
	}
	return false
}

// closed reports whether a function of the package, from which no calls that can
// be followed lead to the place, makes none that could.
func (r reach) closed(fn *types.Func) bool {
	fn = fn.Origin()
	decl := r.g.bodies[fn]
	if r.seen[fn] {
		return true
	}
	if decl == nil {
		return !r.value && !r.exported
	}
	r.seen[fn] = true
	_, maybe := r.from(decl.Body)
	return maybe == nil
}
