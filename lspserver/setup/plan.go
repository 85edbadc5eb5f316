package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// manifestName is the file that says which files of a directory we made.
const manifestName = ".mapescape-setup.json"

// A manifest is what a directory held when we left it.
type manifest struct {
	// Version is that of the mapescape which wrote it.
	Version string `json:"version"`
	// Files are the sums of the files that are ours, by their slash-separated names.
	Files map[string]string `json:"files"`
}

// A step is one change of a plan.
type step struct {
	verb string // "create", "update" or "remove"
	name string // slash-separated
	text []byte
}

// A plan says how a directory becomes what it should be.
type plan struct {
	dir   string
	fresh bool // we have put nothing there yet
	steps []step
	// blocked are reasons why nothing may be done, a sentence each.
	blocked []string
	want    map[string][]byte
	before  manifest
	version string
}

func (p plan) changes() int { return len(p.steps) }

// makePlan compares a directory with the files that it should hold. What
// stands there and is neither ours nor as wanted blocks the plan. Files in
// derived are made from others, by the editor as well, and may always be replaced.
func makePlan(dir, version string, want map[string][]byte, derived ...string) (plan, error) {
	p := plan{dir: dir, want: want, version: version}
	var err error
	if p.before, p.fresh, err = readManifest(dir); err != nil {
		return p, err
	}
	if p.fresh {
		if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
			p.blocked = append(p.blocked, dir+" was not made by `mapescape setup`")
			return p, nil
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	names := slices.Collect(maps.Keys(want))
	for name := range p.before.Files {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		wanted, keep := want[name]
		info, err := os.Lstat(file)
		if errors.Is(err, fs.ErrNotExist) {
			if keep {
				p.steps = append(p.steps, step{"create", name, wanted})
			}
			continue
		}
		if err != nil {
			return p, err
		}
		if !info.Mode().IsRegular() {
			p.blocked = append(p.blocked, file+" is not a file of ours")
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return p, err
		}
		known, ours := p.before.Files[name]
		switch {
		case keep && bytes.Equal(text, wanted):
			// Also what a run that was interrupted had written already.
		case !ours:
			p.blocked = append(p.blocked, file+" was not made by `mapescape setup`")
		case sum(text) != known && !slices.Contains(derived, name):
			p.blocked = append(p.blocked, file+" was changed since; move it away to have it written anew")
		case keep:
			p.steps = append(p.steps, step{"update", name, wanted})
		default:
			p.steps = append(p.steps, step{"remove", name, nil})
		}
	}
	return p, nil
}

// readManifest reads a directory's manifest; fresh says that there is none.
func readManifest(dir string) (m manifest, fresh bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, true, nil
	}
	if err != nil {
		return m, false, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, false, fmt.Errorf("%s: %w", filepath.Join(dir, manifestName), err)
	}
	for name := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return m, false, fmt.Errorf("%s names %q, which is outside of its directory", filepath.Join(dir, manifestName), name)
		}
	}
	return m, false, nil
}

// print says what a plan does.
func (p plan) print(w io.Writer) {
	for _, s := range p.steps {
		fmt.Fprintf(w, "  %s %s\n", s.verb, s.name)
	}
}

// apply carries a plan out. The manifest names a file before it is there, so
// that a run that was interrupted can be made up for.
func (p plan) apply() error {
	if err := os.MkdirAll(p.dir, 0o777); err != nil {
		return err
	}
	during := manifest{Version: p.version, Files: maps.Clone(p.before.Files)}
	if during.Files == nil {
		during.Files = map[string]string{}
	}
	for _, s := range p.steps {
		if s.verb == "create" {
			during.Files[s.name] = sum(s.text)
		}
	}
	if err := p.writeManifest(during); err != nil {
		return err
	}
	for _, s := range p.steps {
		file := filepath.Join(p.dir, filepath.FromSlash(s.name))
		var err error
		if s.verb == "remove" {
			err = os.Remove(file)
		} else if err = os.MkdirAll(filepath.Dir(file), 0o777); err == nil {
			err = write(file, s.text)
		}
		if err != nil {
			return err
		}
	}
	after := manifest{Version: p.version, Files: map[string]string{}}
	for name, text := range p.want {
		after.Files[name] = sum(text)
	}
	return p.writeManifest(after)
}

func (p plan) writeManifest(m manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return write(filepath.Join(p.dir, manifestName), append(text, '\n'))
}

// write replaces a file in one step.
func write(file string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".mapescape-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

func sum(text []byte) string {
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}
