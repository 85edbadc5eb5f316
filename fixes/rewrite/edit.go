package rewrite

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis/source"
)

// Edits collects the changes of one offer. Texts need not be formatted.
type Edits struct {
	pass  *Pass
	edits []source.Edit
	err   string
}

// Edit begins the edits of an offer.
func (p *Pass) Edit() *Edits { return &Edits{pass: p} }

// Replace puts text in the place of [pos, end).
func (e *Edits) Replace(pos, end token.Pos, text string) {
	r, ok := e.pass.Range(pos, end)
	if !ok {
		e.err = "the place is not in a file that the user wrote"
		return
	}
	e.edits = append(e.edits, source.Edit{Range: r, New: text})
}

// ReplaceNode puts text in the place of a node.
func (e *Edits) ReplaceNode(n ast.Node, text string) { e.Replace(n.Pos(), n.End(), text) }

// Insert puts text in front of what stands at pos.
func (e *Edits) Insert(pos token.Pos, text string) { e.Replace(pos, pos, text) }

// RemoveLine removes a statement, declaration or field that has its lines for
// itself, with these lines. What shares a line is removed alone.
func (e *Edits) RemoveLine(n ast.Node) {
	r, ok := e.pass.Range(n.Pos(), n.End())
	if !ok {
		e.err = "the place is not in a file that the user wrote"
		return
	}
	text := e.pass.Pkg.Files[r.Path].Text()
	start, end := r.Start, r.End
	for start > 0 && (text[start-1] == ' ' || text[start-1] == '\t') {
		start--
	}
	for end < len(text) && (text[end] == ' ' || text[end] == '\t' || text[end] == '\r' || text[end] == ';') {
		end++
	}
	if (start == 0 || text[start-1] == '\n') && end < len(text) && text[end] == '\n' {
		r.Start, r.End = start, end+1
	}
	e.edits = append(e.edits, source.Edit{Range: r})
}

// Import makes sure that the file of a node imports a package, and gives the
// name that it has at the node. ok is false where that name means something else.
func (e *Edits) Import(at inspector.Cursor, path string) (name string, ok bool) {
	file := FileOf(at)
	pkg := e.pass.Pkg
	base := path
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			base = path[i+1:]
			break
		}
	}
	for _, spec := range file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != path {
			continue
		}
		name := base
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "_" || name == "." {
			continue
		}
		return name, e.pass.IsPackage(at, name, path)
	}
	if e.pass.Resolve(at, base) != nil || pkg.Types.Scope().Lookup(base) != nil {
		return "", false
	}
	pos, text := importEdit(file, path)
	r, inFile := e.pass.Range(pos, pos)
	if !inFile {
		return "", false
	}
	edit := source.Edit{Range: r, New: text}
	if !slices.Contains(e.edits, edit) {
		e.edits = append(e.edits, edit)
	}
	return base, true
}

// importEdit is where and how a package of the standard library is added to a
// file's imports: to the first group that has such packages, else in front.
// gofmt sorts the group afterwards.
func importEdit(file *ast.File, path string) (token.Pos, string) {
	quoted := strconv.Quote(path)
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.IMPORT {
			break
		}
		if !d.Lparen.IsValid() {
			if len(d.Specs) == 1 && d.Specs[0].(*ast.ImportSpec).Path.Value == `"C"` {
				continue
			}
			return d.Pos(), fmt.Sprintf("import %s\n", quoted)
		}
		for _, spec := range d.Specs {
			if standard(spec.(*ast.ImportSpec).Path.Value) {
				return spec.Pos(), quoted + "\n\t"
			}
		}
		if len(d.Specs) > 0 {
			return d.Specs[0].Pos(), quoted + "\n\n\t"
		}
		return d.Rparen, "\n\t" + quoted + "\n"
	}
	return file.Name.End(), "\n\nimport " + quoted
}

// standard reports whether a quoted import path looks like one of the standard library.
func standard(quoted string) bool {
	path, err := strconv.Unquote(quoted)
	if err != nil || path == "C" {
		return false
	}
	for _, c := range path {
		switch c {
		case '.':
			return false
		case '/':
			return true
		}
	}
	return true
}

// finish turns rough edits into what a user is given: formatted where the file
// was, without imports that nothing uses any more, minimal, sorted. The reason
// is that of a refusal, nil if all is well.
func (e *Edits) finish() ([]source.Edit, *Reason, string) {
	if e.err != "" {
		return nil, &Mixed, e.err
	}
	slices.SortStableFunc(e.edits, func(a, b source.Edit) int { return a.Compare(b.Range) })
	var out []source.Edit
	for rest := e.edits; len(rest) > 0; {
		path := rest[0].Path
		n := slices.IndexFunc(rest, func(x source.Edit) bool { return x.Path != path })
		if n < 0 {
			n = len(rest)
		}
		before := e.pass.Pkg.Files[path].Text()
		after, err := source.Apply(before, rest[:n])
		if err != nil {
			return nil, &Unformed, err.Error()
		}
		edits, reason, why, ok := e.pass.input.layout(path, before).tidy(rest[:n])
		if !ok {
			edits, reason, why = tidy(path, before, after, rest[:n])
		}
		if reason != nil {
			return nil, reason, why
		}
		out = append(out, edits...)
		rest = rest[n:]
	}
	if len(out) == 0 {
		return nil, &Unformed, "it would change nothing"
	}
	return out, nil, ""
}

// lostComment finds a comment that an edit drops.
func lostComment(before, after []byte) (string, bool) {
	left := comments(after)
	for text, n := range comments(before) {
		if left[text] < n {
			return text, true
		}
	}
	return "", false
}

// comments counts a file's comments by their text.
func comments(text []byte) map[string]int {
	count := map[string]int{}
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, scanner.ScanComments)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return count
		}
		if tok == token.COMMENT {
			count[lit]++
		}
	}
}

// withoutUnused removes the imports of the edited file that the old one used and
// nothing uses any more.
func withoutUnused(fset *token.FileSet, tree, old *ast.File, text []byte) []byte {
	was, is := qualifiers(old), qualifiers(tree)
	var edits []source.Edit
	at := func(pos token.Pos) int { return fset.Position(pos).Offset }
	for _, decl := range tree.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.IMPORT {
			continue
		}
		var gone []*ast.ImportSpec
		for _, s := range d.Specs {
			spec := s.(*ast.ImportSpec)
			if name := importName(spec); was[name] && !is[name] {
				gone = append(gone, spec)
			}
		}
		if len(gone) == len(d.Specs) && len(gone) > 0 {
			edits = append(edits, wholeLines(text, at(d.Pos()), at(d.End())))
			continue
		}
		for _, spec := range gone {
			edits = append(edits, wholeLines(text, at(spec.Pos()), at(spec.End())))
		}
	}
	if out, err := source.Apply(text, edits); err == nil {
		return out
	}
	return text
}

// qualifiers are the identifiers that selectors start with.
func qualifiers(f *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}

// importName is the name that an import has in its file if the package is named
// as the last element of its path.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

// wholeLines is [start, end) with the rest of its lines.
func wholeLines(text []byte, start, end int) source.Edit {
	for start > 0 && text[start-1] != '\n' {
		start--
	}
	for end < len(text) && text[end] != '\n' {
		end++
	}
	if end < len(text) {
		end++
	}
	return source.Edit{Range: source.Range{Start: start, End: end}}
}
