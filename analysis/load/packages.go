package load

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// A Query says which packages to load.
type Query struct {
	// Patterns name them for a go command that runs in the toolchain's Dir.
	Patterns []string
	// Tests asks for the test variants too.
	Tests bool
	// Overlay is unsaved text.
	Overlay source.Overlay
	// Flags are given to the go command after the toolchain's: those that the
	// packages were compiled with, so that the build cache serves both.
	Flags []string
}

// mode is what is needed of the packages named: their own syntax and types,
// and of their imports no more than export data.
const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
	packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedModule | packages.NeedForTest

// Packages loads the packages of a query, sorted by import path. A package
// with any error is left out, and its errors are problems.
func Packages(ctx context.Context, tc toolchain.Toolchain, q Query) ([]*Package, []source.Problem, error) {
	if len(q.Patterns) == 0 {
		return nil, nil, nil
	}
	tc, temp, err := tc.Temp()
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(temp)
	fset := token.NewFileSet()
	found, err := packages.Load(&packages.Config{
		Mode:       mode,
		Context:    ctx,
		Dir:        tc.Dir,
		Env:        tc.Env,
		BuildFlags: slices.Concat(tc.Flags, q.Flags),
		Fset:       fset,
		Tests:      q.Tests,
		Overlay:    q.Overlay,
	}, q.Patterns...)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return nil, []source.Problem{{Message: toolchain.Advise(err.Error())}}, nil
	}
	var pkgs []*Package
	var problems []source.Problem
	for _, p := range found {
		if strings.HasSuffix(p.ID, ".test") || p.PkgPath == "unsafe" {
			continue // the generated test main; nothing to compile
		}
		if len(p.Errors) > 0 || p.IllTyped || p.Types == nil {
			problems = append(problems, loadProblems(tc, p)...)
			continue
		}
		pkg, err := newPackage(p, fset, q.Overlay)
		if err != nil {
			problems = append(problems, source.Problem{Package: p.PkgPath, Message: err.Error()})
			continue
		}
		pkgs = append(pkgs, pkg)
	}
	slices.SortFunc(pkgs, func(a, b *Package) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return pkgs, problems, nil
}

func newPackage(p *packages.Package, fset *token.FileSet, overlay source.Overlay) (*Package, error) {
	pkg := &Package{
		Path:       p.PkgPath,
		ImportPath: p.ID,
		Name:       p.Name,
		Variant:    Plain,
		GoFiles:    slices.Sorted(slices.Values(p.GoFiles)),
		Fset:       fset,
		Syntax:     p.Syntax,
		Types:      p.Types,
		Info:       p.TypesInfo,
		Sizes:      p.TypesSizes,
		Files:      map[string]*source.File{},
		Generated:  map[string]bool{},
	}
	if p.ForTest != "" {
		pkg.Path, pkg.Variant = p.ForTest, Test
		if strings.HasSuffix(p.Name, "_test") && strings.HasSuffix(p.PkgPath, "_test") {
			pkg.Variant = XTest
		}
	}
	for _, path := range pkg.GoFiles {
		file, err := ReadFile(path, overlay)
		if err != nil {
			return nil, err
		}
		pkg.Files[path] = file
		pkg.Dir = filepath.Dir(path)
	}
	var err error
	if pkg.Assembly, err = assemblyNames(p.OtherFiles, overlay); err != nil {
		return nil, err
	}
	for path, file := range pkg.Files {
		// Not from p.Syntax: what cgo makes of a file says that it is generated.
		f, err := parser.ParseFile(token.NewFileSet(), path, file.Text(), parser.PackageClauseOnly|parser.ParseComments)
		if err == nil && ast.IsGenerated(f) {
			pkg.Generated[path] = true
		}
	}
	return pkg, nil
}

var (
	newerGo = regexp.MustCompile(`requires newer Go version (go[\w.]+)`)
	// newerExport is what go/types says of export data that it cannot read. An
	// internal error is one of those: what a newer language allows, as methods
	// with type parameters, breaks an assumption of an older reader.
	newerExport = regexp.MustCompile(`unsupported version: \d+|export data.*newer|internal error in importing`)
)

// loadProblems says why a package that the compiler may well accept could not be loaded.
func loadProblems(tc toolchain.Toolchain, p *packages.Package) []source.Problem {
	path := p.PkgPath
	if p.ForTest != "" {
		path = p.ForTest
	}
	problem := func(pos source.Pos, message string) source.Problem {
		return source.Problem{Package: path, Pos: pos, Message: message}
	}
	var problems []source.Problem
	for _, e := range p.Errors {
		needs := ""
		if m := newerGo.FindStringSubmatch(e.Msg); m != nil {
			needs = m[1]
		} else if newerExport.MatchString(e.Msg) && tc.Version != runtime.Version() {
			needs = tc.Version
		}
		if needs != "" {
			return []source.Problem{problem(source.Pos{}, fmt.Sprintf(
				"it needs %s, and this mapescape was built with %s, whose type checker does not know it: rebuild mapescape with %s or newer", needs, runtime.Version(), needs))}
		}
		if strings.HasPrefix(e.Msg, "# ") && len(p.Errors) > 1 {
			continue // the compiler's output as a whole, beside the type checker's errors one by one
		}
		problems = append(problems, problem(errorPos(tc.Dir, e.Pos), toolchain.Advise(e.Msg)))
	}
	if len(problems) > 0 {
		return problems
	}
	for _, imported := range slices.Sorted(maps.Keys(p.Imports)) {
		if p.Imports[imported].IllTyped {
			return []source.Problem{problem(source.Pos{}, fmt.Sprintf("it imports %s, whose types could not be checked", imported))}
		}
	}
	return []source.Problem{problem(source.Pos{}, "its types could not be checked")}
}

// errorPos reads the "file:line:col" of a packages.Error; "" and "-" are no place.
func errorPos(dir, s string) source.Pos {
	var numbers []int
	for range 2 {
		i := strings.LastIndexByte(s, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(s[i+1:])
		if err != nil {
			break
		}
		numbers, s = append(numbers, n), s[:i]
	}
	if s == "" || s == "-" {
		return source.Pos{}
	}
	if !filepath.IsAbs(s) {
		s = filepath.Join(dir, s)
	}
	switch len(numbers) {
	case 2:
		return source.Pos{Path: s, Line: numbers[1], Column: numbers[0]}
	case 1:
		return source.Pos{Path: s, Line: numbers[0]}
	}
	return source.Pos{Path: s}
}
