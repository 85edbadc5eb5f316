package verify_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aymanbagabas/go-udiff"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// TestRealCode makes every offer in real packages and sees whether they build,
// vet and pass their tests as they did before. It runs if MAPESCAPE_FIXES names
// modules: "DIR PATTERN…; DIR PATTERN…". No file is changed: the go command gets
// the changed texts by -overlay.
//
//	MAPESCAPE_FIXES_ONLY=ID,ID    these fixes only
//	MAPESCAPE_FIXES_TESTS=FLAGS   flags for go test; "off" runs no tests
//	MAPESCAPE_FIXES_VERDICTS=off  skips the verdict on each offer, for long packages
//	MAPESCAPE_FIXES_LOG=FILE      writes every offer with its change, and every refusal
//
// The offers of one fix and class in a package are made together; where that
// fails, each is made alone.
func TestRealCode(t *testing.T) {
	spec := os.Getenv("MAPESCAPE_FIXES")
	if spec == "" {
		t.Skip("MAPESCAPE_FIXES names no modules")
	}
	h := &harness{t: t, rows: map[row]*count{}, refusals: map[[2]string]int{}}
	if only := os.Getenv("MAPESCAPE_FIXES_ONLY"); only != "" {
		h.only = strings.Split(only, ",")
	}
	h.testFlags = strings.Fields(cmp.Or(os.Getenv("MAPESCAPE_FIXES_TESTS"), "-short -timeout=5m"))
	if path := os.Getenv("MAPESCAPE_FIXES_LOG"); path != "" {
		log, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		h.log = log
	}
	for module := range strings.SplitSeq(spec, ";") {
		if fields := strings.Fields(module); len(fields) > 1 {
			h.module(fields[0], fields[1:])
		}
	}
	h.table()
}

// A row of the table: one fix in one class.
type row struct{ fix, class string }

type count struct {
	offered, rejected, worse, made, built, vetted, tested, untestable, failed int
}

type harness struct {
	t         *testing.T
	only      []string
	testFlags []string
	log       *os.File
	rows      map[row]*count
	refusals  map[[2]string]int
}

func (h *harness) row(o rewrite.Offer) *count {
	k := row{o.Fix, string(o.Class)}
	if h.rows[k] == nil {
		h.rows[k] = &count{}
	}
	return h.rows[k]
}

func (h *harness) logf(format string, args ...any) {
	if h.log != nil {
		fmt.Fprintf(h.log, format, args...)
	}
}

// module finds the offers of a module and tries those of each package.
func (h *harness) module(dir string, patterns []string) {
	found := map[string]rewrite.Found{}
	result, err := analysis.Run(context.Background(), analysis.Request{
		Dir: dir, Patterns: patterns, Tests: true,
		Syntax: func(r *analysis.Result, typed analysis.Typed) { found[typed.Dir] = fixes.Find(r, typed) },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range result.Problems {
		h.logf("problem: %s\n", p)
	}
	for _, pkg := range result.Packages {
		f := found[pkg.Dir]
		for _, r := range f.Refusals {
			if h.wants(r.Fix) {
				h.refusals[[2]string{r.Fix, r.Reason}]++
				h.logf("%s: %s: refused, %s: %s (%s)\n", r.Pos, r.Title, r.Reason, r.Text, r.Culprit)
			}
		}
		groups := map[row][]rewrite.Offer{}
		for _, o := range f.Offers {
			if h.wants(o.Fix) {
				groups[row{o.Fix, string(o.Class)}] = append(groups[row{o.Fix, string(o.Class)}], o)
				h.logf("%s: %s\n%s", o.Pos, o.Title, h.diff(pkg, o))
			}
		}
		if len(groups) > 0 {
			h.pkg(pkg, groups)
		}
	}
}

func (h *harness) wants(fix string) bool { return len(h.only) == 0 || slices.Contains(h.only, fix) }

func (h *harness) diff(pkg *analysis.Package, o rewrite.Offer) string {
	var out strings.Builder
	for path, text := range h.texts(pkg, []rewrite.Offer{o}) {
		out.WriteString(udiff.Unified(path, path, string(pkg.Files[path].Text()), text))
	}
	return out.String()
}

// texts are the files of a package with offers made.
func (h *harness) texts(pkg *analysis.Package, offers []rewrite.Offer) map[string]string {
	byFile := map[string][]source.Edit{}
	for _, o := range offers {
		for _, e := range o.Edits {
			byFile[e.Path] = append(byFile[e.Path], e)
		}
	}
	texts := map[string]string{}
	for path, edits := range byFile {
		text, err := source.Apply(pkg.Files[path].Text(), sorted(edits))
		if err != nil {
			h.t.Errorf("%s: %v", path, err)
			continue
		}
		texts[path] = string(text)
	}
	return texts
}

// sorted orders the edits of several offers, of which two may add the same import.
func sorted(edits []source.Edit) []source.Edit {
	slices.SortStableFunc(edits, func(a, b source.Edit) int { return a.Compare(b.Range) })
	return slices.Compact(edits)
}

// apart splits offers into sets that do not overlap.
func apart(offers []rewrite.Offer) [][]rewrite.Offer {
	var sets [][]rewrite.Offer
	for _, o := range offers {
		i := slices.IndexFunc(sets, func(set []rewrite.Offer) bool {
			return !slices.ContainsFunc(set, func(other rewrite.Offer) bool { return overlap(o, other) })
		})
		if i < 0 {
			sets = append(sets, nil)
			i = len(sets) - 1
		}
		sets[i] = append(sets[i], o)
	}
	return sets
}

func overlap(a, b rewrite.Offer) bool {
	for _, x := range a.Edits {
		for _, y := range b.Edits {
			if x != y && x.Path == y.Path && x.Start <= y.End && y.Start <= x.End {
				return true
			}
		}
	}
	return false
}

func (h *harness) pkg(pkg *analysis.Package, groups map[row][]rewrite.Offer) {
	began := time.Now()
	base, err := verify.Prepare(context.Background(), analysis.Request{Dir: pkg.Dir, Patterns: []string{"."}})
	if err != nil || base.Package == nil {
		h.t.Errorf("%s: no baseline: %v", pkg.Path, err)
		return
	}
	tr := &trial{harness: h, pkg: pkg, base: base}
	for _, k := range slices.SortedFunc(maps.Keys(groups), func(a, b row) int {
		return cmp.Or(strings.Compare(a.fix, b.fix), strings.Compare(a.class, b.class))
	}) {
		var good []rewrite.Offer
		for _, o := range groups[k] {
			n := h.row(o)
			n.offered++
			if os.Getenv("MAPESCAPE_FIXES_VERDICTS") == "off" {
				good = append(good, o)
				continue
			}
			v, err := base.Check(context.Background(), o)
			if err != nil {
				h.t.Errorf("%s: %v", o.Pos, err)
				continue
			}
			if !v.Good() {
				n.rejected++
				h.logf("%s: %s: rejected: %s\n", o.Pos, o.Title, v.Text())
				continue
			}
			if _, worse := v.Worse(); worse {
				n.worse++
				h.logf("%s: %s: worse: %s\n", o.Pos, o.Title, v.Text())
			}
			good = append(good, o)
		}
		for _, set := range apart(good) {
			tr.try(set)
		}
	}
	h.t.Logf("%s: %v", pkg.Path, time.Since(began).Round(time.Millisecond))
}

// A trial tries sets of offers in one package.
type trial struct {
	*harness
	pkg  *analysis.Package
	base *verify.Baseline
	// vet and tests are what the commands say without any change, once asked.
	asked       bool
	vet         map[string]bool
	testsPassed bool
}

// try makes a set of offers. If something fails, it makes them one by one.
func (tr *trial) try(set []rewrite.Offer) {
	if !tr.asked {
		tr.asked = true
		tr.vet = tr.vetLines("")
		tr.testsPassed = tr.testFlags[0] != "off" && tr.test("") == ""
	}
	overlay := tr.overlay(set)
	what, why := tr.run(overlay)
	n := tr.row(set[0])
	n.made += len(set)
	if what == "" {
		n.built, n.vetted = n.built+len(set), n.vetted+len(set)
		if tr.testsPassed {
			n.tested += len(set)
		} else {
			n.untestable += len(set)
		}
		return
	}
	if len(set) > 1 {
		n.made -= len(set)
		for _, o := range set {
			tr.try([]rewrite.Offer{o})
		}
		return
	}
	n.failed++
	tr.t.Errorf("%s: %s (class %s): %s fails:\n%s", set[0].Pos, set[0].Title, set[0].Class, what, why)
}

// run builds, vets and tests; what names the first that fails.
func (tr *trial) run(overlay string) (what, why string) {
	if out, err := tr.command("build", "-overlay="+overlay, "."); err != nil {
		return "go build", out
	}
	for line := range tr.vetLines(overlay) {
		if !tr.vet[line] {
			return "go vet", line
		}
	}
	if tr.testsPassed {
		if out := tr.test(overlay); out != "" {
			return "go test", out
		}
	}
	return "", ""
}

func (tr *trial) test(overlay string) string {
	args := append([]string{"test"}, tr.testFlags...)
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	if out, err := tr.command(append(args, ".")...); err != nil {
		return out
	}
	return ""
}

// place is where vet speaks of: the file, which has another name in an overlay,
// and lines, which edits move.
var place = regexp.MustCompile(`^[^ ]*\.go:\d+(:\d+)?: |line \d+`)

// vetLines are what vet says, without places.
func (tr *trial) vetLines(overlay string) map[string]bool {
	args := []string{"vet"}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	out, _ := tr.command(append(args, ".")...)
	lines := map[string]bool{}
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "#") {
			lines[place.ReplaceAllString(line, "")] = true
		}
	}
	return lines
}

func (tr *trial) command(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = tr.pkg.Dir
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (tr *trial) overlay(set []rewrite.Offer) string {
	dir := tr.t.TempDir()
	replace := map[string]string{}
	for path, text := range tr.texts(tr.base.Package, set) {
		file := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			tr.t.Fatal(err)
		}
		replace[path] = file
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		tr.t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		tr.t.Fatal(err)
	}
	return path
}

func (h *harness) table() {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%-16s %-5s %8s %8s %8s %8s %8s %8s %8s %8s\n",
		"fix", "class", "offered", "rejected", "worse", "built", "vetted", "tested", "untested", "failed")
	for _, k := range slices.SortedFunc(maps.Keys(h.rows), func(a, b row) int {
		return cmp.Or(strings.Compare(a.fix, b.fix), strings.Compare(a.class, b.class))
	}) {
		n := h.rows[k]
		fmt.Fprintf(&out, "%-16s %-5s %8d %8d %8d %8d %8d %8d %8d %8d\n",
			k.fix, k.class, n.offered, n.rejected, n.worse, n.built, n.vetted, n.tested, n.untestable, n.failed)
	}
	for _, k := range slices.SortedFunc(maps.Keys(h.refusals), func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	}) {
		fmt.Fprintf(&out, "refused %-16s %-28s %6d\n", k[0], k[1], h.refusals[k])
	}
	h.t.Log(out.String())
	h.logf("%s", out.String())
}
