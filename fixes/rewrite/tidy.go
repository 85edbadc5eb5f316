package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"

	"github.com/aymanbagabas/go-udiff"

	"github.com/mapescape/mapescape/analysis/source"
)

// tidy brings one file's edits into their final form.
func tidy(path string, before, after []byte, rough []source.Edit) ([]source.Edit, *Reason, string) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, after, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, &Unformed, err.Error()
	}
	old, err := parser.ParseFile(token.NewFileSet(), path, before, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, &Unformed, err.Error()
	}
	if lost, ok := lostComment(before, after); ok {
		return nil, &Comment, fmt.Sprintf("the comment %q would be lost", lost)
	}
	final := withoutUnused(fset, tree, old, after)
	if formatted, err := format.Source(before); err == nil && string(formatted) == string(before) {
		if final, err = format.Source(final); err != nil {
			return nil, &Unformed, err.Error()
		}
	}
	if string(final) == string(after) {
		return rough, nil, ""
	}
	var edits []source.Edit
	for _, d := range udiff.Lines(string(before), string(final)) {
		edits = append(edits, source.Edit{Range: source.Range{Path: path, Start: d.Start, End: d.End}, New: d.New})
	}
	return edits, nil, ""
}

// A layout is what is remembered of a file, so that edits within declarations
// cost no more than these declarations do: files can be long, and offers many.
type layout struct {
	path   string
	text   []byte
	parsed bool
	stable bool // under gofmt
	// decls are the declarations that are no imports, their comments and the rest of
	// their last lines included.
	decls []source.Range
	// used counts the identifiers that selectors start with.
	used map[string]int
}

// layout looks at a file, once.
func (in *Input) layout(path string, text []byte) *layout {
	if l := in.layouts[path]; l != nil {
		return l
	}
	l := &layout{path: path, text: text}
	if in.layouts == nil {
		in.layouts = map[string]*layout{}
	}
	in.layouts[path] = l
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return l
	}
	l.parsed = true
	formatted, err := format.Source(text)
	l.stable = err == nil && bytes.Equal(formatted, text)
	l.used = map[string]int{}
	countQualifiers(file, l.used)
	at := fset.File(file.FileStart).Offset
	for _, decl := range file.Decls {
		start, end := decl.Pos(), at(decl.End())
		switch d := decl.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		case *ast.FuncDecl:
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		}
		if n := bytes.IndexByte(text[end:], '\n'); n >= 0 {
			end += n + 1
		} else {
			end = len(text)
		}
		l.decls = append(l.decls, source.Range{Path: path, Start: at(start), End: end})
	}
	return l
}

func countQualifiers(n ast.Node, count map[string]int) {
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				count[id.Name]++
			}
		}
		return true
	})
}

// tidy brings edits into their final form that are all within declarations and
// after which no import is left without a use; ok is false for others.
func (l *layout) tidy(rough []source.Edit) (edits []source.Edit, reason *Reason, why string, ok bool) {
	if !l.parsed || !l.stable {
		return nil, nil, "", false
	}
	balance := map[string]int{}
	for rest := rough; len(rest) > 0; {
		i := slices.IndexFunc(l.decls, func(d source.Range) bool { return d.Start < rest[0].Start && rest[0].End < d.End })
		if i < 0 {
			return nil, nil, "", false
		}
		decl := l.decls[i]
		n := 1
		for n < len(rest) && decl.Start < rest[n].Start && rest[n].End < decl.End {
			n++
		}
		changed, reason, why, ok := l.declaration(decl, rest[:n], balance)
		if !ok || reason != nil {
			return nil, reason, why, ok
		}
		edits = append(edits, changed...)
		rest = rest[n:]
	}
	for name, n := range balance {
		if n < 0 && l.used[name]+n <= 0 {
			return nil, nil, "", false // an import may be unused now
		}
	}
	return edits, nil, "", true
}

// declaration is tidy for one declaration. It adds to balance how often more or
// less each qualifier is used.
func (l *layout) declaration(decl source.Range, rough []source.Edit, balance map[string]int) (edits []source.Edit, reason *Reason, why string, ok bool) {
	const header = "package p\n\n"
	before := l.text[decl.Start:decl.End]
	moved := make([]source.Edit, len(rough))
	for i, e := range rough {
		e.Start -= decl.Start
		e.End -= decl.Start
		moved[i] = e
	}
	after, err := source.Apply(before, moved)
	if err != nil {
		return nil, &Unformed, err.Error(), true
	}
	if lost, found := lostComment(before, after); found {
		return nil, &Comment, fmt.Sprintf("the comment %q would be lost", lost), true
	}
	for sign, text := range map[int][]byte{-1: before, 1: after} {
		tree, err := parser.ParseFile(token.NewFileSet(), l.path, header+string(text), parser.SkipObjectResolution)
		if err != nil {
			return nil, &Unformed, err.Error(), true
		}
		count := map[string]int{}
		countQualifiers(tree, count)
		for name, n := range count {
			balance[name] += sign * n
		}
	}
	final, err := format.Source([]byte(header + string(after)))
	if err != nil {
		return nil, &Unformed, err.Error(), true
	}
	text := string(final[len(header):])
	if text == string(after) {
		return rough, nil, "", true
	}
	for _, d := range udiff.Lines(string(before), text) {
		edits = append(edits, source.Edit{Range: source.Range{Path: l.path, Start: decl.Start + d.Start, End: decl.Start + d.End}, New: d.New})
	}
	return edits, nil, "", true
}
