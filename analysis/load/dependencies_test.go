package load

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis/toolchain"
)

const dependenciesTree = `
-- go.work --
go 1.24

use (
	./m
	./n
)
-- m/go.mod --
module example.com/m

go 1.24

require example.com/n v0.0.0
-- m/a/a.go --
package a

import (
	"fmt"

	"example.com/m/b"
)

func F() { fmt.Println(b.B()) }
-- m/a/a_windows.go --
package a
-- m/a/a_test.go --
package a_test

import _ "example.com/m/c"
-- m/b/b.go --
package b

import "example.com/n"

func B() int { return n.N }
-- m/c/c.go --
package c
-- m/broken/broken.go --
package broken

import _ "example.com/m/nowhere"
-- n/go.mod --
module example.com/n

go 1.24
-- n/n.go --
package n

const N = 1
`

func TestDependenciesOf(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(dependenciesTree)).Files {
		path := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	rel := func(paths []string) []string {
		var out []string
		for _, p := range paths {
			r, err := filepath.Rel(root, p)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, filepath.ToSlash(r))
		}
		return out
	}
	ask := func(dir string, tests bool) *Dependencies {
		t.Helper()
		dir = filepath.Join(root, filepath.FromSlash(dir))
		tc, err := toolchain.Detect(context.Background(), toolchain.Query{Dir: dir, Env: []string{"GOOS=linux"}})
		if err != nil {
			t.Fatal(err)
		}
		d, err := DependenciesOf(context.Background(), tc, dir, tests)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		dir        string
		tests      bool
		dirs       []string
		incomplete bool
	}{
		{dir: "m/a", dirs: []string{"m/a", "m/b", "n"}},
		{dir: "m/a", tests: true, dirs: []string{"m/a", "m/b", "m/c", "n"}},
		{dir: "m/broken", dirs: []string{"m/broken"}, incomplete: true},
		{dir: "m/gone", dirs: []string{"m/gone"}, incomplete: true},
	} {
		if tt.dir == "m/gone" {
			if err := os.Mkdir(filepath.Join(root, "m", "gone"), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		d := ask(tt.dir, tt.tests)
		if diff := cmp.Diff(tt.dirs, rel(d.Dirs)); diff != "" || d.Incomplete != tt.incomplete {
			t.Errorf("%s: incomplete is %v, directories (-want +got)\n%s", tt.dir, d.Incomplete, diff)
		}
	}
	d := ask("m/a", true)
	if diff := cmp.Diff([]string{"m/a/a_windows.go"}, rel(d.Ignored)); diff != "" {
		t.Errorf("ignored files (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"m/a/a.go", "m/a/a_test.go"}, rel(d.Files)); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	mods := rel(d.ModFiles)
	for _, want := range []string{"go.work", "go.work.sum", "m/go.mod", "m/go.sum", "n/go.mod"} {
		if !slices.Contains(mods, want) {
			t.Errorf("%s is not among %v", want, mods)
		}
	}
	if got := d.Fixed[filepath.Join(d.Toolchain.GOROOT, "src", "fmt")]; got != "fmt" {
		t.Errorf("fmt is %q", got)
	}
	if rel([]string{d.Dir})[0] != "m/a" {
		t.Errorf("directory %s", d.Dir)
	}
	// Who asks for a package of the standard library may edit the others.
	fmtDir := filepath.Join(d.Toolchain.GOROOT, "src", "fmt")
	tc, err := toolchain.Detect(context.Background(), toolchain.Query{Dir: fmtDir})
	if err != nil {
		t.Fatal(err)
	}
	if d, err := DependenciesOf(context.Background(), tc, fmtDir, false); err != nil || len(d.Fixed) > 0 || !slices.Contains(d.Dirs, fmtDir) || !slices.Contains(d.Dirs, filepath.Join(d.Toolchain.GOROOT, "src", "strconv")) {
		t.Errorf("fmt: %+v, %v", d, err)
	}
}
