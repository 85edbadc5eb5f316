package analysis_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/compile"
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// benchPackages names further packages to measure, "DIR PATTERN" each, separated by semicolons.
const benchPackages = "MAPESCAPE_BENCH"

// BenchmarkStages measures the stages behind the compiler on one package each,
// in ns per map operation of the package: what they add to a save.
func BenchmarkStages(b *testing.B) {
	packages := [][2]string{{".", "net/http"}, {".", "go/types"}}
	for group := range strings.SplitSeq(os.Getenv(benchPackages), ";") {
		if dir, pattern, ok := strings.Cut(strings.TrimSpace(group), " "); ok {
			packages = append(packages, [2]string{dir, pattern})
		}
	}
	for _, p := range packages {
		b.Run(p[1], func(b *testing.B) { stages(b, p[0], p[1]) })
	}
}

func stages(b *testing.B, dir, pattern string) {
	ctx := context.Background()
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	logs, _, err := compile.Run(ctx, tc, compile.Job{Patterns: []string{pattern}})
	if err != nil || len(logs) != 1 || !logs[0].Built {
		b.Fatal(logs, err)
	}
	pkgs, problems, err := load.Packages(ctx, tc, load.Query{Patterns: []string{pattern}, Flags: []string{compile.GCFlags(tc)}})
	if err != nil || len(pkgs) != 1 {
		b.Fatal(problems, err)
	}
	rt := runtimemap.For(tc.Version, tc.GOARCH, tc.GOEXPERIMENT)
	facts := escape.Parse(logs[0])
	ops := mapop.Find(pkgs[0])
	places := placement.Resolve(ops, facts, rt, placement.Build{})
	pkg := &analysis.Package{Path: pkgs[0].Path, Files: pkgs[0].Files}
	for _, p := range places {
		pkg.Ops = append(pkg.Ops, analysis.Op{Placement: p})
	}
	measure := func(name string, stage func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				stage()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ops)), "ns/mapop")
		})
	}
	measure("parse", func() { escape.Parse(logs[0]) })
	measure("find", func() { mapop.Find(pkgs[0]) })
	measure("resolve", func() { placement.Resolve(ops, facts, rt, placement.Build{}) })
	measure("hint", func() { hint.Run(pkg, rt, hint.Options{Level: hint.All}) })
}
