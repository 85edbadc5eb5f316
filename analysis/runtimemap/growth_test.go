package runtimemap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGrowthPoints(t *testing.T) {
	swiss := []int64{9, 15, 29, 57, 113, 225, 449, 897}
	for version, want := range map[string][]int64{
		"go1.23.0": {9, 14, 27, 53, 105, 209, 417, 833},
		"go1.24.0": swiss,
		"go1.26.8": swiss,
		"go1.27.0": swiss,
	} {
		if diff := cmp.Diff(want, For(version, "amd64", "").GrowthPoints()); diff != "" {
			t.Errorf("%s: growth points (-want +got):\n%s", version, diff)
		}
	}
}

func TestHintTrap(t *testing.T) {
	const (
		small   = "a hint of 1 to 8 reserves nothing in a map that escapes: its first insert allocates the group of 8 slots, with or without the hint"
		certain = "a hint of 897 makes 2 tables that take 448 entries each, 896 in all: filling the map to its hint makes it grow"
		average = "a hint of 1792 makes 2 tables that take 896 entries each, which suffices on average only: where the hash gives one table more than its share, it grows before the map holds 1792 entries"
	)
	f := For("go1.26.8", "amd64", "")
	for hint, want := range map[int64]string{
		-1: "", 0: "", 1: small, 8: small, 9: "", 14: "", 100: "", 896: "", 897: certain, 1000: "", 1500: "", 1792: average, 10_000: "",
	} {
		if got, ok := f.HintTrap(hint); got != want || ok != (want != "") {
			t.Errorf("HintTrap(%d) = %q, %v, want %q", hint, got, ok, want)
		}
	}
	// What grew in some or all of 30 measured runs has a trap.
	for _, hint := range []int64{1700, 1792, 1793, 3500, 3584, 13_000, 14_000, 57_344, 114_688} {
		if _, ok := f.HintTrap(hint); !ok {
			t.Errorf("no HintTrap(%d)", hint)
		}
	}
	old := For("go1.23.0", "amd64", "")
	if text, ok := old.HintTrap(8); !ok || text == small {
		t.Errorf("go1.23.0: HintTrap(8) = %q, %v", text, ok)
	}
	if text, ok := old.HintTrap(1792); ok {
		t.Errorf("go1.23.0: HintTrap(1792) = %q", text)
	}
}
