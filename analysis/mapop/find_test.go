package mapop

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis/source"
)

var update = flag.Bool("update", false, "rewrite the golden sections of testdata/*.txtar")

// TestFind checks each archive of testdata: every line's "// want" comment
// lists the kinds of the operations anchored there, in order, and nothing is
// found where none is wanted. The section "ops" is a golden list with what else is known of them.
func TestFind(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Fatal("no archives")
	}
	check := newChecker(t, archiveImports...)
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string][]byte{}
			golden := -1
			for i, f := range archive.Files {
				if f.Name == "ops" {
					golden = i
				} else {
					files[f.Name] = f.Data
				}
			}
			pkg := check.load(t, "example.com/a", files)
			ops := Find(pkg)
			if diff := cmp.Diff(wants(files), anchored(ops)); diff != "" {
				t.Errorf("kinds by line (-want +got):\n%s", diff)
			}
			checkInvariants(t, pkg.Files, ops)
			if golden < 0 {
				return
			}
			got := dump(ops)
			if *update {
				archive.Files[golden].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[golden].Data), got); diff != "" {
				t.Errorf("operations (-want +got):\n%s", diff)
			}
		})
	}
}

var wantComment = regexp.MustCompile(`// want (.*)$`)

// wants gives the kinds wanted by line.
func wants(files map[string][]byte) map[string]string {
	want := map[string]string{}
	for name, text := range files {
		for i, line := range strings.Split(string(text), "\n") {
			if m := wantComment.FindStringSubmatch(line); m != nil {
				want[fmt.Sprintf("%s:%d", name, i+1)] = m[1]
			}
		}
	}
	return want
}

// anchored gives the kinds found by the line of their anchors.
func anchored(ops []Op) map[string]string {
	ops = slices.Clone(ops)
	slices.SortStableFunc(ops, func(a, b Op) int { return a.Anchor.Compare(b.Anchor) })
	got := map[string]string{}
	for _, op := range ops {
		line := fmt.Sprintf("%s:%d", op.Anchor.Path, op.Anchor.Line)
		got[line] = strings.TrimSpace(got[line] + " " + string(op.Kind))
	}
	return got
}

// checkInvariants checks what holds for all operations of any package.
func checkInvariants(t *testing.T, files map[string]*source.File, ops []Op) {
	t.Helper()
	for i, op := range ops {
		where := fmt.Sprintf("%s %s", op.Pos, op.Kind)
		file := files[op.Range.Path]
		if file == nil {
			t.Fatalf("%s: not in a file of the package: %q", where, op.Range.Path)
		}
		if op.Range.Start < 0 || op.Range.End <= op.Range.Start || op.Range.End > len(file.Text()) {
			t.Errorf("%s: range %v", where, op.Range)
		}
		if op.Pos != file.Pos(op.Range.Start) {
			t.Errorf("%s: range starts at %s", where, file.Pos(op.Range.Start))
		}
		if i > 0 {
			prev := ops[i-1]
			if c := prev.Range.Compare(op.Range); c > 0 || c == 0 && prev.Kind >= op.Kind {
				t.Errorf("%s: not sorted behind %s %s", where, prev.Pos, prev.Kind)
			}
		}
		anchor, ok := file.Offset(op.Anchor.Line, op.Anchor.Column)
		if !ok || anchor < op.Range.Start || anchor >= op.Range.End {
			t.Errorf("%s: anchor %s is outside", where, op.Anchor)
			continue
		}
		if text := string(file.Text()[anchor:]); !strings.HasPrefix(text, anchorToken(op, text)) {
			t.Errorf("%s: anchor is at %.10q", where, text)
		}
		for _, operand := range append([]Operand{op.Key, op.Elem}, op.Operands...) {
			checkOperand(t, where, file, operand)
		}
		if op.Complete != (op.Open == "") && !op.Type.Sync {
			t.Errorf("%s: complete %v, open %q", where, op.Complete, op.Open)
		}
		if op.Type.Sync && (op.Complete || len(op.Origins) > 0) {
			t.Errorf("%s: a sync.Map with origins", where)
		}
		if !op.Type.Sync && (op.Type.Text == "" || op.Type.Key.Text == "" || op.Type.Elem.Text == "") {
			t.Errorf("%s: type %+v", where, op.Type)
		}
		for _, o := range op.Origins {
			if !slices.ContainsFunc(ops, func(c Op) bool { return c.Range == o.Site && c.Kind == o.Kind }) {
				t.Errorf("%s: no operation at origin %v", where, o)
			}
		}
	}
}

func checkOperand(t *testing.T, where string, file *source.File, o Operand) {
	t.Helper()
	if o.Text == "" {
		if !reflect.DeepEqual(o, Operand{}) {
			t.Errorf("%s: operand without text: %+v", where, o)
		}
		return
	}
	if o.Range.End > len(file.Text()) || o.Range.End <= o.Range.Start {
		t.Errorf("%s: operand %s: range %v", where, o.Text, o.Range)
	}
	if !o.Anchor.IsValid() || !o.Boxed && o.BoxAnchor.IsValid() {
		t.Errorf("%s: operand %s: anchors %s, %s, boxed %v", where, o.Text, o.Anchor, o.BoxAnchor, o.Boxed)
	}
	if o.Free && o.Form != FormPlain {
		t.Errorf("%s: operand %s: free, but %s", where, o.Text, o.Form)
	}
}

// anchorToken is the token that an operation's anchor must be at.
func anchorToken(op Op, text string) string {
	switch op.Kind {
	case Literal:
		return "{"
	case Insert, Update, Lookup:
		return "["
	case Range:
		return "for"
	case Zero:
		return op.Var
	}
	if op.Type.Sync && strings.HasPrefix(text, ".") {
		return "."
	}
	return "("
}
