// Package load brings packages in with golang.org/x/tools/go/packages: syntax
// and types of exactly the packages asked for, dependencies from export data.
//
// It reports whatever is wrong with the user's code as problems and leaves out
// what cannot be analysed. It decides nothing about maps.
package load

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/mapescape/mapescape/analysis/source"
)

// Variant says which build of a package this is.
type Variant string

// The variants of a package.
const (
	Plain Variant = ""      // the package without its tests
	Test  Variant = "test"  // with its in-package tests: p [p.test]
	XTest Variant = "xtest" // the external tests: p_test [p.test]
)

// A Package is one loaded package variant, type-checked without errors.
type Package struct {
	// Path is the import path as the user knows it, without " [p.test]" and "_test".
	Path string
	// ImportPath is the go command's name for the variant, which heads its
	// section of the compiler's output: "p [p.test]".
	ImportPath string
	Name       string
	Variant    Variant
	// Dir is the directory of the package's files.
	Dir string
	// GoFiles are the absolute paths of the files the user wrote, sorted.
	GoFiles []string
	// Fset, Syntax, Types, Info and Sizes are the typed syntax of the files that
	// are compiled, which for cgo are generated from GoFiles and point back
	// to them by //line.
	Fset   *token.FileSet
	Syntax []*ast.File
	Types  *types.Package
	Info   *types.Info
	Sizes  types.Sizes
	// Files are the texts of GoFiles as analysed, overlay included, by path.
	Files map[string]*source.File
	// Generated says which of GoFiles carry the "Code generated … DO NOT EDIT." comment.
	Generated map[string]bool
	// Assembly holds the names of this package's symbols that its assembly files mention.
	Assembly map[string]bool
}

// Place is where a token.Pos stands, for people and for the compiler.
type Place struct {
	// Pos is the place in a file of GoFiles. For cgo it is the original file's.
	Pos source.Pos
	// Offset is the byte offset in that file.
	Offset int
}
