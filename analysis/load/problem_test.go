package load

import (
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// TestNewerGo checks that a package which needs a newer Go than the one that
// mapescape was built with is one problem that names both.
func TestNewerGo(t *testing.T) {
	for name, message := range map[string]string{
		"the module":  "package requires newer Go version go1.99 (application built with go1.26)",
		"a file":      "file requires newer Go version go1.99 (application built with go1.26)",
		"export data": "could not import fmt (unsupported version: 9; please report an issue)",
		"generics":    `could not import math/rand/v2 (reading x: internal error in importing "math/rand/v2" (function with type parameters cannot have a receiver); please report an issue)`,
	} {
		t.Run(name, func(t *testing.T) {
			p := &packages.Package{PkgPath: "m", Errors: []packages.Error{{Msg: "another error"}, {Pos: "a.go:1:1", Msg: message}}}
			got := loadProblems(toolchain.Toolchain{Version: "go1.99"}, p)
			if len(got) != 1 {
				t.Fatalf("problems %v", got)
			}
			for _, want := range []string{"go1.99", runtime.Version(), "rebuild"} {
				if !strings.Contains(got[0].Message, want) {
					t.Errorf("%q does not name %s", got[0].Message, want)
				}
			}
		})
	}
}

// TestUnreadableExport checks that export data which the toolchain's own release cannot
// read is not blamed on the release, and that a package with no error of
// its own names the import that has one.
func TestUnreadableExport(t *testing.T) {
	message := `could not import p (reading x: internal error in importing "p" (bad); please report an issue)`
	p := &packages.Package{PkgPath: "m", Errors: []packages.Error{{Msg: message}}}
	got := loadProblems(toolchain.Toolchain{Version: runtime.Version()}, p)
	if len(got) != 1 || got[0].Message != message {
		t.Errorf("problems %v", got)
	}
	p = &packages.Package{PkgPath: "m", Imports: map[string]*packages.Package{"a": {}, "m/b": {IllTyped: true}}}
	got = loadProblems(toolchain.Toolchain{}, p)
	if len(got) != 1 || !strings.Contains(got[0].Message, "m/b") {
		t.Errorf("problems %v", got)
	}
}

func TestErrorPos(t *testing.T) {
	for s, want := range map[string]source.Pos{
		"":              {},
		"-":             {},
		"/m/a.go":       {Path: "/m/a.go"},
		"/m/a.go:3":     {Path: "/m/a.go", Line: 3},
		"/m/a.go:3:14":  {Path: "/m/a.go", Line: 3, Column: 14},
		"sub/a.go:3:14": {Path: "/m/sub/a.go", Line: 3, Column: 14},
		"C:a.go":        {Path: "/m/C:a.go"},
	} {
		if got := errorPos("/m", s); got != want {
			t.Errorf("%q: %+v, want %+v", s, got, want)
		}
	}
}
