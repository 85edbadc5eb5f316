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
	pkg          string // the import path without its variant, which -trimpath prints for the directory
	own          map[string]bool
	byBase       map[string]string // base name of an own file → path; files of one package share a directory
	start        start
	known        map[string]string
}

// A start is where the relative names of a log start from. The go command
// shortens paths relative to its directory, and replays them as they were when
// the output was made, perhaps from another directory. All names of one log
// start from the same one: a name that does not fit it is the name of a
// file elsewhere, even where an own file has the same base name, as when a
// generic function of a neighbouring package is instantiated here.
type start struct {
	dir string
	up  int // how many leading "../" dir stands for
}

func newResolver(log compile.Log) *resolver {
	r := &resolver{root: log.Root, goroot: log.GOROOT, own: map[string]bool{}, byBase: map[string]string{}, known: map[string]string{}}
	r.pkg, _, _ = strings.Cut(log.ImportPath, " ")
	for _, path := range log.Files {
		r.own[path] = true
		r.byBase[filepath.Base(path)] = path
	}
	r.start = r.findStart(log.Lines)
	return r
}

// findStart takes the root where a name of an own file starts from it, else
// the directory that most lines speak for.
func (r *resolver) findStart(lines []string) start {
	votes := map[start]int{}
	best := start{dir: r.root}
	for _, line := range lines {
		at, _, ok := splitLine(line)
		if !ok {
			continue
		}
		if at.onDisk != nil {
			at = *at.onDisk
		}
		if !isRelative(at.file) {
			continue
		}
		if r.own[filepath.Join(r.root, at.file)] {
			return start{dir: r.root}
		}
		rest, up := cutUp(at.file)
		own := r.byBase[filepath.Base(rest)]
		dir, ok := strings.CutSuffix(own, string(filepath.Separator)+rest)
		if !ok {
			continue
		}
		s := start{dir, up}
		votes[s]++
		// Of equals the one of the longest name, which says most.
		if d := votes[s] - votes[best]; d > 0 || d == 0 && len(s.dir) < len(best.dir) {
			best = s
		}
	}
	return best
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
	if !isRelative(name) {
		return name
	}
	rest, up := cutUp(name)
	path := filepath.Join(r.root, name)
	if up >= r.start.up {
		path = filepath.Join(r.start.dir, strings.Repeat("../", up-r.start.up), rest)
	}
	if own, ok := r.byBase[filepath.Base(name)]; ok && r.start == (start{dir: r.root}) && !r.own[path] && r.isTrimmed(name) {
		return own
	}
	return path
}

// isTrimmed reports whether name is what -trimpath prints of a file of the
// package: its import path, in which the module may have its version, and the base name.
func (r *resolver) isTrimmed(name string) bool {
	dir := filepath.ToSlash(filepath.Dir(name))
	if module, rest, ok := strings.Cut(dir, "@"); ok {
		_, rest, sub := strings.Cut(rest, "/")
		dir = module
		if sub {
			dir += "/" + rest
		}
	}
	return dir == r.pkg || dir+"_test" == r.pkg
}

// isRelative reports whether a printed name is that of a file, and relative.
func isRelative(name string) bool {
	return name != "" && !filepath.IsAbs(name) && name[0] != '$' && name[0] != '<'
}

// cutUp separates the leading "../"s of a relative name from the rest, which it cleans.
func cutUp(name string) (rest string, up int) {
	rest = filepath.ToSlash(filepath.Clean(name))
	for {
		after, ok := strings.CutPrefix(rest, "../")
		if !ok {
			return filepath.FromSlash(rest), up
		}
		rest, up = after, up+1
	}
}
