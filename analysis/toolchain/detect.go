package toolchain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Query says whose toolchain is wanted.
type Query struct {
	// Dir is the directory to stand in, "" for the current one.
	Dir string
	// Flags are build flags that the user asks for; see CheckFlags for those that are refused.
	Flags []string
	// Env overrides the environment, "NAME=value" each.
	Env []string
}

// ErrNoGo says that there is no go command to ask.
var ErrNoGo = errors.New("no go command found in PATH; mapescape needs the Go toolchain that builds your code")

// A RefusedError is the user's state, not ours: the go command itself declined
// to work in a directory, for example because go.mod asks for a toolchain
// that is not there.
type RefusedError struct {
	Dir     string
	Message string // what the go command said, with what to do about it
}

func (e *RefusedError) Error() string { return e.Dir + ": " + e.Message }

// Detect asks the go command what is in force in the query's directory. The
// error is a *RefusedError where the go command declines, ErrNoGo where there
// is none, or a *FlagError for a flag that is refused.
func Detect(ctx context.Context, q Query) (Toolchain, error) {
	dir, err := filepath.Abs(q.Dir)
	if err != nil {
		return Toolchain{}, err
	}
	if info, err := os.Stat(dir); err != nil {
		return Toolchain{}, &RefusedError{dir, "no such directory"}
	} else if !info.IsDir() {
		return Toolchain{}, &RefusedError{dir, "not a directory"}
	}
	flags, gcflags, err := splitFlags(q.Flags)
	if err != nil {
		return Toolchain{}, err
	}
	// LookPath refuses a command that it finds by way of the current directory.
	command, err := exec.LookPath("go")
	if err != nil {
		return Toolchain{}, ErrNoGo
	}
	tc := Toolchain{
		Dir:     dir,
		Command: command,
		Flags:   append(flags, "-buildvcs=false"),
		GCFlags: gcflags,
		Env:     environment(os.Environ(), q.Env),
	}
	if err := tc.readEnv(ctx); err != nil {
		return Toolchain{}, err
	}
	// The values that govern our own commands are set only now: GOFLAGS may
	// come from the go command's own configuration file, which only it can read.
	sane, fromEnv := saneGOFLAGS(tc.GOFLAGS)
	tc.GOFLAGS = sane
	tc.GCFlags = append(fromEnv, tc.GCFlags...)
	tc.Env = append(tc.Env, "GOFLAGS="+sane)
	switch {
	case tc.GOWORK != "" && tc.GOWORK != "off":
		tc.Dir = filepath.Dir(tc.GOWORK)
	case tc.InModule():
		tc.Dir = filepath.Dir(tc.GOMOD)
	default:
		// Outside any module the go command names local packages only in GOPATH mode.
		tc.Env = append(tc.Env, "GO111MODULE=off")
	}
	return tc, nil
}

// InModule reports whether the directory belongs to a module or workspace.
func (t Toolchain) InModule() bool {
	return t.GOMOD != "" && t.GOMOD != os.DevNull || t.GOWORK != "" && t.GOWORK != "off"
}

func (t *Toolchain) readEnv(ctx context.Context) error {
	var stdout, stderr bytes.Buffer
	args := append([]string{"env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOROOT", "GOEXPERIMENT", "GOFLAGS", "GOMOD", "GOWORK", "GOMODCACHE",
		"GOTOOLDIR", "GOHOSTOS", "GOHOSTARCH"}, instructionSets...)
	err := t.Go(ctx, t.Dir, &stdout, &stderr, args...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		// It says nothing where it could not even be started in the directory.
		return &RefusedError{t.Dir, Advise(cmp.Or(strings.TrimSpace(stderr.String()), err.Error()))}
	}
	var env map[string]string
	if err := json.Unmarshal(stdout.Bytes(), &env); err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	// A development build says "devel go1.28-…"; a release may carry its experiments: "go1.26.8 X:nodwarf5".
	t.Version, _, _ = strings.Cut(env["GOVERSION"], " X:")
	t.GOOS, t.GOARCH, t.GOROOT = env["GOOS"], env["GOARCH"], env["GOROOT"]
	t.GOEXPERIMENT, t.GOFLAGS = env["GOEXPERIMENT"], env["GOFLAGS"]
	t.GOMOD, t.GOWORK, t.GOMODCACHE = env["GOMOD"], env["GOWORK"], env["GOMODCACHE"]
	t.ToolDir, t.HostTools = env["GOTOOLDIR"], env["GOHOSTOS"]+"_"+env["GOHOSTARCH"]
	for _, name := range instructionSets {
		if value := env[name]; value != "" {
			t.Target = append(t.Target, name+"="+value)
		}
	}
	return nil
}
