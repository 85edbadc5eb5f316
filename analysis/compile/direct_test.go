package compile

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unit describes a package without imports of the module in dir.
func unit(dir string, files ...string) *Unit {
	u := &Unit{ImportPath: "m", Path: "m", Name: "m", Dir: dir, Lang: "go1.23"}
	for _, name := range files {
		u.Files = append(u.Files, filepath.Join(dir, name))
		u.Sources = append(u.Sources, Source{Path: filepath.Join(dir, name)})
	}
	return u
}

const directText = "package m\n\nfunc F() map[int]int { return make(map[int]int) }\n\n//line gen.y:7\nfunc G() map[int]int { return map[int]int{} }\n"

// TestDirect checks that the compiler is stopped, that its output is that of the
// go command, and that an overlay takes a file's place.
func TestDirect(t *testing.T) {
	dir, tc := module(t, map[string]string{"go.mod": "module m\n\ngo 1.23\n", "a.go": directText})
	want, _, err := Run(context.Background(), tc, Job{Patterns: []string{"m"}})
	if err != nil {
		t.Fatal(err)
	}
	got, ok, err := Direct(context.Background(), tc, unit(dir, "a.go"))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if diff := cmp.Diff(want[0], got); diff != "" {
		t.Errorf("by the go command (-) and directly (+)\n%s", diff)
	}
	u := unit(dir, "a.go")
	u.Sources[0].Text = []byte(strings.Replace(directText, "make(map[int]int)", "make(map[int]bool)", 1))
	got, ok, err = Direct(context.Background(), tc, u)
	if err != nil || ok {
		t.Errorf("a mistake in unsaved text is accepted: %v %v", got.Lines, err)
	}
	u.Sources[0].Text = []byte(strings.Replace(directText, "make(map[int]int)", "make(map[int]int, 77)", 1))
	got, ok, err = Direct(context.Background(), tc, u)
	if err != nil || !ok || !contains(got.Lines, "./a.go:3:35: make(map[int]int, 77) escapes to heap") {
		t.Errorf("unsaved text: %v %v\n%s", ok, err, strings.Join(got.Lines, "\n"))
	}
}

// TestStop checks that the compiler does stop: it leaves no object behind.
func TestStop(t *testing.T) {
	dir, tc := module(t, map[string]string{"go.mod": "module m\n\ngo 1.23\n", "a.go": directText})
	d, ok, err := newDirect(tc, unit(dir, "a.go"))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	defer os.RemoveAll(d.temp)
	stop, err := d.write(stopName, []byte(stopText("m")))
	if err != nil {
		t.Fatal(err)
	}
	output, finished, err := d.run(context.Background(), []string{"-h", "-m=2", "-L"}, []string{stop})
	if err != nil {
		t.Fatal(err)
	}
	lines, stopped := d.lines(output, stop)
	if finished || !stopped || !contains(lines, "make(map[int]int) escapes to heap") {
		t.Errorf("finished %v, stopped %v\n%s", finished, stopped, output)
	}
	if _, err := os.Stat(d.object); !os.IsNotExist(err) {
		t.Errorf("an object was written: %v", err)
	}
	// A compiler that the file does not stop goes on to the end, and says as much.
	output, finished, err = d.run(context.Background(), []string{"-h", "-m=2", "-L"}, nil)
	if err != nil || !finished {
		t.Fatal(finished, err)
	}
	if all, _ := d.lines(output, stop); !cmp.Equal(lines, all) {
		t.Errorf("stopped (-) and not (+)\n%s", cmp.Diff(lines, all))
	}
}

// TestDirectDeclined checks that what the compiler alone cannot do, or should not, is not claimed to be done.
func TestDirectDeclined(t *testing.T) {
	dir, tc := module(t, map[string]string{
		"go.mod": "module m\n\ngo 1.23\n", "a.go": directText, "embed.go": "package m\n\nimport _ \"embed\"\n\n//go:embed none.txt\nvar S string\n",
		"imports.go": "package m\n\nimport \"fmt\"\n\nvar S = fmt.Sprint()\n",
	})
	for name, u := range map[string]*Unit{
		"import":  unit(dir, "imports.go"),
		"embed":   func() *Unit { u := unit(dir, "embed.go"); u.EmbedPatterns = []string{"none.txt"}; return u }(),
		"missing": unit(dir, "a.go", "b.go"),
		"strange": func() *Unit { u := unit(dir, "a.go"); u.Sources[0].Path += ";"; return u }(),
	} {
		if _, ok, err := Direct(context.Background(), tc, u); ok || err != nil {
			t.Errorf("%s: %v %v", name, ok, err)
		}
	}
	elsewhere := tc
	elsewhere.ToolDir = t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere.ToolDir, "compile"), []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := Direct(context.Background(), elsewhere, unit(dir, "a.go")); ok || err != nil {
		t.Errorf("a compiler that is not the toolchain's was run: %v %v", ok, err)
	}
}

func TestDirectCancelled(t *testing.T) {
	dir, tc := module(t, map[string]string{"go.mod": "module m\n\ngo 1.23\n", "a.go": directText})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Direct(ctx, tc, unit(dir, "a.go")); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

// TestExport checks that what Export writes can be imported.
func TestExport(t *testing.T) {
	dir, tc := module(t, map[string]string{
		"go.mod": "module m\n\ngo 1.23\n", "a.go": directText,
		"b/b.go": "package b\n\nimport \"m\"\n\nfunc H() int { return len(m.F()) }\n",
	})
	object := filepath.Join(t.TempDir(), "m.a")
	if ok, err := Export(context.Background(), tc, unit(dir, "a.go"), object); err != nil || !ok {
		t.Fatal(ok, err)
	}
	u := unit(filepath.Join(dir, "b"), "b.go")
	u.ImportPath, u.Path, u.Name, u.Exports = "m/b", "m/b", "b", map[string]string{"m": object}
	log, ok, err := Direct(context.Background(), tc, u)
	if err != nil || !ok || !contains(log.Lines, "inlining call to m.F") {
		t.Errorf("%v %v %q", ok, err, log.Lines)
	}
}

func TestShorten(t *testing.T) {
	s := newShortener("/home/u/m", "/home/u/m/sub/deep")
	for line, want := range map[string]string{
		"/home/u/m/sub/deep/a.go:1:2: x escapes to heap":                "sub/deep/a.go:1:2: x escapes to heap",
		"/home/u/m/b.go:1:2: y":                                         "./b.go:1:2: y",
		"/home/u/other/c.go:1: z":                                       "../other/c.go:1: z",
		"$GOROOT/src/a.go:1:2:     from x (assign) at /home/u/m/b.go:3": "$GOROOT/src/a.go:1:2:     from x (assign) at ./b.go:3",
		"gen.y:7[/home/u/m/sub/deep/a.go:9:3]: x":                       "gen.y:7[/home/u/m/sub/deep/a.go:9:3]: x",
		"\t/home/u/m/sub/deep/a.go:1: more":                             "\tsub/deep/a.go:1: more",
	} {
		if got := s.line(line); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

func TestWithoutGenerated(t *testing.T) {
	lines := []string{
		"./a.go:19:2[a.cgo1.go:18:3]: make(map[int]_Ctype_int) escapes to heap",
		"_cgo_gotypes.go:3: (_Cfunc_f) x",
	}
	withoutGenerated(lines, "go1.26.8")
	want := []string{"./a.go:19:2: make(map[int]C.int) escapes to heap", "_cgo_gotypes.go:3: (C.f) x"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestEmbeds(t *testing.T) {
	for _, tt := range []struct {
		pattern, file string
		want          bool
	}{
		{"data", "data/a/b.txt", true}, {"*.txt", "a.txt", true}, {"*.txt", "d/a.txt", false},
		{"d/*", "d/e/f", true}, {".", "a", true}, {"dat", "data/a", false},
	} {
		if got := embeds(tt.pattern, tt.file); got != tt.want {
			t.Errorf("%s %s: %v", tt.pattern, tt.file, got)
		}
	}
}
