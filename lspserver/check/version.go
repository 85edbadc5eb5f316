package check

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

const versionLong = `Version prints the version of mapescape, the go command that is in force in the
current directory, and whether the facts about that release's map runtime are
known. Without them, only what the compiler itself says is reported.`

// versionCommand is `mapescape version`.
func versionCommand() Command {
	return Command{
		Name:  "version",
		Args:  "[-C dir]",
		Short: "print mapescape's version, the Go toolchain's and what is known of it",
		Long:  versionLong,
		Flags: func(fs *flag.FlagSet) Action {
			var build buildFlags
			fs.StringVar(&build.dir, "C", "", "work as if started in `dir`")
			return func(ctx context.Context, env *Env, args []string) int {
				if len(args) > 0 {
					return env.fail(ctx, errors.New("version takes no arguments"))
				}
				if err := version(ctx, env, build); err != nil {
					return env.fail(ctx, err)
				}
				return StatusOK
			}
		},
	}
}

func version(ctx context.Context, env *Env, build buildFlags) error {
	dir, err := build.workDir(env)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(env.Stdout, "mapescape %s\n", env.Version); err != nil {
		return err
	}
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir})
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "go        %s %s/%s, %s\n", tc.Version, tc.GOOS, tc.GOARCH, tc.Command)
	if tc.GOEXPERIMENT != "" {
		fmt.Fprintf(&b, "          GOEXPERIMENT=%s\n", tc.GOEXPERIMENT)
	}
	fmt.Fprintf(&b, "maps      %s\n", knowledge(runtimemap.For(tc.Version, tc.GOARCH, tc.GOEXPERIMENT)))
	_, err = fmt.Fprint(env.Stdout, b.String())
	return err
}

// knowledge puts into words what is known of a release's maps.
func knowledge(facts runtimemap.Facts) string {
	if !facts.Known {
		return "nothing is known of this release's map runtime; only what the compiler says is reported"
	}
	design := string(facts.Design)
	switch facts.Design {
	case runtimemap.Swiss:
		design = "Swiss tables"
	case runtimemap.Buckets:
		design = "buckets with overflow chains"
	}
	switch {
	case facts.HeaderBytes == 0:
		return design + "; sizes on " + facts.GOARCH + " are not known"
	case facts.SplitGroups:
		return fmt.Sprintf("%s, header of %d bytes; group sizes under mapsplitgroup are not known", design, facts.HeaderBytes)
	default:
		return fmt.Sprintf("%s, header of %d bytes", design, facts.HeaderBytes)
	}
}
