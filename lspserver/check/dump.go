package check

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// A stage is a stage of the analysis whose value can be dumped.
type stage struct {
	name, about string
	// packages says that the stage speaks of packages; the others speak of the toolchain alone.
	packages bool
	// dump gives the stage's values, one at a time, to put.
	dump func(result *analysis.Result, put func(any) error) error
}

// stages are in the order of the data flow.
var stages = []stage{
	{"toolchain", "the go command in force, with the variables that govern it", false, dumpToolchain},
	{"escape", "the compiler's statements; what is not understood has the kind \"unknown\" and is counted", true, dumpEscape},
	{"ops", "the map operations of the syntax", true, dumpOps},
	{"runtime", "the facts about the release's map runtime, and the statements that explanations cite", false, dumpRuntime},
	{"placements", "where the map of every operation lives, what allocates, and why", true, dumpPlacements},
	{"hints", "what an editor would show at level all", true, dumpHints},
}

func findStage(name string) (stage, bool) {
	for _, s := range stages {
		if s.name == name {
			return s, true
		}
	}
	return stage{}, false
}

// dumpCommand is `mapescape dump`.
func dumpCommand() Command {
	var long strings.Builder
	long.WriteString(`Dump writes the value of one stage of the analysis as JSON, one value a line, for
people who debug mapescape. Field names are those of the source and may change.

The stages are:

`)
	for i, s := range stages {
		if i > 0 {
			long.WriteByte('\n')
		}
		fmt.Fprintf(&long, "\t%-12s%s", s.name, s.about)
	}
	return Command{
		Name:  "dump",
		Args:  "[flags] STAGE [packages]",
		Short: "write the value of a stage of the analysis as JSON",
		Long:  long.String(),
		Flags: func(fs *flag.FlagSet) Action {
			var build buildFlags
			build.register(fs)
			return func(ctx context.Context, env *Env, args []string) int {
				return runDump(ctx, env, build, args)
			}
		},
	}
}

func runDump(ctx context.Context, env *Env, build buildFlags, args []string) int {
	if len(args) == 0 {
		return env.fail(ctx, errors.New("dump wants the name of a stage; 'mapescape help dump' lists them"))
	}
	s, ok := findStage(args[0])
	if !ok {
		return env.fail(ctx, fmt.Errorf("no stage %q; 'mapescape help dump' lists them", args[0]))
	}
	req, err := build.request(env, args[1:])
	if err != nil {
		return env.fail(ctx, err)
	}
	req.Facts = s.name == "escape"
	analyse := env.Analyse
	if !s.packages {
		if len(args) > 1 {
			return env.fail(ctx, fmt.Errorf("stage %s takes no packages", s.name))
		}
		analyse = detect
	}
	line := startProgress(env)
	req.Progress = line.update
	result, err := analyse(ctx, req)
	line.stop()
	if err != nil {
		return env.fail(ctx, err)
	}
	out := bufio.NewWriter(env.Stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := errors.Join(s.dump(result, enc.Encode), out.Flush()); err != nil {
		return env.fail(ctx, fmt.Errorf("writing the dump: %w", err))
	}
	problems := NewProblems(env.Stderr, env.color(colorAuto, env.Stderr))
	e := emitter{dir: req.Dir}
	if err := e.problems(result, problems); err != nil {
		return env.fail(ctx, err)
	}
	if len(result.Problems) > 0 {
		return StatusFailed
	}
	return StatusOK
}

// detect is the part of an analysis that needs no package.
func detect(ctx context.Context, req analysis.Request) (*analysis.Result, error) {
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: req.Dir, Flags: req.Flags})
	if err != nil {
		return nil, err
	}
	return &analysis.Result{Toolchain: tc, Runtime: runtimemap.For(tc.Version, tc.GOARCH, tc.GOEXPERIMENT)}, nil
}

func dumpToolchain(result *analysis.Result, put func(any) error) error {
	tc := result.Toolchain
	tc.Env = goVariables(tc.Env)
	return put(struct{ Toolchain toolchain.Toolchain }{tc})
}

// goVariables leaves in an environment what governs builds. The rest is
// nobody's business in a report of a mistake, nor are addresses and
// credentials of module servers.
func goVariables(env []string) []string {
	var kept []string
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == "GOAUTH" || name == "GOPROXY" && v != "GOPROXY=off":
		case strings.HasPrefix(name, "GO"), strings.HasPrefix(name, "CGO_"), name == "CC", name == "CXX":
			kept = append(kept, v)
		}
	}
	return kept
}

func dumpEscape(result *analysis.Result, put func(any) error) error {
	type variant struct {
		Package, ImportPath string
		Complete            bool
		Statements, Unknown int
	}
	type fact struct {
		ImportPath string
		Fact       escape.Fact
	}
	for _, pkg := range result.Packages {
		for _, facts := range pkg.Facts {
			head := variant{pkg.Path, facts.ImportPath, facts.Complete, len(facts.All), len(facts.Unknown())}
			if err := put(head); err != nil {
				return err
			}
			for _, f := range facts.All {
				if err := put(fact{facts.ImportPath, f}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func dumpRuntime(result *analysis.Result, put func(any) error) error {
	if err := put(struct{ Runtime runtimemap.Facts }{result.Runtime}); err != nil {
		return err
	}
	for _, s := range result.Runtime.Statements() {
		if err := put(struct{ Statement runtimemap.Statement }{s}); err != nil {
			return err
		}
	}
	return nil
}

// eachOp gives put what value makes of every operation.
func eachOp(result *analysis.Result, put func(any) error, value func(*analysis.Package, analysis.Op) any) error {
	for _, pkg := range result.Packages {
		for _, op := range pkg.Ops {
			if err := put(value(pkg, op)); err != nil {
				return err
			}
		}
	}
	return nil
}

func dumpOps(result *analysis.Result, put func(any) error) error {
	return eachOp(result, put, func(pkg *analysis.Package, op analysis.Op) any {
		return struct {
			Package string
			Variant load.Variant
			Op      mapop.Op
		}{pkg.Path, op.Variant, op.Op}
	})
}

func dumpPlacements(result *analysis.Result, put func(any) error) error {
	return eachOp(result, put, func(pkg *analysis.Package, op analysis.Op) any {
		return struct {
			Package   string
			Variant   load.Variant
			Placement placement.Placement
		}{pkg.Path, op.Variant, op.Placement}
	})
}

func dumpHints(result *analysis.Result, put func(any) error) error {
	options := hint.Options{Level: hint.All}
	return eachOp(result, put, func(pkg *analysis.Package, op analysis.Op) any {
		h := hint.For(op, result.Runtime, options)
		return struct {
			Package string
			Variant load.Variant
			Kind    mapop.Kind
			Pos     source.Pos
			Range   source.Range
			Rule    string
			Label   string
			Level   hint.Level
		}{pkg.Path, op.Variant, op.Op.Kind, op.Op.Pos, h.Range, h.Rule, h.Label, h.Level}
	})
}
