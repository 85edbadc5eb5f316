// Package analysistest runs txtar archives of Go source through the real
// analysis and compares what a test makes of the result with what the archive
// says. It is for tests only, and knows neither hints nor fixes: the test
// gives labels and texts, the archive says which are right.
//
// # Archives
//
// An archive starts with prose that says what it is about. Its sections are the
// files of a module, written to a directory of their own (a go.mod is added
// where there is none), and two kinds of section that are not files:
//
//   - "flags" holds options, one a line:
//     -levels=quiet,normal,all  the levels at which every line is compared, see below
//     -go=go1.26,go1.27         the releases that the archive holds for; it is skipped on others
//     -tests                    analyse _test.go files too
//     -build=FLAG               a build flag, such as -tags=x
//     -env=NAME=value           an environment variable
//     -patterns=./a,./b         the packages to analyse instead of ./...
//     -problems                 the module does not build, and need not
//   - a name that starts with "@" is a golden text, see Case.Golden.
//
// # Notes
//
// A note is a comment of the form "// verb text" or "// verb:qualifier text" in
// a Go file, and speaks of its own line. One line comment may hold several:
//
//	m := make(map[string]int) // want "stack ≤8" // hover m
//
// The verb "want" lists the labels of the operations that start on the line,
// in order, each with the rule that gives it if the archive cares:
//
//	a, b := f(), map[int]int{} // want creation "heap" "stack ≤8"
//
// Its qualifier is a level. A want without one holds at the level normal and
// at the levels above it, so far as the line has no want of that level:
//
//	m[k]++ // want:all "stack map, may grow"
//
// A line that has no want for a level must have no label there. Levels are
// compared if -levels names them; without it, normal is, and those that a want
// of the archive names.
//
// Other verbs are the test's own; Case.NotesOf gives them.
//
// # Updating
//
// With the test flag -update, wants and golden texts are rewritten to what the
// test found; wants lose the rules that they named. Read the difference before
// you believe it.
package analysistest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
)

var update = flag.Bool("update", false, "rewrite expectations in testdata to what the tests find")

// Updating reports whether the test flag -update was given.
func Updating() bool { return *update }

// A Case is one archive after its analysis.
type Case struct {
	// Name is the archive's name without directory and extension.
	Name string
	// Dir is the directory of the module, absolute and without symbolic links.
	Dir string
	// Result is what the analysis found.
	Result *analysis.Result
	// Tests, Build and Env are what the archive's flags say of the analysis.
	Tests      bool
	Build, Env []string
	// Levels are the levels at which wants are to be compared.
	Levels []string

	arch  *archive
	notes []Note
	// found has the labels given to Check, by level, for -update.
	found map[string][]Label
	// golden has the names that Golden was asked for.
	golden map[string]bool
}

// A Label is what a test found at an operation.
type Label struct {
	// Pos is where the operation starts.
	Pos source.Pos
	// Rule names what gave the label, and is compared only where the archive names one.
	Rule string
	Text string
}

// Run analyses the archive at path and calls check with the result. It fails
// the test if the archive is malformed, if the analysis does, if the module has
// problems and the archive does not say so, or if a golden text was not asked for.
func Run(t *testing.T, path string, check func(t *testing.T, c *Case)) {
	t.Helper()
	RunSyntax(t, path, nil, check)
}

// RunSyntax is Run; syntax is given the typed syntax of each package, as
// analysis.Request.Syntax is.
func RunSyntax(t *testing.T, path string, syntax func(*analysis.Result, analysis.Typed), check func(t *testing.T, c *Case)) {
	t.Helper()
	arch, err := readArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := arch.write(dir); err != nil {
		t.Fatal(err)
	}
	result, err := analysis.Run(context.Background(), analysis.Request{
		Dir:      dir,
		Patterns: arch.flags.patterns,
		Tests:    arch.flags.tests,
		Flags:    arch.flags.build,
		Env:      arch.flags.env,
		Syntax:   syntax,
	})
	if err != nil {
		t.Fatalf("analysis of %s: %v", path, err)
	}
	if !arch.flags.holdsFor(result.Toolchain.Version) {
		t.Skipf("holds for %s, this is %s", strings.Join(arch.flags.releases, ", "), result.Toolchain.Version)
	}
	if len(result.Problems) > 0 && !arch.flags.problems {
		for _, p := range result.Problems {
			t.Errorf("problem: %s", strings.ReplaceAll(p.String(), dir+string(filepath.Separator), ""))
		}
		return
	}
	c := &Case{
		Tests:  arch.flags.tests,
		Build:  arch.flags.build,
		Env:    arch.flags.env,
		Name:   strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)),
		Dir:    dir,
		Result: result,
		arch:   arch,
		found:  map[string][]Label{},
		golden: map[string]bool{},
	}
	for _, f := range arch.goFiles() {
		c.notes = append(c.notes, readNotes(filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)...)
	}
	if c.Levels, err = levelsOf(arch.flags.levels, c.notes); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	check(t, c)
	if t.Failed() && !*update {
		return
	}
	c.finish(t, path)
}

// finish checks that no golden text is left over and, when updating, writes the archive.
func (c *Case) finish(t *testing.T, path string) {
	t.Helper()
	for _, name := range c.arch.goldenNames() {
		if c.golden[name] {
			continue
		}
		if *update {
			c.arch.setGolden(name, nil)
			continue
		}
		t.Errorf("%s: nothing asks for the golden text %q", path, "@"+name)
	}
	if !*update {
		return
	}
	if len(c.found) > 0 {
		for i, f := range c.arch.txt.Files {
			if isGo(f.Name) {
				full := filepath.Join(c.Dir, filepath.FromSlash(f.Name))
				c.arch.txt.Files[i].Data = rewriteWants(full, f.Data, c.Levels, c.found)
			}
		}
	}
	if text := c.arch.format(); string(text) != c.arch.original {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Error(err)
		}
	}
}

// NotesOf gives the notes with a verb, in the archive's order.
func (c *Case) NotesOf(verb string) []Note {
	var out []Note
	for _, n := range c.notes {
		if n.Verb == verb {
			out = append(out, n)
		}
	}
	return out
}

// OpsAt gives the operations that start on the line of a note, in order.
func (c *Case) OpsAt(n Note) []analysis.Op {
	var out []analysis.Op
	for _, p := range c.Result.Packages {
		for _, op := range p.Ops {
			if op.Op.Pos.Path == n.Pos.Path && op.Op.Pos.Line == n.Pos.Line {
				out = append(out, op)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b analysis.Op) int { return a.Op.Range.Compare(b.Op.Range) })
	return out
}

// Rel gives a path or position in the case's directory as the archive names it.
func (c *Case) Rel(target string) string {
	return filepath.ToSlash(strings.TrimPrefix(target, c.Dir+string(filepath.Separator)))
}
