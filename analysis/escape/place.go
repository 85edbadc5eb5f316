package escape

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mapescape/mapescape/analysis/compile"
	"github.com/mapescape/mapescape/analysis/source"
)

// printed is a place in the compiler's words: "file:line[:col]", and with -L
// under a //line directive "[file:line[:col]]" behind it for the place on
// disk (cmd/internal/src: Pos.Format).
type printed struct {
	file         string
	line, column int
	onDisk       *printed
}

// splitLine cuts a line into its place and its message.
func splitLine(line string) (printed, string, bool) {
	for end := 0; ; {
		i := strings.Index(line[end:], ": ")
		if i < 0 {
			return printed{}, "", false
		}
		end += i
		if at, ok := splitPlace(line[:end]); ok {
			return at, line[end+len(": "):], true
		}
		end += len(": ")
	}
}

func splitPlace(s string) (printed, bool) {
	var onDisk *printed
	if inner, ok := strings.CutSuffix(s, "]"); ok {
		open := strings.LastIndexByte(inner, '[')
		if open < 0 {
			return printed{}, false
		}
		at, ok := splitSimple(inner[open+1:])
		if !ok {
			return printed{}, false
		}
		s, onDisk = s[:open], &at
	}
	at, ok := splitSimple(s)
	at.onDisk = onDisk
	return at, ok
}

// splitSimple reads "file:line[:col]" from its end, since a file name may hold a colon.
func splitSimple(s string) (printed, bool) {
	file, last, ok := cutNumber(s)
	if !ok {
		return printed{}, false
	}
	if f, line, ok := cutNumber(file); ok && f != "" {
		return printed{file: f, line: line, column: last}, true
	}
	return printed{file: file, line: last}, file != ""
}

// cutNumber cuts ":number" off the end of s.
func cutNumber(s string) (rest string, n int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || i == len(s)-1 || s[i+1] < '0' || s[i+1] > '9' {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	return s[:i], n, err == nil
}

// A resolver gives printed file names their absolute paths.
type resolver struct {
	root, goroot string
	own          map[string]bool
	byBase       map[string]string // base name of an own file → path; files of one package share a directory
	known        map[string]string
}

func newResolver(log compile.Log) *resolver {
	r := &resolver{root: log.Root, goroot: log.GOROOT, own: map[string]bool{}, byBase: map[string]string{}, known: map[string]string{}}
	for _, path := range log.Files {
		r.own[path] = true
		r.byBase[filepath.Base(path)] = path
	}
	return r
}

// place gives the mapped place and the one on disk, which are the same where no //line is in force.
func (r *resolver) place(at printed) (mapped, physical source.Pos) {
	if at.line == 0 {
		return source.Pos{}, source.Pos{}
	}
	mapped = source.Pos{Path: r.path(at.file), Line: at.line, Column: at.column}
	if at.onDisk == nil {
		return mapped, mapped
	}
	physical = source.Pos{Path: r.path(at.onDisk.file), Line: at.onDisk.line, Column: at.onDisk.column}
	if !r.own[physical.Path] && r.own[mapped.Path] {
		// The file on disk is one that cgo made; the user's is the one it maps to.
		return mapped, mapped
	}
	return mapped, physical
}

func (r *resolver) path(name string) string {
	if path, ok := r.known[name]; ok {
		return path
	}
	path := r.resolve(name)
	r.known[name] = path
	return path
}

func (r *resolver) resolve(name string) string {
	if rest, ok := strings.CutPrefix(name, "$GOROOT"); ok && r.goroot != "" {
		return r.goroot + filepath.FromSlash(rest)
	}
	if filepath.IsAbs(name) || strings.HasPrefix(name, "$") || strings.HasPrefix(name, "<") {
		return name
	}
	path := filepath.Join(r.root, name)
	if r.own[path] {
		return path
	}
	// The go command shortens paths relative to its directory, and replays them
	// as they were when the output was made, perhaps from another directory.
	if own, ok := r.byBase[filepath.Base(name)]; ok && strings.HasSuffix(filepath.Dir(own), tail(name)) {
		return own
	}
	return path
}

// tail is the directory part of a relative path behind its "../"s, "" where there is none.
func tail(name string) string {
	dir := filepath.ToSlash(filepath.Dir(name))
	for {
		rest, ok := strings.CutPrefix(dir, "../")
		if !ok {
			break
		}
		dir = rest
	}
	if dir == "." || dir == ".." {
		return ""
	}
	return filepath.FromSlash(dir)
}
