package analysis

import (
	"cmp"
	"slices"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/placement"
)

// A variant is one build of a package with its answers.
type variant struct {
	pkg    *load.Package
	facts  *escape.Facts // nil unless asked for
	places []placement.Placement
}

// merge makes one package of its variants. The operations of non-test files
// come from the package itself; where its test variant decides another
// placement they say so. Those of test files come from the variant that has them.
func merge(path string, variants []variant) *Package {
	slices.SortFunc(variants, func(a, b variant) int { return cmp.Compare(order(a.pkg.Variant), order(b.pkg.Variant)) })
	first := variants[0].pkg
	out := &Package{Path: path, Name: first.Name, Dir: first.Dir, Files: first.Files, Generated: first.Generated}
	at := map[opKey]int{}
	for i, v := range variants {
		if v.facts != nil {
			out.Facts = append(out.Facts, v.facts)
		}
		if i > 0 {
			out.Files, out.Generated = union(out.Files, v.pkg.Files), union(out.Generated, v.pkg.Generated)
		}
		for _, p := range v.places {
			key := keyOf(p)
			j, seen := at[key]
			switch {
			case !seen:
				at[key] = len(out.Ops)
				out.Ops = append(out.Ops, Op{Placement: p, Variant: v.pkg.Variant})
			case v.pkg.Variant == load.Test:
				out.Ops[j].Placement = disagree(out.Ops[j].Placement, p)
			}
		}
	}
	slices.SortStableFunc(out.Ops, func(a, b Op) int {
		return cmp.Or(a.Op.Range.Compare(b.Op.Range), cmp.Compare(a.Op.Kind, b.Op.Kind))
	})
	return out
}

func order(v load.Variant) int {
	return slices.Index([]load.Variant{load.Plain, load.Test, load.XTest}, v)
}

// opKey identifies an operation across variants.
type opKey struct {
	path       string
	start, end int
	kind       string
}

func keyOf(p placement.Placement) opKey {
	return opKey{p.Op.Range.Path, p.Op.Range.Start, p.Op.Range.End, string(p.Op.Kind)}
}

// disagree marks a placement that the test variant decides otherwise. The test
// build may know more, of a function that only tests call or instantiate: then
// its answer stands, with where it is from.
func disagree(plain, test placement.Placement) placement.Placement {
	same := plain.Header == test.Header && plain.Group == test.Group && plain.Tables == test.Tables
	switch {
	case same || test.Header == placement.Unknown:
	case plain.Header == placement.Unknown:
		test.Condition = joinCondition(test.Condition, "known only from the build with tests")
		return test
	default:
		plain = mixed(plain, test)
	}
	if plain.Allocates != test.Allocates {
		// What only the tests insert may take the room that is proved without them.
		if plain.Allocates == placement.Never {
			plain.Allocations = test.Allocations
		}
		plain.Allocates = placement.May
	}
	return plain
}

// mixed is plain with what test decides otherwise left open.
func mixed(plain, test placement.Placement) placement.Placement {
	note := "header " + string(plain.Header) + " in the package, " + string(test.Header) + " in the build with its tests"
	plain.Condition = joinCondition(plain.Condition, note)
	plain.Why = append(slices.Clone(plain.Why), placement.Reason{Pos: plain.Op.Pos, Text: note})
	if plain.Header != test.Header {
		plain.Header = placement.Mixed
	}
	if plain.Group != test.Group {
		plain.Group = placement.Mixed
	}
	if plain.Tables != test.Tables {
		plain.Tables = placement.TablesDepends
	}
	return plain
}

func joinCondition(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func union[V any](a, b map[string]V) map[string]V {
	out := make(map[string]V, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}
