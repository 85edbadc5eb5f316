// Package check is the batch front door: mapescape's commands for terminals
// and CI. It asks package analysis for a result and shows it; it reasons about
// nothing.
//
// The command check turns a result into one stream of typed messages (Config,
// Problem, Op, Finding, Summary) and every output format is a Reporter of that stream.
// JSON is the stream written down, one message a line, and Decode plays it
// back, so that whatever text shows can be made from a JSON report as well.
//
// Exit statuses: 0 where nothing is to be reported, 1 where there are
// findings, 2 for a usage error, an interrupt, or a requested package that
// could not be analysed (the others are reported all the same).
package check

import (
	"context"
	"flag"
	"fmt"
	"slices"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// A Reporter receives the messages of a report in order: Config first, then
// problems, operations and findings, Summary last. An error ends the report.
type Reporter interface {
	Config(*Config) error
	Problem(*Problem) error
	Op(*Op) error
	Finding(*Finding) error
	Summary(*Summary) error
}

// A tee gives every message to several reporters in turn.
type tee []Reporter

func (t tee) Config(m *Config) error   { return t.each(func(r Reporter) error { return r.Config(m) }) }
func (t tee) Problem(m *Problem) error { return t.each(func(r Reporter) error { return r.Problem(m) }) }
func (t tee) Op(m *Op) error           { return t.each(func(r Reporter) error { return r.Op(m) }) }
func (t tee) Finding(m *Finding) error {
	return t.each(func(r Reporter) error { return r.Finding(m) })
}
func (t tee) Summary(m *Summary) error { return t.each(func(r Reporter) error { return r.Summary(m) }) }

func (t tee) each(f func(Reporter) error) error {
	for _, r := range t {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

const checkLong = `Check analyses the named packages with the Go compiler and shows their map
operations: the annotated source lines, file by file, and a summary. Packages
are named as for 'go build'; without any it is the one in the current directory,
and a Go file stands for its package.

The levels say how much is shown: quiet is what allocates or surprises, normal
adds the home of every map where it is created, deleted from or cleared, and
all labels every operation. Packages that could not be analysed are named on the
standard error; the others are reported all the same.

Where code can be rewritten with a proven gain, the rewrite is listed after the
operations: a finding. The level all lists those too whose gain depends on the
program's data. With -verify, each is compiled first, and those that do not build
are left out. A comment "//mapescape:ignore RULE" on the line or above it turns
one off.

With -diff, the rewrites that are safe and have a proven gain are shown as a
unified diff; with -fix they are made. Both compile what they show or make, and
leave out what does not build or makes something else costlier. -only names the
rules that are meant instead, whether their gain is proven or not: -diff shows all
of their rewrites, -fix makes those that are safe, and with -fix-class B those too
that a reader has reviewed. A file that changes meanwhile is not written.

With -json, all operations and findings are written, one JSON object a line; each
operation says at which level it is shown, and -level is ignored.

The exit status is 0 when nothing is to be reported or all rewrites were made, 1
when there are findings with a proven gain or -diff shows something, and 2 after a
usage error or when a package could not be analysed or a file not be written.`

// checkCommand is `mapescape check`.
func checkCommand() Command {
	return Command{
		Name:  "check",
		Args:  "[flags] [packages]",
		Short: "analyse packages and show their map operations",
		Long:  checkLong,
		Flags: func(fs *flag.FlagSet) Action {
			var build buildFlags
			build.register(fs)
			level := hint.Normal
			fs.Func("level", "show the operations of this `level`: quiet, normal (the default) or all", func(s string) (err error) {
				level, err = parseLevel(s)
				return err
			})
			color := colorAuto
			fs.Func("color", "colour the text in this `case`: auto (the default), always or never", func(s string) (err error) {
				color, err = parseColor(s)
				return err
			})
			asJSON := fs.Bool("json", false, "write JSON, one object a line")
			verifying := fs.Bool("verify", false, "compile every rewrite on offer, which takes a while")
			var opts fixing
			fs.BoolVar(&opts.diff, "diff", false, "show the safe rewrites with a proven gain as a unified diff, instead of the report")
			fs.BoolVar(&opts.fix, "fix", false, "make the safe rewrites with a proven gain")
			fs.Func("only", "with -diff or -fix, the `rules` that are meant, separated by commas", func(s string) (err error) {
				opts.only, err = parseOnly(s)
				return err
			})
			fs.Func("fix-class", "with -only, make rewrites up to this `class`: A, the safe ones (the default), or B, those too that need review", func(s string) (err error) {
				opts.class, err = parseClass(s)
				return err
			})
			return func(ctx context.Context, env *Env, args []string) int {
				req, err := build.request(env, args)
				if err == nil {
					err = opts.check(*asJSON)
				}
				switch {
				case err != nil:
					return env.fail(ctx, err)
				case opts.diff || opts.fix:
					return runFix(ctx, env, req, opts, env.color(color, env.Stderr))
				}
				return runCheck(ctx, env, req, level, color, *asJSON, *verifying)
			}
		},
	}
}

func runCheck(ctx context.Context, env *Env, req analysis.Request, level hint.Level, color colorMode, asJSON, verifying bool) int {
	start := env.Now()
	files := newFiles(&analysis.Result{})
	problems := NewProblems(env.Stderr, env.color(color, env.Stderr))
	emitter := emitter{
		version: env.Version,
		dir:     req.Dir,
		files:   files,
		elapsed: func() int64 { return env.Now().Sub(start).Milliseconds() },
	}
	reporter := tee{NewJSON(env.Stdout), problems}
	if !asJSON {
		emitter.level = level
		width, _ := env.Terminal(env.Stdout)
		reporter[0] = NewText(env.Stdout, TextOptions{
			Level:  level,
			Width:  width,
			Color:  env.color(color, env.Stdout),
			Source: files.under(req.Dir),
		})
	}
	line := startProgress(env)
	req.Progress = line.update
	// The report goes out package by package; where that fails the analysis has no reader left.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	find := findOffers(env.Stderr)
	req.Syntax = func(r *analysis.Result, t analysis.Typed) { emitter.found(t.Package, find(r, t)) }
	if verifying {
		emitter.verdict = func(pkg *analysis.Package) func(rewrite.Offer) *verify.Verdict {
			return verdicts(ctx, env, analysis.Request{Dir: pkg.Dir, Patterns: []string{"."}, Flags: req.Flags, Env: req.Env})
		}
	}
	req.Each = func(r *analysis.Result, pkg *analysis.Package) {
		line.stop()
		files.add(pkg)
		if err := emitter.pkg(r, pkg, reporter); err != nil {
			cancel(fmt.Errorf("writing the report: %w", err))
		}
	}
	result, err := env.Analyse(ctx, req)
	line.stop()
	if err != nil {
		return env.fail(ctx, err)
	}
	if len(result.Packages) == 0 && len(result.Problems) == 0 {
		return env.fail(ctx, fmt.Errorf("no packages match %s", quoteAll(req.Patterns)))
	}
	for _, pkg := range result.Packages {
		files.add(pkg)
	}
	if err := emitter.emit(result, reporter); err != nil {
		return env.fail(ctx, fmt.Errorf("writing the report: %w", err))
	}
	if len(result.Problems) > 0 {
		return StatusFailed
	}
	if emitter.useful > 0 {
		return StatusFindings
	}
	return StatusOK
}

// verdicts compiles the offers of a package, one by one.
func verdicts(ctx context.Context, env *Env, req analysis.Request) func(rewrite.Offer) *verify.Verdict {
	var b *verify.Baseline
	var err error
	return func(o rewrite.Offer) *verify.Verdict {
		if b == nil && err == nil {
			b, err = env.Prepare(ctx, req)
		}
		if err != nil || b.Package == nil {
			return nil
		}
		if !slices.ContainsFunc(b.Found.Offers, func(p rewrite.Offer) bool {
			return p.Fix == o.Fix && p.Range == o.Range && slices.Equal(p.Edits, o.Edits)
		}) {
			return &verify.Verdict{} // the package's tests stand in the way
		}
		v, err := b.Check(ctx, o)
		if err != nil {
			return nil
		}
		return &v
	}
}

func parseLevel(s string) (hint.Level, error) {
	switch level := hint.Level(s); level {
	case hint.Quiet, hint.Normal, hint.All:
		return level, nil
	default:
		return "", fmt.Errorf("want quiet, normal or all")
	}
}

// shown reports whether a hint of level l is shown when want is in force.
func shown(l, want hint.Level) bool {
	switch want {
	case hint.Quiet:
		return l == hint.Quiet
	case hint.All:
		return true
	default:
		return l != hint.All
	}
}
