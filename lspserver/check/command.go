package check

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/fixes/verify"
)

// The exit statuses of this package's commands.
const (
	StatusOK       = 0
	StatusFindings = 1 // the report has findings with a proven gain
	StatusFailed   = 2 // a usage error, an interrupt, a package that could not be analysed
)

// An Env is what a command sees of the world.
type Env struct {
	// Dir is the current directory, absolute.
	Dir            string
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	// Terminal says whether w is a terminal, and how many columns it has.
	Terminal func(w io.Writer) (width int, ok bool)
	Now      func() time.Time
	// Version is mapescape's own.
	Version string
	// Analyse is analysis.Run.
	Analyse func(context.Context, analysis.Request) (*analysis.Result, error)
	// Prepare is verify.Prepare.
	Prepare func(context.Context, analysis.Request) (*verify.Baseline, error)
}

// System is the Env of this process.
func System() (*Env, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	return &Env{
		Dir:      dir,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Getenv:   os.Getenv,
		Terminal: terminal,
		Now:      time.Now,
		Version:  Version(),
		Analyse:  analysis.Run,
		Prepare:  verify.Prepare,
	}, nil
}

func terminal(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, true
	}
	return width, true
}

// Version is mapescape's version as the go command stamped it into the
// binary, "devel" where it did not.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// A Command is one of mapescape's commands.
type Command struct {
	Name string
	// Args is the usage line after the name, Short one line for the list of
	// commands, Long the text of its help.
	Args, Short, Long string
	// Flags declares the command's flags and gives what is run once they are parsed.
	Flags func(*flag.FlagSet) Action
}

// An Action runs a command with its arguments and gives the exit status.
type Action func(ctx context.Context, env *Env, args []string) int

// Commands are those of this package, in the order of the help.
func Commands() []Command {
	return []Command{checkCommand(), explainCommand(), dumpCommand(), versionCommand()}
}

// Dispatch runs the command that args[0] names and gives the exit status. A
// command that ctx cut short ends with "interrupted" and status 2.
func Dispatch(ctx context.Context, env *Env, commands []Command, args []string) int {
	if len(args) == 0 {
		usage(env.Stderr, commands)
		return StatusFailed
	}
	name, args := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(args) == 0 {
			usage(env.Stdout, commands)
			return StatusOK
		}
		c, ok := find(commands, args[0])
		if !ok {
			return unknown(env, args[0])
		}
		fs := c.flagSet()
		c.Flags(fs)
		c.help(env.Stdout, fs)
		return StatusOK
	}
	c, ok := find(commands, name)
	if !ok {
		return unknown(env, name)
	}
	fs := c.flagSet()
	action := c.Flags(fs)
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		c.help(env.Stdout, fs)
		return StatusOK
	} else if err != nil {
		fmt.Fprintf(env.Stderr, "mapescape %s: %v\nRun 'mapescape help %s' for usage.\n", c.Name, err, c.Name)
		return StatusFailed
	}
	return action(ctx, env, fs.Args())
}

func find(commands []Command, name string) (Command, bool) {
	for _, c := range commands {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

func unknown(env *Env, name string) int {
	fmt.Fprintf(env.Stderr, "mapescape: unknown command %q\nRun 'mapescape help' for usage.\n", name)
	return StatusFailed
}

func usage(w io.Writer, commands []Command) {
	fmt.Fprint(w, `Mapescape shows where the maps of a Go program live, on the stack or on the
heap, and what operations on them cost, from what the Go compiler decided.

Usage:

	mapescape <command> [arguments]

The commands are:

`)
	for _, c := range commands {
		fmt.Fprintf(w, "\t%-9s%s\n", c.Name, c.Short)
	}
	fmt.Fprint(w, "\nUse \"mapescape help <command>\" for more about a command.\n")
}

// flagSet is silent: Dispatch words the errors.
func (c Command) flagSet() *flag.FlagSet {
	fs := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs
}

func (c Command) help(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprintln(w, strings.TrimSpace("usage: mapescape "+c.Name+" "+c.Args))
	fmt.Fprintf(w, "\n%s\n", c.Long)
	if hasFlags(fs) {
		fmt.Fprint(w, "\nThe flags are:\n\n")
		fs.SetOutput(w)
		fs.PrintDefaults()
	}
}

func hasFlags(fs *flag.FlagSet) bool {
	n := 0
	fs.VisitAll(func(*flag.Flag) { n++ })
	return n > 0
}

// fail reports why a command could not do its work and gives its exit status.
func (e *Env) fail(ctx context.Context, err error) int {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	fmt.Fprintln(e.Stderr, "mapescape:", err)
	return StatusFailed
}

// buildFlags are the flags that say what is built, the same for all commands.
type buildFlags struct {
	dir   string
	tags  string
	tests bool
}

func (b *buildFlags) register(fs *flag.FlagSet) {
	b.registerWhere(fs)
	fs.BoolVar(&b.tests, "tests", false, "analyse the packages' tests too")
}

// registerWhere leaves out -tests.
func (b *buildFlags) registerWhere(fs *flag.FlagSet) {
	fs.StringVar(&b.dir, "C", "", "work as if started in `dir`")
	fs.StringVar(&b.tags, "tags", "", "build tags in force, a comma-separated `list`")
}

// flags are those of the go command.
func (b *buildFlags) flags() []string {
	if b.tags == "" {
		return nil
	}
	return []string{"-tags=" + b.tags}
}

// workDir is where the command works, absolute.
func (b *buildFlags) workDir(env *Env) (string, error) {
	dir := env.abs(b.dir)
	if info, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("-C %s: no such directory", b.dir)
	} else if !info.IsDir() {
		return "", fmt.Errorf("-C %s: not a directory", b.dir)
	}
	return dir, nil
}

// request is the request for packages named as patterns, by default the
// current one. A Go file stands for its package: what the compiler decides in a
// file on its own is not what it decides in the package.
func (b *buildFlags) request(env *Env, patterns []string) (analysis.Request, error) {
	dir, err := b.workDir(env)
	if err != nil {
		return analysis.Request{}, err
	}
	patterns = slices.Clone(patterns)
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	for i, p := range patterns {
		if strings.HasPrefix(p, "-") {
			return analysis.Request{}, fmt.Errorf("flag %s stands after the packages; flags go before them", p)
		}
		if p == "" {
			return analysis.Request{}, errors.New("empty package pattern")
		}
		if filepath.Ext(p) == ".go" && !strings.HasPrefix(p, "file=") {
			patterns[i] = "file=" + p
		}
	}
	return analysis.Request{Dir: dir, Patterns: patterns, Tests: b.tests, Flags: b.flags()}, nil
}

// abs makes a path of the command line absolute.
func (e *Env) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(e.Dir, path)
}

func quoteAll(words []string) string {
	return "\"" + strings.Join(words, "\" \"") + "\""
}
