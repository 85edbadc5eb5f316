package load

import (
	"go/token"
	"path/filepath"

	"github.com/mapescape/mapescape/analysis/source"
)

// Place says where pos stands in a file that the user wrote. A position in the
// code that cgo generates from such a file is taken back to it by cgo's //line
// comments; other generated code, which no file of GoFiles shows, has no place.
// A //line directive in a file of GoFiles itself is not followed: the
// place is where the text is.
func (p *Package) Place(pos token.Pos) (Place, bool) {
	if !pos.IsValid() {
		return Place{}, false
	}
	physical := p.Fset.PositionFor(pos, false)
	if file, ok := p.Files[physical.Filename]; ok {
		if physical.Offset > len(file.Text()) {
			return Place{}, false
		}
		return Place{
			Pos:    source.Pos{Path: physical.Filename, Line: physical.Line, Column: physical.Column},
			Offset: physical.Offset,
		}, true
	}
	mapped := p.Fset.PositionFor(pos, true)
	if mapped.Filename == physical.Filename || mapped.Column == 0 {
		return Place{}, false
	}
	// Files of one package stand in one directory, so the base name tells them apart.
	for _, path := range p.GoFiles {
		if filepath.Base(path) != filepath.Base(mapped.Filename) {
			continue
		}
		offset, ok := p.Files[path].Offset(mapped.Line, mapped.Column)
		if !ok {
			return Place{}, false
		}
		return Place{Pos: source.Pos{Path: path, Line: mapped.Line, Column: mapped.Column}, Offset: offset}, true
	}
	return Place{}, false
}
