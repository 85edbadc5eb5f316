package session

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// An Analysis is what is known of one package, labelled for one level. It is immutable.
type Analysis struct {
	Result  *analysis.Result
	Package *analysis.Package

	// hints holds one entry for each of Package.Ops.
	hints []hint.Hint
	// listing are the names of the directory's Go files when the analysis began.
	listing []string
}

// opKey identifies an operation across labellings.
type opKey struct {
	at   source.Range
	kind mapop.Kind
}

// label makes the analysis with the hints of a level. An operation that no
// rule speaks of keeps an entry, for its hover.
func (a Analysis) label(s *Session, level hint.Level) *Analysis {
	byOp := map[opKey]hint.Hint{}
	for _, h := range s.cfg.Hints(a.Package, a.Result.Runtime, hint.Options{Level: level}) {
		byOp[opKey{h.Op.Op.Range, h.Op.Op.Kind}] = h
	}
	a.hints = make([]hint.Hint, len(a.Package.Ops))
	for i, op := range a.Package.Ops {
		h, ok := byOp[opKey{op.Op.Range, op.Op.Kind}]
		if !ok {
			h = hint.Hint{Range: op.Op.Range, Op: op}
		}
		a.hints[i] = h
	}
	return &a
}

// file finds the analysed text of the file that the client calls path. Only
// the name decides: the directory is the one that was analysed, whatever
// symbolic links lie between the client's and the go command's name for it.
func (a *Analysis) file(path string) *source.File {
	if f := a.Package.Files[path]; f != nil {
		return f
	}
	for p, f := range a.Package.Files {
		if filepath.Base(p) == filepath.Base(path) {
			return f
		}
	}
	return nil
}

// places gives the analysed text of path, nil if it was not analysed, and where its operations stand in it.
func (a *Analysis) places(path string) (*source.File, []place) {
	f := a.file(path)
	if f == nil {
		return nil, nil
	}
	var places []place
	for i, h := range a.hints {
		r := h.Range
		if r.Path != f.Path() || r.Start < 0 || r.End < r.Start || r.End > len(f.Text()) {
			continue
		}
		places = append(places, newPlace(f, i, r.Start, r.End))
	}
	slices.SortStableFunc(places, func(p, q place) int {
		return cmp.Or(cmp.Compare(p.start, q.start), cmp.Compare(q.end, p.end))
	})
	return f, places
}

// pkg is the state of one package directory, guarded by the session's lock.
type pkg struct {
	dir string
	// generation counts the analyses that were asked for; only the newest one's result counts.
	generation int
	used       int // the session's clock at the last use

	// last is the last analysis that succeeded. current says that it was made
	// under the options in force and that nothing has failed since,
	// currentTests that it included all the tests as well.
	last                  *Analysis
	current, currentTests bool
	// byFile is the last analysis that included a file, by the file's name: for
	// a test file, an older one than last when the tests do not build any more.
	byFile map[string]*Analysis

	// problem says why the newest analysis gave no result, testProblem why it gave none for some of the tests.
	problem, testProblem string
	// told is the trouble that the user has been told of.
	told trouble

	waiters []chan Outcome
}

// trouble is what may be wrong with a package, as far as the user is told.
type trouble int

const (
	noTrouble trouble = iota
	testTrouble
	packageTrouble
	ownTrouble // ours
)

func (s *Session) pkg(dir string) *pkg {
	p := s.packages[dir]
	if p == nil {
		p = &pkg{dir: dir, byFile: map[string]*Analysis{}}
		s.packages[dir] = p
	}
	s.clock++
	p.used = s.clock
	return p
}

// known is the analysis to show for path, nil if there is none.
func (p *pkg) known(path string) *Analysis { return p.byFile[filepath.Base(path)] }

// old says why what is shown for path is not of the newest state.
func (p *pkg) old(path string) string {
	if p.problem == "" && isTest(path) && p.known(path) != p.last {
		return p.testProblem
	}
	return p.problem
}

// fail keeps what was known and says that it is old.
func (p *pkg) fail(problem string) {
	p.problem = problem
	p.current, p.currentTests = false, false
}

// succeed takes an analysis over. What is known of test files stays where they
// were not asked for or do not build.
func (p *pkg) succeed(a *Analysis, askedTests bool, testProblem string) {
	p.problem = ""
	p.last, p.current = a, true
	p.currentTests = askedTests && testProblem == ""
	for name := range p.byFile {
		if !isTest(name) {
			delete(p.byFile, name)
		}
	}
	for path := range a.Package.Files {
		p.byFile[filepath.Base(path)] = a
	}
	switch {
	case testProblem != "":
		p.testProblem = "the package's tests do not build: " + testProblem
	case askedTests:
		p.testProblem = ""
		for name, known := range p.byFile {
			if known != a {
				delete(p.byFile, name) // no test of the package any more
			}
		}
	}
}

// relabel gives a package's analyses the labels of the level in force.
func (s *Session) relabel(p *pkg) {
	now := map[*Analysis]*Analysis{}
	again := func(a *Analysis) *Analysis {
		if a != nil && now[a] == nil {
			now[a] = a.label(s, s.options.Level)
		}
		return now[a]
	}
	p.last = again(p.last)
	for name, a := range p.byFile {
		p.byFile[name] = again(a)
	}
	for _, d := range s.docs {
		if d.dir() == p.dir && d.known != nil {
			// The operations are the same in the same order, so the places stay as they are.
			d.known = again(d.known)
		}
	}
}

// maxIdle is the number of packages without an open document whose results are kept.
const maxIdle = 32

// evict forgets the packages that have not been used for longest.
func (s *Session) evict() {
	var idle []*pkg
	for dir, p := range s.packages {
		if !s.hasOpen(dir) && len(p.waiters) == 0 && (s.running == nil || s.running.Dir != dir) {
			idle = append(idle, p)
		}
	}
	if len(idle) <= maxIdle {
		return
	}
	slices.SortFunc(idle, func(p, q *pkg) int { return cmp.Compare(q.used, p.used) })
	for _, p := range idle[maxIdle:] {
		delete(s.packages, p.dir)
	}
}

// onDisk reports whether the package's Go files are on the disk as they were
// analysed, none added and none gone. What it imports may still have changed:
// this is good enough for showing a file that is opened, not for one that is saved.
func (a *Analysis) onDisk(dir string) bool {
	if !slices.Equal(goFiles(dir), a.listing) {
		return false
	}
	for path, f := range a.Package.Files {
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(text, f.Text()) {
			return false
		}
	}
	return true
}

func goFiles(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") {
			names = append(names, e.Name())
		}
	}
	return names
}

// find picks out of a result the package in dir.
func find(r *analysis.Result, dir string) *analysis.Package {
	for _, p := range r.Packages {
		if p.Dir == dir {
			return p
		}
	}
	// The go command may know the directory by another name. There is one
	// package in it, so one package in the result is the one.
	if len(r.Packages) == 1 {
		return r.Packages[0]
	}
	return nil
}

// missing says in a line why a result has nothing for a package: its first
// problem, of those that have a place if there are any.
func missing(r *analysis.Result) string {
	if len(r.Problems) == 0 {
		return "no package was found"
	}
	first := max(slices.IndexFunc(r.Problems, func(p source.Problem) bool { return p.Pos.IsValid() }), 0)
	text, _, _ := strings.Cut(r.Problems[first].String(), "\n")
	if n := len(r.Problems) - 1; n > 0 {
		text = fmt.Sprintf("%s (and %d more)", text, n)
	}
	return text
}
