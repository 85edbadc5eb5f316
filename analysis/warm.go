package analysis

import (
	"slices"
	"strings"
	"sync"

	"github.com/mapescape/mapescape/analysis/load"
)

// Warm is what analyses of one package leave for the next one, so that this
// one does without the go command: where the export data of imported packages
// are, their types, and the syntax of the package's files. It decides
// nothing: without it the result is the same. The zero value is ready. It
// serves one analysis at a time; another that finds it in use does without.
type Warm struct {
	using sync.Mutex

	known    *load.Dependencies
	upstream string
	exports  map[string]string
	cgo      cgoState
	checker  load.Checker
	// suspect says that the compiler run directly has just failed; declined that
	// it did so for a package that the go command builds, so that it is not tried again.
	suspect, declined bool
	reason            string
}

// Reason says why the last analysis did not go the direct way, "" if it did.
func (w *Warm) Reason() string { return w.reason }

// meet forgets what is not true any more.
func (w *Warm) meet(known *load.Dependencies, upstream string) {
	if w.known != known {
		w.known, w.exports, w.cgo, w.declined = known, nil, cgoState{}, false
	}
	if upstream == "" || w.upstream != upstream {
		w.upstream, w.exports = upstream, nil
	}
	w.suspect, w.reason = false, ""
}

// settle notes what another way to the result says of a failure of the direct one.
func (w *Warm) settle(result *Result) {
	if w == nil || !w.using.TryLock() {
		return
	}
	defer w.using.Unlock()
	if w.suspect && len(result.Packages) > 0 && len(result.Problems) == 0 {
		w.declined = true
	}
}

// directly reports whether the compiler can be run without the go command on
// the builds that a request asks for, and if not, why: all that decides its flags
// must be known. What is not in this list is left to the go command.
func directly(req Request) (reason string) {
	d := req.Known
	switch {
	case d.Incomplete:
		return "something that it is compiled from is missing"
	case len(d.Builds) == 0 || d.Builds[0].Variant != load.Plain:
		return "it cannot be built by itself"
	case !d.Toolchain.InModule():
		return "it is in no module"
	}
	for _, f := range d.Toolchain.BuildFlags() {
		name, value, _ := strings.Cut(f, "=")
		switch name {
		case "tags", "mod", "modfile", "race", "trimpath", "buildvcs", "p", "asmflags", "modcacherw":
		case "gcflags":
			if strings.HasPrefix(value, "-") || !strings.Contains(value, "=") {
				return "flag -" + f // it would be for the packages that are named, whose export data is asked for
			}
		case "pgo":
			if value != "off" {
				return "flag -" + f
			}
		default:
			return "flag -" + f
		}
	}
	for _, b := range d.Builds {
		profiled := b.Profiled && !slices.Contains(d.Toolchain.BuildFlags(), "pgo=off")
		if profiled || b.Swig || !b.InModule && !b.Standard {
			return b.ImportPath + " is built in a special way"
		}
	}
	for path := range req.Overlay {
		own := slices.ContainsFunc(d.Builds, func(b *load.Build) bool {
			return slices.Contains(b.GoFiles, path) && !slices.Contains(b.CgoFiles, path)
		})
		if !own {
			return "unsaved text of " + path
		}
	}
	return ""
}
