package load

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

func TestBuilds(t *testing.T) {
	dir := writeModule(t, map[string]string{
		"go.mod":      "module example.com/m\n\ngo 1.23\n",
		"a.go":        "package m\n\nimport _ \"embed\"\n\n//go:embed a.txt\nvar S string\n",
		"a.txt":       "",
		"b.s":         "",
		"b_test.go":   "package m\n\nimport _ \"testing\"\n",
		"x_test.go":   "package m_test\n\nimport (\n\t_ \"embed\"\n\t_ \"strings\"\n\n\t_ \"example.com/m\"\n\t_ \"example.com/m/above\"\n\t_ \"example.com/m/apart\"\n)\n\n//go:embed x.txt\nvar s string\n",
		"x.txt":       "",
		"above/a.go":  "package above\n\nimport _ \"example.com/m/higher\"\n",
		"higher/a.go": "package higher\n\nimport _ \"example.com/m\"\n",
		"apart/a.go":  "package apart\n",
		"bad/a.go":    "package bad\n\nimport _ \"example.com/nowhere\"\n",
	})
	ctx := context.Background()
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	d, err := DependenciesOf(ctx, tc, dir, true)
	if err != nil {
		t.Fatal(err)
	}
	type short struct {
		ImportPath, Compiled, Lang string
		Variant                    Variant
		Files                      []string
		Foreign                    bool
		Embed, Own                 []string
	}
	var got []short
	for _, b := range d.Builds {
		s := short{b.ImportPath, b.Compiled(), b.Lang(tc), b.Variant, nil, b.Foreign, b.EmbedPatterns, b.Own}
		for _, path := range b.GoFiles {
			s.Files = append(s.Files, filepath.Base(path))
		}
		got = append(got, s)
	}
	want := []short{
		{"example.com/m", "example.com/m", "go1.23", Plain, []string{"a.go"}, true, []string{"a.txt"}, nil},
		{"example.com/m [example.com/m.test]", "example.com/m", "go1.23", Test, []string{"a.go", "b_test.go"}, true, []string{"a.txt"}, nil},
		{
			"example.com/m_test [example.com/m.test]", "example.com/m_test", "go1.23", XTest, []string{"x_test.go"}, false, []string{"x.txt"},
			[]string{"example.com/m [example.com/m.test]", "example.com/m/above [example.com/m.test]"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bad, err := DependenciesOf(ctx, tc, filepath.Join(dir, "bad"), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(bad.Builds) != 0 || !bad.Incomplete {
		t.Errorf("a package with an import that is missing: %v, %+v", bad.Incomplete, bad.Builds)
	}
}

func TestImporters(t *testing.T) {
	imports := map[string][]string{"a": {"b"}, "b": {"p"}, "c": {"d"}, "d": nil, "e": {"a", "e"}}
	if got := importers(imports, []string{"a", "c", "d", "e", "p", "q [p.test]"}, "p"); !slices.Equal(got, []string{"a", "e", "p", "q [p.test]"}) {
		t.Errorf("%q", got)
	}
}

// TestCheckerKeeps checks that syntax and imports are kept, and dropped when their files change.
func TestCheckerKeeps(t *testing.T) {
	dir := writeModule(t, map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.23\n",
		"a.go":   "package m\n\nimport \"strings\"\n\nvar A = strings.Fields(B)\n",
		"b.go":   "package m\n\nconst B = \"b\"\n",
	})
	ctx := context.Background()
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	d, err := DependenciesOf(ctx, tc, dir, false)
	if err != nil || len(d.Builds) != 1 {
		t.Fatal(d, err)
	}
	b := d.Builds[0]
	exports, err := Exports(ctx, tc, b.Imports)
	if err != nil || len(exports) != 1 {
		t.Fatal(exports, err)
	}
	var c Checker
	check := func(overlay source.Overlay) *Package {
		t.Helper()
		texts := map[string]*source.File{}
		var files []File
		for _, path := range b.GoFiles {
			if texts[path], err = ReadFile(path, overlay); err != nil {
				t.Fatal(err)
			}
			files = append(files, File{path, texts[path].Text()})
		}
		p, err := c.Check(tc, b, files, texts, exports, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := check(nil)
	second := check(source.Overlay{filepath.Join(dir, "b.go"): []byte("package m\n\nconst B = \"other\"\n")})
	if first.Syntax[0] != second.Syntax[0] || first.Syntax[1] == second.Syntax[1] {
		t.Error("not just the syntax of the file that is as before was kept")
	}
	if first.Types.Imports()[0] != second.Types.Imports()[0] {
		t.Error("the import was read again")
	}
	files := 0
	for f := range c.fset.Iterate {
		if filepath.Dir(f.Name()) == dir {
			files++
		}
	}
	if files != 2 {
		t.Errorf("the file set holds %d files of the package", files)
	}
	c.Keep(map[string]bool{})
	if len(c.files) != 0 {
		t.Error("syntax was kept")
	}
	// The same export data elsewhere stands for other export data.
	exports = map[string]string{"strings": filepath.Join(t.TempDir(), "copy.a")}
	copyFile(t, exports["strings"], c.imported.exports["strings"])
	if third := check(nil); third.Types.Imports()[0] == first.Types.Imports()[0] {
		t.Error("the import was not read again")
	}
	if _, err := c.Check(tc, b, []File{{filepath.Join(dir, "a.go"), []byte("package m\n\nvar A int = \"\"\n")}}, map[string]*source.File{
		filepath.Join(dir, "a.go"): source.NewFile(filepath.Join(dir, "a.go"), nil), filepath.Join(dir, "b.go"): source.NewFile(filepath.Join(dir, "b.go"), nil),
	}, exports, nil); err == nil {
		t.Error("a mistake is no error")
	}
}

func writeModule(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
