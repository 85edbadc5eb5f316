package check

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// Finding is a place where code can be rewritten.
type Finding struct {
	// Rule is the fix's ID.
	Rule string `json:"rule"`
	// Severity is "information" where the gain is proven, "hint" elsewhere.
	Severity string `json:"severity"`
	Package  string `json:"package"`
	Pos      Pos    `json:"pos"`
	Message  string `json:"message"`
	// Related are further places that it is about.
	Related []Related `json:"related"`
	// Fixes are the forms that the rewrite has, Refused those rewrites that could
	// be expected at the same place and cannot be made.
	Fixes   []Fix     `json:"fixes"`
	Refused []Refused `json:"refused"`
}

// The severities of findings.
const (
	severityInformation = "information"
	severityHint        = "hint"
)

// Related is a place and what it has to do with a finding.
type Related struct {
	Pos  Pos    `json:"pos"`
	Text string `json:"text"`
}

// Fix is a rewrite that can be made.
type Fix struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Class is "A" where the program does the same afterwards, "B" where that
	// hangs on Assumes, which a reader has to check.
	Class   string `json:"class"`
	Assumes string `json:"assumes,omitempty"`
	// Useful says that the gain is proven and, where there is a verdict, that nothing gets worse.
	Useful bool   `json:"useful"`
	Gain   string `json:"gain,omitempty"`
	Cost   string `json:"cost,omitempty"`
	Edits  []Edit `json:"edits"`
	// Verdict is nil where the rewrite was not compiled.
	Verdict *Verdict `json:"verdict,omitempty"`
}

// Edit replaces the text of a place.
type Edit struct {
	Pos Pos    `json:"pos"`
	New string `json:"new"`
}

// Verdict is what the compiler made of a rewrite.
type Verdict struct {
	Go     string `json:"go,omitempty"`
	Builds bool   `json:"builds"`
	// Worse says that something else in the package costs more than before.
	Worse bool   `json:"worse"`
	Text  string `json:"text"`
}

// Refused is a rewrite that cannot be made.
type Refused struct {
	ID string `json:"id"`
	// Reason is one of those in the catalogue of fixes, Text says what it is here.
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// findOffers looks for rewrites. A mistake in a fix costs the findings of the package, and not the report.
func findOffers(stderr io.Writer) func(*analysis.Result, analysis.Typed) rewrite.Found {
	return func(result *analysis.Result, typed analysis.Typed) (found rewrite.Found) {
		defer func() {
			if v := recover(); v != nil {
				fmt.Fprintf(stderr, "mapescape: internal error while looking for rewrites in %s: %v\n", typed.Path, v)
				found = rewrite.Found{}
			}
		}()
		return fixes.Find(result, typed)
	}
}

// heeded are the offers that no comment in the text turns off.
func heeded(offers []rewrite.Offer, files map[string]*source.File) []rewrite.Offer {
	silent := map[string]func(line int, id string) bool{}
	return slices.DeleteFunc(slices.Clone(offers), func(o rewrite.Offer) bool {
		path := o.Range.Path
		if silent[path] == nil {
			silent[path] = hint.Silenced(files[path], fixes.IDs()...)
		}
		return silent[path](o.Pos.Line, o.Fix)
	})
}

// findings are what a report says of a package's offers. verdict gives what is
// known of one, nil for nothing; offers that do not build are left out.
func (e *emitter) findings(pkg *analysis.Package, found rewrite.Found, verdict func(rewrite.Offer) *verify.Verdict) []*Finding {
	var out []*Finding
	byPlace := map[string]*Finding{}
	for _, o := range heeded(found.Offers, pkg.Files) {
		fix := Fix{
			ID: o.Fix, Title: o.Title, Class: string(o.Class), Assumes: o.Assumes,
			Useful: o.Gain.Proven, Gain: o.Gain.Text, Cost: o.Cost, Edits: []Edit{},
		}
		if v := verdict(o); v != nil {
			if !v.Good() {
				continue
			}
			_, worse := v.Worse()
			fix.Verdict = &Verdict{Go: v.Go, Builds: true, Worse: worse, Text: v.Text()}
			fix.Useful = fix.Useful && !worse
		}
		for _, edit := range o.Edits {
			fix.Edits = append(fix.Edits, Edit{Pos: e.extent(edit.Range), New: edit.New})
		}
		key := fmt.Sprint(o.Fix, o.Range)
		f := byPlace[key]
		if f == nil {
			f = &Finding{
				Rule: o.Fix, Severity: severityHint, Package: pkg.Path, Pos: e.extent(o.Range), Message: o.Message,
				Related: []Related{}, Refused: []Refused{},
			}
			for _, r := range o.Also {
				f.Related = append(f.Related, Related{Pos: e.extent(r), Text: "the rewrite concerns this, too"})
			}
			for _, r := range found.Refusals {
				if r.Range == o.Range {
					f.Refused = append(f.Refused, Refused{ID: r.Fix, Reason: r.Reason, Text: r.Text})
				}
			}
			byPlace[key] = f
			out = append(out, f)
		}
		f.Fixes = append(f.Fixes, fix)
		if fix.Useful && !o.Optional {
			f.Severity = severityInformation
		}
	}
	return out
}

// findingLines lists findings for people.
func (t *textReporter) findingLines() {
	if len(t.findings) == 0 {
		return
	}
	slices.SortStableFunc(t.findings, func(a, b *Finding) int {
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	if t.shown {
		t.println()
	}
	t.shown = true
	t.println(t.paint(toneHeading, "rewrites on offer"))
	for _, f := range t.findings {
		t.println("  " + printable(fmt.Sprintf("%s:%d:%d: %s: %s", f.Pos.File, f.Pos.Line, f.Pos.Column, f.Rule, f.Message)))
		for _, fix := range f.Fixes {
			base, note := strings.CutSuffix(fix.Title, " (review)")
			line := base
			if fix.Gain != "" {
				line += " — " + fix.Gain
			}
			if fix.Verdict != nil {
				line += ", " + fix.Verdict.Text
			}
			if note {
				line += " (review)"
			}
			t.println("      " + printable(line))
		}
	}
}
