// Package compile gets the Go compiler's own words about packages: the output
// of -m=2 with -L, as text. There are two ways to them, and the text is the
// same but for what the back end says: Run asks the go command, which builds
// the packages or replays what an earlier build said; Direct runs the
// toolchain's own compiler on one package whose flags are known, and stops it
// when escape analysis is done. It does not read the text: that is escape's work.
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
