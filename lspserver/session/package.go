package session

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/load"
)

// pkg is the state of one package directory, guarded by the session's lock.
type pkg struct {
	dir string
	// real is dir without symbolic links, as the go command names it.
	real string
	// generation counts the analyses that were asked for; only the newest one's result counts.
	generation int
	used       int // the session's clock at the last use

	// last is the last analysis that succeeded.
	last *Analysis
	// byFile is the last analysis that included a file, by the file's name: for
	// a test file, an older one than last when the tests do not build any more.
	byFile map[string]*Analysis

	// problem says why the newest analysis gave no result, testProblem why it gave none for some of the tests.
	problem, testProblem string
	// told is the trouble that the user has been told of.
	told trouble

	// deps is what the package is compiled from, nil while that is not known.
	deps *knownDeps
	// attempt identifies what the newest finished analysis was made from, zero
	// if that is not known.
	attempt digest
	// edits counts changes of the text while waiting says that somebody waits for them to end.
	edits   int
	waiting bool

	// readOnly and quiet say what may be done in the package's files; see restrict.
	readOnly, quiet bool

	waiters []chan Outcome

	// warm is what the next analysis need not find out again, nil where it was
	// long ago that there was one.
	warm *analysis.Warm
}

// knownDeps is what the go command said of a package's dependencies.
type knownDeps struct {
	*load.Dependencies
	build string // the options that it was asked under
	shape digest // of what it read; zero if that may have changed meanwhile
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
		p = &pkg{dir: dir, real: realDir(dir), byFile: map[string]*Analysis{}}
		s.packages[dir] = p
	}
	s.clock++
	p.used = s.clock
	return p
}

// realDir resolves the symbolic links in a directory's name, as far as it exists.
func realDir(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
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
}

// succeed takes an analysis over. What is known of test files stays where they
// were not asked for or do not build.
func (p *pkg) succeed(a *Analysis, askedTests bool, testProblem string) {
	p.problem = ""
	p.last = a
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

// relabel gives a package's analyses the labels that the options in force ask for.
func (s *Session) relabel(p *pkg) {
	now := map[*Analysis]*Analysis{}
	again := func(a *Analysis) *Analysis {
		if a != nil && now[a] == nil {
			now[a] = a.label(s, s.lookFor(p.dir))
		}
		return now[a]
	}
	p.last = again(p.last)
	for name, a := range p.byFile {
		p.byFile[name] = again(a)
	}
	for _, d := range s.docs {
		if d.dir() == p.dir && d.known != nil {
			// The operations and offers are the same in the same order, so the places stay as they are.
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

func (s *Session) hasOpen(dir string) bool {
	for _, d := range s.docs {
		if d.dir() == dir {
			return true
		}
	}
	return false
}

// wantsTests reports whether a test file of dir is open and the user wants them analysed.
func (s *Session) wantsTests(dir string) bool {
	if !s.optionsFor(dir).Tests {
		return false
	}
	for path, d := range s.docs {
		if d.dir() == dir && !d.dropped && isTest(path) {
			return true
		}
	}
	return false
}

func isTest(path string) bool { return strings.HasSuffix(path, "_test.go") }
