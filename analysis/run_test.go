package analysis

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden sections of testdata")

// TestScenarios writes each archive's files to a directory, analyses them as
// its "request" section says, and compares a rendering of the result with its
// "report" section. A request has lines "dir SUBDIR", "patterns P…", "tests",
// "flags F…", "env NAME=VALUE" and "overlay FILE" (whose text is in the section "overlay/FILE").
func TestScenarios(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			scenario(t, path)
		})
	}
}

func scenario(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	req := Request{Dir: dir, Env: []string{"GOWORK=", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local"}}
	golden := -1
	for i, f := range archive.Files {
		switch {
		case f.Name == "report":
			golden = i
		case f.Name == "request":
			readRequest(t, &req, dir, string(f.Data), archive)
		case strings.HasPrefix(f.Name, "overlay/"):
		default:
			name := filepath.Join(dir, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(string(f.Data), "⏎", "\r")
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	result, err := Run(context.Background(), req)
	got := ""
	if err != nil {
		got = "error: " + err.Error() + "\n"
	} else {
		got = report(result)
		checkInvariants(t, result)
	}
	got = strings.ReplaceAll(got, dir, "$DIR")
	if result != nil {
		got = strings.ReplaceAll(got, result.Toolchain.GOROOT, "$GOROOT")
		got = strings.ReplaceAll(got, strings.TrimPrefix(result.Toolchain.Version, "go"), "$GOVERSION")
	}
	if *update {
		if golden < 0 {
			archive.Files = append(archive.Files, txtar.File{Name: "report"})
			golden = len(archive.Files) - 1
		}
		archive.Files[golden].Data = []byte(got)
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if golden < 0 {
		t.Fatal("no report section; -update writes it")
	}
	if diff := cmp.Diff(string(archive.Files[golden].Data), got); diff != "" {
		t.Errorf("report differs (-want +got); -update rewrites it:\n%s", diff)
	}
}

func readRequest(t *testing.T, req *Request, dir, text string, archive *txtar.Archive) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		switch args := fields[1:]; fields[0] {
		case "dir":
			req.Dir = filepath.Join(dir, args[0])
		case "patterns":
			req.Patterns = args
		case "tests":
			req.Tests = true
		case "flags":
			req.Flags = args
		case "env":
			req.Env = append(req.Env, args...)
		case "overlay":
			for _, f := range archive.Files {
				if f.Name == "overlay/"+args[0] {
					if req.Overlay == nil {
						req.Overlay = map[string][]byte{}
					}
					req.Overlay[filepath.Join(dir, args[0])] = f.Data
				}
			}
		default:
			t.Fatalf("request: %s", line)
		}
	}
}

// report renders a result, one operation a line.
func report(r *Result) string {
	var b strings.Builder
	for _, p := range r.Packages {
		fmt.Fprintf(&b, "package %s\n", p.Path)
		for _, op := range p.Ops {
			name, _ := filepath.Rel(p.Dir, op.Op.Pos.Path)
			fmt.Fprintf(&b, "\t%s:%d:%d %s %s in %s: %s/%s/%s %s %s", name, op.Op.Pos.Line, op.Op.Pos.Column, op.Op.Kind, op.Op.Map, op.Op.Func,
				op.Header, op.Group, op.Tables, op.Allocates, op.Lowered)
			if op.Variant != "" {
				fmt.Fprintf(&b, " [%s]", op.Variant)
			}
			if op.Condition != "" {
				fmt.Fprintf(&b, " (%s)", op.Condition)
			}
			b.WriteString("\n")
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "problem %s %s: %s\n", p.Package, p.Pos, strings.ReplaceAll(p.Message, "\n", " | "))
	}
	return b.String()
}

// checkInvariants checks what must hold of any result.
func checkInvariants(t *testing.T, r *Result) {
	t.Helper()
	for _, p := range r.Packages {
		for i, op := range p.Ops {
			at := op.Op.Pos
			file := p.Files[op.Op.Range.Path]
			if file == nil {
				t.Errorf("%s: no file", at)
				continue
			}
			if got := file.Pos(op.Op.Range.Start); got != at {
				t.Errorf("%s: the range starts at %s", at, got)
			}
			if op.Op.Range.End <= op.Op.Range.Start || op.Op.Range.End > len(file.Text()) {
				t.Errorf("%s: bad range %+v", at, op.Op.Range)
			}
			if i > 0 && op.Op.Range.Compare(p.Ops[i-1].Op.Range) < 0 {
				t.Errorf("%s: not sorted", at)
			}
			if op.Header == "" || op.Group == "" || op.Tables == "" || op.Allocates == "" {
				t.Errorf("%s: incomplete answer %+v", at, op.Placement)
			}
			if op.Allocates == "always" && len(op.Allocations) == 0 {
				t.Errorf("%s: %s always allocates, and nothing says what", at, op.Op.Kind)
			}
			if op.Header == "heap" && len(op.Why) == 0 {
				t.Errorf("%s: %s on the heap, and nothing says why", at, op.Op.Kind)
			}
			for _, w := range op.Why {
				if w.Text == "" {
					t.Errorf("%s: an empty reason", at)
				}
			}
		}
	}
}
