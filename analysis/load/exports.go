package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/mapescape/mapescape/analysis/toolchain"
)

// Exports asks the go command for the export data of packages, by the import
// paths that it has for them, and builds what is not built. A package that
// does not build is missing from the answer. The flags in force decide what is
// built, without those that are given to the compiler for the packages analysed.
func Exports(ctx context.Context, tc toolchain.Toolchain, paths []string) (map[string]string, error) {
	exports := map[string]string{}
	if len(paths) == 0 {
		return exports, nil
	}
	tc, temp, err := tc.Temp()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	args := slices.Concat([]string{"list", "-e", "-export", "-json=ImportPath,Export"}, tc.Flags, []string{"--"}, paths)
	err = listInto(ctx, tc, args, func(p exportJSON) {
		if p.Export != "" {
			exports[p.ImportPath] = p.Export
		}
	})
	return exports, err
}

// TestExports asks for the export data of all that the tests of a package
// import, by the go command's names for them: "q [p.test]". The go command has
// to build the package with its tests for that.
func TestExports(ctx context.Context, tc toolchain.Toolchain, path string) (map[string]string, error) {
	tc, temp, err := tc.Temp()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	exports := map[string]string{}
	args := slices.Concat([]string{"list", "-e", "-export", "-test", "-deps", "-json=ImportPath,Export"}, tc.Flags, []string{"--", path})
	err = listInto(ctx, tc, args, func(p exportJSON) {
		if p.Export != "" {
			exports[p.ImportPath] = p.Export
		}
	})
	return exports, err
}

// Generated asks for the files that the compiler is given for the variants of
// a package some of whose files import "C", by the variants' names: cgo is run
// on them, and where it was not before, the C compiler too.
func Generated(ctx context.Context, tc toolchain.Toolchain, path string, tests bool) (map[string][]string, error) {
	tc, temp, err := tc.Temp()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	args := []string{"list", "-e", "-compiled", "-json=ImportPath,Dir,CompiledGoFiles"}
	if tests {
		args = append(args, "-test")
	}
	files := map[string][]string{}
	err = listInto(ctx, tc, slices.Concat(args, tc.Flags, []string{"--", path}), func(p generatedJSON) {
		for _, name := range p.CompiledGoFiles {
			if !filepath.IsAbs(name) {
				name = filepath.Join(p.Dir, name)
			}
			files[p.ImportPath] = append(files[p.ImportPath], name)
		}
	})
	return files, err
}

type exportJSON struct{ ImportPath, Export string }

type generatedJSON struct {
	ImportPath, Dir string
	CompiledGoFiles []string
}

// listInto runs a `go list` that prints JSON and hands on what it prints. That
// packages do not build is no error: the answer leaves them out.
func listInto[T any](ctx context.Context, tc toolchain.Toolchain, args []string, take func(T)) error {
	var stdout bytes.Buffer
	err := tc.Go(ctx, "", &stdout, io.Discard, args...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !toolchain.Failed(err) {
		return err
	}
	for dec := json.NewDecoder(&stdout); ; {
		var p T
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list: %w", err)
		}
		take(p)
	}
}
