package load

import (
	"bytes"
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
	// Incomplete says that some package could not be found or read, so that
	// something that is not listed here may change the build.
	Incomplete bool
}

// dependencyJSON is the part of the go command's package description that DependenciesOf needs.
type dependencyJSON struct {
	Dir, ImportPath, ForTest                                     string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles, IgnoredGoFiles []string
	Standard, DepOnly                                            bool
	Module                                                       *struct{ GoMod string }
	Error                                                        *struct{ Err string }
}

// DependenciesOf asks the go command for what the package in dir is compiled
// from. The package itself may be broken: that only makes the answer
// Incomplete. The error is ctx's, or that the go command cannot be run.
func DependenciesOf(ctx context.Context, tc toolchain.Toolchain, dir string, tests bool) (*Dependencies, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	args := []string{"list", "-e", "-deps", "-json=Dir,ImportPath,ForTest,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles,Standard,DepOnly,Module,Error"}
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
	for dec := json.NewDecoder(&stdout); ; {
		var p dependencyJSON
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		d.add(tc, p)
		if !p.DepOnly && p.ForTest == "" && !strings.HasSuffix(p.ImportPath, ".test") {
			own = p
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

func (d *Dependencies) addModule(gomod string) {
	root := filepath.Dir(gomod)
	d.ModFiles = append(d.ModFiles, gomod, filepath.Join(root, "go.sum"), filepath.Join(root, "vendor", "modules.txt"))
}

func within(root, dir string) bool {
	return root != "" && strings.HasPrefix(dir, root+string(filepath.Separator))
}
