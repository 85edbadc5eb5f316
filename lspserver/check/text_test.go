package check

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/source"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

// golden compares got with a section of a txtar archive, or stores it there.
func golden(t *testing.T, archive, section, got string) {
	t.Helper()
	ar, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range ar.Files {
		if f.Name != section {
			continue
		}
		if *update {
			ar.Files[i].Data = []byte(got)
			if err := os.WriteFile(archive, txtar.Format(ar), 0o666); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
			t.Errorf("%s: section %s (-want +got; go test -update rewrites it):\n%s", archive, section, diff)
		}
		return
	}
	t.Fatalf("%s has no section %q", archive, section)
}

// section gives the text of a section of a txtar archive.
func section(t *testing.T, archive, name string) []byte {
	t.Helper()
	ar, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range ar.Files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("%s has no section %q", archive, name)
	return nil
}

// locate gives the range of text in file. A "⟦…⟧" in text marks the part that is
// meant, the rest being context that makes it unique.
func locate(t *testing.T, file *source.File, text string) source.Range {
	t.Helper()
	before, rest, marked := strings.Cut(text, "⟦")
	inner, after, _ := strings.Cut(rest, "⟧")
	if !marked {
		before, inner, after = "", text, ""
	}
	src := string(file.Text())
	if n := strings.Count(src, before+inner+after); n != 1 {
		t.Fatalf("%q stands in %s %d times, want once", before+inner+after, file.Path(), n)
	}
	start := strings.Index(src, before+inner+after) + len(before)
	return source.Range{Path: file.Path(), Start: start, End: start + len(inner)}
}

// A labelled is an operation as a text test wants it.
type labelled struct {
	at, kind, hint string
	level          hint.Level
	header, group  string
	tables         string
	allocates      string
	why            string
}

// report gives a reporter a whole report of operations in one file.
func report(t *testing.T, r Reporter, file *source.File, name string, ops []labelled) {
	t.Helper()
	e := emitter{dir: filepath.Dir(file.Path()), files: &files{map[string]*source.File{file.Path(): file}}}
	send := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	send(r.Config(&Config{Version: FormatVersion, Go: "go1.26.8", GOOS: "linux", GOARCH: "amd64", Dir: e.dir}))
	for _, op := range ops {
		m := &Op{
			Package:   "example.com/shop",
			Pos:       e.extent(locate(t, file, op.at)),
			Kind:      op.kind,
			Placement: Placement{Header: op.header, Group: op.group, Tables: op.tables},
			Allocates: op.allocates,
			Hint:      op.hint,
			HintLevel: string(op.level),
		}
		m.Pos.File = name
		if op.why != "" {
			m.Why = []Reason{{Text: op.why}}
		}
		send(r.Op(m))
	}
	send(r.Summary(&Summary{Packages: 1, Ops: len(ops), ElapsedMs: 1234}))
}

// shop are operations on the lines of testdata/text/shop.txtar that are hard to draw.
var shop = []labelled{
	{"⟦make(map[string]int)⟧ // simple", "make", "heap", hint.Quiet, "heap", "heap-lazy", "at-growth", "always", "returned at shop.go:8"},
	{"⟦m[\"a\"]⟧ = m[\"b\"]", "insert", "heap map, may grow", hint.All, "heap", "heap-lazy", "at-growth", "may", ""},
	{"m[\"a\"] = ⟦m[\"b\"]⟧", "lookup", "heap map", hint.All, "heap", "heap-lazy", "at-growth", "never", ""},
	{"⟦delete(m, keys[\"x\"])⟧", "delete", "heap map", hint.Normal, "heap", "heap-lazy", "at-growth", "never", ""},
	{"delete(m, ⟦keys[\"x\"]⟧)", "lookup", "stack map", hint.All, "stack", "stack", "none", "never", ""},
	{"⟦größe[\"Äpfel\"]⟧", "update", "boxes val", hint.Quiet, "stack", "stack", "none", "always", "the int 7 is converted to an interface"},
	{"⟦价格[\"苹果\"]⟧", "insert", "stack map", hint.Normal, "stack", "stack", "at-growth", "may", ""},
	{"x := ⟦map[string]int{\n\t\t\"one\": 1,\n\t}⟧", "literal", "stack ≤8", hint.Normal, "stack", "stack", "at-growth", "never", ""},
	{"⟦long[\"first\"]⟧", "lookup", "heap map", hint.Normal, "heap", "heap", "unknown", "never", ""},
	{"⟦long[\"second\"]⟧", "lookup", "heap map", hint.Normal, "heap", "heap", "unknown", "never", ""},
	{"⟦long[\"far away\"]⟧", "insert", "copies key", hint.Quiet, "heap", "heap", "unknown", "may", strings.Repeat("the bytes are copied into a new string ", 4) + "each time"},
	{"⟦make(map[int]int, n)⟧", "make", "stack if ≤8", hint.Normal, "stack", "depends", "depends", "may", ""},
	{"⟦maps.Clone(mystery)⟧", "maps.Clone", "", "", "unknown", "unknown", "unknown", "may", ""},
}

func TestText(t *testing.T) {
	const archive = "testdata/text/shop.txtar"
	for _, tt := range []struct {
		section string
		crlf    bool
		opts    TextOptions
	}{
		{section: "quiet", opts: TextOptions{Level: hint.Quiet}},
		{section: "normal", opts: TextOptions{Level: hint.Normal}},
		{section: "normal", crlf: true, opts: TextOptions{Level: hint.Normal}},
		{section: "all", opts: TextOptions{Level: hint.All}},
		{section: "narrow", opts: TextOptions{Level: hint.Normal, Width: 60}},
	} {
		t.Run(fmt.Sprintf("%s crlf=%v", tt.section, tt.crlf), func(t *testing.T) {
			text := string(section(t, archive, "shop.go"))
			ops := append([]labelled(nil), shop...)
			if tt.crlf {
				text = strings.ReplaceAll(text, "\n", "\r\n")
				for i := range ops {
					ops[i].at = strings.ReplaceAll(ops[i].at, "\n", "\r\n")
				}
			}
			file := source.NewFile("/src/shop.go", []byte(text))
			tt.opts.Source = func(name string) *source.File {
				if name != "shop.go" {
					t.Errorf("asked for the source of %q", name)
				}
				return file
			}
			var out strings.Builder
			report(t, NewText(&out, tt.opts), file, "shop.go", ops)
			golden(t, archive, tt.section, out.String())
		})
	}
}

// The marks must stand under the operation also where a tab or a character
// that is several bytes or columns wide comes first.
func TestMarksStandUnderTheOperation(t *testing.T) {
	for _, tt := range []struct {
		line, op string
	}{
		{"\tm[k]", "m[k]"},
		{"a\tb\tm[k]", "m[k]"},
		{`"äöü" + m[k]`, "m[k]"},
		{`"e` + "\u0301" + `" + m[k]`, "m[k]"},
		{`"苹果" + m[k]`, "m[k]"},
		{"\"\xff\xfe\" + m[k]", "m[k]"},
		{"\"\x1b[31m\" + m[k]", "m[k]"},
		{"\"\u202e\" + m[größe]", "m[größe]"},
	} {
		d := newDisplayLine(tt.line)
		start := strings.Index(tt.line, tt.op) + 1
		from, to := d.at(start), d.at(start+len(tt.op))
		text := d.cut(window{0, d.width()})
		before, _, found := strings.Cut(text, tt.op)
		if !found {
			t.Fatalf("%q is shown as %q, without the operation", tt.line, text)
		}
		if textWidth(before) != from || textWidth(tt.op) != to-from {
			t.Errorf("%q is shown as %q: marks from %d to %d, the operation from %d to %d",
				tt.line, text, from, to, textWidth(before), textWidth(before)+textWidth(tt.op))
		}
		if strings.ContainsAny(text, "\x1b\u202e\t") {
			t.Errorf("%q is shown as %q, which moves the cursor or changes colours", tt.line, text)
		}
	}
}

func TestTextOfEveryLongLineFits(t *testing.T) {
	line := "x := " + strings.Repeat("f(", 60) + "m[k]" + strings.Repeat(", 苹\t)", 60) + " + n[k]"
	d := newDisplayLine(line)
	m := &Op{Pos: Pos{Line: 1, Column: 1 + strings.Index(line, "m[k]"), EndLine: 1}}
	m.Pos.EndColumn = m.Pos.Column + 4
	n := &Op{Pos: Pos{Line: 1, Column: 1 + strings.Index(line, "n[k]"), EndLine: 1}}
	n.Pos.EndColumn = n.Pos.Column + 4
	for room := 30; room < 120; room++ {
		for ops := []*Op{m, n}; len(ops) > 0; {
			w, taken := fit(d, ops, room)
			text := d.cut(w)
			if got := textWidth(text); got > room {
				t.Errorf("room for %d columns, got %d: %q", room, got, text)
			}
			for _, op := range ops[:taken] {
				want := line[op.Pos.Column-1 : op.Pos.EndColumn-1]
				start, end := extent(d, op)
				if got := d.cut(window{start, end}); !strings.Contains(text, want) || start < w.from || end > w.to {
					t.Errorf("room for %d columns: %q at %d to %d does not show %q (%q)", room, text, start, end, want, got)
				}
			}
			ops = ops[taken:]
		}
	}
}

func TestTextColors(t *testing.T) {
	file := source.NewFile("/src/a.go", []byte("m := make(map[string]int)\nn := map[int]int{}\n"))
	ops := []labelled{
		{"make(map[string]int)", "make", "heap", hint.Quiet, "heap", "heap-lazy", "at-growth", "always", "returned"},
		{"map[int]int{}", "literal", "stack ≤8", hint.Normal, "stack", "stack", "at-growth", "never", ""},
	}
	opts := TextOptions{Level: hint.Normal, Color: true, Source: func(string) *source.File { return file }}
	var colored, plain strings.Builder
	report(t, NewText(&colored, opts), file, "a.go", ops)
	opts.Color = false
	report(t, NewText(&plain, opts), file, "a.go", ops)
	for _, want := range []string{
		"\x1b[31m^^^^^^^^^^^^^^^^^^^^ heap\x1b[0m: returned\n",
		"\x1b[32m^^^^^^^^^^^^^ stack ≤8\x1b[0m\n",
		"\x1b[2mm := make(map[string]int)\x1b[0m\n",
	} {
		if !strings.Contains(colored.String(), want) {
			t.Errorf("no %q in\n%q", want, colored.String())
		}
	}
	uncolored := colored.String()
	for _, seq := range append(sequences[1:], "0") {
		uncolored = strings.ReplaceAll(uncolored, "\x1b["+seq+"m", "")
	}
	if diff := cmp.Diff(plain.String(), uncolored); diff != "" {
		t.Errorf("colour changes more than colour (-plain +coloured):\n%s", diff)
	}
}

func TestTextWithoutSource(t *testing.T) {
	file := source.NewFile("/src/a.go", []byte("m := make(map[string]int)\n"))
	var out strings.Builder
	report(t, NewText(&out, TextOptions{Level: hint.Normal}), file, "gone.go", []labelled{
		{"make(map[string]int)", "make", "heap", hint.Quiet, "heap", "heap-lazy", "at-growth", "always", "returned"},
	})
	want := `gone.go (example.com/shop)
   1 │
     │ ^… heap: returned

1 map created: 1 on the heap
1 operation: 1 always allocating
1 package analysed with go1.26.8 linux/amd64 in 1.2s
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTextOfNothing(t *testing.T) {
	var out strings.Builder
	report(t, NewText(&out, TextOptions{}), source.NewFile("/src/a.go", nil), "a.go", nil)
	want := "no map operations\n1 package analysed with go1.26.8 linux/amd64 in 1.2s\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
