package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

// A Pass is one fix at work on one package.
type Pass struct {
	Fix *Fix
	// Pkg is the build of the package whose syntax is looked at: that with the
	// in-package tests if there is one, or that of the external tests.
	Pkg *load.Package
	// All are Pkg and the other builds with syntax of their own: what may use the
	// package's declarations.
	All []*load.Package
	// Runtime are the facts of the release that the code is built with.
	Runtime runtimemap.Facts
	// Go is that release, "go1.26.8"; "" where no toolchain was asked.
	Go string

	input   *Input
	inspect *inspector.Inspector
	names   *mentions
	found   *Found
}

// An Input is what fixes work on, prepared once for all of them.
type Input struct {
	typed   analysis.Typed
	runtime runtimemap.Facts
	release string
	units   []unit
	ops     map[source.Range][]analysis.Op
	shared  map[sharedKey]any
	layouts map[string]*layout
}

// unit is a build with an inspector of its syntax.
type unit struct {
	pkg     *load.Package
	inspect *inspector.Inspector
	names   *mentions
}

// NewInput prepares a package. For a host without a compiler's answers,
// typed.Ops is empty.
func NewInput(result *analysis.Result, typed analysis.Typed) *Input {
	in := &Input{typed: typed, ops: map[source.Range][]analysis.Op{}, shared: map[sharedKey]any{}}
	if result != nil {
		in.runtime, in.release = result.Runtime, result.Toolchain.Version
	}
	for i, v := range typed.Variants {
		if v.Variant == load.Plain && i+1 < len(typed.Variants) && typed.Variants[i+1].Variant == load.Test {
			continue // the build with tests has all of its files
		}
		inspect := inspector.New(v.Syntax)
		in.units = append(in.units, unit{v, inspect, &mentions{info: v.Info, inspect: inspect}})
	}
	for _, op := range typed.Ops {
		in.ops[op.Op.Range] = append(in.ops[op.Op.Range], op)
	}
	return in
}

// Run runs a fix on what was prepared.
func (in *Input) Run(fix *Fix, found *Found) {
	var all []*load.Package
	for _, u := range in.units {
		all = append(all, u.pkg)
	}
	for _, u := range in.units {
		fix.Run(&Pass{
			Fix: fix, Pkg: u.pkg, All: all, Runtime: in.runtime, Go: in.release,
			input: in, inspect: u.inspect, names: u.names, found: found,
		})
	}
}

// Files are the files that a user wrote and may see changed: neither generated,
// nor with a //line directive, nor what cgo makes of a file.
func (p *Pass) Files() []inspector.Cursor {
	var files []inspector.Cursor
	for c := range p.inspect.Root().Children() {
		if p.writable(c.Node().(*ast.File)) {
			files = append(files, c)
		}
	}
	return files
}

// Everything is the syntax of all files of the package.
func (p *Pass) Everything() inspector.Cursor { return p.inspect.Root() }

// Preorder gives the nodes of the files that may be changed.
func (p *Pass) Preorder(types ...ast.Node) []inspector.Cursor {
	var nodes []inspector.Cursor
	for _, file := range p.Files() {
		nodes = slices.AppendSeq(nodes, file.Preorder(types...))
	}
	return nodes
}

func (p *Pass) writable(f *ast.File) bool {
	physical := p.Pkg.Fset.PositionFor(f.Package, false)
	if p.Pkg.Files[physical.Filename] == nil || p.Pkg.Generated[physical.Filename] {
		return false
	}
	end := p.Pkg.Fset.Position(f.FileEnd)
	return filepath.Clean(end.Filename) == physical.Filename && p.Pkg.Fset.Position(f.Package) == physical &&
		end == p.Pkg.Fset.PositionFor(f.FileEnd, false)
}

// Writable reports whether the file of a node may be changed.
func (p *Pass) Writable(c inspector.Cursor) bool {
	f := FileOf(c)
	return f != nil && p.writable(f)
}

// FileOf is the file of a node.
func FileOf(c inspector.Cursor) *ast.File {
	if f, ok := c.Node().(*ast.File); ok {
		return f
	}
	for f := range c.Enclosing((*ast.File)(nil)) {
		return f.Node().(*ast.File)
	}
	return nil
}

// Info is the package's type information.
func (p *Pass) Info() *types.Info { return p.Pkg.Info }

// Elsewhere reports whether a Go file that is not in sight, one that build
// constraints leave out or a test that was not asked for, mentions an identifier.
func (p *Pass) Elsewhere(name string) bool { return p.input.typed.Elsewhere[name] }

// Ops are the package's operations with the compiler's answers, in order.
func (p *Pass) Ops() []analysis.Op { return p.input.typed.Ops }

// Op is the operation whose syntax is a node, of one of the given kinds if there
// are any. What is an operation's syntax mapop.Op.Range says.
func (p *Pass) Op(n ast.Node, kinds ...mapop.Kind) (analysis.Op, bool) {
	r, ok := p.Range(n.Pos(), n.End())
	if !ok {
		return analysis.Op{}, false
	}
	for _, op := range p.input.ops[r] {
		if len(kinds) == 0 || slices.Contains(kinds, op.Op.Kind) {
			return op, true
		}
	}
	return analysis.Op{}, false
}

// Range is the place of [pos, end) in a file that the user wrote.
func (p *Pass) Range(pos, end token.Pos) (source.Range, bool) {
	a, ok := p.Pkg.Place(pos)
	if !ok {
		return source.Range{}, false
	}
	b, ok := p.Pkg.Place(end)
	if !ok || a.Pos.Path != b.Pos.Path {
		return source.Range{}, false
	}
	return source.Range{Path: a.Pos.Path, Start: a.Offset, End: b.Offset}, true
}

// Text is the source text of a node.
func (p *Pass) Text(n ast.Node) string { return p.TextBetween(n.Pos(), n.End()) }

// TextBetween is the source text of [pos, end).
func (p *Pass) TextBetween(pos, end token.Pos) string {
	r, ok := p.Range(pos, end)
	if !ok {
		return ""
	}
	return string(p.Pkg.Files[r.Path].Text()[r.Start:r.End])
}

// AtLeast reports whether the language version of a node's file is at least
// version, "go1.21" for example.
func (p *Pass) AtLeast(c inspector.Cursor, version string) bool {
	f := FileOf(c)
	return f != nil && p.Pkg.AtLeast(f, version)
}

// Loop is the operation of a range statement over a map.
func (p *Pass) Loop(loop *ast.RangeStmt) (analysis.Op, bool) {
	r, ok := p.Range(loop.Pos(), loop.X.End())
	if !ok {
		return analysis.Op{}, false
	}
	for _, op := range p.input.ops[r] {
		if op.Op.Kind == mapop.Range {
			return op, true
		}
	}
	return analysis.Op{}, false
}
