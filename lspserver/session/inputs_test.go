package session

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
)

func TestIdentify(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("a.go", "package p\n\nimport \"fmt\"\n\nvar x = fmt.Sprint()\n")
	d := &load.Dependencies{Dir: dir, Dirs: []string{dir}, ModFiles: []string{filepath.Join(dir, "go.mod")}}
	var h hasher
	id := h.identify(d, "", nil)
	shape, key := id.shape, id.key
	for _, tt := range []struct {
		name       string
		change     func() (build string, overlay source.Overlay)
		shape, key bool // is another one
	}{
		{"nothing", func() (string, source.Overlay) { return "", nil }, false, false},
		{"the time", func() (string, source.Overlay) {
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
			return "", nil
		}, false, false},
		{"the build", func() (string, source.Overlay) { return "-race", nil }, true, true},
		{"a body", func() (string, source.Overlay) {
			write("a.go", "// Doc.\npackage p\n\nimport \"fmt\"\n\nvar x = fmt.Sprint(1)\n")
			return "", nil
		}, false, true},
		{"an unsaved body", func() (string, source.Overlay) {
			return "", source.Overlay{path: []byte("package p\n\nimport \"fmt\"\n\nvar x = fmt.Sprint(2)\n")}
		}, false, true},
		{"an import", func() (string, source.Overlay) {
			return "", source.Overlay{path: []byte("package p\n\nimport _ \"os\"\n\nimport \"fmt\"\n\nvar x = fmt.Sprint()\n")}
		}, true, true},
		{"a constraint", func() (string, source.Overlay) {
			return "", source.Overlay{path: []byte("//go:build x\n\npackage p\n\nimport \"fmt\"\n\nvar x = fmt.Sprint()\n")}
		}, true, true},
		{"broken", func() (string, source.Overlay) { return "", source.Overlay{path: []byte("packag")} }, true, true},
		{"a file that is not compiled", func() (string, source.Overlay) { write("README.md", "x"); return "", nil }, false, false},
		{"a module", func() (string, source.Overlay) {
			write("go.mod", "module m\n")
			t.Cleanup(func() { os.Remove(filepath.Join(dir, "go.mod")) })
			return "", nil
		}, true, true},
		{"an unsaved file", func() (string, source.Overlay) {
			return "", source.Overlay{filepath.Join(dir, "b.go"): []byte("package p\n")}
		}, true, true},
		{"a new file", func() (string, source.Overlay) { write("b.go", "package p\n"); return "", nil }, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			build, overlay := tt.change()
			id := h.identify(d, build, overlay)
			s, k := id.shape, id.key
			if (s != shape) != tt.shape || (k != key) != tt.key {
				t.Errorf("shape differs: %v, key differs: %v", s != shape, k != key)
			}
			write("a.go", "package p\n\nimport \"fmt\"\n\nvar x = fmt.Sprint()\n")
		})
	}
}

// A file that was written just before it was read is read again, even if its
// time and size are the same; one from long ago is not.
func TestHasherTrustsTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.go")
	at := time.Now()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	var h hasher
	sum := func() digest { return h.stat(path).sum }
	write("package a")
	first := sum()
	write("package b")
	if sum() == first {
		t.Error("a change within the granularity of time was missed")
	}
	at = at.Add(-time.Hour)
	write("package c")
	settled := sum()
	write("package d")
	if sum() != settled {
		t.Error("an old file was read twice")
	}
	at = at.Add(time.Nanosecond)
	write("package d")
	if sum() == settled {
		t.Error("a change of the time was missed")
	}
	if !h.differs(path, []byte("package c")) || h.differs(path, []byte("package d")) || !h.differs(path+"x", nil) {
		t.Error("differs is wrong")
	}
}

func TestResultsAreBounded(t *testing.T) {
	var r results
	text := make([]byte, maxText/4)
	put := func(i int, text []byte) *Analysis {
		a := &Analysis{Package: &analysis.Package{Files: map[string]*source.File{"a": source.NewFile("a", text)}}}
		r.put(digest{byte(i)}, a)
		return a
	}
	first := put(1, nil)
	for i := 2; i <= maxResults+5; i++ {
		put(i, nil)
		if r.get(digest{1}) != first {
			t.Fatal("what is used is forgotten")
		}
	}
	if len(r.list) != maxResults || r.get(digest{2}) != nil {
		t.Errorf("%d results are kept", len(r.list))
	}
	for i := range 10 {
		put(100+i, text)
	}
	if len(r.list) > 5 || r.size > maxText {
		t.Errorf("%d results with %d bytes are kept", len(r.list), r.size)
	}
	put(109, nil)
	if r.size > 3*len(text) {
		t.Errorf("%d bytes are counted", r.size)
	}
}

func TestExcluded(t *testing.T) {
	for _, tt := range []struct {
		filters []string
		dir     string
		want    bool
	}{
		{nil, "a", false},
		{[]string{"-a"}, "a", true},
		{[]string{"-a"}, "a/b", true},
		{[]string{"-a"}, "ab", false},
		{[]string{"-a"}, "b/a", false},
		{[]string{"-a/"}, "a", true},
		{[]string{"-**/a"}, "b/c/a/d", true},
		{[]string{"-**/a"}, "a", true},
		{[]string{"-a/*/c"}, "a/b/c", true},
		{[]string{"-a/*/c"}, "a/c", false},
		{[]string{"-", "+a"}, "a/b", false},
		{[]string{"-", "+a"}, "b", true},
		{[]string{"-"}, "", true},
		{[]string{"-a", "+a/b"}, "a/b/c", false},
		{[]string{"+a/b", "-a"}, "a/b/c", true},
		{[]string{"", "-[", "-a"}, "a", true},
	} {
		if got := excluded(tt.filters, tt.dir); got != tt.want {
			t.Errorf("%q %q: %v", tt.filters, tt.dir, got)
		}
	}
}

// A directory that a filter excludes is analysed only on demand.
func TestFiltered(t *testing.T) {
	h := start(t)
	o := Options{Level: "normal", Tests: true, Filters: []string{"-third"}}
	h.Configure(Options{Level: "normal", Manual: true}, Folder{h.dir, o}, Folder{filepath.Join(h.dir, "third", "own"), Options{Level: "normal"}})
	for i, name := range []string{"third/a.go", "a/a.go", "third/own/a.go"} {
		path := h.write(name, "m")
		h.open(path, "m")
		if i > 0 {
			h.finished()
			h.want(path, "m<Lnormal>")
		}
	}
	third := filepath.Join(h.dir, "third", "a.go")
	h.want(third, "m")
	<-h.Analyze(filepath.Dir(third))
	h.finished()
	h.want(third, "m<Lnormal>")
	if len(h.runs) != 3 {
		t.Errorf("runs %v", fmt.Sprint(h.runs))
	}
}

func TestClauses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"package p\n", "package p"},
		{"// Doc.\n\n//go:build x && !y\n\n/* a\npackage q\n*/\npackage p // c\nvar x\n", "//go:build x && !y|package p // c"},
		{"/* a */\n//go:build x\r\n\r\npackage p\r\n", "//go:build x|package p"},
		{"var x\npackage p\n", ""},
		{"", ""},
		{"/* \n", ""},
	} {
		f := source.NewFile("a.go", []byte(tt.text))
		got := ""
		for i, c := range clauses(f) {
			if i > 0 {
				got += "|"
			}
			got += string(f.Text()[c.Start:c.End])
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestLeftOut(t *testing.T) {
	d := &load.Dependencies{Ignored: []string{"/p/a.go", "/p/a_windows.go", "/p/_a.go", "/p/c.go"}}
	d.Toolchain.GOOS, d.Toolchain.GOARCH = "linux", "amd64"
	for _, tt := range []struct{ path, text, want string }{
		{"/p/b.go", "package p", ""},
		{"/p/a.go", "//go:build x\npackage p", `"//go:build x" leaves it out of the build for linux/amd64`},
		{"/p/a_windows.go", "package p", "its name leaves it out of the build for linux/amd64"},
		{"/p/_a.go", "package p", "the go command ignores files whose names begin with an underscore or a dot"},
		{"/p/c.go", "package p\nimport \"C\"\n", `it imports "C", and its name or CGO_ENABLED leaves it out of the build for linux/amd64`},
	} {
		if got := leftOut(d, source.NewFile(tt.path, []byte(tt.text))); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
}
