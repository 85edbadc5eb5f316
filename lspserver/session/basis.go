package session

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

// basis is what an analysis is made from.
type basis struct {
	request analysis.Request
	deps    *load.Dependencies // nil when they could not be found out
	build   string
	// foreign says that it is nobody's own package.
	foreign bool
	// key identifies all of it; zero where something is not known.
	key digest
	// upstream identifies the part of it that is in other packages.
	upstream digest
}

// buildOf describes the options that decide what is compiled.
func buildOf(o Options, tests bool) string { return fmt.Sprintf("%q %q %v", o.Flags, o.Env, tests) }

// basis finds out what an analysis is to be made from. Only what it needs of
// the session is read under the lock; the rest takes its time.
func (s *Session) basis(r *Run) basis {
	s.mu.Lock()
	p := s.pkg(r.Dir)
	known, host := p.deps, s.hostOf(p)
	buffers := s.buffers(r.options)
	s.mu.Unlock()

	b := basis{build: buildOf(r.options, r.Tests)}
	b.request = analysis.Request{
		Dir:      r.Dir,
		Patterns: []string{"."},
		Tests:    r.Tests,
		Flags:    r.options.Flags,
		Env:      r.options.Env,
		Progress: r.report,
	}
	certain := true
	switch {
	case host != nil:
		// Nobody's own package: it is built as the package that imports it is.
		b.foreign = true
		b.request.Dir, b.request.Patterns = host.Dir, []string{host.Fixed[p.real]}
		b.deps = &load.Dependencies{Toolchain: host.Toolchain, Dir: p.real, Dirs: []string{p.real}, ModFiles: host.ModFiles}
	default:
		b.deps, certain = s.dependencies(r, p, known, b.build)
	}
	if b.deps == nil {
		b.request.Overlay = s.overlay(buffers, []string{p.real}, p)
		return b
	}
	b.request.Overlay = s.overlay(buffers, b.deps.Dirs, p)
	if certain {
		b.key, b.upstream = s.key(b)
	}
	return b
}

// key identifies a basis as it is now, and the part of it that is in other packages.
func (s *Session) key(b basis) (key, upstream digest) {
	if b.deps == nil || b.deps.Incomplete {
		return digest{}, digest{}
	}
	build := b.build + " " + b.deps.Dir
	now := s.hash.identify(b.deps, build, b.request.Overlay)
	if len(b.request.Overlay) > 0 {
		// Unsaved imports may bring in what the go command has not been asked about.
		if saved := s.hash.identify(b.deps, build, nil); saved.shape != now.shape {
			return digest{}, digest{}
		}
	}
	return now.key, now.upstream
}

// dependencies gives what the package is compiled from, asking the go command
// if what is known may not be true any more. They are certain unless something
// changed while it was asked.
func (s *Session) dependencies(r *Run, p *pkg, known *knownDeps, build string) (d *load.Dependencies, certain bool) {
	if s.cfg.Deps == nil {
		return &load.Dependencies{Dir: p.real, Dirs: []string{p.real}}, true
	}
	if known != nil && known.build == build {
		if s.hash.identify(known.Dependencies, build, nil).shape == known.shape {
			return known.Dependencies, true
		}
	}
	s.begin(r)
	began := time.Now()
	req := analysis.Request{Dir: r.Dir, Tests: r.Tests, Flags: r.options.Flags, Env: r.options.Env}
	d, err := s.cfg.Deps(r.ctx, req)
	if err != nil {
		s.cfg.Log.Debug("dependencies", "dir", r.Dir, "error", err)
		return nil, false
	}
	id := s.hash.identify(d, build, nil)
	if certain = id.newest.Before(began.Add(-settleTime)); !certain {
		// Something was written so shortly before that it may have been written
		// after it was read, too: the same answer for the same files settles it.
		again, err := s.cfg.Deps(r.ctx, req)
		certain = err == nil && s.hash.identify(d, build, nil).shape == id.shape && slices.Equal(again.Dirs, d.Dirs) && slices.Equal(again.Ignored, d.Ignored)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.deps = &knownDeps{Dependencies: d, build: build}
	if certain {
		p.deps.shape = id.shape
	}
	return d, certain
}

// hostOf gives what is known of a package of the workspace that imports p, when
// p is of the standard library or of the module cache and nobody works on it;
// nil otherwise. Called with the lock held.
func (s *Session) hostOf(p *pkg) *load.Dependencies {
	for _, f := range s.folders {
		if _, ok := below(f.Dir, p.dir); ok {
			return nil
		}
	}
	var host *pkg
	for _, q := range s.packages {
		if q.deps == nil || q == p || q.deps.Fixed[p.real] == "" {
			continue
		}
		// Of several, always the same one, so that the result can be used again.
		if host == nil || q.dir < host.dir {
			host = q
		}
	}
	if host == nil {
		return nil
	}
	return host.deps.Dependencies
}

// buffers are the texts of all open documents; none unless unsaved text is
// analysed. Called with the lock held.
func (s *Session) buffers(o Options) map[string]*source.File {
	if !o.Typing {
		return nil
	}
	out := map[string]*source.File{}
	for path, d := range s.docs {
		if !d.dropped {
			out[path] = d.file
		}
	}
	return out
}

// overlay picks the buffers of some directories that differ from the disk, by
// the names that the go command has for them.
func (s *Session) overlay(buffers map[string]*source.File, dirs []string, own *pkg) source.Overlay {
	overlay := source.Overlay{}
	for path, f := range buffers {
		dir := own.real
		if filepath.Dir(path) != own.dir {
			dir = realDir(filepath.Dir(path))
		}
		if path = filepath.Join(dir, filepath.Base(path)); slices.Contains(dirs, dir) && s.hash.differs(path, f.Text()) {
			overlay[path] = f.Text()
		}
	}
	if len(overlay) == 0 {
		return nil
	}
	return overlay
}
