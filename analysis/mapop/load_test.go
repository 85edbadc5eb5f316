package mapop

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

// A checker type-checks source text without the go command's package loading,
// so that tests are fast. Its imports come from the toolchain's export data.
type checker struct {
	fset  *token.FileSet
	imp   types.Importer
	sizes types.Sizes
}

// newChecker makes a checker for source that imports what roots do, or one of them.
func newChecker(t *testing.T, roots ...string) *checker {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-deps", "-export", "-f", "{{.ImportPath}} {{.Export}}"}, roots...)...).Output()
	if err != nil {
		t.Fatalf("go list -export: %v", err)
	}
	export := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		export[strings.TrimPrefix(path, "vendor/")] = file
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if export[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(export[path])
	}
	fset := token.NewFileSet()
	return &checker{fset: fset, imp: importer.ForCompiler(fset, "gc", lookup), sizes: types.SizesFor("gc", "amd64")}
}

// archiveImports are the imports of the archives in testdata.
var archiveImports = []string{"encoding/json", "iter", "maps", "os", "reflect", "slices", "sort", "sync", "sync/atomic", "time", "unsafe"}

// load builds the package of the given files, by path.
func (c *checker) load(t *testing.T, path string, files map[string][]byte) *load.Package {
	t.Helper()
	pkg := &load.Package{
		Path:       path,
		ImportPath: path,
		Fset:       c.fset,
		Sizes:      c.sizes,
		Files:      map[string]*source.File{},
		Info: &types.Info{
			Types:      map[ast.Expr]types.TypeAndValue{},
			Instances:  map[*ast.Ident]types.Instance{},
			Defs:       map[*ast.Ident]types.Object{},
			Uses:       map[*ast.Ident]types.Object{},
			Implicits:  map[ast.Node]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
		},
	}
	for name := range files {
		pkg.GoFiles = append(pkg.GoFiles, name)
	}
	slices.Sort(pkg.GoFiles)
	for _, name := range pkg.GoFiles {
		f, err := parser.ParseFile(c.fset, name, files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		pkg.Syntax = append(pkg.Syntax, f)
		pkg.Files[name] = source.NewFile(name, files[name])
	}
	conf := types.Config{Importer: c.imp, Sizes: c.sizes, FakeImportC: true}
	var err error
	if pkg.Types, err = conf.Check(path, c.fset, pkg.Syntax, pkg.Info); err != nil {
		t.Fatal(err)
	}
	pkg.Name = pkg.Types.Name()
	return pkg
}

// loadDir builds the package in a directory, without its tests, for the platform at hand.
func (c *checker) loadDir(t *testing.T, path, dir string, match func(dir, name string) bool) *load.Package {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, entry := range entries {
		name := entry.Name()
		if filepath.Ext(name) != ".go" || !match(dir, name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Join(dir, name)] = text
	}
	return c.load(t, path, files)
}
