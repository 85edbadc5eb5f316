package session

import (
	"bytes"
	"fmt"
	"go/build/constraint"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

// leftOut says in words why the go command does not compile a file of the
// package, "" if it does or if that is not known.
func leftOut(d *load.Dependencies, f *source.File) string {
	base := filepath.Base(f.Path())
	ignored := slices.ContainsFunc(d.Ignored, func(path string) bool { return filepath.Base(path) == base })
	if !ignored {
		return ""
	}
	target := ""
	if d.Toolchain.GOOS != "" {
		target = fmt.Sprintf(" for %s/%s", d.Toolchain.GOOS, d.Toolchain.GOARCH)
	}
	if strings.HasPrefix(base, "_") || strings.HasPrefix(base, ".") {
		return "the go command ignores files whose names begin with an underscore or a dot"
	}
	for _, c := range clauses(f) {
		if line := string(f.Text()[c.Start:c.End]); constraint.IsGoBuild(line) {
			return fmt.Sprintf("%q leaves it out of the build%s", strings.TrimSpace(line), target)
		}
	}
	if bytes.Contains(f.Text(), []byte(`import "C"`)) {
		return fmt.Sprintf("it imports \"C\", and its name or CGO_ENABLED leaves it out of the build%s", target)
	}
	return fmt.Sprintf("its name leaves it out of the build%s", target)
}

// irregular says that a Go file of a directory is none that can be read, "" if
// there is no such thing: the go command would wait for somebody to write into a
// pipe, and would go on to wait when it is told to end.
func irregular(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" || e.Type().IsRegular() || e.IsDir() {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return e.Name() + " is not a regular file"
		}
	}
	return ""
}

// clauses are the lines that decide whether a file is compiled: its build
// constraint, if it has one, and its package clause.
func clauses(f *source.File) []source.Range {
	var out []source.Range
	inComment := false
	for line := 1; line <= f.Lines(); line++ {
		text := f.LineText(line)
		trimmed := strings.TrimSpace(text)
		start, _ := f.Offset(line, 1)
		here := source.Range{Path: f.Path(), Start: start, End: start + len(text)}
		switch {
		case inComment:
			inComment = !strings.Contains(trimmed, "*/")
		case strings.HasPrefix(trimmed, "/*"):
			inComment = !strings.Contains(trimmed[len("/*"):], "*/")
		case constraint.IsGoBuild(text):
			out = append(out, here)
		case strings.HasPrefix(trimmed, "package "):
			return append(out, here)
		case trimmed != "" && !strings.HasPrefix(trimmed, "//") && trimmed != "\ufeff":
			return out
		}
	}
	return out
}
