package fixes

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestFixesAreDocumented(t *testing.T) {
	ids := map[string]bool{}
	for _, f := range All {
		if f.ID == "" || ids[f.ID] {
			t.Errorf("fix ID %q is empty or used twice", f.ID)
		}
		ids[f.ID] = true
		if Named(f.ID) != f {
			t.Errorf("%s is not found by its name", f.ID)
		}
		if f.Title == "" || strings.Contains(f.Title, "\n") {
			t.Errorf("%s: the title is not one line", f.ID)
		}
		if !strings.HasPrefix(f.Kind, "refactor.rewrite.") {
			t.Errorf("%s: kind %q", f.ID, f.Kind)
		}
		at := 0
		for _, part := range []string{"**What.**", "**When.**", "**Gain.**", "**Example.**"} {
			i := strings.Index(f.Doc[at:], part)
			if i < 0 {
				t.Errorf("%s: documentation has no part %s in its place", f.ID, part)
				continue
			}
			at += i
		}
		reasons := []string{}
		for _, r := range f.Reasons {
			if r.ID == "" || !strings.HasSuffix(r.Doc, ".") || slices.Contains(reasons, r.ID) {
				t.Errorf("%s: reason %q is empty, told twice or no sentence: %q", f.ID, r.ID, r.Doc)
			}
			reasons = append(reasons, r.ID)
		}
	}
}
