package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

// A digest identifies content; the zero digest identifies none.
type digest [sha256.Size]byte

// A hasher identifies what packages are compiled from. It is used by one
// goroutine only. A file whose time and size are as before is not read again,
// unless it was written so shortly before it was read that a later write could
// have left the time as it was.
type hasher struct {
	files map[string]fileState
}

// fileState is what is known of a file.
type fileState struct {
	modified time.Time
	size     int64
	settled  bool   // another write would have another time
	sum      digest // of the whole text
	head     digest // of what decides what is imported: constraints, package name and imports
}

const (
	// settleTime is longer than the granularity of any file system's times.
	settleTime = 2 * time.Second
	maxHashed  = 1 << 15 // files
)

// stat gives the state of a file; the zero state where it cannot be read.
func (h *hasher) stat(path string) fileState {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return fileState{}
	}
	known, ok := h.files[path]
	if ok && known.settled && known.modified.Equal(info.ModTime()) && known.size == info.Size() {
		return known
	}
	now := time.Now()
	text, err := os.ReadFile(path)
	if err != nil {
		return fileState{}
	}
	state := stateOf(path, text)
	state.modified, state.size = info.ModTime(), info.Size()
	state.settled = now.Sub(info.ModTime()) > settleTime && int64(len(text)) == info.Size()
	if h.files == nil || len(h.files) > maxHashed {
		h.files = map[string]fileState{}
	}
	h.files[path] = state
	return state
}

// stateOf identifies a text.
func stateOf(path string, text []byte) fileState {
	s := fileState{sum: sha256.Sum256(text)}
	s.head = s.sum
	if strings.HasSuffix(path, ".go") {
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly|parser.ParseComments|parser.SkipObjectResolution)
		if err == nil {
			s.head = headOf(f, text)
		}
	}
	return s
}

// headOf identifies what a file's head says to the go command.
func headOf(f *ast.File, text []byte) digest {
	parts := []string{f.Name.Name}
	for _, spec := range f.Imports {
		parts = append(parts, spec.Path.Value)
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if constraint.IsGoBuild(c.Text) || constraint.IsPlusBuild(c.Text) {
				parts = append(parts, c.Text)
			}
		}
	}
	if bytes.Contains(text, embedDirective) {
		for line := range bytes.Lines(text) {
			if bytes.HasPrefix(bytes.TrimSpace(line), embedDirective) {
				parts = append(parts, string(line))
			}
		}
	}
	return sha256.Sum256(fmt.Appendf(nil, "%q", parts))
}

// embedDirective begins a line by which a file asks for others, wherever in it that is.
var embedDirective = []byte("//go:embed")

// compiled are the extensions of files that a package may be made from.
var compiled = []string{".go", ".s", ".S", ".sx", ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m", ".f", ".F", ".syso", ".swig", ".swigcxx", ".pgo"}

// names are the files of a directory that a package may be made from, sorted.
func names(dir string, overlay source.Overlay) []string {
	var out []string
	entries, err := os.ReadDir(dir)
	if err == nil {
		for _, e := range entries {
			if slices.Contains(compiled, filepath.Ext(e.Name())) {
				out = append(out, e.Name())
			}
		}
	}
	for path := range overlay {
		if filepath.Dir(path) == dir {
			out = append(out, filepath.Base(path))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// An identity tells the states of what a package is compiled from apart.
type identity struct {
	// shape decides what the package depends on.
	shape digest
	// key decides what the compiler says of it.
	key digest
	// upstream is of the other packages that may be edited.
	upstream digest
	// newest is the time of the last change on the disk.
	newest time.Time
}

// identify reads the state of what a package is compiled from.
func (h *hasher) identify(d *load.Dependencies, build string, overlay source.Overlay) (id identity) {
	shapes, keys, upstreams := sha256.New(), sha256.New(), sha256.New()
	put := func(w io.Writer, text string) {
		_ = binary.Write(w, binary.LittleEndian, int64(len(text))) // a hash does not fail
		_, _ = io.WriteString(w, text)
	}
	all := io.MultiWriter(shapes, keys)
	put(all, build)
	for _, part := range tools(d) {
		put(all, part)
	}
	for _, path := range d.ModFiles {
		state := h.stat(path)
		put(all, path)
		put(all, string(state.sum[:]))
	}
	for _, dir := range d.Dirs {
		sums := io.MultiWriter(keys, upstreams)
		if dir == d.Dir {
			sums = keys
		}
		all := io.MultiWriter(shapes, sums)
		put(all, dir)
		for _, name := range names(dir, overlay) {
			path := filepath.Join(dir, name)
			state := h.stat(path)
			if state.modified.After(id.newest) {
				id.newest = state.modified
			}
			if text, ok := overlay[path]; ok {
				state = stateOf(path, text)
			}
			put(all, name)
			put(shapes, string(state.head[:]))
			put(sums, string(state.sum[:]))
		}
	}
	shapes.Sum(id.shape[:0])
	keys.Sum(id.key[:0])
	upstreams.Sum(id.upstream[:0])
	return id
}

// tools describes the toolchain and the settings of the go command, as far as
// they can change on the disk while the server runs.
func tools(d *load.Dependencies) []string {
	tc := d.Toolchain
	parts := []string{tc.Version, tc.GOOS, tc.GOARCH, tc.GOEXPERIMENT, tc.GOFLAGS, tc.GOROOT, tc.GOMOD, tc.GOWORK}
	paths := []string{tc.Command, filepath.Join(tc.GOROOT, "VERSION"), os.Getenv("GOENV")}
	if config, err := os.UserConfigDir(); err == nil {
		paths = append(paths, filepath.Join(config, "go", "env"))
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			parts = append(parts, fmt.Sprint(path, info.ModTime().UnixNano(), info.Size()))
		}
	}
	return parts
}

// differs reports whether a text is not what the disk holds at path.
func (h *hasher) differs(path string, text []byte) bool {
	state := h.stat(path)
	return state.sum == digest{} || state.sum != sha256.Sum256(text)
}
