package analysis

import (
	"go/scanner"
	"go/token"
	"os"
	"slices"

	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

// dropSyntax frees what a large module has most of.
func dropSyntax(p *load.Package) {
	p.Syntax, p.Info, p.Types = nil, nil, nil
}

// typed joins a merged package with the syntax that it comes from.
func typed(pkg *Package, l load.Listed, variants []variant, overlay source.Overlay) Typed {
	t := Typed{Package: pkg, Elsewhere: map[string]bool{}}
	for _, v := range variants {
		t.Variants = append(t.Variants, v.pkg)
	}
	for _, path := range slices.Concat(l.Files, l.TestFiles, l.Ignored) {
		if _, ok := pkg.Files[path]; ok {
			continue
		}
		text, ok := overlay[path]
		if !ok {
			var err error
			if text, err = os.ReadFile(path); err != nil {
				continue // it is gone, and with it what it said
			}
		}
		identifiers(text, t.Elsewhere)
	}
	return t
}

// identifiers adds those of a file to a set. It needs no syntax tree and so no
// file that parses.
func identifiers(text []byte, into map[string]bool) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, text, nil, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return
		}
		if tok == token.IDENT {
			into[lit] = true
		}
	}
}
