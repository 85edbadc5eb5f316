package compile

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Unit is one package variant ready to be compiled without the go command:
// everything that the go command would have the compiler know about it.
type Unit struct {
	// ImportPath names the variant as the go command does, "p [p.test]"; Path is
	// what the compiler is to call the package, and Name what its files do.
	ImportPath, Path, Name string
	// Dir is the package's directory.
	Dir string
	// Files are the user's files, absolute. Sources are those to compile.
	Files   []string
	Sources []Source
	// Lang is the language version, "go1.N".
	Lang string
	// Standard says that the package is of the standard library; Foreign that
	// functions may have no body in Go.
	Standard, Foreign bool
	// Exports are the files with the export data of the packages that it imports,
	// by the paths that their own compilation was given, and ImportMap has the
	// paths that the source writes otherwise.
	Exports, ImportMap map[string]string
	// EmbedPatterns and EmbedFiles are what //go:embed asks for and gets, the latter relative to Dir.
	EmbedPatterns, EmbedFiles []string
	// Flags are further flags for the compiler.
	Flags []string
}

// A Source is a file to compile.
type Source struct {
	// Path is the file's absolute name for the world: what the compiler prints of it.
	Path string
	// Text is compiled in place of what is on the disk, unless it is nil.
	Text []byte
	// Generated says that cgo made Text; Path is then the name without a directory
	// that cgo gives it.
	Generated bool
}

// importConfig is the file for -importcfg (cmd/compile/internal/base/flag.go, readImportCfg).
func (u *Unit) importConfig() []byte {
	var b strings.Builder
	for _, from := range slices.Sorted(maps.Keys(u.ImportMap)) {
		if to := u.ImportMap[from]; to != from {
			b.WriteString("importmap " + from + "=" + to + "\n")
		}
	}
	for _, p := range slices.Sorted(maps.Keys(u.Exports)) {
		b.WriteString("packagefile " + p + "=" + u.Exports[p] + "\n")
	}
	return []byte(b.String())
}

// embedConfig is the file for -embedcfg, nil where none is needed. It is not
// known when a pattern matches none of the files.
func (u *Unit) embedConfig() (data []byte, ok bool) {
	if len(u.EmbedPatterns) == 0 {
		return nil, true
	}
	var config struct {
		Patterns map[string][]string
		Files    map[string]string
	}
	config.Patterns, config.Files = map[string][]string{}, map[string]string{}
	for _, file := range u.EmbedFiles {
		config.Files[file] = filepath.Join(u.Dir, filepath.FromSlash(file))
		if _, err := os.Lstat(config.Files[file]); err != nil {
			return nil, false // the go command would say what is missing
		}
	}
	for _, pattern := range u.EmbedPatterns {
		var matched []string
		for _, file := range u.EmbedFiles {
			if embeds(strings.TrimPrefix(pattern, "all:"), file) {
				matched = append(matched, file)
			}
		}
		if len(matched) == 0 {
			return nil, false
		}
		config.Patterns[pattern] = matched
	}
	data, err := json.Marshal(config)
	return data, err == nil
}

// embeds reports whether a pattern names a file or a directory around it. Which
// files of a directory are embedded was decided when they were listed, and
// decides nothing about escapes.
func embeds(pattern, file string) bool {
	for name := file; name != "."; name = path.Dir(name) {
		if ok, err := path.Match(pattern, name); err == nil && ok {
			return true
		}
	}
	return pattern == "."
}
