package check

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// An emitter turns a result into the messages of a report. It is the only
// place where offsets and absolute paths become the report's positions.
type emitter struct {
	version string // of mapescape
	dir     string // where file names start from
	files   *files
	// level chooses the wording of labels, "" that of the lowest level at which
	// an operation has one.
	level   hint.Level
	elapsed func() int64 // milliseconds so far

	// verdict gives for a package what compiles its offers, nil where nothing does.
	verdict func(*analysis.Package) func(rewrite.Offer) *verify.Verdict

	begun bool
	sent  map[*analysis.Package]bool
	ops   int
	// offers are what can be rewritten in the packages that were not sent yet.
	offers map[*analysis.Package]rewrite.Found
	// findingCount counts them, useful those with a proven gain.
	findingCount, useful int
}

// emit sends the whole report. Operations go first and problems after them, so
// that on a terminal what went wrong stands last, next to the summary.
func (e *emitter) emit(result *analysis.Result, r Reporter) error {
	for _, pkg := range result.Packages {
		if err := e.pkg(result, pkg, r); err != nil {
			return err
		}
	}
	return e.end(result, r)
}

// begin sends the configuration, once.
func (e *emitter) begin(tc toolchain.Toolchain, r Reporter) error {
	if e.begun {
		return nil
	}
	e.begun = true
	flags := append([]string{}, tc.Flags...)
	if len(tc.GCFlags) > 0 {
		flags = append(flags, "-gcflags="+strings.Join(tc.GCFlags, " "))
	}
	return r.Config(&Config{
		Version:   FormatVersion,
		Mapescape: e.version,
		Go:        tc.Version,
		GOOS:      tc.GOOS,
		GOARCH:    tc.GOARCH,
		Flags:     flags,
		Dir:       e.dir,
	})
}

// pkg sends the operations of a package, unless it did before.
func (e *emitter) pkg(result *analysis.Result, pkg *analysis.Package, r Reporter) error {
	if e.sent[pkg] {
		return nil
	}
	if e.sent == nil {
		e.sent = map[*analysis.Package]bool{}
	}
	e.sent[pkg] = true
	if err := e.begin(result.Toolchain, r); err != nil {
		return err
	}
	hints := e.hints(pkg, result.Runtime)
	for _, op := range pkg.Ops {
		if err := r.Op(e.op(pkg, op, hints[keyOf(op)])); err != nil {
			return err
		}
		e.ops++
	}
	return e.sendFindings(pkg, r)
}

// found keeps what can be rewritten in a package until it is sent.
func (e *emitter) found(pkg *analysis.Package, found rewrite.Found) {
	if e.offers == nil {
		e.offers = map[*analysis.Package]rewrite.Found{}
	}
	e.offers[pkg] = found
}

// sendFindings sends what can be rewritten in a package.
func (e *emitter) sendFindings(pkg *analysis.Package, r Reporter) error {
	found := e.offers[pkg]
	delete(e.offers, pkg)
	verdict := func(rewrite.Offer) *verify.Verdict { return nil }
	if e.verdict != nil {
		verdict = e.verdict(pkg)
	}
	for _, f := range e.findings(pkg, found, verdict) {
		if err := r.Finding(f); err != nil {
			return err
		}
		e.findingCount++
		if f.Severity == severityInformation {
			e.useful++
		}
	}
	return nil
}

// end sends the problems and the summary.
func (e *emitter) end(result *analysis.Result, r Reporter) error {
	if err := e.begin(result.Toolchain, r); err != nil {
		return err
	}
	if err := e.problems(result, r); err != nil {
		return err
	}
	return r.Summary(&Summary{
		Packages: len(result.Packages), Problems: len(result.Problems), Ops: e.ops, Findings: e.findingCount, ElapsedMs: e.elapsed(),
	})
}

// An opKey tells the operations of a package apart.
type opKey struct {
	source.Range
	mapop.Kind
	load.Variant
}

func keyOf(op analysis.Op) opKey { return opKey{op.Op.Range, op.Op.Kind, op.Variant} }

// hints are the hints of a package's operations at any level, those left out
// that a reader silenced. Their Level is the lowest at which the operation has
// a label, their Label is worded for e.level.
func (e *emitter) hints(pkg *analysis.Package, facts runtimemap.Facts) map[opKey]hint.Hint {
	hints := map[opKey]hint.Hint{}
	for _, h := range hint.Run(pkg, facts, hint.Options{Level: hint.All, Others: fixes.IDs()}) {
		lowest := hint.Lowest(h.Op, facts)
		if e.level != "" {
			lowest.Label = hint.For(h.Op, facts, hint.Options{Level: e.level}).Label
		}
		hints[keyOf(h.Op)] = lowest
	}
	return hints
}

// problems sends the problems alone.
func (e *emitter) problems(result *analysis.Result, r Reporter) error {
	analysed := map[string]bool{}
	for _, pkg := range result.Packages {
		analysed[pkg.Path] = true
	}
	for _, p := range result.Problems {
		m := &Problem{Package: p.Package, Partial: analysed[p.Package], Pos: e.point(p.Pos), Message: p.Message}
		if err := r.Problem(m); err != nil {
			return err
		}
	}
	return nil
}

func (e *emitter) op(pkg *analysis.Package, op analysis.Op, h hint.Hint) *Op {
	m := &Op{
		Package: pkg.Path,
		Variant: string(op.Variant),
		Func:    op.Op.Func,
		Pos:     e.extent(op.Op.Range),
		Kind:    string(op.Op.Kind),
		Map:     op.Op.Map,
		Type:    op.Op.Type.Text,
		Origins: []Origin{},
		Placement: Placement{
			Header:    string(op.Header),
			Group:     string(op.Group),
			Tables:    string(op.Tables),
			Condition: op.Condition,
		},
		Complete:    op.Op.Complete,
		Lowered:     op.Lowered,
		Allocates:   string(op.Allocates),
		Allocations: []Allocation{},
		Why:         []Reason{},
		Hint:        h.Label,
		HintLevel:   string(h.Level),
	}
	for _, o := range op.Op.Origins {
		m.Origins = append(m.Origins, Origin{Pos: e.extent(o.Site), Expr: o.Expr})
	}
	for _, a := range op.Allocations {
		m.Allocations = append(m.Allocations, allocation(a))
	}
	for _, w := range op.Why {
		m.Why = append(m.Why, Reason{Pos: e.point(w.Pos), Text: w.Text, Basis: w.Basis})
	}
	return m
}

func allocation(a placement.Allocation) Allocation {
	return Allocation{What: a.What, Cause: a.Cause, When: a.When, Bytes: a.Bytes, Count: a.Count}
}

// extent is the place of a range.
func (e *emitter) extent(r source.Range) Pos {
	pos := Pos{File: e.name(r.Path)}
	if f := e.files.get(r.Path); f != nil {
		start, end := f.Pos(r.Start), f.Pos(r.End)
		pos.Line, pos.Column, pos.EndLine, pos.EndColumn = start.Line, start.Column, end.Line, end.Column
	}
	return pos
}

// point is the place of a position, nil for none.
func (e *emitter) point(p source.Pos) *Pos {
	if p.Path == "" {
		return nil
	}
	return &Pos{File: e.name(p.Path), Line: p.Line, Column: p.Column}
}

// name is path as the report writes it.
func (e *emitter) name(path string) string {
	if rel, err := filepath.Rel(e.dir, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// files gives texts by absolute path: those that were analysed, and for a
// place elsewhere (a creation in another package) what the disk has.
type files struct {
	byPath map[string]*source.File
}

func newFiles(result *analysis.Result) *files {
	f := &files{byPath: map[string]*source.File{}}
	for _, pkg := range result.Packages {
		f.add(pkg)
	}
	return f
}

func (f *files) add(pkg *analysis.Package) {
	for path, file := range pkg.Files {
		f.byPath[path] = file
	}
}

// get is nil for a file that cannot be read.
func (f *files) get(path string) *source.File {
	file, ok := f.byPath[path]
	if !ok {
		if text, err := os.ReadFile(path); err == nil {
			file = source.NewFile(path, text)
		}
		f.byPath[path] = file
	}
	return file
}

// under gives texts by their name in a report whose names start from dir.
func (f *files) under(dir string) func(name string) *source.File {
	return func(name string) *source.File {
		path := filepath.FromSlash(name)
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return f.get(path)
	}
}
