package mapop

import (
	"strings"

	"github.com/mapescape/mapescape/analysis/load"
)

// linkedNames are the names in a package that something other than its Go code may
// refer to: those in directives that name symbols for the linker, for C or
// for a WebAssembly host, and those that its assembly mentions.
func linkedNames(pkg *load.Package) map[string]bool {
	names := map[string]bool{}
	for name := range pkg.Assembly {
		names[name] = true
	}
	for _, file := range pkg.Syntax {
		for _, group := range file.Comments {
			for _, c := range group.List {
				fields := strings.Fields(c.Text)
				if len(fields) < 2 {
					continue
				}
				switch fields[0] {
				case "//go:linkname", "//export", "//go:wasmexport", "//go:cgo_export_dynamic", "//go:cgo_export_static":
					names[fields[1]] = true
				}
			}
		}
	}
	return names
}
