package hint

import (
	"cmp"
	"go/scanner"
	"go/token"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

// IgnoreComment, alone or followed by a space and a reason, silences the hints
// of its own line and, when it has a line to itself, of the next one.
const IgnoreComment = "//mapescape:ignore"

// Run gives the hints of a package at a level, sorted by range: those of
// operations that have a label there. Generated files and operations under an
// ignore comment have none.
func Run(pkg *analysis.Package, facts runtimemap.Facts, opts Options) []Hint {
	ignored := map[string]map[int]bool{}
	var out []Hint
	for _, op := range pkg.Ops {
		path := op.Op.Range.Path
		if pkg.Generated[path] {
			continue
		}
		h := For(op, facts, opts)
		if h.Label == "" {
			continue
		}
		lines, ok := ignored[path]
		if !ok {
			lines = ignoredLines(pkg.Files[path])
			ignored[path] = lines
		}
		if lines[op.Op.Pos.Line] {
			continue
		}
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b Hint) int {
		return cmp.Or(a.Range.Compare(b.Range), cmp.Compare(a.Op.Op.Kind, b.Op.Op.Kind))
	})
	return out
}

// For gives the hint of one operation at a level. Its label is "" where no rule
// has one there.
func For(op analysis.Op, facts runtimemap.Facts, opts Options) Hint {
	first := Hint{Range: op.Op.Range, Op: op}
	labels := map[part]string{}
	for _, r := range Rules {
		label, level, ok := r.Apply(op, facts)
		if !ok || !opts.Level.includes(level) {
			continue
		}
		if labels[r.part] == "" {
			labels[r.part] = label
		}
		if first.Label == "" {
			first.Rule, first.Label, first.Level = r.ID, label, level
		}
	}
	// At the level all a reader wants both: where the map is and what the operation costs.
	where, what := labels[partHome], labels[partAllocation]
	if opts.Level == All && where != "" && what != "" && (first.Label == where || first.Label == what) {
		first.Label, first.Level = where+", "+what, All
	}
	return first
}

// Lowest gives the hint of one operation at the lowest level at which it has a
// label, so that the hint's Label and Level belong together; without a label at
// any level its Level is "".
func Lowest(op analysis.Op, facts runtimemap.Facts) Hint {
	var h Hint
	for _, level := range []Level{Quiet, Normal, All} {
		if h = For(op, facts, Options{Level: level}); h.Label != "" {
			break
		}
	}
	return h
}

// ignoredLines are the 1-based lines that ignore comments silence. It reads
// tokens, because the comment's text may stand in a string.
func ignoredLines(f *source.File) map[int]bool {
	if f == nil || !strings.Contains(string(f.Text()), IgnoreComment) {
		return nil
	}
	fset := token.NewFileSet()
	file := fset.AddFile(f.Path(), -1, len(f.Text()))
	var s scanner.Scanner
	s.Init(file, f.Text(), nil, scanner.ScanComments)
	lines := map[int]bool{}
	code := 0 // the last line that holds a token
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return lines
		}
		line := f.Pos(file.Offset(pos)).Line
		if tok != token.COMMENT {
			if tok != token.SEMICOLON || lit != "\n" {
				code = line + strings.Count(lit, "\n") // of a raw string
			}
			continue
		}
		if rest, ok := strings.CutPrefix(lit, IgnoreComment); ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r') {
			lines[line] = true
			if code != line {
				lines[line+1] = true
			}
		}
	}
}
