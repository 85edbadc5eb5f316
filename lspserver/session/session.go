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
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A Config is what a session is built from.
type Config struct {
	// Run analyses a package; it is analysis.Run outside tests.
	Run func(context.Context, analysis.Request) (*analysis.Result, error)
	// Deps finds out what the package in a request's Dir is compiled from; it is
	// Dependencies outside tests. Without it every package is taken to stand alone.
	Deps func(context.Context, analysis.Request) (*load.Dependencies, error)
	// Hints labels a package's operations; it is hint.Run outside tests.
	Hints func(*analysis.Package, runtimemap.Facts, hint.Options) []hint.Hint
	// Find looks for what can be rewritten in a package; it is fixes.Find outside
	// tests. Without it nothing is offered.
	Find func(*analysis.Result, analysis.Typed) rewrite.Found
	// Prepare analyses a package so that rewrites of it can be compiled; it is
	// Prepare outside tests. Without it no offer is compiled before it is made.
	Prepare func(context.Context, analysis.Request) (*Prepared, error)
	// Proved, when set, is called when offers of the package in a directory have
	// been compiled in the background. Like Finished, it must not block.
	Proved func(dir string)
	// Started, when set, is called as an analysis starts and Finished when it
	// has ended and its result, if it counts, is in place. Both are called without
	// the session's lock, from the goroutine that runs analyses: they must not block.
	Started  func(*Run)
	Finished func(*Run, Outcome)
	// Early, when set, is called when what is known of a package without its tests
	// is in place and these are still being analysed. Like Finished, it must not block.
	Early func(*Run)
	// After is the clock; it is time.After outside tests.
	After func(time.Duration) <-chan time.Time
	Log   *slog.Logger
}

// A Session is the state of one connection. Its methods may be called from any goroutine.
type Session struct {
	ctx context.Context
	cfg Config

	mu       sync.Mutex
	encoding source.Encoding
	defaults Options
	folders  []Folder
	docs     map[string]*document // by absolute path
	packages map[string]*pkg      // by directory
	queue    []job
	running  *Run
	working  bool
	clock    int // counts uses, for the least recently used package
	serial   int // of the last analysis
	results  results
	disk     changes
	workers  sync.WaitGroup

	hash hasher // used by the worker only

	prover prover
	// deriving holds a token while a rewrite is worked out on the present text.
	deriving chan struct{}
}

// New makes a session whose analyses end with ctx.
func New(ctx context.Context, cfg Config) *Session {
	if cfg.After == nil {
		cfg.After = time.After
	}
	return &Session{
		ctx:      ctx,
		cfg:      cfg,
		defaults: Options{Level: hint.Normal, Tests: true},
		deriving: make(chan struct{}, 1),
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

// Configure puts options in force, those of a folder for what is in it and
// else the defaults, and reports whether labels that are already shown may have changed.
func (s *Session) Configure(defaults Options, folders ...Folder) (relabelled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	type state struct {
		Options
		look look
	}
	before := map[string]state{}
	for dir := range s.packages {
		before[dir] = state{s.optionsFor(dir), s.lookFor(dir)}
	}
	s.defaults, s.folders = defaults, folders
	for _, dir := range slices.Sorted(maps.Keys(before)) {
		old, now, p := before[dir], s.optionsFor(dir), s.packages[dir]
		s.restrict(p, nil)
		if old.look != s.lookFor(dir) {
			s.relabel(p)
			relabelled = relabelled || s.hasOpen(dir)
		}
		same := buildOf(old.Options, old.Tests) == buildOf(now, now.Tests)
		if !same && s.running != nil && s.running.Dir == dir {
			p.generation++
			s.running.supersede()
			s.enqueue(job{dir: dir, why: Watched})
		}
		if s.hasOpen(dir) && !now.Manual && (!same || old.Manual || old.Typing != now.Typing) {
			s.enqueue(job{dir: dir, why: Opened})
		}
	}
	s.prove()
	return relabelled
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
	if !s.optionsFor(p.dir).Manual {
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
	d.recover()
	s.prover.edited(d.dir())
	if d.known != nil && s.view(d).Unchanged() {
		s.prove()
	}
	if o := s.optionsFor(d.dir()); o.Typing && !o.Manual {
		s.typed(s.pkg(d.dir()), o.Delay)
	}
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
// place of an analysis of the same package that is under way, and then those
// with open documents that depend on it.
func (s *Session) Save(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.docs[path]; ok && !d.dropped {
		d.remember()
	}
	p := s.pkg(filepath.Dir(path))
	if !s.optionsFor(p.dir).Manual {
		s.enqueue(job{dir: p.dir, why: Saved})
	}
	s.enqueueDependents(p, Dependent)
}

// Close forgets a document. What is known of its package is kept for a while.
func (s *Session) Close(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, path)
	dir := filepath.Dir(path)
	if !s.hasOpen(dir) {
		s.evict()
	} else if o := s.optionsFor(dir); o.Typing && !o.Manual {
		s.enqueue(job{dir: dir, why: Typed}) // without what was not saved
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
