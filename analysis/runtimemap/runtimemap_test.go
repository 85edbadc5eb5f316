package runtimemap

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFor(t *testing.T) {
	swiss := Facts{
		Known: true, Design: Swiss, GOARCH: "amd64", PtrSize: 8,
		HeaderBytes: 48, TableBytes: 32, IterBytes: 96, SyncMapTrie: true,
	}
	type change func(*Facts)
	with := func(f Facts, version string, minor int, changes ...change) Facts {
		f.Version, f.Minor = version, minor
		for _, c := range changes {
			c(&f)
		}
		return f
	}
	full8 := func(f *Facts) { f.Full8UpdateGrows = true }
	since25 := func(f *Facts) {
		f.ClearSkipsClean, f.ElidesStringKey, f.StaticBoxes = true, true, true
		f.MovesSlices = f.Minor >= 26
	}
	buckets := func(f *Facts) { f.Design, f.TableBytes, f.RangeAllocates = Buckets, 0, true }
	noswissmap := func(f *Facts) {
		buckets(f)
		f.HeaderBytes, f.IterBytes, f.ClearSkipsClean, f.Full8UpdateGrows = 0, 0, false, false
	}
	noTrie := func(f *Facts) { f.SyncMapTrie = false }
	on32 := func(arch string) change {
		return func(f *Facts) {
			f.GOARCH, f.PtrSize = arch, 4
			f.HeaderBytes, f.TableBytes, f.IterBytes = 32, 24, 64
		}
	}

	tests := []struct {
		version, arch, experiment string
		want                      Facts
	}{
		{"go1.23.0", "amd64", "", with(swiss, "go1.23.0", 23, buckets, noTrie)},
		{"go1.24.0", "amd64", "", with(swiss, "go1.24.0", 24, full8)},
		{"go1.25.7", "amd64", "", with(swiss, "go1.25.7", 25, full8, since25)},
		{"go1.26.8", "amd64", "", with(swiss, "go1.26.8", 26, full8, since25)},
		{"go1.27.3", "amd64", "", with(swiss, "go1.27.3", 27, since25)},
		{"go1.26", "amd64", "", with(swiss, "go1.26", 26, full8, since25)},
		{"go1.26.8", "386", "", with(swiss, "go1.26.8", 26, full8, since25, on32("386"))},
		{"go1.26.8", "arm64", "", with(swiss, "go1.26.8", 26, full8, since25, func(f *Facts) { f.GOARCH = "arm64" })},
		{"go1.26.8", "vax", "", with(swiss, "go1.26.8", 26, full8, since25, func(f *Facts) {
			f.GOARCH, f.PtrSize, f.HeaderBytes, f.TableBytes, f.IterBytes = "vax", 0, 0, 0, 0
		})},

		{"go1.24.2", "amd64", "noswissmap", with(swiss, "go1.24.2", 24, noswissmap)},
		{"go1.25.2", "amd64", "noswissmap,nosynchashtriemap", with(swiss, "go1.25.2", 25, since25, noswissmap, noTrie)},
		{"go1.25.2", "amd64", "nosynchashtriemap", with(swiss, "go1.25.2", 25, full8, since25, noTrie)},
		{"go1.25.2", "amd64", "none", with(swiss, "go1.25.2", 25, since25, noswissmap, noTrie)},
		{"go1.25.2", "amd64", "none,swissmap", with(swiss, "go1.25.2", 25, full8, since25, noTrie)},
		{"go1.26.8", "amd64", "none", with(swiss, "go1.26.8", 26, full8, since25)},
		{"go1.27.0", "amd64", "mapsplitgroup", with(swiss, "go1.27.0", 27, since25, func(f *Facts) { f.SplitGroups = true })},
		{"go1.27.0", "amd64", "mapsplitgroup,nomapsplitgroup", with(swiss, "go1.27.0", 27, since25)},
		{"go1.27.0-X:mapsplitgroup", "amd64", "", with(swiss, "go1.27.0-X:mapsplitgroup", 27, since25, func(f *Facts) { f.SplitGroups = true })},
		{"go1.27.0-X:mapsplitgroup", "amd64", "arenas", with(swiss, "go1.27.0-X:mapsplitgroup", 27, since25)},
		{"go1.24.1 X:noswissmap,arenas", "amd64", "", with(swiss, "go1.24.1 X:noswissmap,arenas", 24, noswissmap)},
		{"go1.25.5 (Red Hat 1.25.5-1.el10)", "amd64", "", with(swiss, "go1.25.5 (Red Hat 1.25.5-1.el10)", 25, full8, since25)},
	}
	for _, tt := range tests {
		t.Run(tt.version+"/"+tt.arch+"/"+tt.experiment, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, For(tt.version, tt.arch, tt.experiment)); diff != "" {
				t.Errorf("For (-want +got):\n%s", diff)
			}
		})
	}
}

// A release that was not measured gets no claim from any method.
func TestUnknownRelease(t *testing.T) {
	versions := []string{
		"", "go1", "go2.0.0", "go1.22.12", "go1.28.0", "go1.100", "go1.026.1", "go1.+26", "go1.26.x", "go1.26.",
		"go1.26rc1", "go1.27beta1", "go1.26.8-custom", "devel go1.27-0a1b2c3 Mon Jan 5 10:00:00 2026 +0000",
		"go1.28-devel_0a1b2c3 Mon Jan 5 10:00:00 2026 +0000", "1.26.8", "gccgo 14",
	}
	s := Slot{KeySize: 8, KeyAlign: 8, ElemSize: 8, ElemAlign: 8}
	for _, v := range versions {
		f := For(v, "amd64", "")
		if want := (Facts{Version: v, GOARCH: "amd64", PtrSize: 8}); f != want {
			t.Errorf("For(%q) = %+v, want %+v", v, f, want)
		}
		claims := map[string]bool{}
		_, claims["GroupBytes"] = f.GroupBytes(s)
		_, claims["GroupCost"] = f.GroupCost(s)
		_, claims["HeaderCost"] = f.HeaderCost()
		_, claims["ObjectCost"] = f.ObjectCost(64, false)
		_, claims["Tables 0"] = f.Tables(s, 0)
		_, claims["Tables 9"] = f.Tables(s, 9)
		_, claims["Growth"] = f.Growth(s)
		_, claims["HintTrap"] = f.HintTrap(4)
		_, claims["SyncNodeCost"] = f.SyncNodeCost()
		_, claims["SyncRootCost"] = f.SyncRootCost()
		_, claims["Statement"] = f.Statement("map.nil")
		claims["Statements"] = len(f.Statements()) > 0
		claims["GrowthPoints"] = len(f.GrowthPoints()) > 0
		claims["Indirect"] = f.Indirect(500)
		claims["PrunesTombstones"] = f.PrunesTombstones("64", 8)
		claims["ID"] = f.ID("header") != ""
		claims["Entry"] = f.Entry(MakeSmall, "", 0) != ""
		for what, made := range claims {
			if made {
				t.Errorf("%q: %s makes a claim", v, what)
			}
		}
	}
}

// The release that runs the tests should be one of the table, so that the other
// tests vouch for its row. For a new release: add its row, run the tests, and
// correct the facts that they find changed.
func TestReleaseInTable(t *testing.T) {
	if v := runtime.Version(); strings.Contains(v, "devel") {
		t.Skipf("%s is no release", v)
	} else if !For(v, runtime.GOARCH, "").Known {
		t.Errorf("%s on %s has no row in releases.go", v, runtime.GOARCH)
	}
}

func TestReleasesTable(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range releases {
		key := fmt.Sprint(r.minor, r.design)
		if seen[key] {
			t.Errorf("two rows for %s", key)
		}
		seen[key] = true
		if (r.design == Buckets) != (r.bucketFile != "") {
			t.Errorf("%s: bucketFile is %q", key, r.bucketFile)
		}
		if r.stackMake == "" {
			t.Errorf("%s: no stackMake", key)
		}
	}
}
