package check

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWriteAll(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string, mode os.FileMode) string {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path(name), mode); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	want := func(name, text string) {
		t.Helper()
		if got, err := os.ReadFile(path(name)); err != nil || string(got) != text {
			t.Errorf("%s holds %q: %v", name, got, err)
		}
	}
	a, b, c := write("a.go", "a", 0o640), write("b.go", "b", 0o755), path("c.go")
	real := write("real.go", "c", 0o600)
	paths := []string{a, b, c}
	if runtime.GOOS == "windows" {
		paths = paths[:2]
	} else if err := os.Symlink(real, c); err != nil {
		t.Fatal(err)
	}
	texts := func(list ...string) map[string][]byte {
		out := map[string][]byte{}
		for i, text := range list {
			out[[]string{a, b, c}[i]] = []byte(text)
		}
		return out
	}
	// One of them has changed: none is written.
	err := writeAll(texts("a", "other", "c"), texts("A", "B", "C"), paths)
	if err == nil || !strings.Contains(err.Error(), "b.go has changed since it was read") {
		t.Errorf("error %v", err)
	}
	want("a.go", "a")
	want("b.go", "b")
	if err := writeAll(texts("a", "b", "c"), texts("A", "B", "C"), paths); err != nil {
		t.Fatal(err)
	}
	want("a.go", "A")
	want("b.go", "B")
	if runtime.GOOS != "windows" {
		want("real.go", "C")
		for name, mode := range map[string]os.FileMode{"a.go": 0o640, "b.go": 0o755, "real.go": 0o600} {
			if info, err := os.Lstat(path(name)); err != nil || info.Mode() != mode {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
		if info, err := os.Lstat(c); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the symbolic link is gone: %v, %v", info, err)
		}
	}
	if err := writeAll(texts("A"), texts("x"), []string{path("missing.go")}); err == nil {
		t.Error("a file that is not there was written")
	}
	// Nothing is left beside them.
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left", e.Name())
		}
	}
}
