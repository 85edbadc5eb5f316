// Package rewritetest runs the archives of fixes. It is for tests only.
//
// An archive is one of package analysistest, named after its fix: "reset.txtar",
// or "reset-fields.txtar" for a second one. All that the fix finds in it has to
// be noted on the line above the one where it starts, where no rewrite can take
// the note along:
//
//	// offer A          an offer of class A
//	// refuse REASON    a refusal
//
// and the golden text "@fix" has each in full: title, gain, cost, what it
// assumes, the compiler's verdict and the change; or the reason. Every offer is
// compiled, and must build and pass vet.
//
//	// rejected A       an offer that the compiler's verdict must reject
package rewritetest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/analysistest"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// Run runs the archives in testdata. Each of the fixes must have one, and in it
// every class that it offers and every reason of its own.
func Run(t *testing.T, fixes ...*rewrite.Fix) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		id, _, _ := strings.Cut(name, "-")
		i := slices.IndexFunc(fixes, func(f *rewrite.Fix) bool { return f.ID == id })
		if i < 0 {
			t.Errorf("%s is named after no fix", path)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runArchive(t, path, fixes[i])
		})
	}
	for _, f := range fixes {
		checkFix(t, f)
	}
}

// checkFix looks for what a fix can give and its archives do not show.
func checkFix(t *testing.T, f *rewrite.Fix) {
	paths, err := filepath.Glob("testdata/" + f.ID + "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]bool{}
	offers := 0
	for _, path := range paths {
		if id, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".txtar"), "-"); id != f.ID {
			continue
		}
		for _, n := range analysistest.Notes(t, path) {
			switch n.Verb {
			case "offer":
				offers++
			case "refuse":
				reasons[n.Text] = true
			}
		}
	}
	if offers == 0 {
		t.Errorf("no archive shows an offer of %s", f.ID)
	}
	for _, r := range f.Reasons {
		if !reasons[r.ID] {
			t.Errorf("no archive shows %s being refused for %q", f.ID, r.ID)
		}
	}
}

// found is what a fix says at one line.
type found struct {
	pos  source.Pos
	note string // "offer A", "refuse reason"
	text string
}

func runArchive(t *testing.T, path string, fix *rewrite.Fix) {
	var all []found
	var got rewrite.Found
	baselines := map[string]*verify.Baseline{}
	syntax := func(r *analysis.Result, typed analysis.Typed) {
		in := rewrite.NewInput(r, typed)
		in.Run(fix, &got)
	}
	analysistest.RunSyntax(t, path, syntax, func(t *testing.T, c *analysistest.Case) {
		got.Sort()
		for _, o := range got.Offers {
			all = append(all, offered(t, c, o, baselines))
		}
		for _, r := range got.Refusals {
			all = append(all, found{r.Pos, "refuse " + r.Reason, fmt.Sprintf("%s: refused, %s: %s\n", r.Title, r.Reason, r.Text)})
		}
		slices.SortStableFunc(all, func(a, b found) int { return a.pos.Compare(b.pos) })
		compareNotes(t, c, all)
		var golden strings.Builder
		for _, f := range all {
			fmt.Fprintf(&golden, "%s:%d: %s\n", filepath.Base(f.pos.Path), f.pos.Line, f.text)
		}
		c.Golden(t, "fix", golden.String())
	})
}

// offered describes an offer and what the compiler says of it.
func offered(t *testing.T, c *analysistest.Case, o rewrite.Offer, baselines map[string]*verify.Baseline) found {
	t.Helper()
	dir := filepath.Dir(o.Pos.Path)
	b := baselines[dir]
	if b == nil {
		var err error
		b, err = verify.Prepare(context.Background(), analysis.Request{Dir: dir, Patterns: []string{"."}, Flags: c.Build, Env: c.Env})
		if err != nil {
			t.Fatal(err)
		}
		baselines[dir] = b
	}
	v, err := b.Check(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	note := "offer " + string(o.Class)
	if !v.Good() {
		note = "rejected " + string(o.Class)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", o.Title)
	for _, line := range []struct{ name, text string }{
		{"class", string(o.Class)}, {"message", o.Message}, {"gain", o.Gain.Text}, {"cost", o.Cost}, {"assumes", o.Assumes},
		{"verdict", strings.ReplaceAll(v.Text(), v.Go, "$GO")},
	} {
		if line.text != "" {
			fmt.Fprintf(&text, "    %s: %s\n", line.name, line.text)
		}
	}
	for _, path := range o.Files() {
		var edits []source.Edit
		for _, e := range o.Edits {
			if e.Path == path {
				edits = append(edits, e)
			}
		}
		before := b.Package.Files[path].Text()
		after, err := source.Apply(before, edits)
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(udiff.Unified(c.Rel(path), c.Rel(path), string(before), string(after)))
	}
	return found{o.Pos, note, text.String()}
}

// compareNotes compares what was found with the archive's notes.
func compareNotes(t *testing.T, c *analysistest.Case, all []found) {
	t.Helper()
	want := map[string]int{}
	for _, verb := range []string{"offer", "refuse", "rejected"} {
		for _, n := range c.NotesOf(verb) {
			want[fmt.Sprintf("%s:%d: %s %s", c.Rel(n.Pos.Path), n.Pos.Line+1, verb, n.Text)]++
		}
	}
	for _, f := range all {
		line := fmt.Sprintf("%s:%d: %s", c.Rel(f.pos.Path), f.pos.Line, f.note)
		if want[line] == 0 {
			t.Errorf("%s: found, and not noted\n%s", line, f.text)
			continue
		}
		want[line]--
	}
	for line, n := range want {
		if n > 0 {
			t.Errorf("%s: noted, and not found", line)
		}
	}
}
