package mapop

import (
	"go/build"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestStandardLibrary runs Find over big packages of the standard library and
// checks what holds for every operation of any package.
func TestStandardLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("type-checks big packages")
	}
	root := filepath.Join(build.Default.GOROOT, "src")
	if _, err := os.Stat(filepath.Join(root, "maps")); err != nil {
		t.Skip("no source of the standard library")
	}
	match := func(dir, name string) bool {
		ok, err := build.Default.MatchFile(dir, name)
		return err == nil && ok && !strings.HasSuffix(name, "_test.go")
	}
	paths := []string{"encoding/json", "go/types", "text/template", "net/http", "maps", "sync", "reflect"}
	check := newChecker(t, paths...)
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			pkg := check.loadDir(t, path, filepath.Join(root, filepath.FromSlash(path)), match)
			ops := Find(pkg)
			checkInvariants(t, pkg.Files, ops)
			if again := Find(pkg); !reflect.DeepEqual(ops, again) {
				t.Error("a second run differs")
			}
			kinds := map[Kind]int{}
			for _, op := range ops {
				kinds[op.Kind]++
			}
			t.Logf("%d operations: %v", len(ops), kinds)
			if slices.Contains([]string{"go/types", "net/http", "text/template"}, path) && (kinds[Make] == 0 || kinds[Insert] == 0 || kinds[Lookup] == 0) {
				t.Errorf("kinds missing: %v", kinds)
			}
		})
	}
}
