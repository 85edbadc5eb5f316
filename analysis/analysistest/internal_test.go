package analysistest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

const noted = `package a

func f() { // an ordinary comment, see https://go.dev // want:all "x"
	a := g() // want "heap" r "stack ≤8" // hover a
	s := "// want \"no\""
	/* want "no" */ b := 1 // want:quiet "heap"
	_, _, _ = a, s, b //want "y"
}
`

func TestReadNotes(t *testing.T) {
	got := readNotes("a.go", []byte(noted))
	at := func(line, column int) source.Pos { return source.Pos{Path: "a.go", Line: line, Column: column} }
	// The first comment is a note in form, for a verb "an" that no test asks for.
	want := []Note{
		{"an", "", "ordinary comment, see https:", at(3, 12)},
		{"want", "all", `"x"`, at(3, 12)},
		{"want", "", `"heap" r "stack ≤8"`, at(4, 11)},
		{"hover", "", "a", at(4, 11)},
		{"want", "quiet", `"heap"`, at(6, 25)},
		{"want", "", `"y"`, at(7, 20)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notes: -want +got\n%s", diff)
	}
}

func TestParseWant(t *testing.T) {
	tests := []struct {
		text string
		want []wanted
		err  string
	}{
		{"", nil, ""},
		{`"heap"`, []wanted{{"", "heap"}}, ""},
		{"creation \"heap\" `a \"b\"`", []wanted{{"creation", "heap"}, {"", `a "b"`}}, ""},
		{`"heap`, nil, "label without end"},
		{`creation`, nil, "rule creation has no label"},
		{`creation home "x"`, nil, "rule creation has no label"},
	}
	for _, tt := range tests {
		got, err := parseWant(tt.text)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("parseWant(%q): error %v, want %q", tt.text, err, tt.err)
			continue
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(wanted{})); diff != "" {
			t.Errorf("parseWant(%q): -want +got\n%s", tt.text, diff)
		}
	}
}

func TestLevelsOf(t *testing.T) {
	want := func(qualifier string) Note { return Note{Verb: "want", Qualifier: qualifier} }
	tests := []struct {
		name  string
		asked []string
		notes []Note
		want  []string
		err   string
	}{
		{"default", nil, nil, []string{"normal"}, ""},
		{"named by wants", nil, []Note{want("all"), want("quiet"), want("")}, []string{"quiet", "normal", "all"}, ""},
		{"asked for", []string{"all"}, nil, []string{"all"}, ""},
		{"unknown", nil, []Note{want("loud")}, nil, `unknown level "loud"`},
		{"unknown asked for", []string{"loud"}, nil, nil, `unknown level "loud"`},
		{"not asked for", []string{"normal"}, []Note{want("all")}, nil, "the flags do not name"},
	}
	for _, tt := range tests {
		got, err := levelsOf(tt.asked, tt.notes)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

func TestReadFlags(t *testing.T) {
	got, err := readFlags("-go=go1.26,go1.27\n-tests\n\n-build=-tags=x\n-build=-race\n-env=A=b=c\n-patterns=./a\n-problems\n-levels=all\n")
	if err != nil {
		t.Fatal(err)
	}
	want := flags{
		levels: []string{"all"}, releases: []string{"go1.26", "go1.27"}, build: []string{"-tags=x", "-race"},
		env: []string{"A=b=c"}, patterns: []string{"./a"}, tests: true, problems: true,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(flags{})); diff != "" {
		t.Errorf("flags: -want +got\n%s", diff)
	}
	if _, err := readFlags("-min=1\n"); err == nil {
		t.Error("an unknown flag is accepted")
	}
	for release, holds := range map[string]bool{"go1.26.8": true, "go1.27rc1": true, "go1.27": true, "go1.28.1": false, "go1.260": false} {
		if got.holdsFor(release) != holds {
			t.Errorf("holdsFor(%s) = %v", release, !holds)
		}
	}
}

func TestRewriteWants(t *testing.T) {
	text := `package a

func f() { // keep, https://go.dev // want "gone"
	a := 1  // want "old" // hover a
	b := 2
	c := 3 // want:all "x"
}
`
	at := func(line int, label string) Label {
		return Label{Pos: source.Pos{Path: "a.go", Line: line, Column: 2}, Text: label}
	}
	found := map[string][]Label{
		"quiet":  {at(4, "heap")},
		"normal": {at(4, "heap"), at(6, "mixed")},
		"all":    {at(4, "heap"), at(5, `"5"`), at(5, "≤8")},
	}
	want := `package a

func f() { // keep, https://go.dev
	a := 1 // want:quiet "heap" // want "heap" // hover a
	b := 2 // want:all "\"5\"" "≤8"
	c := 3 // want "mixed" // want:all
}
`
	got := rewriteWants("a.go", []byte(text), levelOrder, found)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("rewritten: -want +got\n%s", diff)
	}
	if again := rewriteWants("a.go", got, levelOrder, found); string(again) != string(got) {
		t.Errorf("a second rewrite changes the text to\n%s", again)
	}
	clean := []byte("package a\n\nfunc f() {\n\ta := 1\n\tlonger := 2\n}\n")
	want = "package a\n\nfunc f() {\n\ta := 1      // want:quiet \"heap\" // want:all \"heap\"\n\tlonger := 2 // want:all \"\\\"5\\\"\" \"≤8\"\n}\n"
	delete(found, "normal")
	if diff := cmp.Diff(want, string(rewriteWants("a.go", clean, levelOrder, found))); diff != "" {
		t.Errorf("rewritten, formatted file: -want +got\n%s", diff)
	}
}

func TestDiffer(t *testing.T) {
	want := []wanted{{"creation", "heap"}, {"", "x"}}
	got := []Label{{Rule: "creation", Text: "heap"}, {Rule: "home", Text: "x"}}
	if text, ok := differ(want, got); ok {
		t.Errorf("equal labels differ: %s", text)
	}
	got[0].Rule = "home"
	text, ok := differ(want, got)
	if wantText := `got home "heap", home "x"; want creation "heap", "x"`; !ok || text != wantText {
		t.Errorf("differ = %q, %v; want %q", text, ok, wantText)
	}
	if text, ok := differ(nil, got[:1]); !ok || text != `got home "heap"; want nothing` {
		t.Errorf("differ from silence = %q, %v", text, ok)
	}
}

func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txtar")
	text := "Prose.\n-- a.go --\npackage a\n-- @hover/a --\na.go:1 with $GO, $GOOS/$GOARCH\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	arch, err := readArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := &Case{
		Dir:    dir,
		Result: &analysis.Result{Toolchain: toolchain.Toolchain{Version: "go1.99", GOOS: "plan9", GOARCH: "mips"}},
		arch:   arch, golden: map[string]bool{},
	}
	c.Golden(t, "hover/a", filepath.Join(dir, "a.go")+":1 with go1.99, plan9/mips")
	if !c.golden["hover/a"] {
		t.Error("the golden text counts as unused")
	}
}

func TestReadArchiveRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no Go file":          "Prose.\n-- a.txt --\n",
		"says nothing":        "-- a.go --\npackage a\n",
		"two sections":        "Prose.\n-- a.go --\npackage a\n-- a.go --\npackage a\n",
		"unknown flag":        "Prose.\n-- flags --\n-x\n-- a.go --\npackage a\n",
		"leave the directory": "Prose.\n-- ../a.go --\npackage a\n",
	} {
		path := filepath.Join(t.TempDir(), "x.txtar")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		arch, err := readArchive(path)
		if err == nil {
			err = arch.write(t.TempDir())
		}
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
