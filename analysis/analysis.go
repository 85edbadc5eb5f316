// Package analysis is the reasoning of mapescape as one function: from
// packages to where each of their maps lives. It chains the stages
//
//	toolchain.Detect → compile.Run → escape.Parse
//	                 → load.Packages → mapop.Find → placement.Resolve
//
// and keeps what each produced. The compiler is run before the syntax is loaded
// because it fills the build cache that go/packages then reads from. A package of
// which the go command need not be asked again goes a shorter way to the same
// result: compile.Direct and a load.Checker at the same time. It knows Go; it
// knows no editor, no protocol and no report format.
package analysis

import (
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// A Request says what to analyse.
type Request struct {
	// Dir is where patterns start from; "" is the current directory.
	Dir string
	// Patterns are package patterns as `go build` takes them, or "file=PATH" for the package that holds a file.
	Patterns []string
	// Tests asks for the operations of _test.go files too.
	Tests bool
	// Flags are build flags, -tags among them. Those that would run a program are refused.
	Flags []string
	// Env overrides the environment, "NAME=value" each.
	Env []string
	// Overlay is unsaved text.
	Overlay source.Overlay
	// Facts keeps the compiler's statements in the result, for those who debug
	// mapescape. They take far more memory than everything else.
	Facts bool
	// Known is what the go command said of the package in Dir, which is then the
	// one asked for and Patterns are ["."]: it is still true, and is not asked
	// again. With Warm it is the faster way to the same result; where that
	// way does not lead to one, Run goes the other.
	Known *load.Dependencies
	// Warm is what earlier analyses of the same package have left.
	Warm *Warm
	// Upstream identifies the files of the other packages that the package is
	// compiled from and that may be edited; "" where that is not known.
	Upstream string
	// Early, when not nil, may be given the result for the package without its
	// tests while these are still being analysed, or before Syntax is called.
	Early func(*Result)
	// Progress, when not nil, is told in words how far the work is. It may be
	// called from several goroutines.
	Progress func(Progress)
	// Each, when not nil, is given every package as soon as its operations are
	// resolved, in order of path; the same packages are in the Result that Run
	// returns. The first argument is that result as far as it is known: its
	// Toolchain and Runtime.
	Each func(*Result, *Package)
	// Syntax, when not nil, is given every package with its typed syntax, just
	// before Each. The syntax is dropped when it returns.
	Syntax func(*Result, Typed)
}

// Typed is a package with its answers and its typed syntax.
type Typed struct {
	*Package
	// Variants are the builds of the package that were analysed: itself, with its
	// tests, its external tests, in this order, each only if there is one. Their
	// syntax and types may serve later analyses too: they are not to be changed.
	Variants []*load.Package
	// Elsewhere has the identifiers in Go files of the package's directory that no
	// variant holds: those that build constraints leave out, and tests where
	// they were not asked for.
	Elsewhere map[string]bool
}

// Progress is a moment in a long analysis.
type Progress struct {
	// Stage is "compile", "load" or "resolve".
	Stage string
	// Package is the import path just done, "" at the start of a stage.
	Package string
	// Done counts packages; Total is 0 while it is not known.
	Done, Total int
}

// A Result is everything that one analysis found. It is immutable.
type Result struct {
	Toolchain toolchain.Toolchain
	Runtime   runtimemap.Facts
	// Packages are the packages that could be analysed, sorted by path.
	Packages []*Package
	// Problems are sorted. A package named in one is missing from Packages, or
	// was analysed without its tests, which have the problem.
	Problems []source.Problem
}

// A Package is one package with its variants merged.
type Package struct {
	Path string
	Name string
	Dir  string
	// Files are the texts of the user's files, by path.
	Files map[string]*source.File
	// Generated are the files with a "Code generated" comment.
	Generated map[string]bool
	// Ops are the operations with their answers, sorted by place and kind. Those
	// of non-test files come from the package itself.
	Ops []Op
	// Facts are the compiler's statements by variant, if the request asked for them.
	Facts []*escape.Facts
}

// An Op is one operation's answer and the variant that it comes from.
type Op struct {
	placement.Placement
	Variant load.Variant
}
