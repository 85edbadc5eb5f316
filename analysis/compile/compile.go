// Package compile gets the Go compiler's own words about packages: the output
// of -m=2 with -L, as text. How it gets them may change (see Run); the text
// is the same. It does not read it: that is escape's work.
package compile

import "github.com/mapescape/mapescape/analysis/source"

// A Log is what the compiler printed about one package variant.
type Log struct {
	// ImportPath names the variant as the go command does: "p [p.test]".
	ImportPath string
	// Dir is the package's directory; Root is the directory that relative file names start from.
	Dir, Root string
	// GOROOT expands "$GOROOT" in file names.
	GOROOT string
	// Files are the package's own files, absolute.
	Files []string
	// Lines is the output, one line each, as printed.
	Lines []string
	// Built says that the compiler finished: only then is the absence of a line a statement.
	Built bool
	// Problems are what it said instead when it did not.
	Problems []source.Problem
}
