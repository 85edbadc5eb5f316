package syncing

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A plan is how a guarded map is rewritten.
type plan struct {
	pass *rewrite.Pass
	// methods are the wrapper's methods that are called.
	methods map[string]bool
	// ranges says that a loop loses its snapshot.
	ranges bool
	edits  []textEdit
	// removed are statements that go.
	removed []inspector.Cursor
	// old is the first operation that needs a newer language version.
	old *why
	// bad is why the edits cannot be made.
	bad *why
}

type textEdit struct {
	pos, end token.Pos
	text     string
}

func (pl *plan) replace(pos, end token.Pos, text string) {
	pl.edits = append(pl.edits, textEdit{pos, end, text})
}

func (pl *plan) method(name string) { pl.methods[name] = true }

// needs notes that an operation's file must be of a language version.
func (pl *plan) needs(o *op, version, what string) {
	if pl.old == nil && !pl.pass.AtLeast(o.use.Cursor, version) {
		pl.old = &why{rewrite.OldGo, o.outer.Node(), what + " needs " + version}
	}
}

// remove removes a statement.
func (pl *plan) remove(c inspector.Cursor) {
	if _, _, ok := listOf(c); !ok {
		if pl.bad == nil {
			pl.bad = &why{form, c.Node(), "it stands in the head of another statement"}
		}
		return
	}
	if !slices.ContainsFunc(pl.removed, func(x inspector.Cursor) bool { return x.Index() == c.Index() }) {
		pl.removed = append(pl.removed, c)
	}
}

// apply makes the edits.
func (pl *plan) apply(e *rewrite.Edits) {
	for _, x := range pl.edits {
		e.Replace(x.pos, x.end, x.text)
	}
	var spans []textEdit
	for _, c := range pl.removed {
		spans = append(spans, pl.lines(c.Node().Pos(), c.Node().End(), ';'))
	}
	for _, s := range pl.joined(spans) {
		e.Replace(s.pos, s.end, "")
	}
}

// text is the file of a position, and where its offset 0 is.
func (pl *plan) text(pos token.Pos) ([]byte, token.Pos) {
	f := pl.pass.Pkg.Fset.File(pos)
	return pl.pass.Pkg.Files[f.Name()].Text(), token.Pos(f.Base())
}

// lines extends [pos, end) to whole lines if nothing else is on them but a
// separator behind.
func (pl *plan) lines(pos, end token.Pos, separator byte) textEdit {
	text, base := pl.text(pos)
	start, stop := int(pos-base), int(end-base)
	for stop < len(text) && bytes.IndexByte([]byte{' ', '\t', '\r', separator}, text[stop]) >= 0 {
		stop++
	}
	first := start
	for first > 0 && (text[first-1] == ' ' || text[first-1] == '\t') {
		first--
	}
	if (first == 0 || text[first-1] == '\n') && stop < len(text) && text[stop] == '\n' {
		return textEdit{pos: base + token.Pos(first), end: base + token.Pos(stop+1)}
	}
	if separator == ',' {
		return textEdit{pos: pos, end: base + token.Pos(stop)}
	}
	return textEdit{pos: pos, end: end}
}

// joined joins neighbours and takes blank lines along that would be left at the
// start or end of a block, or beside another one.
func (pl *plan) joined(spans []textEdit) []textEdit {
	slices.SortFunc(spans, func(a, b textEdit) int { return cmp.Compare(a.pos, b.pos) })
	var out []textEdit
	for _, s := range spans {
		if n := len(out); n > 0 && pl.blank(out[n-1].end, s.pos) {
			out[n-1].end = s.end
			continue
		}
		out = append(out, s)
	}
	for i := range out {
		pl.trim(&out[i])
	}
	return out
}

// blank reports whether there is nothing but space in [pos, end) of a file.
func (pl *plan) blank(pos, end token.Pos) bool {
	if pl.pass.Pkg.Fset.File(pos) != pl.pass.Pkg.Fset.File(end) || end < pos {
		return false
	}
	text, base := pl.text(pos)
	return len(bytes.TrimSpace(text[pos-base:end-base])) == 0 && bytes.Count(text[pos-base:end-base], []byte("\n")) <= 1
}

func (pl *plan) trim(s *textEdit) {
	text, base := pl.text(s.pos)
	start, end := int(s.pos-base), int(s.end-base)
	if start == 0 || text[start-1] != '\n' || text[end-1] != '\n' {
		return
	}
	before := text[:start-1]
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	before = bytes.TrimSpace(before)
	if len(before) == 0 || bytes.HasSuffix(before, []byte("{")) || bytes.HasSuffix(before, []byte(":")) {
		for {
			i := bytes.IndexByte(text[end:], '\n')
			if i < 0 || len(bytes.TrimSpace(text[end:end+i])) > 0 {
				break
			}
			end += i + 1
		}
	}
	next, _, _ := bytes.Cut(text[end:], []byte("\n"))
	if len(before) == 0 && bytes.HasPrefix(bytes.TrimSpace(next), []byte("}")) {
		for start > 1 && text[start-2] == '\n' {
			start--
		}
	}
	s.pos, s.end = base+token.Pos(start), base+token.Pos(end)
}

// element removes an element of a composite literal.
func (pl *plan) element(c inspector.Cursor) {
	lit := c.Parent().Node().(*ast.CompositeLit)
	i := c.ParentEdgeIndex()
	n := c.Node()
	span := pl.lines(n.Pos(), n.End(), ',')
	text, base := pl.text(n.Pos())
	if span.pos < n.Pos() || text[span.end-base-1] == '\n' {
		pl.replace(span.pos, span.end, "")
		return
	}
	switch {
	case i+1 < len(lit.Elts):
		pl.replace(n.Pos(), lit.Elts[i+1].Pos(), "")
	case i > 0:
		pl.replace(lit.Elts[i-1].End(), n.End(), "")
	default:
		pl.replace(n.Pos(), span.end, "")
	}
}

// declaration removes a variable's or field's declaration.
func (pl *plan) declaration(name inspector.Cursor) {
	switch name.ParentEdgeKind() {
	case edge.Field_Names:
		f := name.Parent().Node().(*ast.Field)
		pl.nameOrAll(f.Names, name, f)
	case edge.ValueSpec_Names:
		spec := name.Parent().Node().(*ast.ValueSpec)
		decl := name.Parent().Parent().Node().(*ast.GenDecl)
		if len(spec.Names) > 1 && len(spec.Values) > 0 {
			pl.bad = &why{form, spec, "it is declared together with something else"}
		}
		if len(decl.Specs) == 1 {
			pl.nameOrAll(spec.Names, name, decl)
			return
		}
		pl.nameOrAll(spec.Names, name, spec)
	case edge.AssignStmt_Lhs:
		if len(name.Parent().Node().(*ast.AssignStmt).Lhs) > 1 {
			pl.bad = &why{form, name.Parent().Node(), "it is declared together with something else"}
		}
		pl.remove(name.Parent())
	default:
		pl.bad = &why{form, name.Node(), "its declaration is of a form that is not known"}
	}
}

func (pl *plan) nameOrAll(names []*ast.Ident, name inspector.Cursor, all ast.Node) {
	i := slices.Index(names, name.Node().(*ast.Ident))
	switch {
	case len(names) == 1:
		spans := pl.joined([]textEdit{pl.lines(all.Pos(), all.End(), ';')})
		pl.replace(spans[0].pos, spans[0].end, "")
	case i == 0:
		pl.replace(names[0].Pos(), names[1].Pos(), "")
	default:
		pl.replace(names[i-1].End(), names[i].End(), "")
	}
}
