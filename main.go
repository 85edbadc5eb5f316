// Mapescape shows where the maps of a Go program live and what operations on
// them cost: `mapescape serve` in an editor, `mapescape check` in a terminal.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/mapescape/mapescape/lspserver"
	"github.com/mapescape/mapescape/lspserver/check"
	"github.com/mapescape/mapescape/lspserver/setup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if _, err := os.Getwd(); err != nil && len(os.Args) > 1 && os.Args[1] == lspserver.Command().Name {
		// An editor may live longer than the directory that it was started in,
		// and the server does not need one.
		_ = os.Chdir(os.TempDir())
	}
	env, err := check.System()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mapescape:", err)
		os.Exit(check.StatusFailed)
	}
	os.Exit(check.Dispatch(ctx, env, commands(), os.Args[1:]))
}

func commands() []check.Command {
	return append([]check.Command{lspserver.Command(), setup.Command()}, check.Commands()...)
}
