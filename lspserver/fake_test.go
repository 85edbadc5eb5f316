package lspserver

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// fakeGo stands in for the analysis: it reads the directory and finds
// operations by their text.
type fakeGo struct {
	mu       sync.Mutex
	requests []analysis.Request
	results  []*analysis.Result // what next to answer, instead of reading the directory
	err      error
	gate     chan chan struct{} // when set, an analysis offers a channel here and goes on when it is closed
	stubborn bool               // the analysis does not heed its context
	panics   bool
	imports  map[string][]string // what a package is compiled from besides its own directory
	asked    int                 // how often that was asked
}

// deps stands in for the go command's answer: a go.mod one directory up, and
// files with a build constraint left out.
func (g *fakeGo) deps(ctx context.Context, req analysis.Request) (*load.Dependencies, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	dirs := append([]string{req.Dir}, g.imports[req.Dir]...)
	slices.Sort(dirs)
	d := &load.Dependencies{
		Toolchain: toolchain.Toolchain{GOOS: "linux", GOARCH: "amd64"},
		Dir:       req.Dir, Dirs: dirs, ModFiles: []string{filepath.Join(filepath.Dir(req.Dir), "go.mod")},
		Fixed: map[string]string{},
	}
	paths, err := filepath.Glob(filepath.Join(req.Dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if text, err := os.ReadFile(path); err == nil && bytes.HasPrefix(text, []byte("//go:build")) {
			d.Ignored = append(d.Ignored, path)
			continue
		}
		d.Files = append(d.Files, path)
	}
	return d, nil
}

// patterns are the operations that the fake knows, with label and level.
var patterns = []struct {
	kind  mapop.Kind
	text  *regexp.Regexp
	label string
	level hint.Level
}{
	{mapop.Make, regexp.MustCompile(`make\(map\[\w+\]\w+\)`), "heap", hint.Quiet},
	{mapop.Delete, regexp.MustCompile(`delete\(.*?, \w+\)`), "heap map", hint.Normal},
	{mapop.Len, regexp.MustCompile(`len\(\w+\)`), "heap map", hint.All},
	{mapop.Lookup, regexp.MustCompile(`\w+\["[^"]*"\]`), "", hint.All},
}

func (g *fakeGo) run(ctx context.Context, req analysis.Request) (*analysis.Result, error) {
	g.mu.Lock()
	g.requests = append(g.requests, req)
	gate, err := g.gate, g.err
	var result *analysis.Result
	if len(g.results) > 0 {
		result, g.results = g.results[0], g.results[1:]
	}
	stubborn, panics := g.stubborn, g.panics
	g.mu.Unlock()
	if panics {
		panic("the analysis is broken")
	}
	if result == nil && err == nil {
		result = readDir(req) // what was on the disk when it began
	}
	if gate != nil {
		pass := make(chan struct{})
		select {
		case gate <- pass:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		select {
		case <-pass:
		case <-ctx.Done():
			if !stubborn {
				return nil, ctx.Err()
			}
			<-pass
		}
	}
	if result != nil && req.Syntax != nil {
		for _, p := range result.Packages {
			req.Syntax(result, analysis.Typed{Package: p})
		}
	}
	return result, err
}

func (g *fakeGo) set(f func(*fakeGo)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(g)
}

func (g *fakeGo) seen() []analysis.Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]analysis.Request(nil), g.requests...)
}

// broken is the result for a package that does not build.
func broken(message string) *analysis.Result {
	return &analysis.Result{Problems: []source.Problem{{Package: "p", Message: message}}}
}

func readDir(req analysis.Request) *analysis.Result {
	p := &analysis.Package{Path: "p", Name: "p", Dir: req.Dir, Files: map[string]*source.File{}, Generated: map[string]bool{}}
	paths, _ := filepath.Glob(filepath.Join(req.Dir, "*.go"))
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") && !req.Tests {
			continue
		}
		text, err := os.ReadFile(path)
		if over, ok := req.Overlay[path]; ok {
			text, err = over, nil
		}
		if err != nil || bytes.HasPrefix(text, []byte("//go:build")) {
			continue
		}
		p.Generated[path] = bytes.HasPrefix(text, []byte("// Code generated"))
		f := source.NewFile(path, text)
		p.Files[path] = f
		for _, pat := range patterns {
			for _, at := range pat.text.FindAllIndex(text, -1) {
				r := source.Range{Path: path, Start: at[0], End: at[1]}
				p.Ops = append(p.Ops, analysis.Op{Placement: placement.Placement{
					Op: mapop.Op{Kind: pat.kind, Range: r, Pos: f.Pos(at[0])},
				}})
			}
		}
	}
	sort.SliceStable(p.Ops, func(i, j int) bool { return p.Ops[i].Op.Range.Compare(p.Ops[j].Op.Range) < 0 })
	return &analysis.Result{Packages: []*analysis.Package{p}}
}

func fakeHints(p *analysis.Package, _ runtimemap.Facts, o hint.Options) []hint.Hint {
	var out []hint.Hint
	for _, op := range p.Ops {
		if p.Generated[op.Op.Range.Path] && !o.Generated {
			continue
		}
		for _, pat := range patterns {
			if pat.kind == op.Op.Kind && pat.label != "" && rank(pat.level) <= rank(o.Level) {
				out = append(out, hint.Hint{Label: pat.label, Level: pat.level, Range: op.Op.Range, Op: op})
			}
		}
	}
	return out
}

func fakeExplain(op analysis.Op, _ *analysis.Result) markup.Doc {
	return markup.Doc{
		{Spans: []markup.Span{{Text: "about " + string(op.Op.Kind)}, {Text: " here", Link: op.Op.Pos.String()}}},
		{Spans: []markup.Span{{Text: "more"}}},
	}
}
