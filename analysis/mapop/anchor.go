package mapop

import (
	"go/ast"
	"go/token"

	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

// A placer turns syntax into places in the user's files. The compiler names an
// expression by its last or its only token, where go/ast has the first
// (cmd/compile/internal/syntax: a node's Pos).
type placer struct {
	*load.Package
}

// pos gives a token's place for people.
func (p placer) pos(at token.Pos) (source.Pos, bool) {
	place, ok := p.Place(at)
	return place.Pos, ok
}

// span gives the range from start to end and the place of its start.
func (p placer) span(start, end token.Pos) (source.Range, source.Pos, bool) {
	from, ok := p.Place(start)
	if !ok {
		return source.Range{}, source.Pos{}, false
	}
	to, ok := p.Place(end)
	if !ok || to.Pos.Path != from.Pos.Path || to.Offset < from.Offset {
		return source.Range{}, source.Pos{}, false
	}
	return source.Range{Path: from.Pos.Path, Start: from.Offset, End: to.Offset}, from.Pos, true
}

// anchor is the token where the compiler speaks of e.
func (p placer) anchor(e ast.Expr) token.Pos {
	switch e := e.(type) {
	case *ast.CallExpr:
		return e.Lparen
	case *ast.CompositeLit:
		return e.Lbrace
	case *ast.BinaryExpr:
		return e.OpPos
	case *ast.SelectorExpr:
		return p.dot(e.X.End())
	case *ast.TypeAssertExpr:
		return p.dot(e.X.End())
	case *ast.IndexExpr:
		return e.Lbrack
	case *ast.IndexListExpr:
		return e.Lbrack
	case *ast.SliceExpr:
		return e.Lbrack
	}
	return e.Pos()
}

// dot finds the "." that follows the expression ending at end, which white
// space and comments may come before.
func (p placer) dot(end token.Pos) token.Pos {
	place, ok := p.Place(end)
	if !ok {
		return end
	}
	text := p.Files[place.Pos.Path].Text()
	for i := place.Offset; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
		case '.':
			return end + token.Pos(i-place.Offset)
		case '/':
			i = commentEnd(text, i)
		default:
			return end
		}
	}
	return end
}

// commentEnd gives the offset of the last byte of the comment that starts at i.
func commentEnd(text []byte, i int) int {
	if i+1 < len(text) && text[i+1] == '*' {
		for i += 3; i < len(text) && (text[i-1] != '*' || text[i] != '/'); i++ {
		}
		return i
	}
	for ; i < len(text) && text[i] != '\n'; i++ {
	}
	return i
}
