package mapop

import (
	"go/ast"
	"go/types"

	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

// A flow answers which creations may supply the map that an expression
// yields, and where a map may go. It looks at the whole package at once,
// whatever the order in which things happen: assignments, calls, what is stored
// in fields, package variables and containers. A field counts once for
// all values of its struct type. It is closed where only this package can set
// it; where values come from or go to code that is not at hand, that is said in words.
type flow struct {
	*graph
	*assignments
	holds   *holding
	structs *structs
	names   names
	pkg     *load.Package
	place   func(ast.Node) (site, bool)
	// scopeOf says where a call stands that yields maps.
	scopeOf func(*ast.CallExpr) (viaPlace, bool)

	funcs   map[function]*funcInfo
	order   []*funcInfo
	methods map[string][]*funcInfo
	// external are the names that linker directives, cgo and assembly refer to.
	external map[string]bool
	homes    map[*types.Var]*funcInfo
	vars     map[*types.Var]nodeID
	exprs    map[ast.Expr]nodeID
	results  map[*ast.CallExpr][]nodeID
	sites    map[ast.Node]*site
	// called are the expressions in the place of a call's function.
	called map[ast.Expr]bool
	vias   map[viaKey]*viaCall
	// generics are the types that type parameters are part of.
	generics map[types.Type]bool
	shown    *shown
	// exported are the exported fields met until all of the package was walked.
	exported []*types.Var
	walked   bool
	// in is the function being walked, nil outside of any.
	in *funcInfo
}

// A viaPlace is where a call stands.
type viaPlace struct {
	pos    source.Pos
	around scope
}

type viaKey struct {
	call   *ast.CallExpr
	callee *funcInfo
}

func newFlow(pkg *load.Package, a *assignments, names names, place func(ast.Node) (site, bool), scopeOf func(*ast.CallExpr) (viaPlace, bool)) *flow {
	f := &flow{
		graph: newGraph(), assignments: a, holds: newHolding(), structs: newStructs(), names: names, pkg: pkg, place: place, scopeOf: scopeOf,
		funcs: map[function]*funcInfo{}, external: linkedNames(pkg), homes: map[*types.Var]*funcInfo{},
		vars: map[*types.Var]nodeID{}, exprs: map[ast.Expr]nodeID{}, results: map[*ast.CallExpr][]nodeID{}, sites: map[ast.Node]*site{},
		called: map[ast.Expr]bool{}, vias: map[viaKey]*viaCall{}, generics: map[types.Type]bool{},
	}
	f.graph.called = f.bindIndirect
	f.graph.unknown = f.openIndirect
	f.graph.exposed = func(info *funcInfo, why reasonID) {
		f.exposeFunc(info, info.text()+", which is "+f.reasons[why].to)
	}
	f.shown = newShown(pkg.Types, func(show func(types.Type)) {
		for _, instance := range pkg.Info.Instances {
			for t := range instance.TypeArgs.Types() {
				show(t)
			}
		}
	})
	for _, file := range pkg.Syntax {
		f.declareFile(file)
	}
	f.structs.addDerived()
	for _, info := range f.order {
		f.makeResults(info)
	}
	f.exposeDeclared()
	for _, file := range pkg.Syntax {
		for _, decl := range file.Decls {
			f.in = nil
			if fd, ok := decl.(*ast.FuncDecl); ok {
				if info := f.declared(fd); info != nil {
					f.body(info, fd.Body)
				}
				continue
			}
			f.walk(decl)
		}
	}
	f.openShown()
	f.solve()
	f.exposeUncalled()
	f.solve()
	return f
}

func (f *flow) declared(fd *ast.FuncDecl) *funcInfo {
	fn, ok := f.info.Defs[fd.Name].(*types.Func)
	if !ok || fd.Body == nil {
		return nil
	}
	return f.funcs[fn]
}
