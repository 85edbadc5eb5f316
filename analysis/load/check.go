package load

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// A Checker parses and type-checks variants of one package from their Builds,
// and keeps what does not change between two saves: the syntax of files, and
// the packages that they import. The zero value is ready. It serves one
// goroutine at a time, and what it gives away must not be used
// when it is asked again: the syntax of files that have changed is taken out of the file set.
type Checker struct {
	fset     *token.FileSet
	files    map[string]*parsedFile
	imported *universe
}

// parsedFile is a file's syntax with the text that it is of.
type parsedFile struct {
	file      *source.File
	syntax    *ast.File
	err       error
	generated bool
}

// A universe is a set of packages whose types are told apart by identity.
type universe struct {
	exports map[string]string // the file that a package is to be read from, by import path
	pkgs    map[string]*types.Package
}

// A File is what the compiler is given to read: Path as it names the file, and the text.
type File struct {
	Path string
	Text []byte
}

// Check makes a Package of a build. files are what is compiled, which are the
// build's GoFiles unless cgo generated some; texts are the texts of GoFiles.
// exports are the files with the export data of the build's Imports. Any
// error in the syntax or the types is an error: what it means to the user is for Packages to say.
func (c *Checker) Check(tc toolchain.Toolchain, b *Build, files []File, texts map[string]*source.File, exports map[string]string, overlay source.Overlay) (*Package, error) {
	world, err := c.universe(b, exports)
	if err != nil {
		return nil, err
	}
	pkg := &Package{
		Path: b.Path, ImportPath: b.ImportPath, Name: b.Name, Variant: b.Variant, Dir: b.Dir,
		GoFiles: slices.Sorted(slices.Values(b.GoFiles)),
		Fset:    c.fset, Sizes: types.SizesFor("gc", tc.GOARCH),
		Files: map[string]*source.File{}, Generated: map[string]bool{},
	}
	if pkg.Sizes == nil {
		return nil, fmt.Errorf("no sizes are known for %s", tc.GOARCH)
	}
	for _, f := range files {
		parsed := c.parse(f)
		if parsed.err != nil {
			return nil, parsed.err
		}
		pkg.Syntax = append(pkg.Syntax, parsed.syntax)
	}
	for _, path := range pkg.GoFiles {
		pkg.Files[path] = texts[path]
		if parsed := c.files[path]; parsed != nil && parsed.generated || parsed == nil && generated(texts[path]) {
			pkg.Generated[path] = true
		}
	}
	if pkg.Assembly, err = assemblyNames(b.Assembly, overlay); err != nil {
		return nil, err
	}
	return pkg, c.check(pkg, b, world)
}

func (c *Checker) check(pkg *Package, b *Build, world *universe) error {
	pkg.Info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{}, Scopes: map[ast.Node]*types.Scope{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, FileVersions: map[*ast.File]string{},
	}
	path, _, _ := strings.Cut(b.ImportPath, " ")
	config := types.Config{
		Importer: importer(func(path string) (*types.Package, error) { return c.load(world, b.listed(path)) }),
		Sizes:    pkg.Sizes,
	}
	if b.GoVersion != "" {
		config.GoVersion = "go" + b.GoVersion
	}
	pkg.Types = types.NewPackage(path, pkg.Name)
	return types.NewChecker(&config, c.fset, pkg.Types, pkg.Info).Files(pkg.Syntax)
}

type importer func(path string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }

// parse gives a file's syntax, which is that of the last time when its text is.
func (c *Checker) parse(f File) *parsedFile {
	known := c.files[f.Path]
	if known != nil && bytes.Equal(known.file.Text(), f.Text) {
		return known
	}
	c.forget(f.Path)
	p := &parsedFile{file: source.NewFile(f.Path, f.Text)}
	p.syntax, p.err = parser.ParseFile(c.fset, f.Path, f.Text, parser.AllErrors|parser.ParseComments)
	if p.err == nil {
		p.generated = ast.IsGenerated(p.syntax)
	}
	if c.files == nil {
		c.files = map[string]*parsedFile{}
	}
	c.files[f.Path] = p
	return p
}

// forget drops a file's syntax.
func (c *Checker) forget(path string) {
	known := c.files[path]
	if known == nil {
		return
	}
	if known.syntax != nil {
		if f := c.fset.File(known.syntax.FileStart); f != nil {
			c.fset.RemoveFile(f)
		}
	}
	delete(c.files, path)
}

// Keep drops the syntax of all files but some.
func (c *Checker) Keep(paths map[string]bool) {
	for _, path := range slices.Collect(maps.Keys(c.files)) {
		if !paths[path] {
			c.forget(path)
		}
	}
}

// universe gives the packages that a build imports. When the export data of any
// has changed, all are read anew, for types of one reading are not those of
// another. Those in Own are read into a universe that is used once: they change
// whenever this package does, and none of the others imports them.
func (c *Checker) universe(b *Build, exports map[string]string) (*universe, error) {
	var lasting, once []string
	for _, path := range b.Imports {
		if slices.Contains(b.Own, path) {
			once = append(once, path)
		} else {
			lasting = append(lasting, path)
		}
	}
	world := c.imported
	if world == nil || slices.ContainsFunc(lasting, func(path string) bool {
		return world.exports[path] != "" && world.exports[path] != exports[path]
	}) {
		world = &universe{exports: map[string]string{}, pkgs: map[string]*types.Package{}}
		// With a file set of its own, for imported objects have places in it too.
		c.fset, c.files = token.NewFileSet(), nil
	}
	c.imported = world
	for _, path := range lasting {
		world.exports[path] = exports[path]
	}
	if len(once) == 0 {
		return world, nil
	}
	for _, path := range lasting {
		if _, err := c.load(world, path); err != nil {
			return nil, err
		}
	}
	world = &universe{exports: maps.Clone(world.exports), pkgs: maps.Clone(world.pkgs)}
	for _, path := range once {
		world.exports[path] = exports[path]
	}
	return world, nil
}

// listed is the go command's name for a package that the source imports.
func (b *Build) listed(path string) string {
	if to, ok := b.ImportMap[path]; ok {
		return to
	}
	return path
}

// load gives an imported package by the go command's name for it.
func (c *Checker) load(world *universe, listed string) (*types.Package, error) {
	if listed == "unsafe" {
		return types.Unsafe, nil
	}
	path, _, _ := strings.Cut(listed, " ")
	if p := world.pkgs[path]; p != nil && p.Complete() {
		return p, nil
	}
	name := world.exports[listed]
	if name == "" {
		return nil, fmt.Errorf("no export data of %s", listed)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 up to Go 1.27 `go list -export` gives the compiler's archives, which only this reads; go/packages does the same
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("export data of %s: %w", listed, err)
	}
	return gcexportdata.Read(r, c.fset, world.pkgs, path)
}

// generated reports whether a file says that it is generated.
func generated(f *source.File) bool {
	syntax, err := parser.ParseFile(token.NewFileSet(), f.Path(), f.Text(), parser.PackageClauseOnly|parser.ParseComments)
	return err == nil && ast.IsGenerated(syntax)
}

// cgoNames are the names that cgo gives to what it makes of a build's files, in
// the go command's order: the types, one for each file, and the symbols that are
// imported (cmd/go/internal/work/exec.go, cgo).
func (b *Build) cgoNames() []string {
	names := []string{"_cgo_gotypes.go"}
	for _, path := range b.CgoFiles {
		names = append(names, strings.TrimSuffix(filepath.Base(path), ".go")+".cgo1.go")
	}
	return append(names, "_cgo_import.go")
}

// A Made file is one that cgo made. Path tells it from others, Name is the name
// that cgo gave it.
type Made struct {
	Path, Name string
	Text       []byte
}

// Made reads the files among those that Generated found for the build that cgo
// made, which are not in the package's directory. It is not known where they are not what cgo makes.
func (b *Build) Made(generated []string) (made []Made, ok bool) {
	names := b.cgoNames()
	for _, path := range generated {
		if filepath.Dir(path) == b.Dir {
			continue
		}
		if len(made) == len(names) {
			return nil, false
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, false // the build cache was trimmed
		}
		made = append(made, Made{Path: path, Name: names[len(made)], Text: text})
	}
	return made, len(made) >= len(names)-1
}
