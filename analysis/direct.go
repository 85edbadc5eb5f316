package analysis

import (
	"cmp"
	"context"
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

// direct analyses the package that a request knows without the go command, as
// far as its metadata and the export data of its imports are known. It reports
// false where this does not lead to a result: then Run goes the
// way on which everything that is wrong can be explained.
func direct(ctx context.Context, req Request, progress func(Progress)) (*Result, bool, error) {
	if req.Known == nil || req.Warm == nil || !req.Warm.using.TryLock() {
		return nil, false, nil
	}
	defer req.Warm.using.Unlock()
	req.Warm.meet(req.Known, req.Upstream)
	if req.Warm.reason = directly(req); req.Warm.reason != "" {
		return nil, false, nil
	}
	if req.Warm.declined {
		req.Warm.reason = "the compiler run directly has failed where the go command has not"
		return nil, false, nil
	}
	tc := req.Known.Toolchain
	d := &directRun{
		req: req, tc: tc, warm: req.Warm, progress: progress,
		result: &Result{Toolchain: tc, Runtime: runtimemap.For(tc.Version, tc.GOARCH, tc.GOEXPERIMENT)},
		listed: listedOf(req.Known, req.Tests),
	}
	for range attempts {
		ok, err := d.run(ctx)
		if err != nil || !ok {
			req.Warm.reason = cmp.Or(req.Warm.reason, "it cannot be read as it was listed")
			return nil, false, err
		}
		if !d.changed() {
			d.done()
			return d.result, true, nil
		}
	}
	req.Warm.reason = "its files keep changing"
	return nil, false, nil
}

// directRun is an analysis of one package under way.
type directRun struct {
	req      Request
	tc       toolchain.Toolchain
	warm     *Warm
	progress func(Progress)
	result   *Result
	listed   load.Listed

	before   load.Stamps // of the files that were read
	texts    map[string]*source.File
	variants []variant
}

// listedOf describes a package as List does.
func listedOf(d *load.Dependencies, tests bool) load.Listed {
	l := load.Listed{Pattern: ".", Path: d.Builds[0].Path, Dir: d.Builds[0].Dir, Ignored: d.Ignored}
	for _, path := range d.Files {
		if strings.HasSuffix(path, "_test.go") {
			l.TestFiles = append(l.TestFiles, path)
		} else {
			l.Files = append(l.Files, path)
		}
	}
	return l
}

func (d *directRun) run(ctx context.Context) (bool, error) {
	builds := d.req.Known.Builds
	if !d.req.Tests {
		builds = builds[:1]
	}
	d.variants = nil
	d.before = load.StampFiles([]load.Listed{d.listed}, d.req.Overlay)
	if ok := d.read(builds); !ok {
		return false, nil
	}
	if err := d.prepare(ctx, builds); err != nil {
		return false, err
	}
	for i, b := range builds {
		v, ok, err := d.analyse(ctx, b)
		if err != nil || !ok {
			return false, err
		}
		d.variants = append(d.variants, v)
		if i == 0 && (len(builds) > 1 || d.req.Syntax != nil) && d.req.Early != nil && !d.changed() {
			early := *d.result
			early.Packages = []*Package{merge(b.Path, slices.Clone(d.variants))}
			d.req.Early(&early)
		}
	}
	d.keep(builds)
	return true, nil
}

// read reads the files of all builds.
func (d *directRun) read(builds []*load.Build) bool {
	d.texts = map[string]*source.File{}
	for _, b := range builds {
		for _, path := range b.GoFiles {
			if d.texts[path] != nil {
				continue
			}
			file, err := load.ReadFile(path, d.req.Overlay)
			if err != nil {
				return false
			}
			d.texts[path] = file
		}
	}
	return true
}

// prepare finds the export data of imported packages and the files that cgo makes.
func (d *directRun) prepare(ctx context.Context, builds []*load.Build) error {
	var missing []string
	for _, b := range builds {
		for _, path := range b.Imports {
			if !slices.Contains(b.Own, path) && !exists(d.warm.exports[path]) {
				missing = append(missing, path)
			}
		}
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 {
		exports, err := load.Exports(ctx, d.tc, missing)
		if err != nil {
			return err
		}
		for path, file := range d.warm.exports {
			if exports[path] == "" {
				exports[path] = file
			}
		}
		d.warm.exports = exports
	}
	return d.generate(ctx, builds[0], len(builds) > 1)
}

// analyse compiles and checks one variant at the same time, and joins the two.
func (d *directRun) analyse(ctx context.Context, b *load.Build) (v variant, ok bool, err error) {
	sources, files, ok := d.sources(b)
	if !ok {
		return v, false, nil
	}
	exports, temp, ok, err := d.exportsFor(ctx, b)
	if temp != "" {
		defer os.RemoveAll(temp)
	}
	if err != nil || !ok {
		return v, false, err
	}
	unit := d.unit(b, sources, exports)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.progress(Progress{Stage: "compile", Package: b.ImportPath, Total: 1})
	type said struct {
		facts *escape.Facts
		last  string // line, where it did not succeed
		ok    bool
		err   error
	}
	compiled := make(chan said, 1)
	go func() {
		log, ok, err := compile.Direct(ctx, d.tc, unit)
		s := said{err: err, ok: ok}
		if ok && err == nil {
			s.facts = escape.Parse(log)
		} else if n := len(log.Lines); n > 0 {
			s.last = log.Lines[n-1]
		}
		compiled <- s
	}()
	pkg, err := d.warm.checker.Check(d.tc, b, files, d.texts, exports, d.req.Overlay)
	if err != nil {
		cancel()
		<-compiled
		d.warm.reason = fmt.Sprintf("its types cannot be checked: %v", err)
		return v, false, nil // the user's error, or ours: the other way tells
	}
	if ctx.Err() != nil {
		return v, false, ctx.Err()
	}
	ops := mapop.Find(pkg)
	heard := <-compiled
	if heard.err != nil || !heard.ok {
		d.warm.suspect, d.warm.reason = true, "the compiler does not accept "+b.ImportPath
		return v, false, heard.err
	}
	d.progress(Progress{Stage: "resolve", Package: b.ImportPath, Total: 1})
	v = variant{pkg: pkg, places: placement.Resolve(ops, heard.facts, d.result.Runtime, buildOf(d.tc))}
	if d.req.Facts {
		v.facts = heard.facts
	}
	if d.req.Syntax == nil {
		dropSyntax(pkg)
	}
	return v, true, nil
}

// sources are the files of a build for the compiler and for the type checker.
func (d *directRun) sources(b *load.Build) (sources []compile.Source, files []load.File, ok bool) {
	if len(b.CgoFiles) == 0 {
		for _, path := range b.GoFiles {
			sources = append(sources, compile.Source{Path: path, Text: d.req.Overlay[path]})
			files = append(files, load.File{Path: path, Text: d.texts[path].Text()})
		}
		return sources, files, true
	}
	for _, path := range b.GoFiles {
		if !slices.Contains(b.CgoFiles, path) {
			sources = append(sources, compile.Source{Path: path, Text: d.req.Overlay[path]})
			files = append(files, load.File{Path: path, Text: d.texts[path].Text()})
		}
	}
	made := d.warm.cgo.made[b.ImportPath]
	for _, m := range made {
		sources = append(sources, compile.Source{Path: m.Name, Text: m.Text, Generated: true})
		files = append(files, load.File{Path: m.Path, Text: m.Text})
	}
	if len(made) == 0 {
		d.warm.reason = "what cgo makes of it is not known"
	}
	return sources, files, len(made) > 0
}

// exists reports whether there is a file. The build cache is trimmed now and then.
func exists(path string) bool {
	if path == "" {
		return false
	}
	_, err := os.Stat(path)
	return err == nil
}

// exportsFor finds the export data of a build's imports. That of the package
// itself is made here for its external tests, in a temporary directory that the caller removes.
func (d *directRun) exportsFor(ctx context.Context, b *load.Build) (exports map[string]string, temp string, ok bool, err error) {
	exports = map[string]string{}
	for _, path := range b.Imports {
		exports[path] = d.warm.exports[path]
	}
	tested := -1
	if len(b.Own) == 1 {
		tested = slices.IndexFunc(d.req.Known.Builds, func(t *load.Build) bool { return t.ImportPath == b.Own[0] })
	}
	switch {
	case len(b.Own) == 0:
	case tested >= 0:
		t := d.req.Known.Builds[tested]
		sources, _, ok := d.sources(t)
		if !ok {
			return nil, "", false, nil
		}
		if _, temp, err = d.tc.Temp(); err != nil {
			return nil, "", false, err
		}
		imported, _, ok, err := d.exportsFor(ctx, t)
		if err != nil || !ok {
			return nil, temp, false, err
		}
		exports[t.ImportPath] = filepath.Join(temp, "tested.a")
		if ok, err = compile.Export(ctx, d.tc, d.unit(t, sources, imported), exports[t.ImportPath]); err != nil || !ok {
			d.warm.reason = "the compiler does not finish " + t.ImportPath
			return nil, temp, false, err
		}
	default:
		// What stands between the external tests and the package is built again as well.
		all, err := load.TestExports(ctx, d.tc, b.Path)
		if err != nil {
			return nil, "", false, err
		}
		for _, path := range b.Own {
			exports[path] = all[path]
		}
	}
	for path, file := range exports {
		if file == "" {
			d.warm.reason = "export data of " + path + " is missing"
			return nil, temp, false, nil
		}
	}
	return exports, temp, true, nil
}

// unit is a build for the compiler.
func (d *directRun) unit(b *load.Build, sources []compile.Source, exports map[string]string) *compile.Unit {
	u := &compile.Unit{
		ImportPath: b.ImportPath, Path: b.Compiled(), Name: b.Name, Dir: b.Dir, Files: b.GoFiles, Sources: sources,
		Lang: b.Lang(d.tc), Standard: b.Standard, Foreign: b.Foreign || b.Standard,
		Exports: map[string]string{}, ImportMap: map[string]string{},
		EmbedPatterns: b.EmbedPatterns, EmbedFiles: b.EmbedFiles,
		Flags: slices.Clone(d.tc.GCFlags),
	}
	for listed, file := range exports {
		path, _, _ := strings.Cut(listed, " ")
		u.Exports[path] = file
	}
	for from, to := range b.ImportMap {
		u.ImportMap[from], _, _ = strings.Cut(to, " ")
	}
	for _, f := range d.tc.BuildFlags() {
		if f == "race" || f == "race=true" {
			u.Flags = append(u.Flags, "-race")
		}
	}
	return u
}

// changed reports whether a file is not as it was when it was read: what the
// compiler read is then perhaps not what we did.
func (d *directRun) changed() bool {
	list := []load.Listed{d.listed}
	return len(load.Changed(list, d.before, load.StampFiles(list, d.req.Overlay))) > 0
}

// keep drops the syntax of files that are not compiled any more.
func (d *directRun) keep(builds []*load.Build) {
	paths := map[string]bool{}
	for _, b := range builds {
		for _, path := range b.GoFiles {
			paths[path] = true
		}
		for _, m := range d.warm.cgo.made[b.ImportPath] {
			paths[m.Path] = true
		}
	}
	d.warm.checker.Keep(paths)
}

// done hands the package on as resolve does.
func (d *directRun) done() {
	pkg := merge(d.listed.Path, d.variants)
	d.result.Packages = []*Package{pkg}
	if d.req.Syntax != nil {
		d.req.Syntax(d.result, typed(pkg, d.listed, d.variants, d.req.Overlay))
		for _, v := range d.variants {
			dropSyntax(v.pkg)
		}
	}
	if d.req.Each != nil {
		d.req.Each(d.result, pkg)
	}
}
