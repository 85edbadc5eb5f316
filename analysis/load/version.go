package load

import (
	"go/ast"
	"go/version"
)

// AtLeast reports whether the language version of a file of the package, which
// go.mod and the file's build constraints decide, is at least v, "go1.21" for
// example (go/types.Info.FileVersions).
func (p *Package) AtLeast(f *ast.File, v string) bool {
	of := p.Info.FileVersions[f]
	if of == "" {
		of = p.Types.GoVersion()
	}
	return of == "" || version.Compare(version.Lang(of), v) >= 0
}
