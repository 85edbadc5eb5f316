package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// recorder keeps the messages that it receives.
type recorder []message

func (r *recorder) Config(m *Config) error   { return r.add(message{Config: m}) }
func (r *recorder) Problem(m *Problem) error { return r.add(message{Problem: m}) }
func (r *recorder) Op(m *Op) error           { return r.add(message{Op: m}) }
func (r *recorder) Finding(m *Finding) error { return r.add(message{Finding: m}) }
func (r *recorder) Summary(m *Summary) error { return r.add(message{Summary: m}) }

func (r *recorder) add(m message) error {
	*r = append(*r, m)
	return nil
}

const larder = `package larder

func New(n int) map[string]int {
	größe := make(map[string]int, n)
	größe["Äpfel"] = <-ch
	return größe
}
`

// handmade is a result as package analysis could give it, with every field of
// the report in use.
func handmade(t *testing.T) *analysis.Result {
	t.Helper()
	file := source.NewFile("/src/larder/larder.go", []byte(larder))
	site := locate(t, file, "make(map[string]int, n)")
	insert := locate(t, file, `größe["Äpfel"]`)
	typ := mapop.MapType{Text: "map[string]int", Key: mapop.TypeInfo{Text: "string"}, Elem: mapop.TypeInfo{Text: "int"}}
	origins := []mapop.Origin{{Site: site, Expr: "make(map[string]int, n)"}}
	ops := []analysis.Op{
		{Placement: placement.Placement{
			Op: mapop.Op{
				Kind: mapop.Make, Range: site, Pos: file.Pos(site.Start), Func: "New", Map: "größe", Type: typ,
				Hint: mapop.Hint{Form: mapop.HintVariable, Text: "n"}, Origins: origins, Complete: true,
			},
			Header: placement.Heap, Group: placement.Depends, Tables: placement.TablesDepends,
			Condition: "tables are allocated at once when n is over 8",
			Allocates: placement.Always, Lowered: "runtime.makemap",
			Allocations: []placement.Allocation{
				{What: "header", Count: 1, Bytes: 48},
				{What: "table", Cause: "hint>8", When: "when n is over 8"},
			},
			Why: []placement.Reason{
				{
					Pos: source.Pos{Path: file.Path(), Line: 6, Column: 2}, Text: "it is returned",
					Basis: "./larder.go:4:16: make(map[string]int, n) escapes to heap", Compiler: true,
				},
				{Text: "the header of an escaping map is allocated", Basis: "swiss.header"},
			},
		}},
		{Placement: placement.Placement{
			Op: mapop.Op{
				Kind: mapop.Insert, Range: insert, Pos: file.Pos(insert.Start), Func: "New", Map: "größe", Type: typ,
				Origins: origins,
			},
			Header: placement.Heap, Group: placement.Depends, Tables: placement.TablesDepends,
			Allocates: placement.May, Lowered: "runtime.mapassign_faststr",
		}, Variant: load.Test},
	}
	return &analysis.Result{
		Toolchain: toolchain.Toolchain{
			Version: "go1.26.8", GOOS: "linux", GOARCH: "amd64",
			Flags: []string{"-tags=a,b"}, GCFlags: []string{"-N", "-l"},
		},
		Runtime: runtimemap.For("go1.26.8", "amd64", ""),
		Packages: []*analysis.Package{{
			Path: "example.com/larder", Name: "larder", Dir: "/src/larder",
			Files: map[string]*source.File{file.Path(): file}, Ops: ops,
		}},
		Problems: []source.Problem{
			{Message: "go.mod names a module that is not here"},
			{Package: "example.com/broken", Pos: source.Pos{Path: "/src/broken/b.go", Line: 3, Column: 9}, Message: "undefined: x"},
		},
	}
}

func emitHandmade(t *testing.T, r Reporter) {
	t.Helper()
	result := handmade(t)
	e := emitter{version: "v1.2.3", dir: "/src", files: newFiles(result), elapsed: func() int64 { return 1234 }}
	e.found(result.Packages[0], rewrite.Found{
		Offers: []rewrite.Offer{
			{
				Fix: "mapclear", Title: "Do it (review)", Class: rewrite.Review, Range: source.Range{Path: "/src/larder/larder.go", Start: 20, End: 24},
				Also: []source.Range{{Path: "/src/larder/larder.go", Start: 0, End: 7}}, Message: "it is not done", Cost: "little", Assumes: "it is wanted",
				Edits: []source.Edit{{Range: source.Range{Path: "/src/larder/larder.go", Start: 20, End: 24}, New: "done"}},
				Gain:  rewrite.Gain{Proven: true, Text: "saves an allocation"},
			},
			{Fix: "mapclear", Title: "Do it in another way", Class: rewrite.Safe, Range: source.Range{Path: "/src/larder/larder.go", Start: 20, End: 24}},
		},
		Refusals: []rewrite.Refusal{{Fix: "mapreset", Range: source.Range{Path: "/src/larder/larder.go", Start: 20, End: 24}, Reason: "alias", Text: "it is kept"}},
	})
	if err := e.emit(result, r); err != nil {
		t.Fatal(err)
	}
}

func TestJSON(t *testing.T) {
	var out strings.Builder
	emitHandmade(t, NewJSON(&out))
	golden(t, "testdata/report.txtar", "report.json", out.String())
}

// Every line of a report is one object with one key.
func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	emitHandmade(t, NewJSON(&out))
	var keys []string
	for line := range bytes.Lines(out.Bytes()) {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if len(m) != 1 {
			t.Errorf("%d keys in %s", len(m), line)
		}
		for key := range m {
			keys = append(keys, key)
		}
	}
	want := []string{"config", "op", "op", "finding", "problem", "problem", "summary"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeGivesBackWhatWasWritten(t *testing.T) {
	var want, got recorder
	var out bytes.Buffer
	emitHandmade(t, tee{&want, NewJSON(&out)})
	if err := Decode(&out, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecode(t *testing.T) {
	const config = `{"config":{"version":1,"go":"go1.26.8","later":true}}`
	const summary = `{"summary":{"packages":0}}`
	for _, tt := range []struct {
		name, in string
		messages int
		err      string
	}{
		{"whole", config + "\n" + summary + "\n", 2, ""},
		{"unknown message and field", config + `{"later":{"rule":"x"}}` + summary, 2, ""},
		{"long line", config + `{"problem":{"package":"` + strings.Repeat("p", 1<<20) + `"}}` + summary, 3, ""},
		{"empty", "", 0, "incomplete"},
		{"without summary", config, 1, "incomplete"},
		{"without configuration", summary, 0, "does not begin"},
		{"newer version", `{"config":{"version":2}}` + summary, 0, "version 2"},
		{"cut short", config + `{"op":{"pack`, 1, "unexpected EOF"},
		{"not JSON", config + "oops", 1, "invalid character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got recorder
			err := Decode(strings.NewReader(tt.in), &got)
			switch {
			case tt.err == "" && err != nil:
				t.Error(err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
			if len(got) != tt.messages {
				t.Errorf("%d messages, want %d", len(got), tt.messages)
			}
		})
	}
}

// A full disk or a closed pipe must not end as a complete report.
func TestWriteErrors(t *testing.T) {
	full := errors.New("disk full")
	for name, r := range map[string]Reporter{
		"json": NewJSON(failing{full}),
		"text": NewText(failing{full}, TextOptions{}),
	} {
		if err := errors.Join(r.Config(&Config{Version: 1}), r.Summary(&Summary{})); !errors.Is(err, full) {
			t.Errorf("%s: error %v, want %v", name, err, full)
		}
	}
	p := NewProblems(failing{full}, false)
	if err := p.Problem(&Problem{Message: "x"}); !errors.Is(err, full) {
		t.Errorf("problems: error %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A reader of the stream sees a package as soon as the next one begins.
func TestJSONIsFlushedByPackage(t *testing.T) {
	var out bytes.Buffer
	j := NewJSON(&out)
	for _, pkg := range []string{"a", "a", "b"} {
		if err := j.Op(&Op{Package: pkg}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d messages have arrived when the second package begins, want the 2 of the first", got)
	}
	if err := j.Summary(&Summary{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 4 {
		t.Errorf("%d messages have arrived at the end, want 4", got)
	}
}

func TestProblems(t *testing.T) {
	var out strings.Builder
	emitHandmade(t, NewProblems(&out, false))
	multi := NewProblems(&out, true)
	if err := multi.Problem(&Problem{Package: "p", Message: "first line\n\tsecond \x1b[31mline\n"}); err != nil {
		t.Fatal(err)
	}
	want := "not everything could be analysed:\n" +
		"    go.mod names a module that is not here\n" +
		"example.com/broken could not be analysed:\n" +
		"    broken/b.go:3:9: undefined: x\n" +
		"\x1b[31mp could not be analysed:\x1b[0m\n" +
		"    first line\n" +
		"        second \ufffd[31mline\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTally(t *testing.T) {
	for _, tt := range []struct {
		header placement.Home
		group  placement.Home
		tables placement.Tables
		want   homeClass
	}{
		{placement.Heap, placement.HeapLazy, placement.TablesAtGrowth, homeHeap},
		{placement.Heap, placement.None, placement.TablesAtMake, homeHeap},
		{placement.Stack, placement.Stack, placement.TablesNone, homeStack},
		{placement.Stack, placement.Stack, placement.TablesAtGrowth, homeUntilGrowth},
		{placement.Stack, placement.Stack, placement.TablesUnknown, homeUnknown},
		{placement.Stack, placement.Unknown, placement.TablesNone, homeUnknown},
		{placement.Stack, placement.None, placement.TablesAtMake, homePartly},
		{placement.Stack, placement.Depends, placement.TablesDepends, homePartly},
		{placement.Mixed, placement.Mixed, placement.TablesAtGrowth, homePartly},
		{placement.Unknown, placement.Unknown, placement.TablesUnknown, homeUnknown},
		{placement.Unknown, placement.Stack, placement.TablesNone, homeUnknown},
		{"", "", "", homeUnknown},
	} {
		p := Placement{Header: string(tt.header), Group: string(tt.group), Tables: string(tt.tables)}
		if got := home(p); got != tt.want {
			t.Errorf("header %q, group %q, tables %q: class %d, want %d", p.Header, p.Group, p.Tables, got, tt.want)
		}
	}
	var counts tally
	for _, op := range []Op{
		{Kind: "zero", Placement: Placement{Header: "nil"}, Allocates: "never"},
		{Kind: "lookup", Placement: Placement{Header: "heap"}, Allocates: "never"},
		{Kind: "make", Placement: Placement{Header: "heap"}, Allocates: "always"},
		{Kind: "make", Placement: Placement{Header: "stack", Group: "stack", Tables: "at-growth"}, Allocates: "never"},
		{Kind: "literal", Placement: Placement{Header: "stack", Group: "stack", Tables: "at-growth"}, Allocates: "never"},
		{Kind: "insert", Placement: Placement{Header: "unknown"}, Allocates: ""},
	} {
		counts.add(&op)
	}
	want := []string{
		"3 maps created: 1 on the heap, 2 on the stack until they grow",
		"6 operations: 1 always allocating, 1 possibly allocating, 4 never allocating",
	}
	if diff := cmp.Diff(want, counts.lines()); diff != "" {
		t.Error(diff)
	}
}
