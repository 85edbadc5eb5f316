package verify

import (
	goanalysis "golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/copylock"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/analysis/load"
)

// copiedLocks counts what vet's copylocks says of a package, by its words.
func copiedLocks(p *load.Package, count map[string]int) {
	pass := &goanalysis.Pass{
		Analyzer:   copylock.Analyzer,
		Fset:       p.Fset,
		Files:      p.Syntax,
		Pkg:        p.Types,
		TypesInfo:  p.Info,
		TypesSizes: p.Sizes,
		ResultOf:   map[*goanalysis.Analyzer]any{inspect.Analyzer: inspector.New(p.Syntax)},
		Report:     func(d goanalysis.Diagnostic) { count[d.Message]++ },
	}
	// It fails for no package that type-checks, and without it the compiler still has its say.
	_, _ = copylock.Analyzer.Run(pass)
}
