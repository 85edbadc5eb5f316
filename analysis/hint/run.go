package hint

import (
	"cmp"
	"slices"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/runtimemap"
)

// Run gives the hints of a package at a level, sorted by range: those of
// operations that have a label there. Operations under an ignore comment have
// none, and generated files only where the options ask for them.
func Run(pkg *analysis.Package, facts runtimemap.Facts, opts Options) []Hint {
	quiet := map[string]map[int]silence{}
	var out []Hint
	for _, op := range pkg.Ops {
		path := op.Op.Range.Path
		if pkg.Generated[path] && !opts.Generated {
			continue
		}
		lines, ok := quiet[path]
		if !ok {
			lines = silences(pkg.Files[path], opts.Others)
			quiet[path] = lines
		}
		if h := label(op, facts, opts, lines[op.Op.Pos.Line]); h.Label != "" {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b Hint) int {
		return cmp.Or(a.Range.Compare(b.Range), cmp.Compare(a.Op.Op.Kind, b.Op.Op.Kind))
	})
	return out
}

// For gives the hint of one operation at a level. Its label is "" where no rule
// has one there.
func For(op analysis.Op, facts runtimemap.Facts, opts Options) Hint {
	return label(op, facts, opts, silence{})
}

// label is For without the rules that an ignore comment turns off.
func label(op analysis.Op, facts runtimemap.Facts, opts Options, quiet silence) Hint {
	first := Hint{Range: op.Op.Range, Op: op}
	labels := map[part]string{}
	for _, r := range Rules {
		if quiet.covers(r.ID) {
			continue
		}
		label, level, ok := r.Apply(op, facts)
		if !ok || !opts.Level.includes(level) {
			continue
		}
		if labels[r.part] == "" {
			labels[r.part] = label
		}
		if first.Label == "" {
			first.Rule, first.Label, first.Level = r.ID, label, level
		}
	}
	// At the level all a reader wants both: where the map is and what the operation costs.
	where, what := labels[partHome], labels[partAllocation]
	if opts.Level == All && where != "" && what != "" && (first.Label == where || first.Label == what) {
		first.Label, first.Level = where+", "+what, All
	}
	return first
}

// Lowest gives the hint of one operation at the lowest level at which it has a
// label, so that the hint's Label and Level belong together; without a label at
// any level its Level is "".
func Lowest(op analysis.Op, facts runtimemap.Facts) Hint {
	var h Hint
	for _, level := range []Level{Quiet, Normal, All} {
		if h = For(op, facts, Options{Level: level}); h.Label != "" {
			break
		}
	}
	return h
}
