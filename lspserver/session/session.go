// Package session holds everything that changes while a language server runs:
// the open documents, the settings in force, the analyses that are queued,
// running and finished, and where their statements stand in the text as it is now.
//
// It speaks paths, byte offsets and plain values; it knows no protocol. All
// changes are made under one lock and in the order in which they are asked
// for; readers get an immutable View. An analysis is never waited for here: a
// View is of the newest finished one, its statements moved along with every edit since.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

// A Config is what a session is built from. Every field but the callbacks is required.
type Config struct {
	// Run analyses a package; it is analysis.Run outside tests.
	Run func(context.Context, analysis.Request) (*analysis.Result, error)
	// Hints labels a package's operations; it is hint.Run outside tests.
	Hints func(*analysis.Package, runtimemap.Facts, hint.Options) []hint.Hint
	// Started, when set, is called as an analysis starts and Finished when it
	// has ended and its result, if it counts, is in place. Both are called without
	// the session's lock, from the goroutine that runs analyses: they must not block.
	Started  func(*Run)
	Finished func(*Run, Outcome)
	Log      *slog.Logger
}

// Options are the user's choices that matter here. A change of Level relabels
// what is known; every other change analyses the packages of open documents again.
type Options struct {
	Level hint.Level
	// Manual analyses a package only when Analyze asks for it.
	Manual bool
	// Tests analyses _test.go files too, as soon as one of the package is open.
	Tests bool
	Flags []string
	Env   []string
}

// A Session is the state of one connection. Its methods may be called from any goroutine.
type Session struct {
	ctx context.Context
	cfg Config

	mu       sync.Mutex
	encoding source.Encoding
	options  Options
	docs     map[string]*document // by absolute path
	packages map[string]*pkg      // by directory
	queue    []job
	running  *Run
	working  bool
	clock    int // counts analyses, for the least recently used package
	workers  sync.WaitGroup
}

// New makes a session whose analyses end with ctx.
func New(ctx context.Context, cfg Config) *Session {
	return &Session{
		ctx:      ctx,
		cfg:      cfg,
		options:  Options{Level: hint.Normal, Tests: true},
		docs:     map[string]*document{},
		packages: map[string]*pkg{},
	}
}

// Wait returns when no analysis runs any more, which is soon after the session's context has ended.
func (s *Session) Wait() { s.workers.Wait() }

// SetEncoding says in which unit Change counts columns; it is called before the first Open.
func (s *Session) SetEncoding(enc source.Encoding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.encoding = enc
}

// Encoding is the unit of columns.
func (s *Session) Encoding() source.Encoding {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.encoding
}

// Configure puts options in force and reports whether labels that are already
// shown may have changed.
func (s *Session) Configure(o Options) (relabelled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.options
	s.options = o
	if old.Level != o.Level {
		for _, p := range s.packages {
			s.relabel(p)
		}
		for _, d := range s.docs {
			relabelled = relabelled || d.known != nil
		}
	}
	same := old.Tests == o.Tests && slices.Equal(old.Flags, o.Flags) && slices.Equal(old.Env, o.Env)
	if !same {
		// What is known was found under other flags: stop trusting it, but keep showing it.
		for _, p := range s.packages {
			p.current, p.currentTests = false, false
		}
		if s.running != nil {
			s.enqueue(job{dir: s.running.Dir, why: Asked})
		}
	}
	if !o.Manual && (!same || old.Manual) {
		s.reanalyze()
	}
	return relabelled
}

// reanalyze queues the packages of all open documents.
func (s *Session) reanalyze() {
	var dirs []string
	for _, d := range s.docs {
		if !d.dropped && !slices.Contains(dirs, d.dir()) {
			dirs = append(dirs, d.dir())
		}
	}
	slices.Sort(dirs)
	for _, dir := range dirs {
		s.enqueue(job{dir: dir, why: Opened})
	}
}

// Open takes over a document from the client. The error says why it is not
// served; it then stays unserved until it is opened again.
func (s *Session) Open(path string, version int32, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := newDocument(path, version, text)
	s.docs[path] = d
	if hasLoneCR(d.file.Text()) {
		d.drop()
		return errLoneCR
	}
	p := s.pkg(d.dir())
	d.show(p.known(path))
	if !s.options.Manual {
		s.enqueue(job{dir: p.dir, why: Opened})
	}
	return nil
}

// errLoneCR explains why a document is refused: the protocol counts a "\r"
// alone as the end of a line, the Go compiler does not, so that editor and
// compiler number the lines differently.
var errLoneCR = errors.New(`a "\r" without "\n" ends a line for the editor but not for the Go compiler`)

// Change applies a client's changes to an open document, one after the other.
// Where they leave any doubt about the text, the document is dropped and the
// error says why; that is reported once, and the document is ignored until it is opened again.
func (s *Session) Change(path string, version int32, changes []Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.docs[path]
	if !ok {
		s.docs[path] = &document{path: path, dropped: true} // so that it is said once
		return errors.New("it is changed but has not been opened")
	}
	if d.dropped || len(changes) == 0 {
		return nil
	}
	if version <= d.version {
		err := fmt.Errorf("version %d follows version %d", version, d.version)
		d.drop()
		return err
	}
	for _, c := range changes {
		if err := d.apply(c, s.encoding); err != nil {
			d.drop()
			return err
		}
	}
	d.version = version
	return nil
}

// Drop stops serving an open document whose text is no longer certain, until it is opened again.
func (s *Session) Drop(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.docs[path]; ok {
		d.drop()
	}
}

// Save says that path has been written. Its package is analysed next, in
// place of an analysis of the same package that is under way.
func (s *Session) Save(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.docs[path]; ok && !d.dropped {
		d.remember()
	}
	if !s.options.Manual {
		s.enqueue(job{dir: filepath.Dir(path), why: Saved})
	}
}

// Close forgets a document. What is known of its package is kept for a while.
func (s *Session) Close(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, path)
	dir := filepath.Dir(path)
	if !s.hasOpen(dir) {
		s.queue = slices.DeleteFunc(s.queue, func(j job) bool { return j.dir == dir && j.why == Opened })
		s.evict()
	}
}

// Analyze analyses the package in dir now, whatever the trigger. The channel
// gets the outcome of the analysis that counts; it is closed without one when the session ends.
func (s *Session) Analyze(dir string) <-chan Outcome {
	done := make(chan Outcome, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		close(done)
		return done
	}
	p := s.pkg(dir)
	p.waiters = append(p.waiters, done)
	s.enqueue(job{dir: dir, why: Asked})
	return done
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
	if !s.options.Tests {
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
