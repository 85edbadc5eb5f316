package fixes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// Together picks the offers that can be made at the same time: each that
// changes no text that one before it changes. Only what several of them do alike,
// such as the addition of an import, does not keep them apart.
func Together(offers []rewrite.Offer) []rewrite.Offer {
	var picked []rewrite.Offer
	for _, o := range offers {
		if !slices.ContainsFunc(picked, func(p rewrite.Offer) bool { return overlap(p.Edits, o.Edits) }) {
			picked = append(picked, o)
		}
	}
	return picked
}

// Merge makes one offer of several that can be made at the same time, as far as
// its edits are concerned.
func Merge(offers []rewrite.Offer) rewrite.Offer {
	var out rewrite.Offer
	for _, o := range offers {
		for _, e := range o.Edits {
			if !slices.Contains(out.Edits, e) || len(offers) == 1 {
				out.Edits = append(out.Edits, e)
			}
		}
	}
	slices.SortStableFunc(out.Edits, func(a, b source.Edit) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return out
}

// overlap reports whether two sets of edits change the same text in different ways.
func overlap(a, b []source.Edit) bool {
	same := 0
	for _, x := range a {
		for _, y := range b {
			if x == y {
				same++
				continue
			}
			if x.Path == y.Path && x.Start <= y.End && y.Start <= x.End {
				return true
			}
		}
	}
	return same > 0 && (same == len(a) || same == len(b))
}
