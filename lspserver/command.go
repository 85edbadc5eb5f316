package lspserver

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	ossignal "os/signal"
	"syscall"
	"time"

	"github.com/mapescape/mapescape/lspserver/check"
)

const serveLong = `Serve speaks the Language Server Protocol on its standard input and output. It
shows at map operations where the map lives, and in their hovers why. Its exit
status is 1 when the connection ended in another way than the protocol asks for.

With -gopls it starts gopls and is one server with it, for editors that take only
one: everything that gopls does, with our hints, hovers, actions and diagnostics
added. Gopls is looked for in PATH, GOBIN, GOPATH/bin and ~/go/bin unless its path is
given. What stands behind -- are flags for gopls, as in -- -remote=auto. Columns are
counted in UTF-16, which is all that gopls knows.

The log holds no text of yours but what the compiler says about it. A trace
does: it records every message between editor and server, with the full text of
every file that is opened. Both files are appended to.`

// Command is `mapescape serve`.
func Command() check.Command {
	return check.Command{
		Name:  "serve",
		Args:  "[-encoding unit] [-log file] [-v] [-trace file] [-gopls[=path] [-- gopls flags]]",
		Short: "be a language server, which is what an editor starts",
		Long:  serveLong,
		Flags: func(fs *flag.FlagSet) check.Action {
			var f serveFlags
			fs.StringVar(&f.encoding, "encoding", "utf-16", "count columns in this `unit` if the client offers it: utf-8, utf-16 or utf-32")
			fs.StringVar(&f.log, "log", "", "log to this `file` instead of standard error")
			fs.BoolVar(&f.verbose, "v", false, "log more")
			fs.StringVar(&f.trace, "trace", "", "record all messages, source text included, in this `file`, a line of JSON each")
			fs.Var(&f.gopls, "gopls", "be one server with gopls, found where it usually is or at this `path`")
			fs.Bool("stdio", true, "has no effect; some editors pass it")
			return f.serve
		},
	}
}

// maxFlush is how long the end of the process may wait for the log to be read.
const maxFlush = time.Second

type serveFlags struct {
	encoding, log, trace string
	verbose              bool
	gopls                goplsFlag
}

func (f *serveFlags) serve(ctx context.Context, env *check.Env, args []string) int {
	os.Stdout = os.Stderr // nothing but the protocol may reach the editor
	ctx, restore := untilHangup(ctx)
	defer restore()
	traceTo, err := appendTo(f.trace)
	if err != nil {
		return fail(env, err)
	}
	logTo, err := appendTo(f.log)
	if err != nil {
		return fail(env, err)
	}
	level := slog.LevelInfo
	if f.verbose {
		level = slog.LevelDebug
	}
	stderr := newLogFile(env.Stderr, level)
	log := stderr
	if logTo != nil {
		log = newLogFile(logTo, level)
	}
	o := Options{
		In: os.Stdin, Out: env.Stdout, Encoding: f.encoding, Version: env.Version, Run: env.Analyse, Log: log.Logger,
	}
	if traceTo != nil {
		o.Trace = traceTo
	}
	run := Serve
	switch {
	case f.gopls.on && f.encoding != "utf-16":
		return fail(env, errors.New("-encoding and -gopls exclude each other: gopls counts in UTF-16"))
	case f.gopls.on:
		run = func(ctx context.Context, o Options) error {
			return serveWithGopls(ctx, o, f.gopls.path, args, env.Stderr)
		}
	case len(args) > 0:
		return fail(env, fmt.Errorf("%q: serve takes no arguments without -gopls", args[0]))
	}
	log.Info("started", "version", env.Version, "pid", os.Getpid())
	if err = run(ctx, o); err != nil {
		// Where there is a file as well, the editor's own log gets at least this.
		stderr.Error("serve ended", "error", err)
	}
	if log != stderr {
		log.Info("ended", "error", err)
	}
	// Whoever should read the log may be the one who is gone.
	flushing, stop := context.WithTimeout(context.WithoutCancel(ctx), maxFlush)
	defer stop()
	log.close(flushing)
	stderr.close(flushing)
	if err != nil {
		return 1
	}
	return 0
}

func fail(env *check.Env, err error) int {
	fmt.Fprintln(env.Stderr, "mapescape serve:", err)
	return check.StatusFailed
}

// appendTo opens a file that only its owner may read; nil for no name.
func appendTo(name string) (io.Writer, error) {
	if name == "" {
		return nil, nil
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// untilHangup gives a context that a hangup ends too, as it comes when the
// terminal of an editor is closed, and keeps a broken pipe from ending the
// process: that whoever read our standard error has gone does not concern the client.
func untilHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	// Ignoring the signal would be inherited by the go commands that we start.
	pipes := make(chan os.Signal, 1)
	ossignal.Notify(pipes, syscall.SIGPIPE)
	stop := func() { ossignal.Stop(pipes) }
	if ossignal.Ignored(syscall.SIGHUP) { // by nohup
		return ctx, stop
	}
	ctx, end := ossignal.NotifyContext(ctx, syscall.SIGHUP)
	return ctx, func() { end(); stop() }
}
