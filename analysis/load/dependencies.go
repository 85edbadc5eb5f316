package load

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/toolchain"
)

// Dependencies is what one package is compiled from, as far as it can change
// while the toolchain stays the same: the directories of itself and of the
// packages that it imports, directly or not, its tests' imports included where asked for.
type Dependencies struct {
	// Toolchain is the one that the package is built with.
	Toolchain toolchain.Toolchain
	// Dir is the package's directory as the go command names it.
	Dir string
	// Dirs are the directories of packages whose files may be edited, sorted, Dir
	// among them. Those of the module cache are in Fixed, as are
	// those of the standard library where Dir is not itself part of it.
	Dirs []string
	// Fixed gives the import paths of dependencies that nobody edits, by directory.
	Fixed map[string]string
	// Ignored are the Go files of Dir that build constraints leave out; Files are
	// all others that the go command knows, tests included.
	Ignored, Files []string
	// ModFiles are the files that select the versions of dependencies: go.mod,
	// go.sum, go.work and so on, of every module in Dirs, whether they exist or not.
	ModFiles []string
	// Builds are the variants of the package in Dir as they are built: itself,
	// with its tests, its external tests, in this order, each only if there is
	// one and nothing about it is wrong that the go command knows of.
	Builds []*Build
	// Incomplete says that some package could not be found or read, so that
	// something that is not listed here may change the build.
	Incomplete bool
}

// DependenciesOf asks the go command for what the package in dir is compiled
// from. The package itself may be broken: that only makes the answer
// Incomplete. The error is ctx's, or that the go command cannot be run.
func DependenciesOf(ctx context.Context, tc toolchain.Toolchain, dir string, tests bool) (*Dependencies, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	args := []string{"list", "-e", "-deps", "-json=" + dependencyFields}
	if tests {
		args = append(args, "-test")
	}
	args = append(append(args, tc.Flags...), "--", ".")
	var stdout, stderr bytes.Buffer
	err = tc.Go(ctx, dir, &stdout, &stderr, args...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && !toolchain.Failed(err) {
		return nil, err
	}
	d := &Dependencies{Toolchain: tc, Dir: dir, Fixed: map[string]string{}, Incomplete: err != nil}
	var own dependencyJSON
	imports := map[string][]string{}
	for dec := json.NewDecoder(&stdout); ; {
		var p dependencyJSON
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		d.add(tc, p)
		imports[p.ImportPath] = p.Imports
		if b := newBuild(p); b != nil && (!p.DepOnly || p.ForTest != "") {
			d.Builds = append(d.Builds, b)
		}
		if !p.DepOnly && p.ForTest == "" && !strings.HasSuffix(p.ImportPath, ".test") {
			own = p
		}
	}
	d.Builds = slices.DeleteFunc(d.Builds, func(b *Build) bool { return b.Path != own.ImportPath })
	slices.SortFunc(d.Builds, func(a, b *Build) int { return cmp.Compare(a.Variant.order(), b.Variant.order()) })
	for _, b := range d.Builds {
		if b.Variant == XTest {
			b.EmbedPatterns = own.XTestEmbedPatterns // which the go command names only there
			b.Own = importers(imports, b.Imports, own.ImportPath)
		}
	}
	if own.Dir == "" {
		d.Incomplete = true
	} else {
		d.Dir = own.Dir
		for _, name := range slices.Concat(own.GoFiles, own.CgoFiles, own.TestGoFiles, own.XTestGoFiles) {
			d.Files = append(d.Files, filepath.Join(own.Dir, name))
		}
		for _, name := range own.IgnoredGoFiles {
			d.Ignored = append(d.Ignored, filepath.Join(own.Dir, name))
		}
	}
	// The package asked for may be edited, and who edits the standard library
	// edits any part of it.
	d.Dirs = append(d.Dirs, d.Dir)
	delete(d.Fixed, d.Dir)
	for dir := range d.Fixed {
		if own.Standard && within(tc.GOROOT, dir) {
			d.Dirs = append(d.Dirs, dir)
			delete(d.Fixed, dir)
		}
	}
	if work := tc.GOWORK; work != "" && work != "off" {
		d.ModFiles = append(d.ModFiles, work, work+".sum", filepath.Join(filepath.Dir(work), "vendor", "modules.txt"))
	}
	if tc.InModule() && tc.GOMOD != "" {
		d.addModule(tc.GOMOD)
	}
	slices.Sort(d.Dirs)
	d.Dirs = slices.Compact(d.Dirs)
	slices.Sort(d.ModFiles)
	d.ModFiles = slices.Compact(d.ModFiles)
	return d, nil
}

// add takes in one package of the list.
func (d *Dependencies) add(tc toolchain.Toolchain, p dependencyJSON) {
	if p.Error != nil {
		d.Incomplete = true
	}
	switch {
	case p.Dir == "" || strings.HasSuffix(p.ImportPath, ".test"):
		// "unsafe" has a directory, what could not be found has none, and a test's main is generated.
	case p.Standard, within(tc.GOMODCACHE, p.Dir):
		path, _, _ := strings.Cut(p.ImportPath, " ")
		d.Fixed[p.Dir] = path
	default:
		d.Dirs = append(d.Dirs, p.Dir)
		if p.Module != nil && p.Module.GoMod != "" {
			d.addModule(p.Module.GoMod)
		}
	}
}

// importers gives those of some packages that are a package, or a variant of
// it, or import it, directly or not.
func importers(imports map[string][]string, of []string, path string) []string {
	known := map[string]bool{}
	var reaches func(p string) bool
	reaches = func(p string) bool {
		if found, ok := known[p]; ok {
			return found
		}
		known[p] = false // should it come round to itself
		plain, variant, _ := strings.Cut(p, " ")
		known[p] = plain == path || variant != "" || slices.ContainsFunc(imports[p], reaches)
		return known[p]
	}
	var found []string
	for _, p := range of {
		if reaches(p) {
			found = append(found, p)
		}
	}
	return found
}

func (d *Dependencies) addModule(gomod string) {
	root := filepath.Dir(gomod)
	d.ModFiles = append(d.ModFiles, gomod, filepath.Join(root, "go.sum"), filepath.Join(root, "vendor", "modules.txt"))
}

func within(root, dir string) bool {
	return root != "" && strings.HasPrefix(dir, root+string(filepath.Separator))
}
