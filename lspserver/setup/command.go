// Package setup puts the front ends of mapescape where editors look for them,
// or writes what is to be put there by hand. It says what it will do before it
// does it, and changes nothing that it has not made.
package setup

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/mapescape/mapescape/lspserver/check"
)

const long = `Setup puts mapescape's front end where an editor looks for it:

	mapescape setup neovim
		installs the plugin for Neovim 0.7 or later as a package.
	mapescape setup vscode FILE.vsix
		installs the extension of VS Code from a package that was built
		from mapescape's sources, by the editor's own command line.
	mapescape setup vim|helix|zed|emacs|sublime
		writes a configuration to standard output, with where it belongs
		and how far it has been tested. No file is changed.

Without an editor, setup lists the editors that it finds on this machine and
what there is to do for each.

Setup says what it changes before it does, and changes only what it has made
itself: files that are in the way, or that were edited since, are left alone and
reported. A second run finds nothing to do.

The exit status is 2 when something is in the way, an editor is missing or
refuses, and 0 otherwise.`

// Command is `mapescape setup`.
func Command() check.Command {
	return check.Command{
		Name:  "setup",
		Args:  "[-n] [-with program] [editor [FILE.vsix]]",
		Short: "put mapescape's front end into an editor",
		Long:  long,
		Flags: func(fs *flag.FlagSet) check.Action {
			var o options
			fs.BoolVar(&o.dry, "n", false, "say what would be done, and do not do it")
			fs.StringVar(&o.with, "with", "", "use this `program` of the editor, instead of the first that is found")
			return func(ctx context.Context, env *check.Env, args []string) int {
				if err := run(ctx, env, o, args); err != nil {
					err = cmp.Or(context.Cause(ctx), err)
					if errors.Is(err, context.Canceled) {
						err = errors.New("interrupted")
					}
					fmt.Fprintln(env.Stderr, "mapescape setup:", err)
					return check.StatusFailed
				}
				return check.StatusOK
			}
		},
	}
}

type options struct {
	dry  bool   // change nothing
	with string // the editor's program
}

func run(ctx context.Context, env *check.Env, o options, args []string) error {
	if len(args) == 0 {
		return list(ctx, env)
	}
	e, ok := named(args[0])
	if !ok {
		return fmt.Errorf("there is nothing for an editor %q; want one of %s", args[0], names())
	}
	args = args[1:]
	if o.with != "" && e.ID != vscode {
		return fmt.Errorf("-with is for %s only", vscode)
	}
	switch {
	case e.ID == vscode && len(args) == 1:
		return installExtension(ctx, env, o, e, args[0])
	case e.ID == vscode:
		return errors.New("setup vscode wants the package of the extension, one file; in a checkout of mapescape, `npm ci` and " +
			"`npm run package` in editors/vscode build it")
	case len(args) > 0:
		return fmt.Errorf("setup %s wants no argument, not %q", e.ID, args[0])
	case e.ID == neovim:
		return installPlugin(env, o)
	}
	return e.print(env)
}
