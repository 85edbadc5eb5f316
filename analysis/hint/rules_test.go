package hint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis/analysistest"
)

func TestCatalogue(t *testing.T) {
	const path = "README.md"
	want := Catalogue()
	if analysistest.Updating() {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("README.md is stale; run go test -update. -want +got\n%s", diff)
	}
}

func TestRulesAreDocumented(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range Rules {
		if r.ID == "" || ids[r.ID] {
			t.Errorf("rule ID %q is empty or used twice", r.ID)
		}
		ids[r.ID] = true
		if r.Title == "" || strings.Contains(r.Title, "\n") {
			t.Errorf("%s: the title is not one line", r.ID)
		}
		at := 0
		for _, part := range []string{"**What.**", "**Why it matters.**", "**Example.**", "**When it stays silent.**"} {
			i := strings.Index(r.Doc[at:], part)
			if i < 0 {
				t.Errorf("%s: documentation has no part %s in its place", r.ID, part)
				continue
			}
			at += i
		}
	}
}

// TestRulesAreListed looks for rules that are declared and not in Rules.
func TestRulesAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, r := range Rules {
		listed[r.ID] = true
	}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if name, ok := lit.Type.(*ast.Ident); !ok || name.Name != "Rule" {
				return true
			}
			declared++
			id := ruleID(lit)
			if !listed[id] {
				t.Errorf("%s: rule %q is missing from Rules", path, id)
			}
			if want := strings.ReplaceAll(id, "-", "") + ".go"; path != want {
				t.Errorf("rule %s is in %s, want %s", id, path, want)
			}
			return true
		})
	}
	if declared != len(Rules) {
		t.Errorf("%d rules are declared, %d listed", declared, len(Rules))
	}
}

func ruleID(lit *ast.CompositeLit) string {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := kv.Key.(*ast.Ident)
		value, isLit := kv.Value.(*ast.BasicLit)
		if ok && isLit && key.Name == "ID" {
			return strings.Trim(value.Value, `"`)
		}
	}
	return ""
}

// TestArchives checks that each rule has an archive, and each archive a silent case.
func TestArchives(t *testing.T) {
	for _, r := range Rules {
		path := filepath.Join("testdata", r.ID+".txtar")
		arch, err := txtar.ParseFile(path)
		if err != nil {
			t.Errorf("rule %s has no archive: %v", r.ID, err)
			continue
		}
		silent := false
		for _, f := range arch.Files {
			silent = silent || strings.HasSuffix(f.Name, ".go") && strings.Contains(string(f.Data), "// silent")
		}
		if !silent {
			t.Errorf("%s has no line with a note \"silent\"", path)
		}
	}
}
