package session

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/mapop"
)

// Options are the user's choices that matter here. A change of what is shown
// relabels what is known; a change of what is built analyses the packages of
// open documents again.
type Options struct {
	// Level, Hide, Generated, Vendor and Testdata say what is shown beside the code.
	Level hint.Level
	Hide  Hidden
	// Generated, Vendor and Testdata show hints in generated files and in files
	// below directories of these names, which are without hints otherwise.
	Generated, Vendor, Testdata bool

	// Manual analyses a package only when Analyze asks for it.
	Manual bool
	// Typing analyses unsaved text too, when no key was pressed for Delay.
	Typing bool
	Delay  time.Duration
	// Filters exclude directories as if Manual were set for them: "-path" or
	// "+path" each, slash-separated and relative to the folder, the last that
	// matches counting; "**" stands for any number of elements.
	Filters []string

	Rewrites RewriteOptions

	// Tests analyses _test.go files too, as soon as one of the package is open.
	Tests bool
	Flags []string
	Env   []string
}

// RewriteOptions are the user's choices about rewrites. A change of them is in
// force with the next View.
type RewriteOptions struct {
	// Review offers those of class B too.
	Review bool
	// Background compiles what is on offer in open files before anybody asks.
	Background bool
	// All are the IDs of optional fixes that are applied with all others at once.
	All []string
	// Severity is that of each fix's diagnostics, by ID: "hint" or "information", anything else for none.
	Severity map[string]string
	// Lenses shows offers above the code.
	Lenses bool
}

// Hidden are the operations that have no hints, by kind.
type Hidden struct{ Make, Insert, Delete, Clear, Range, SyncMap bool }

// hides reports whether operations of a kind have no hints.
func (h Hidden) hides(k mapop.Kind) bool {
	switch k {
	case mapop.Make, mapop.Literal, mapop.New, mapop.Zero, mapop.Call, "maps.Clone", "maps.Collect":
		return h.Make
	case mapop.Insert, mapop.Update, "maps.Copy", "maps.Insert":
		return h.Insert
	case mapop.Delete, "maps.DeleteFunc":
		return h.Delete
	case mapop.Clear:
		return h.Clear
	case mapop.Range, "maps.All", "maps.Keys", "maps.Values":
		return h.Range
	}
	return h.SyncMap && strings.HasPrefix(string(k), "sync.Map.")
}

// A Folder is a part of the workspace with options of its own.
type Folder struct {
	Dir string
	Options
}

// look is what decides about the labels of a package.
type look struct {
	level             hint.Level
	hide              Hidden
	generated, silent bool
}

// optionsFor are the options in force in a directory: those of the innermost
// folder that holds it. Called with the lock held.
func (s *Session) optionsFor(dir string) Options {
	o, _ := s.folderOf(dir)
	return o
}

// folderOf gives the options of a directory and its path from their folder, or
// its whole path where it is in none.
func (s *Session) folderOf(dir string) (o Options, rel string) {
	o, rel = s.defaults, dir
	for _, f := range s.folders {
		if r, ok := below(f.Dir, dir); ok && len(r) < len(rel) {
			o, rel = f.Options, r
		}
	}
	if excluded(o.Filters, filepath.ToSlash(rel)) {
		o.Manual, o.Typing = true, false
	}
	return o, rel
}

// below gives the path of dir from root, "" for root itself.
func below(root, dir string) (rel string, ok bool) {
	if dir == root {
		return "", true
	}
	if !strings.HasSuffix(root, string(filepath.Separator)) {
		root += string(filepath.Separator)
	}
	return strings.CutPrefix(dir, root)
}

// lookFor is what the labels in a directory depend on.
func (s *Session) lookFor(dir string) look {
	o, rel := s.folderOf(dir)
	parts := strings.Split(filepath.ToSlash(rel), "/")
	return look{
		level: o.Level, hide: o.Hide, generated: o.Generated,
		silent: !o.Vendor && slices.Contains(parts, "vendor") || !o.Testdata && slices.Contains(parts, "testdata"),
	}
}

// excluded applies directory filters in order.
func excluded(filters []string, dir string) bool {
	out := false
	for _, f := range filters {
		if len(f) == 0 {
			continue
		}
		if pattern := strings.Trim(f[1:], "/"); matchDir(pattern, dir) {
			out = f[0] == '-'
		}
	}
	return out
}

// matchDir reports whether dir, or a directory around it, is the one that a
// filter names. The filter of no name matches all.
func matchDir(pattern, dir string) bool {
	if pattern == "" {
		return true
	}
	var match func(p, d []string) bool
	match = func(p, d []string) bool {
		switch {
		case len(p) == 0:
			return true
		case p[0] == "**":
			return match(p[1:], d) || len(d) > 0 && match(p, d[1:])
		case len(d) == 0:
			return false
		}
		ok, err := filepath.Match(p[0], d[0])
		return err == nil && ok && match(p[1:], d[1:])
	}
	return match(strings.Split(pattern, "/"), strings.Split(dir, "/"))
}
