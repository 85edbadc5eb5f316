package mapop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis/source"
)

// compileArchive has the installed compiler build an archive of testdata with
// the given flags and returns what it prints, and the operations that Find
// sees in it.
func compileArchive(t *testing.T, name, gcflags string) (output string, ops []Op) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string][]byte{"go.mod": []byte("module example.com/a\n\ngo 1.26\n")}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".go") {
			files[f.Name] = f.Data
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", filepath.Join(dir, "out"), "-gcflags="+gcflags, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOTOOLCHAIN=local", "GO111MODULE=on")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	delete(files, "go.mod")
	return string(out), Find(newChecker(t, archiveImports...).load(t, "example.com/a", files))
}

var message = regexp.MustCompile(`(?m)^\./(\S+\.go):(\d+):(\d+): (.*)$`)

// messages gives the compiler's messages that match what by place, the match's submatch as text.
func messages(output string, what *regexp.Regexp) map[source.Pos][]string {
	found := map[source.Pos][]string{}
	for _, m := range message.FindAllStringSubmatch(output, -1) {
		text := what.FindStringSubmatch(m[4])
		if text == nil {
			continue
		}
		line, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		pos := source.Pos{Path: m[1], Line: line, Column: column}
		found[pos] = append(found[pos], text[1])
	}
	return found
}

var (
	inlining = regexp.MustCompile(`^inlining call to (.*)$`)
	escaping = regexp.MustCompile(`^(.*) (?:escapes to heap|does not escape)$`)
	typeArgs = regexp.MustCompile(`\[[^\[\]]*\]`)
)

// TestCalleeNames compares the names of callees with those in the compiler's
// words on inlined calls, on archives in which it inlines all of them.
func TestCalleeNames(t *testing.T) {
	for _, name := range []string{"names", "calls"} {
		t.Run(name, func(t *testing.T) {
			output, ops := compileArchive(t, name, "-m")
			inlined := messages(output, inlining)
			calls := 0
			for _, op := range ops {
				if op.Kind != Call {
					continue
				}
				names := inlined[op.Anchor]
				if len(names) == 0 {
					if name == "names" {
						t.Errorf("%s: %s is not inlined", op.Anchor, op.Map)
					}
					continue
				}
				calls++
				// Calls that came with an inlined body are reported at the same place behind it.
				got := names[0]
				for typeArgs.MatchString(got) {
					got = typeArgs.ReplaceAllString(got, "")
				}
				if got != op.Callee && got != op.AltCallee {
					t.Errorf("%s: the compiler calls it %s, we %s or %s", op.Anchor, got, op.Callee, op.AltCallee)
				}
			}
			if calls < 10 {
				t.Errorf("only %d calls compared", calls)
			}
		})
	}
}

// spoken reports whether there is a verdict at the anchor or, where the
// literal around op was inlined on the spot, at its call.
func spoken(verdicts map[source.Pos][]string, op Op, anchor source.Pos) bool {
	for _, at := range append([]source.Pos{anchor}, op.Immediate...) {
		if len(verdicts[at]) > 0 {
			return true
		}
	}
	return false
}

// TestCreationAnchors: the compiler gives a verdict at the anchor of every make, literal and new.
func TestCreationAnchors(t *testing.T) {
	for _, name := range []string{"kinds", "flow", "calls", "closures", "operands"} {
		t.Run(name, func(t *testing.T) {
			output, ops := compileArchive(t, name, "-m")
			verdicts := messages(output, escaping)
			for _, op := range ops {
				switch op.Kind {
				case Make, Literal, New:
				default:
					continue
				}
				if op.Generic { // not compiled without an instantiation
					continue
				}
				if spoken(verdicts, op, op.Anchor) == op.Dead {
					t.Errorf("%s: verdict on %s: %v", op.Anchor, op.Map, !op.Dead)
				}
			}
		})
	}
}

// TestOperandAnchors: the compiler speaks of every box and of all syntax with a form of its own at the operand's anchors.
func TestOperandAnchors(t *testing.T) {
	output, ops := compileArchive(t, "operands", "-m")
	verdicts := messages(output, escaping)
	for _, op := range ops {
		if op.Generic {
			continue
		}
		for _, o := range append([]Operand{op.Key, op.Elem}, op.Operands...) {
			if o.Boxed && !o.Free && o.BoxAnchor.IsValid() && !spoken(verdicts, op, o.BoxAnchor) {
				t.Errorf("%s: no verdict on the box of %s", o.BoxAnchor, o.Text)
			}
			switch o.Form {
			case FormPlain, FormOther, FormVariable:
				continue
			}
			if op.Operator == "+=" {
				continue // of m[k] += s nothing is said
			}
			if !spoken(verdicts, op, o.Anchor) {
				t.Errorf("%s: no verdict on %s %s", o.Anchor, o.Form, o.Text)
			}
		}
	}
}

var (
	textLine   = regexp.MustCompile(`^example\.com/a\.(\S+) STEXT`)
	mapRuntime = regexp.MustCompile(`runtime\.(mapclear|mapIterStart|mapiterinit)\(SB\)`)
)

// TestDeleteLoopsCompiled compares which delete loops are said to become a clear with the compiler's code.
func TestDeleteLoopsCompiled(t *testing.T) {
	output, ops := compileArchive(t, "deleteloop", "-S")
	calls := map[string]map[string]bool{} // by function
	current := ""
	for line := range strings.Lines(output) {
		if m := textLine.FindStringSubmatch(line); m != nil {
			current = m[1]
			calls[current] = map[string]bool{}
		} else if m := mapRuntime.FindStringSubmatch(line); m != nil && current != "" {
			calls[current][m[1]] = true
		}
	}
	want, got := map[string]bool{}, map[string]bool{}
	for _, op := range ops {
		if op.Kind == Range && op.Loop != nil && !op.Generic {
			got[op.Func] = op.Loop.Pure
			want[op.Func] = calls[op.Func]["mapclear"]
			if want[op.Func] == (calls[op.Func]["mapIterStart"] || calls[op.Func]["mapiterinit"]) {
				t.Errorf("%s: calls %v", op.Func, calls[op.Func])
			}
		}
	}
	if len(want) < 30 {
		t.Errorf("only %d loops compared", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("loops that become a clear (-compiler +found):\n%s", diff)
	}
}
