package load

import (
	"path/filepath"
	"regexp"

	"github.com/mapescape/mapescape/analysis/source"
)

// ownSymbol is a symbol of the package itself in assembly: "·name(SB)" without
// a package in front of the dot (cmd/asm documentation, Symbols).
var ownSymbol = regexp.MustCompile(`(?:^|[^\pL\pN_∕/.])(?:"")?·([\pL_][\pL\pN_]*)`)

// assemblyNames are the names of the package's own symbols in its assembly files.
func assemblyNames(files []string, overlay source.Overlay) (map[string]bool, error) {
	var names map[string]bool
	for _, path := range files {
		if filepath.Ext(path) != ".s" {
			continue
		}
		file, err := ReadFile(path, overlay)
		if err != nil {
			return nil, err
		}
		for _, m := range ownSymbol.FindAllSubmatch(file.Text(), -1) {
			if names == nil {
				names = map[string]bool{}
			}
			names[string(m[1])] = true
		}
	}
	return names, nil
}
