package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/source"
)

func TestParsePlace(t *testing.T) {
	for _, tt := range []struct {
		arg  string
		want source.Pos
		ok   bool
	}{
		{"a.go:12", source.Pos{Path: "a.go", Line: 12}, true},
		{"a.go:12:3", source.Pos{Path: "a.go", Line: 12, Column: 3}, true},
		{"dir/a:b.go:12", source.Pos{Path: "dir/a:b.go", Line: 12}, true},
		{`C:\a.go:12:3`, source.Pos{Path: `C:\a.go`, Line: 12, Column: 3}, true},
		{"a.go", source.Pos{}, false},
		{"a.go:", source.Pos{}, false},
		{"a.go:x", source.Pos{}, false},
		{"a.go:0", source.Pos{}, false},
		{"a.go:1:0", source.Pos{}, false},
		{"a.go:0:1", source.Pos{}, false},
		{"a.go:-1", source.Pos{}, false},
		{":12", source.Pos{}, false},
		{":12:3", source.Pos{}, false},
		{"", source.Pos{}, false},
	} {
		got, err := parsePlace(tt.arg)
		if (err == nil) != tt.ok || got != tt.want {
			t.Errorf("%q: %+v, %v; want %+v, ok %v", tt.arg, got, err, tt.want, tt.ok)
		}
	}
}

const nested = `package p

func f(m, n map[string]string, ö string) {
	delete(m, n[ö])
	x := map[string]int{
		"a": 1,

		"b": len(n),
	}
	_ = x
}
`

func TestOpsAt(t *testing.T) {
	file := source.NewFile("/src/p.go", []byte(nested))
	pkg := &analysis.Package{Files: map[string]*source.File{file.Path(): file}}
	for _, op := range []struct {
		kind mapop.Kind
		at   string
	}{
		{mapop.Delete, "delete(m, n[ö])"},
		{mapop.Lookup, "n[ö]"},
		{mapop.Literal, nested[strings.Index(nested, "map[string]int{"):strings.Index(nested, "\n\t_")]},
		{mapop.Len, "len(n)"},
	} {
		pkg.Ops = append(pkg.Ops, analysis.Op{Placement: placement.Placement{Op: mapop.Op{Kind: op.kind, Range: locate(t, file, op.at)}}})
	}
	for _, tt := range []struct {
		line, column int
		want         []mapop.Kind
		err          string
	}{
		{line: 4, want: []mapop.Kind{mapop.Delete, mapop.Lookup}},
		{line: 4, column: 1},
		{line: 4, column: 2, want: []mapop.Kind{mapop.Delete}},
		{line: 4, column: 12, want: []mapop.Kind{mapop.Lookup}},
		{line: 4, column: 15, want: []mapop.Kind{mapop.Lookup}}, // inside ö
		{line: 4, column: 17, want: []mapop.Kind{mapop.Delete}}, // its ")"
		{line: 4, column: 18},
		{line: 4, column: 19, err: "17 bytes on line 4, and no column 19"},
		{line: 5, want: []mapop.Kind{mapop.Literal}},
		{line: 7, want: []mapop.Kind{mapop.Literal}},
		{line: 8, want: []mapop.Kind{mapop.Len}},
		{line: 8, column: 4, want: []mapop.Kind{mapop.Literal}},
		{line: 10},
		{line: 11},
		{line: 12, err: "11 lines, and no line 12"},
	} {
		ops, err := opsAt(pkg, file, source.Pos{Path: file.Path(), Line: tt.line, Column: tt.column})
		if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%d:%d: error %v, want %q", tt.line, tt.column, err, tt.err)
		}
		var got []mapop.Kind
		for _, op := range ops {
			got = append(got, op.Op.Kind)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%d:%d: %v, want %v", tt.line, tt.column, got, tt.want)
		}
	}
}

func TestExplainRequest(t *testing.T) {
	c := newConsole(t, &analysis.Result{}, nil)
	path := filepath.Join(c.Dir, "sub", "a_test.go")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("package a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := c.run(t.Context(), "explain", "-tags=x", "-C", "sub", "a_test.go:1"); got != 2 {
		t.Errorf("status %d for a file in no package, want 2", got)
	}
	c.request.Progress = nil
	want := analysis.Request{Dir: filepath.Dir(path), Patterns: []string{"file=" + path}, Tests: true, Flags: []string{"-tags=x"}}
	if diff := cmp.Diff(want, c.request); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(c.err.String(), "a_test.go is in no package") {
		t.Errorf("standard error: %s", c.err.String())
	}
}

// The go command may name a file by another path than the user did.
func TestHolderFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.go"), filepath.Join(dir, "link.go")
	if err := os.WriteFile(path, []byte("package a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	pkg := &analysis.Package{Files: map[string]*source.File{path: source.NewFile(path, nil)}}
	result := &analysis.Result{Packages: []*analysis.Package{pkg}}
	for _, name := range []string{path, link} {
		if got, file := holder(result, name); got != pkg || file != pkg.Files[path] {
			t.Errorf("%s is not found", name)
		}
	}
	if got, _ := holder(result, filepath.Join(dir, "other.go")); got != nil {
		t.Error("a file that is not there is found")
	}
}

func TestGoVariables(t *testing.T) {
	got := goVariables([]string{
		"HOME=/home/me", "GOFLAGS=-tags=x", "GOPROXY=https://user:secret@proxy", "GOPROXY=off",
		"GOAUTH=netrc", "CGO_ENABLED=1", "CC=clang", "SECRET=1",
	})
	want := []string{"GOFLAGS=-tags=x", "GOPROXY=off", "CGO_ENABLED=1", "CC=clang"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
