package analysis

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/compile"
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// Run analyses the packages of a request. It returns an error only when it
// could not do its work: no go command, a flag that is refused, a context that
// ended. Whatever is wrong with the code is in Result.Problems. Every package
// asked for is in Result.Packages or named in a problem, unless there is a
// problem without a package, which then concerns all that are in neither.
func Run(ctx context.Context, req Request) (*Result, error) {
	progress := req.Progress
	if progress == nil {
		progress = func(Progress) {}
	}
	if result, ok, err := direct(ctx, req, progress); ok || err != nil {
		return result, err
	}
	result, err := listed(ctx, req, progress)
	if err == nil {
		req.Warm.settle(result)
	}
	return result, err
}

// listed analyses the packages of a request by way of the go command.
func listed(ctx context.Context, req Request, progress func(Progress)) (*Result, error) {
	dir, err := filepath.Abs(req.Dir)
	if err != nil {
		return nil, err
	}
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: patternDir(dir, req.Patterns), Flags: req.Flags, Env: req.Env})
	if refused, ok := errors.AsType[*toolchain.RefusedError](err); ok {
		return &Result{Problems: []source.Problem{{Pos: source.Pos{Path: refused.Dir}, Message: refused.Message}}}, nil
	}
	if err != nil {
		return nil, err
	}
	result := &Result{Toolchain: tc, Runtime: runtimemap.For(tc.Version, tc.GOARCH, tc.GOEXPERIMENT)}
	list, problems, err := load.List(ctx, tc, dir, req.Patterns)
	if err != nil {
		return nil, err
	}
	problems = append(problems, outsideBuild(tc, list, req.Patterns, dir)...)
	if !req.Tests {
		list = withoutTestOnly(list, req.Patterns)
	}
	if len(list) > 0 {
		more, err := steady(ctx, result, list, req, progress)
		if err != nil {
			return nil, err
		}
		problems = append(problems, more...)
	}
	result.Problems = tidy(problems)
	return result, nil
}

// attempts is how often the compiler and the loader run because files changed under them.
const attempts = 3

// steady compiles and loads until no file changed between the compiler's
// reading and ours, then resolves: a verdict joined to other text than it was
// given for would be a wrong one.
func steady(ctx context.Context, result *Result, list []load.Listed, req Request, progress func(Progress)) ([]source.Problem, error) {
	slices.SortFunc(list, func(a, b load.Listed) int { return strings.Compare(a.Path, b.Path) })
	for i := 1; ; i++ {
		before := load.StampFiles(list, req.Overlay)
		read, err := readPackages(ctx, result.Toolchain, list, req, progress)
		if err != nil {
			return nil, err
		}
		changed := load.Changed(list, before, load.StampFiles(list, req.Overlay))
		if len(changed) > 0 && i < attempts {
			continue
		}
		for _, l := range changed {
			delete(read.pkgs, l.Path)
			read.problems = append(read.problems, source.Problem{Package: l.Path, Message: "its files keep changing while they are analysed"})
		}
		return resolve(ctx, result, list, read, req, progress)
	}
}

// reading is what the compiler and the loader have to say of the listed packages.
type reading struct {
	logs     map[string]compile.Log     // by import path of the variant; only those that were built
	pkgs     map[string][]*load.Package // variants by the package's path
	problems []source.Problem
}

// readPackages compiles and loads the listed packages.
func readPackages(ctx context.Context, tc toolchain.Toolchain, list []load.Listed, req Request, progress func(Progress)) (reading, error) {
	patterns := make([]string, len(list))
	for i, l := range list {
		patterns[i] = l.Pattern
	}
	progress(Progress{Stage: "compile", Total: len(list)})
	done := 0
	logs, problems, err := compile.Run(ctx, tc, compile.Job{
		Patterns: patterns, Tests: req.Tests, Overlay: req.Overlay,
		Done: func(importPath string) {
			if !strings.Contains(importPath, " ") {
				done++
			}
			progress(Progress{Stage: "compile", Package: importPath, Done: done, Total: len(list)})
		},
	})
	if err != nil {
		return reading{}, err
	}
	read := reading{logs: map[string]compile.Log{}, pkgs: map[string][]*load.Package{}, problems: problems}
	for _, log := range logs {
		read.problems = append(read.problems, log.Problems...)
		if log.Built {
			read.logs[log.ImportPath] = log
		}
	}
	var loadable []string
	for _, l := range list {
		if _, ok := read.logs[l.Path]; ok || req.Tests {
			loadable = append(loadable, l.Pattern)
		}
	}
	progress(Progress{Stage: "load", Total: len(list)})
	pkgs, more, err := load.Packages(ctx, tc, load.Query{
		Patterns: loadable, Tests: req.Tests, Overlay: req.Overlay, Flags: []string{compile.GCFlags(tc)},
	})
	if err != nil {
		return reading{}, err
	}
	read.problems = append(read.problems, unsaid(more, read.problems)...)
	for _, p := range pkgs {
		if _, ok := read.logs[p.ImportPath]; ok {
			read.pkgs[p.Path] = append(read.pkgs[p.Path], p)
		}
	}
	return read, nil
}

// resolve answers for every operation of what was read, package by package.
func resolve(ctx context.Context, result *Result, list []load.Listed, read reading, req Request, progress func(Progress)) ([]source.Problem, error) {
	build := buildOf(result.Toolchain)
	for i, l := range list {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var variants []variant
		for _, p := range read.pkgs[l.Path] {
			facts := escape.Parse(read.logs[p.ImportPath])
			v := variant{pkg: p, places: placement.Resolve(mapop.Find(p), facts, result.Runtime, build)}
			if req.Facts {
				v.facts = facts
			}
			if req.Syntax == nil {
				dropSyntax(p)
			}
			delete(read.logs, p.ImportPath)
			variants = append(variants, v)
		}
		if len(variants) == 0 {
			continue
		}
		pkg := merge(l.Path, variants)
		result.Packages = append(result.Packages, pkg)
		progress(Progress{Stage: "resolve", Package: l.Path, Done: i + 1, Total: len(list)})
		if req.Syntax != nil {
			req.Syntax(result, typed(pkg, l, variants, req.Overlay))
		}
		for _, v := range variants {
			dropSyntax(v.pkg)
		}
		if req.Each != nil {
			req.Each(result, pkg)
		}
	}
	return append(read.problems, unexplained(list, result.Packages, read.problems)...), nil
}

// withoutTestOnly leaves out packages that have nothing but tests, unless they
// were asked for by name: like `go build ./...` does, and not a problem.
func withoutTestOnly(list []load.Listed, patterns []string) []load.Listed {
	if !slices.ContainsFunc(patterns, isWildcard) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(l load.Listed) bool { return len(l.Files) == 0 })
}

// isWildcard reports whether a pattern stands for whatever packages there are
// (`go help packages`).
func isWildcard(pattern string) bool {
	return strings.Contains(pattern, "...") || slices.Contains([]string{"all", "std", "cmd", "work", "tool"}, pattern)
}

// patternDir is the directory whose toolchain a request needs: that of the file
// that its patterns name, or the one it starts from.
func patternDir(dir string, patterns []string) string {
	if len(patterns) == 0 {
		return dir
	}
	path, ok := strings.CutPrefix(patterns[0], "file=")
	if !ok {
		return dir
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return filepath.Dir(path)
}

// outsideBuild names the files asked for by "file=" that no listed package compiles.
func outsideBuild(tc toolchain.Toolchain, list []load.Listed, patterns []string, dir string) []source.Problem {
	var problems []source.Problem
	for _, pattern := range patterns {
		path, ok := strings.CutPrefix(pattern, "file=")
		if !ok || len(list) == 0 {
			continue
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		known, ignored := false, false
		for _, l := range list {
			known = known || slices.Contains(l.Files, path) || slices.Contains(l.TestFiles, path)
			ignored = ignored || slices.Contains(l.Ignored, path)
		}
		switch {
		case known:
		case ignored:
			problems = append(problems, source.Problem{Pos: source.Pos{Path: path}, Message: fmt.Sprintf(
				"build constraints leave this file out of the build for %s/%s, so the compiler says nothing of it", tc.GOOS, tc.GOARCH)})
		default:
			message := "this file is not part of package " + list[0].Path
			if _, err := os.Stat(path); err != nil {
				message = "no such file"
			}
			problems = append(problems, source.Problem{Pos: source.Pos{Path: path}, Message: message})
		}
	}
	return problems
}

// unsaid are the problems of packages that nothing has been said of yet: the
// loader repeats what the compiler found.
func unsaid(problems, said []source.Problem) []source.Problem {
	known := map[string]bool{}
	for _, p := range said {
		known[p.Package] = true
	}
	return slices.DeleteFunc(problems, func(p source.Problem) bool { return known[p.Package] })
}

// unexplained names packages that are neither analysed nor in a problem. A
// problem without a package explains all of them.
func unexplained(list []load.Listed, done []*Package, problems []source.Problem) []source.Problem {
	named := map[string]bool{}
	for _, p := range problems {
		if p.Package == "" {
			return nil
		}
		named[p.Package] = true
	}
	for _, p := range done {
		named[p.Path] = true
	}
	var more []source.Problem
	for _, l := range list {
		if !named[l.Path] {
			more = append(more, source.Problem{Package: l.Path, Message: "it was not compiled, and the go command did not say why"})
		}
	}
	return more
}

func tidy(problems []source.Problem) []source.Problem {
	slices.SortFunc(problems, source.Problem.Compare)
	return slices.Compact(problems)
}

// buildOf reads from the flags in force what changes the lowering of loops.
func buildOf(tc toolchain.Toolchain) placement.Build {
	var b placement.Build
	for _, f := range slices.Concat(tc.Flags, tc.GCFlags, strings.Fields(tc.GOFLAGS)) {
		name, value, _ := strings.Cut(strings.TrimLeft(strings.Trim(f, `'"`), "-"), "=")
		switch name {
		case "N":
			b.NoOptimise = true
		case "race", "msan", "asan", "cover":
			b.Instrumented = b.Instrumented || value != "false"
		}
	}
	return b
}
