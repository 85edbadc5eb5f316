package check

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/source"
)

const explainLong = `Explain says what is known of the map operations on a line of a Go file: where
the map lives, why, and what the operation costs. It analyses the package of the
file; for a _test.go file that includes the package's tests.

With a column, which counts bytes from 1 as the compiler's does, it explains the
innermost operation at that place.

The exit status is 0, also when there is no map operation to explain, and 2 when
there is no such place or the package could not be analysed.`

// explainCommand is `mapescape explain`.
func explainCommand() Command {
	return Command{
		Name:  "explain",
		Args:  "[flags] FILE:LINE[:COL]",
		Short: "say where the map at a place lives, why, and what that costs",
		Long:  explainLong,
		Flags: func(fs *flag.FlagSet) Action {
			var build buildFlags
			build.registerWhere(fs)
			return func(ctx context.Context, env *Env, args []string) int {
				if len(args) != 1 {
					return env.fail(ctx, errors.New("explain wants one place, FILE:LINE or FILE:LINE:COL"))
				}
				if err := explain(ctx, env, build, args[0]); err != nil {
					return env.fail(ctx, err)
				}
				return StatusOK
			}
		},
	}
}

func explain(ctx context.Context, env *Env, build buildFlags, arg string) error {
	place, err := parsePlace(arg)
	if err != nil {
		return err
	}
	dir, err := build.workDir(env)
	if err != nil {
		return err
	}
	shownAs := place.Path
	if !filepath.IsAbs(place.Path) {
		place.Path = filepath.Join(dir, place.Path)
	}
	place.Path = filepath.Clean(place.Path)
	info, err := os.Stat(place.Path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: no such file", shownAs)
	case info.IsDir() || filepath.Ext(place.Path) != ".go":
		return fmt.Errorf("%s is not a Go file", shownAs)
	}

	line := startProgress(env)
	result, err := env.Analyse(ctx, analysis.Request{
		Dir:      filepath.Dir(place.Path),
		Patterns: []string{"file=" + place.Path},
		Tests:    strings.HasSuffix(place.Path, "_test.go"),
		Flags:    build.flags(),
		Progress: line.update,
	})
	line.stop()
	if err != nil {
		return err
	}
	pkg, file := holder(result, place.Path)
	if pkg == nil {
		return unexplained(env, dir, result, place.Path, shownAs)
	}
	place.Path = file.Path()
	ops, err := opsAt(pkg, file, place)
	if err != nil {
		return fmt.Errorf("%s %w", shownAs, err)
	}
	width, _ := env.Terminal(env.Stdout)
	_, err = fmt.Fprint(env.Stdout, explanation(result, file, ops, place, shownAs, width))
	return err
}

// parsePlace reads FILE:LINE[:COL]. FILE may hold colons itself.
func parsePlace(arg string) (source.Pos, error) {
	bad := fmt.Errorf("%q is no place; want FILE:LINE or FILE:LINE:COL", arg)
	path, last, ok := cutLast(arg)
	if !ok || last < 1 {
		return source.Pos{}, bad
	}
	if file, line, ok := cutLast(path); ok {
		if line < 1 || file == "" {
			return source.Pos{}, bad
		}
		return source.Pos{Path: file, Line: line, Column: last}, nil
	}
	if path == "" {
		return source.Pos{}, bad
	}
	return source.Pos{Path: path, Line: last}, nil
}

// cutLast cuts a number off after the last colon.
func cutLast(s string) (before string, n int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	return s[:i], n, err == nil
}

// holder finds the package that a file belongs to. The go command may know the
// file by another path, through a symbolic link.
func holder(result *analysis.Result, path string) (*analysis.Package, *source.File) {
	for _, pkg := range result.Packages {
		if file := pkg.Files[path]; file != nil {
			return pkg, file
		}
	}
	wanted, err := os.Stat(path)
	if err != nil {
		return nil, nil
	}
	for _, pkg := range result.Packages {
		for _, other := range slices.Sorted(maps.Keys(pkg.Files)) {
			if info, err := os.Stat(other); err == nil && os.SameFile(info, wanted) {
				return pkg, pkg.Files[other]
			}
		}
	}
	return nil, nil
}

// unexplained says why the file is in no package that was analysed.
func unexplained(env *Env, dir string, result *analysis.Result, path, shownAs string) error {
	if len(result.Problems) == 0 {
		tc := result.Toolchain
		return fmt.Errorf("%s is in no package as built for %s/%s; a build constraint may exclude it (see -tags)", shownAs, tc.GOOS, tc.GOARCH)
	}
	for _, p := range result.Problems {
		if p.Pos.Path == path && !p.Pos.IsValid() {
			return fmt.Errorf("%s: %s", shownAs, p.Message)
		}
	}
	problems := NewProblems(env.Stderr, env.color(colorAuto, env.Stderr))
	e := emitter{dir: dir}
	if err := e.problems(result, problems); err != nil {
		return err
	}
	return fmt.Errorf("%s cannot be explained: its package could not be analysed", shownAs)
}

// opsAt are the operations that a place means: with a column the innermost one
// there, else those that begin on the line, else the innermost of those that
// began on an earlier line and reach over it.
func opsAt(pkg *analysis.Package, file *source.File, place source.Pos) ([]analysis.Op, error) {
	lines := file.Lines()
	if lines > 1 && file.LineText(lines) == "" {
		lines--
	}
	if place.Line > lines {
		return nil, fmt.Errorf("has %s, and no line %d", counted(lines, "line"), place.Line)
	}
	text := file.LineText(place.Line)
	if place.Column > len(text)+1 {
		return nil, fmt.Errorf("has %s on line %d, and no column %d", counted(len(text), "byte"), place.Line, place.Column)
	}
	start, _ := file.Offset(place.Line, 1)
	at, _ := file.Offset(place.Line, place.Column)
	var on, over []analysis.Op
	for _, op := range pkg.Ops {
		r := op.Op.Range
		switch {
		case r.Path != file.Path():
		case place.Column > 0:
			if r.Start <= at && at < r.End {
				over = append(over, op)
			}
		case start <= r.Start && r.Start <= start+len(text):
			on = append(on, op)
		case r.Start < start && start < r.End:
			over = append(over, op)
		}
	}
	if len(on) > 0 || len(over) == 0 {
		return on, nil
	}
	return []analysis.Op{slices.MinFunc(over, func(a, b analysis.Op) int {
		return cmp.Compare(a.Op.Range.End-a.Op.Range.Start, b.Op.Range.End-b.Op.Range.Start)
	})}, nil
}

// explanation is what is printed: the operations' texts with a heading each.
func explanation(result *analysis.Result, file *source.File, ops []analysis.Op, place source.Pos, shownAs string, width int) string {
	if len(ops) == 0 {
		if place.Column > 0 {
			return fmt.Sprintf("%s:%d:%d: there is no map operation here\n", shownAs, place.Line, place.Column)
		}
		return fmt.Sprintf("%s:%d: there is no map operation on this line\n", shownAs, place.Line)
	}
	if width == 0 || width > 100 {
		width = 100
	}
	var b strings.Builder
	for i, op := range ops {
		if i > 0 {
			b.WriteByte('\n')
		}
		pos := file.Pos(op.Op.Range.Start)
		text, _, more := strings.Cut(string(file.Text()[op.Op.Range.Start:op.Op.Range.End]), "\n")
		if more {
			text = strings.TrimRight(text, " \t\r") + " …"
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s\n\n", shownAs, pos.Line, pos.Column, printable(strings.ReplaceAll(text, "\t", " ")))
		b.WriteString(strings.TrimRight(markup.Text(hint.Explain(op, result), width), "\n") + "\n")
	}
	return b.String()
}
