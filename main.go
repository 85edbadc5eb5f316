// Mapescape shows where the maps of a Go program live and what operations on
// them cost: `mapescape serve` in an editor, `mapescape check` in a terminal.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/mapescape/mapescape/lspserver"
	"github.com/mapescape/mapescape/lspserver/check"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	env, err := check.System()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mapescape:", err)
		os.Exit(check.StatusFailed)
	}
	os.Exit(check.Dispatch(ctx, env, commands(), os.Args[1:]))
}

func commands() []check.Command {
	return append([]check.Command{serve}, check.Commands()...)
}

var serve = check.Command{
	Name:  "serve",
	Args:  "[-encoding unit]",
	Short: "be a language server, which is what an editor starts",
	Long: `Serve speaks the Language Server Protocol on its standard input and output. It
shows at map operations where the map lives, and in their hovers why. Its exit
status is 1 when the connection ended in another way than the protocol asks for.`,
	Flags: func(fs *flag.FlagSet) check.Action {
		encoding := fs.String("encoding", "utf-16", "count columns in this `unit` if the client offers it: utf-8, utf-16 or utf-32")
		fs.Bool("stdio", true, "has no effect; some editors pass it")
		return func(ctx context.Context, env *check.Env, args []string) int {
			os.Stdout = os.Stderr // nothing but the protocol may reach the editor
			err := lspserver.Serve(ctx, lspserver.Options{
				In: os.Stdin, Out: env.Stdout, Encoding: *encoding, Version: env.Version, Run: env.Analyse,
				Log: slog.New(slog.NewTextHandler(env.Stderr, nil)),
			})
			if err != nil {
				fmt.Fprintln(env.Stderr, "mapescape serve:", err)
				return 1
			}
			return 0
		}
	},
}
