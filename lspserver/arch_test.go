package lspserver_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

const module = "github.com/mapescape/mapescape"

// root is the repository as seen from this directory.
const root = ".."

// imports says which packages of ours each package may import, and so which
// way data flows. Each list is the direct imports, written without the module
// path. A package that is not here fails the test. source may be imported by
// all, and tests may import what they like except where forbidden says
// otherwise.
var imports = map[string][]string{
	".": {"lspserver", "lspserver/check", "lspserver/settings", "lspserver/setup"},

	"analysis/source":       {},
	"analysis/markup":       {},
	"analysis/runtimemap":   {},
	"analysis/toolchain":    {},
	"analysis/load":         {"analysis/toolchain"},
	"analysis/compile":      {"analysis/toolchain"},
	"analysis/escape":       {"analysis/compile"},
	"analysis/mapop":        {"analysis/load"},
	"analysis/placement":    {"analysis/escape", "analysis/mapop", "analysis/runtimemap", "analysis/load"},
	"analysis":              append([]string{"analysis/placement"}, stages...),
	"analysis/hint":         {"analysis", "analysis/placement", "analysis/mapop", "analysis/runtimemap", "analysis/load", "analysis/markup"},
	"analysis/analysistest": append([]string{"analysis", "analysis/placement", "analysis/hint", "analysis/markup"}, stages...),

	"fixes/rewrite":     {"analysis", "analysis/load", "analysis/mapop", "analysis/placement", "analysis/runtimemap"},
	"fixes/clearing":    rewriting,
	"fixes/sizing":      rewriting,
	"fixes/syncing":     rewriting,
	"fixes/elements":    rewriting,
	"fixes":             append([]string{"fixes/clearing", "fixes/sizing", "fixes/syncing", "fixes/elements"}, rewriting...),
	"fixes/analyzers":   {"fixes", "fixes/rewrite", "analysis", "analysis/hint", "analysis/load"},
	"fixes/verify":      {"fixes", "fixes/rewrite", "analysis", "analysis/load", "analysis/mapop", "analysis/placement"},
	"fixes/rewritetest": {"fixes/rewrite", "fixes/verify", "analysis", "analysis/analysistest"},

	"editors": {},

	"lspserver/frame": {},
	"lspserver/proxy": {"lspserver/frame"},

	"lspserver/settings": core,
	"lspserver/session":  append([]string{"lspserver/settings"}, core...),
	"lspserver/check":    append([]string{"lspserver/settings"}, core...),
	"lspserver/setup":    {"editors", "lspserver/check"},
	"lspserver":          append([]string{"lspserver/check", "lspserver/frame", "lspserver/proxy", "lspserver/session", "lspserver/settings"}, core...),
}

// stages are what package analysis chains, placement apart.
var stages = []string{
	"analysis/toolchain", "analysis/load", "analysis/compile", "analysis/escape", "analysis/mapop", "analysis/runtimemap",
}

// rewriting is what a fix may know.
var rewriting = []string{"fixes/rewrite", "analysis", "analysis/load", "analysis/mapop", "analysis/placement", "analysis/runtimemap"}

// core is what the outside world may know of the reasoning.
var core = append([]string{"fixes", "fixes/rewrite", "fixes/verify", "analysis", "analysis/hint", "analysis/markup", "analysis/placement"}, stages...)

// forbidden says where packages that are not ours, and some of ours, may be
// imported at all, by the prefix of the import path.
var forbidden = []struct {
	path      string
	only      []string // directories, with what is under them where they end in "/"
	testsFree bool
	why       string
}{
	{"go.lsp.dev/", []string{"lspserver/"}, false, "only the server speaks the protocol"},
	{"os/exec", []string{"analysis/toolchain", "analysis/compile", "lspserver/proxy", "lspserver/setup"}, true, "one place decides how commands are run"},
	{"golang.org/x/tools/go/packages", []string{"analysis/load"}, true, "one place loads syntax"},
	{"go/version", []string{"analysis/runtimemap", "analysis/escape", "analysis/compile", "analysis/load"}, true, "releases are told apart where their facts are"},
	{"golang.org/x/mod/semver", nil, true, "releases are compared by go/version"},
	{module + "/lspserver", []string{".", "lspserver/"}, false, "the reasoning does not know who asks"},
	{module + "/analysis/analysistest", []string{"analysis/analysistest", "fixes/rewritetest"}, true, "it is for tests"},
	{module + "/fixes/rewritetest", nil, true, "it is for tests"},
	{module + "/fixes", []string{"fixes/", "lspserver/"}, false, "the analysis knows of no rewrites"},
}

// badNames are names that say nothing of what a package is for.
var badNames = []string{"util", "utils", "common", "helpers", "misc", "base", "shared", "types", "models"}

// topLevel is what may stand at the top of the repository; names that begin
// with a dot may too.
var topLevel = []string{
	"LICENSE", "README.md", "go.mod", "go.sum", "main.go", "main_test.go",
	"analysis", "editors", "fixes", "lspserver",
}

// A goFile is one Go file of the repository, those under testdata apart.
type goFile struct {
	name string // slash-separated, relative to root
	text []byte
	ast  *ast.File
}

func (f goFile) dir() string  { return path.Dir(f.name) }
func (f goFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

func (f goFile) imports(t *testing.T) []string {
	var paths []string
	for _, spec := range f.ast.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		paths = append(paths, p)
	}
	return paths
}

// goFiles parses the repository. It reads the files itself: a test that asked
// `go list` could pass from the test cache after an import was added.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != root && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		files = append(files, goFile{filepath.ToSlash(rel), text, tree})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files found")
	}
	return files
}

func TestImports(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		used[f.dir()] = true
		allowed, known := imports[f.dir()]
		if !known && !f.isTest() {
			t.Errorf("%s: package %s has no row in the table of imports", f.name, f.dir())
		}
		for _, p := range f.imports(t) {
			if why := misplaced(f, p); why != "" {
				t.Errorf("%s imports %s: %s", f.name, p, why)
			}
			ours, isOurs := strings.CutPrefix(p, module+"/")
			if !isOurs || f.isTest() || !known || ours == "analysis/source" || slices.Contains(allowed, ours) {
				continue
			}
			t.Errorf("%s imports %s, which the table of imports does not allow", f.name, ours)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		if !used[dir] {
			t.Errorf("the table of imports has a row for %s, which has no Go files", dir)
		}
	}
}

// misplaced says why a file may not import p, "" when it may.
func misplaced(f goFile, p string) string {
	for _, rule := range forbidden {
		if !strings.HasPrefix(p, rule.path) || f.isTest() && rule.testsFree {
			continue
		}
		within := slices.ContainsFunc(rule.only, func(dir string) bool {
			return f.dir() == strings.TrimSuffix(dir, "/") || strings.HasSuffix(dir, "/") && strings.HasPrefix(f.dir()+"/", dir)
		})
		if !within {
			return rule.why
		}
	}
	return ""
}

// The rules are worth something only if they catch what they are for.
func TestImportRulesCatch(t *testing.T) {
	for _, tt := range []struct {
		file, path string
		caught     bool
	}{
		{"analysis/hint/run.go", "go.lsp.dev/protocol", true},
		{"analysis/hint/run_test.go", "go.lsp.dev/protocol", true},
		{"lspserver/server.go", "go.lsp.dev/protocol", false},
		{"lspserver/session/view.go", "go.lsp.dev/uri", false},
		{"lspserver/check/check.go", "os/exec", true},
		{"lspserver/check/check_test.go", "os/exec", false},
		{"analysis/toolchain/run.go", "os/exec", false},
		{"analysis/toolchainx/run.go", "os/exec", true},
		{"analysis/analysis.go", "golang.org/x/tools/go/packages", true},
		{"analysis/placement/join.go", "go/version", true},
		{"analysis/load/load.go", module + "/lspserver/session", true},
		{"analysis/load/load_test.go", module + "/lspserver/session", true},
		{"main.go", module + "/lspserver", false},
		{"analysis/hint/run.go", module + "/analysis/analysistest", true},
		{"analysis/hint/run.go", "strings", false},
	} {
		if got := misplaced(goFile{name: tt.file}, tt.path) != ""; got != tt.caught {
			t.Errorf("%s importing %s: caught = %v, want %v", tt.file, tt.path, got, tt.caught)
		}
	}
}

func TestPackageNames(t *testing.T) {
	for _, f := range goFiles(t) {
		if name := strings.TrimSuffix(f.ast.Name.Name, "_test"); slices.Contains(badNames, name) {
			t.Errorf("%s: package %s: the name says nothing", f.name, name)
		}
		if base := path.Base(f.dir()); slices.Contains(badNames, base) {
			t.Errorf("%s: directory %s: the name says nothing", f.name, base)
		}
	}
}

func TestNoInit(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function: nothing is registered behind a reader's back", f.name)
			}
		}
	}
}

func TestGofmt(t *testing.T) {
	for _, f := range goFiles(t) {
		want, err := format.Source(f.text)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
		} else if !bytes.Equal(f.text, want) {
			t.Errorf("%s is not formatted by gofmt", f.name)
		}
	}
}

// With a replace directive, `go install …@version` refuses the module.
func TestGoMod(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if mod.Module.Mod.Path != module {
		t.Errorf("the module is %s, want %s", mod.Module.Mod.Path, module)
	}
	for _, r := range mod.Replace {
		t.Errorf("go.mod replaces %s", r.Old.Path)
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	ignored := gitignored(t)
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) && !ignored(name) {
			t.Errorf("%s stands at the top of the repository, where only these may: %s", name, strings.Join(topLevel, ", "))
		}
	}
}

// gitignored tells the names at the top that .gitignore speaks of: its
// patterns all begin with "/".
func gitignored(t *testing.T) func(name string) bool {
	text, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for line := range strings.Lines(string(text)) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "/"); ok {
			patterns = append(patterns, p)
		}
	}
	return func(name string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			ok, err := path.Match(p, name)
			return err == nil && ok
		})
	}
}
