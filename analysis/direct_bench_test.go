package analysis_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapescape/mapescape/analysis"
)

// BenchmarkDirect measures what an analysis costs when all that is known of the
// package is still true, in turn with the compiler alone under the same flags.
// Its metrics are medians, and their ratio. The packages are
// one of this repository and those that MAPESCAPE_DIRECT names by their directories.
func BenchmarkDirect(b *testing.B) {
	dirs := []string{"placement"}
	for group := range strings.SplitSeq(os.Getenv(directPackages), ";") {
		if fields := strings.Fields(group); len(fields) > 0 {
			for _, pattern := range fields[1:] {
				dirs = append(dirs, filepath.Join(fields[0], pattern))
			}
		}
	}
	for _, dir := range dirs {
		b.Run(filepath.Base(dir), func(b *testing.B) {
			ctx := context.Background()
			req := analysis.Request{Dir: dir, Patterns: []string{"."}, Warm: new(analysis.Warm), Upstream: "unchanged"}
			req.Known = known(b, dir, nil, false)
			bare, err := analysis.FrontEnd(ctx, req)
			if err != nil {
				b.Fatal(err)
			}
			var ours, compiler []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				if err := bare(); err != nil {
					b.Fatal(err)
				}
				between := time.Now()
				if _, ok, err := analysis.Direct(ctx, req); !ok || err != nil {
					b.Fatal(req.Warm.Reason(), err)
				}
				compiler, ours = append(compiler, between.Sub(began)), append(ours, time.Since(between))
			}
			median := func(list []time.Duration) float64 {
				slices.Sort(list)
				return float64(list[len(list)/2].Microseconds()) / 1000
			}
			b.ReportMetric(median(ours), "ms/direct")
			b.ReportMetric(median(compiler), "ms/compiler")
			b.ReportMetric(median(ours)/median(compiler), "times-compiler")
		})
	}
}
