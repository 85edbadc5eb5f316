// Package analyzers has those fixes that need no answer of the compiler as
// analyzers with suggested fixes, for hosts of golang.org/x/tools/go/analysis:
// go vet -vettool, linters, other language servers.
//
// The code that finds the places is the fixes' own. What such a host cannot
// give, a verdict of what becomes of the placements, is missing: an analyzer says
// that code can be rewritten, and not what that gains.
package analyzers

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	goanalysis "golang.org/x/tools/go/analysis"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// catalogue explains the fixes.
const catalogue = "https://github.com/mapescape/mapescape/blob/main/fixes/README.md"

// All are the analyzers, one for each fix that can be one, in the order of the
// catalogue. Each has a flag "review", which makes it report rewrites of class B
// too: those that are right only under an assumption that a reader has to check.
func All() []*goanalysis.Analyzer {
	prepare := &goanalysis.Analyzer{
		Name:       "mapescapeinput",
		Doc:        "prepare a package for the analyzers of mapescape",
		Run:        func(pass *goanalysis.Pass) (any, error) { return newInput(pass) },
		ResultType: reflect.TypeFor[*input](),
	}
	var all []*goanalysis.Analyzer
	for _, fix := range fixes.All {
		if fix.Standalone {
			all = append(all, newAnalyzer(fix, prepare))
		}
	}
	return all
}

func newAnalyzer(fix *rewrite.Fix, prepare *goanalysis.Analyzer) *goanalysis.Analyzer {
	a := &goanalysis.Analyzer{
		Name:     fix.ID,
		Doc:      "report where " + fix.Title + "\n\n" + fix.Doc,
		URL:      catalogue + "#" + fix.ID,
		Requires: []*goanalysis.Analyzer{prepare},
	}
	review := a.Flags.Bool("review", false, "report rewrites, too, that need review")
	a.Run = func(pass *goanalysis.Pass) (any, error) {
		in := pass.ResultOf[prepare].(*input)
		var found rewrite.Found
		in.Run(fix, &found)
		found.Sort()
		for _, o := range found.Offers {
			if (o.Class == rewrite.Safe || *review) && !in.silent(o) {
				in.report(pass, o)
			}
		}
		return nil, nil
	}
	return a
}

// input is a package as the fixes want it.
type input struct {
	*rewrite.Input
	files  map[string]*source.File
	tokens map[string]*token.File
}

// newInput makes of a pass what package load makes of a package.
func newInput(pass *goanalysis.Pass) (*input, error) {
	in := &input{files: map[string]*source.File{}, tokens: map[string]*token.File{}}
	p := &load.Package{
		Path: strings.TrimSuffix(pass.Pkg.Path(), "_test"), ImportPath: pass.Pkg.Path(), Name: pass.Pkg.Name(),
		Fset: pass.Fset, Syntax: pass.Files, Types: pass.Pkg, Info: pass.TypesInfo, Sizes: pass.TypesSizes,
		Files: in.files, Generated: map[string]bool{},
	}
	for _, f := range pass.Files {
		t := pass.Fset.File(f.FileStart)
		text, err := pass.ReadFile(t.Name())
		if err != nil {
			return nil, err
		}
		if len(text) != t.Size() {
			continue // it is not what was parsed
		}
		p.GoFiles = append(p.GoFiles, t.Name())
		in.files[t.Name()] = source.NewFile(t.Name(), text)
		in.tokens[t.Name()] = t
		p.Generated[t.Name()] = ast.IsGenerated(f) || fromCgo(t.Name())
		p.Dir = filepath.Dir(t.Name())
		switch {
		case strings.HasSuffix(f.Name.Name, "_test"):
			p.Variant = load.XTest
		case strings.HasSuffix(t.Name(), "_test.go"):
			p.Variant = load.Test
		}
	}
	slices.Sort(p.GoFiles)
	in.Input = rewrite.NewInput(nil, analysis.Typed{
		Package:   &analysis.Package{Path: p.Path, Name: p.Name, Dir: p.Dir, Files: in.files, Generated: p.Generated},
		Variants:  []*load.Package{p},
		Elsewhere: elsewhere(pass, p),
	})
	return in, nil
}

// fromCgo reports whether a file is one that cgo made of another.
func fromCgo(name string) bool {
	base := filepath.Base(name)
	return strings.HasSuffix(base, ".cgo1.go") || strings.HasPrefix(base, "_cgo_")
}

// elsewhere are the identifiers in the Go files of the directory that are not
// in the pass: those that build constraints leave out, and tests.
func elsewhere(pass *goanalysis.Pass, p *load.Package) map[string]bool {
	names := map[string]bool{}
	paths := slices.Clone(pass.IgnoredFiles)
	if more, err := filepath.Glob(filepath.Join(p.Dir, "*.go")); err == nil && p.Dir != "" {
		paths = append(paths, more...)
	}
	for _, path := range paths {
		if p.Files[path] != nil || !strings.HasSuffix(path, ".go") {
			continue
		}
		text, err := pass.ReadFile(path)
		if err != nil { // the host has not declared it as an input
			if text, err = os.ReadFile(path); err != nil {
				continue
			}
		}
		var s scanner.Scanner
		s.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, 0)
		for {
			_, tok, lit := s.Scan()
			if tok == token.EOF {
				break
			}
			if tok == token.IDENT {
				names[lit] = true
			}
		}
	}
	return names
}

// silent reports whether a comment turns an offer off.
func (in *input) silent(o rewrite.Offer) bool {
	path := o.Range.Path
	return hint.Silenced(in.files[path], fixes.IDs()...)(o.Pos.Line, o.Fix)
}

func (in *input) report(pass *goanalysis.Pass, o rewrite.Offer) {
	pos := func(r source.Range) (start, end token.Pos) {
		t := in.tokens[r.Path]
		return t.Pos(r.Start), t.Pos(r.End)
	}
	d := goanalysis.Diagnostic{
		Category: o.Fix, Message: o.Message, URL: catalogue + "#" + o.Fix,
		SuggestedFixes: []goanalysis.SuggestedFix{{Message: o.Title}},
	}
	if o.Assumes != "" {
		d.Message += " (review: " + o.Assumes + ")"
	}
	d.Pos, d.End = pos(o.Range)
	for _, r := range o.Also {
		start, end := pos(r)
		d.Related = append(d.Related, goanalysis.RelatedInformation{Pos: start, End: end, Message: "the rewrite concerns this, too"})
	}
	for _, e := range o.Edits {
		start, end := pos(e.Range)
		d.SuggestedFixes[0].TextEdits = append(d.SuggestedFixes[0].TextEdits, goanalysis.TextEdit{Pos: start, End: end, NewText: []byte(e.New)})
	}
	pass.Report(d)
}
