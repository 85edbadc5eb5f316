// Package verify proves rewrites by compiling them: it analyses a package as it
// is and as it would be, in an overlay, and compares. No file is written.
package verify

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A Baseline is a package before a rewrite, its tests included.
type Baseline struct {
	// Package is the package, nil if it could not be analysed.
	Package *analysis.Package
	// Found is what can be rewritten in it.
	Found rewrite.Found
	// Problems are those of the package or its tests.
	Problems []source.Problem
	// Go is the release that it is built with.
	Go string

	request analysis.Request
	locks   map[string]int
}

// A Verdict says what the compiler makes of a rewrite.
type Verdict struct {
	// Go is the release that compiled it.
	Go string
	// Builds says that the package and its tests build, as far as they did before.
	Builds bool
	// Problems are what keeps it from building.
	Problems []source.Problem
	// Copied are copies of locks that vet's copylocks finds and did not before.
	Copied []string
	// Changes are the operations outside of the rewritten code that differ afterwards.
	Changes []placement.Change
	// Gone and Come are the operations of the rewritten code, before and after.
	Gone, Come []placement.Placement
}

// Good reports whether the rewrite builds and passes vet.
func (v *Verdict) Good() bool { return v.Builds && len(v.Copied) == 0 }

// Worse is the first operation elsewhere in the package that costs more than before.
func (v *Verdict) Worse() (placement.Change, bool) {
	for _, c := range v.Changes {
		if c.Worse() {
			return c, true
		}
	}
	return placement.Change{}, false
}

// Text says the verdict in a few words.
func (v *Verdict) Text() string {
	switch {
	case !v.Builds && len(v.Problems) > 0:
		return "does not build: " + v.Problems[0].Message
	case !v.Builds:
		return "does not build"
	case len(v.Copied) > 0:
		return "vet: " + v.Copied[0]
	}
	text := "verified with " + v.Go
	if c, ok := v.Worse(); ok {
		return fmt.Sprintf("%s, but %s of %s at line %d gets worse: %s", text, c.After.Op.Kind, c.After.Op.Map, c.After.Op.Pos.Line, difference(c))
	}
	better := 0
	for _, c := range v.Changes {
		if c.Better() {
			better++
		}
	}
	if better > 0 {
		text += fmt.Sprintf("; operations elsewhere that get cheaper: %d", better)
	}
	return text
}

// difference says what changed for an operation.
func difference(c placement.Change) string {
	b, a := c.Before, c.After
	switch {
	case b.Header != a.Header:
		return fmt.Sprintf("header %s → %s", b.Header, a.Header)
	case b.Group != a.Group:
		return fmt.Sprintf("first group %s → %s", b.Group, a.Group)
	case b.Tables != a.Tables:
		return fmt.Sprintf("tables %s → %s", b.Tables, a.Tables)
	}
	return fmt.Sprintf("allocates %s → %s", b.Allocates, a.Allocates)
}

// Prepare analyses the one package that a request names, as it is, and finds
// what can be rewritten. Tests are analysed whatever the request says.
func Prepare(ctx context.Context, req analysis.Request) (*Baseline, error) {
	b := &Baseline{request: req}
	after, err := b.analyse(ctx, req.Overlay, func(r *analysis.Result, t analysis.Typed) { b.Found = fixes.Find(r, t) })
	if err != nil {
		return nil, err
	}
	b.Package, b.Problems, b.Go, b.locks = after.pkg, after.problems, after.release, after.locks
	return b, nil
}

// state is a package at one moment.
type state struct {
	pkg      *analysis.Package
	problems []source.Problem
	release  string
	locks    map[string]int // copies of locks by what vet says of them
}

func (b *Baseline) analyse(ctx context.Context, overlay source.Overlay, syntax func(*analysis.Result, analysis.Typed)) (state, error) {
	req := b.request
	req.Tests, req.Overlay, req.Facts, req.Each, req.Progress = true, overlay, false, nil, nil
	s := state{locks: map[string]int{}}
	req.Syntax = func(r *analysis.Result, t analysis.Typed) {
		for _, v := range t.Variants {
			copiedLocks(v, s.locks)
		}
		if syntax != nil {
			syntax(r, t)
		}
	}
	result, err := analysis.Run(ctx, req)
	if err != nil {
		return state{}, err
	}
	if len(result.Packages) == 1 {
		s.pkg = result.Packages[0]
	}
	s.problems, s.release = result.Problems, result.Toolchain.Version
	return s, nil
}

// Check compiles the package with the edits of an offer made, which must be one
// of the baseline's own. It returns an error only where it could not find out.
func (b *Baseline) Check(ctx context.Context, offers ...rewrite.Offer) (Verdict, error) {
	overlay := maps.Clone(b.request.Overlay)
	if overlay == nil {
		overlay = source.Overlay{}
	}
	var edits []source.Edit
	for _, o := range offers {
		edits = append(edits, o.Edits...)
	}
	slices.SortStableFunc(edits, func(a, b source.Edit) int { return a.Compare(b.Range) })
	moved := byFile(edits)
	for path, edits := range moved {
		file := b.Package.Files[path]
		if file == nil {
			return Verdict{}, fmt.Errorf("%s is not a file of package %s", path, b.Package.Path)
		}
		text, err := source.Apply(file.Text(), edits)
		if err != nil {
			return Verdict{}, fmt.Errorf("%s: %w", path, err)
		}
		overlay[path] = bytes.Clone(text)
	}
	after, err := b.analyse(ctx, overlay, nil)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Go: after.release, Builds: after.pkg != nil && len(after.problems) <= len(b.Problems)}
	if !v.Builds {
		v.Problems = after.problems
		return v, nil
	}
	for _, text := range slices.Sorted(maps.Keys(after.locks)) {
		if after.locks[text] > b.locks[text] {
			v.Copied = append(v.Copied, text)
		}
	}
	v.compare(b.Package.Ops, after.pkg.Ops, moved)
	return v, nil
}

func byFile(edits []source.Edit) map[string][]source.Edit {
	files := map[string][]source.Edit{}
	for _, e := range edits {
		files[e.Path] = append(files[e.Path], e)
	}
	return files
}

// key finds an operation again.
type key struct {
	source.Range
	kind mapop.Kind
}

// compare joins the operations before and after, whose places the edits moved.
func (v *Verdict) compare(before, after []analysis.Op, edits map[string][]source.Edit) {
	now := map[key]placement.Placement{}
	for _, op := range after {
		now[key{op.Op.Range, op.Op.Kind}] = op.Placement
	}
	for _, op := range before {
		start, ok1 := move(op.Op.Range.Start, edits[op.Op.Range.Path])
		end, ok2 := move(op.Op.Range.End, edits[op.Op.Range.Path])
		k := key{source.Range{Path: op.Op.Range.Path, Start: start, End: end}, op.Op.Kind}
		p, ok := now[k]
		if !ok1 || !ok2 || !ok || rewritten(op.Op.Range, edits[op.Op.Range.Path]) {
			v.Gone = append(v.Gone, op.Placement)
			continue
		}
		delete(now, k)
		if c := (placement.Change{Before: op.Placement, After: p}); c.Differs() {
			v.Changes = append(v.Changes, c)
		}
	}
	for _, op := range after {
		if p, ok := now[key{op.Op.Range, op.Op.Kind}]; ok {
			v.Come = append(v.Come, p)
		}
	}
}

// rewritten reports whether an edit is in the text of an operation.
func rewritten(r source.Range, edits []source.Edit) bool {
	return slices.ContainsFunc(edits, func(e source.Edit) bool { return e.Start < r.End && e.End > r.Start })
}

// move is where an offset is after edits; ok is false inside of replaced text.
func move(offset int, edits []source.Edit) (int, bool) {
	by := 0
	for _, e := range edits {
		switch {
		case e.End <= offset:
			by += len(e.New) - (e.End - e.Start)
		case e.Start < offset:
			return 0, false
		}
	}
	return offset + by, true
}
