package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// Listed is a package that patterns name, before anything of it is read.
type Listed struct {
	// Pattern names the package for go commands that run in Toolchain.Dir.
	Pattern string
	// Path is the import path as the go command prints it.
	Path string
	Dir  string
	// Files are the absolute paths of its Go files; TestFiles those of its tests, of both kinds.
	Files, TestFiles []string
	// Ignored are Go files of Dir that build constraints leave out.
	Ignored []string
}

// listedJSON is the part of the go command's package description that List needs.
type listedJSON struct {
	Dir, ImportPath                                              string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles, IgnoredGoFiles []string
	Standard                                                     bool
	Error                                                        *struct{ Pos, Err string }
}

// List expands package patterns, which start from dir. A pattern "file=PATH"
// stands for the package in PATH's directory. What cannot be listed is a problem.
func List(ctx context.Context, tc toolchain.Toolchain, dir string, patterns []string) ([]Listed, []source.Problem, error) {
	dir, patterns, err := filePatterns(dir, patterns)
	if err != nil {
		return nil, nil, err
	}
	args := append([]string{"list", "-e", "-find", "-json=Dir,ImportPath,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles,Standard,Error"}, tc.Flags...)
	args = append(append(args, "--"), patterns...)
	var stdout, stderr bytes.Buffer
	err = tc.Go(ctx, dir, &stdout, &stderr, args...)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil && !toolchain.Failed(err) {
		return nil, nil, err
	}
	var problems []source.Problem
	if err != nil {
		problems = append(problems, source.Problem{Message: toolchain.Advise(strings.TrimSpace(stderr.String()))})
	}
	var list []Listed
	for dec := json.NewDecoder(&stdout); ; {
		var p listedJSON
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, fmt.Errorf("go list: %w", err)
		}
		l := listed(tc, p)
		switch {
		case p.Error != nil:
			problems = append(problems, source.Problem{Package: p.ImportPath, Message: listError(tc, l, p.Error.Err)})
		case p.ImportPath == "unsafe" || p.ImportPath == "C":
			// Neither has anything to compile.
		default:
			list = append(list, l)
		}
	}
	if len(list) == 0 && len(problems) == 0 {
		message := strings.TrimSpace(stderr.String())
		if message == "" {
			message = "no packages match " + strings.Join(patterns, " ")
		}
		problems = append(problems, source.Problem{Message: message})
	}
	return list, problems, nil
}

// filePatterns turns "file=PATH" patterns, which must agree on a directory, into that directory and ".".
func filePatterns(dir string, patterns []string) (string, []string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, err
	}
	if len(patterns) == 0 {
		return dir, []string{"."}, nil
	}
	var fileDir string
	files := 0
	var other string // a pattern that names no file
	for _, p := range patterns {
		path, ok := strings.CutPrefix(p, "file=")
		if !ok {
			other = p
			continue
		}
		files++
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if d := filepath.Dir(path); fileDir != "" && fileDir != d {
			return "", nil, fmt.Errorf("%s: Go files that are named must be of one directory, and others are in %s", path, fileDir)
		}
		fileDir = filepath.Dir(path)
	}
	if files > 0 && files < len(patterns) {
		return "", nil, fmt.Errorf("%s: packages and Go files cannot be named together", other)
	}
	if fileDir == "" {
		return dir, patterns, nil
	}
	return fileDir, []string{"."}, nil
}

func listed(tc toolchain.Toolchain, p listedJSON) Listed {
	l := Listed{Pattern: p.ImportPath, Path: p.ImportPath, Dir: p.Dir}
	abs := func(names ...[]string) []string {
		var paths []string
		for _, name := range slices.Concat(names...) {
			paths = append(paths, filepath.Join(p.Dir, name))
		}
		return paths
	}
	l.Files = abs(p.GoFiles, p.CgoFiles)
	l.TestFiles = abs(p.TestGoFiles, p.XTestGoFiles)
	l.Ignored = abs(p.IgnoredGoFiles)
	if !tc.InModule() && !p.Standard {
		// In GOPATH mode a directory outside GOPATH has an import path that the go command
		// prints but does not accept.
		if rel, err := filepath.Rel(tc.Dir, p.Dir); err == nil {
			l.Pattern = "." + string(filepath.Separator) + rel
		}
	}
	return l
}

// listError adds to what the go command says of a package what the user may want to know.
func listError(tc toolchain.Toolchain, l Listed, message string) string {
	if len(l.Files) == 0 && len(l.Ignored) > 0 {
		return fmt.Sprintf("build constraints leave out every Go file in %s for %s/%s", l.Dir, tc.GOOS, tc.GOARCH)
	}
	return toolchain.Advise(message)
}

// ReadFile gives the text of a file as it is analysed, from the overlay or the disk.
func ReadFile(path string, overlay source.Overlay) (*source.File, error) {
	if text, ok := overlay[path]; ok {
		return source.NewFile(path, text), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return source.NewFile(path, text), nil
}
