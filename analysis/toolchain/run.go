package toolchain

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"time"
)

// killDelay is how long a process group that was asked to stop may take before
// it is killed. The go command uses it to remove its work directory.
const killDelay = time.Second

// Go runs the go command in dir, or in t.Dir when dir is "", and waits for it. When ctx ends the
// whole process group is interrupted, and killed if that does not end it: the
// go command alone would leave its compilers running. The error is ctx's when
// ctx ended, an *exec.ExitError when the command failed.
func (t Toolchain) Go(ctx context.Context, dir string, stdout, stderr io.Writer, args ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if dir == "" {
		dir = t.Dir
	}
	cmd := exec.CommandContext(ctx, t.Command, args...)
	cmd.Dir = dir
	// The go command believes a PWD that names its directory: an inherited one
	// that goes through a symbolic link would make it name files by other paths
	// than the directory asked for.
	cmd.Env = append(slices.Clip(t.Env), "PWD="+dir)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	own(cmd)
	cmd.Cancel = func() error {
		interruptGroup(cmd.Process)
		return nil
	}
	// Past the delay Wait kills the command itself and stops reading its pipes;
	// the rest of the group is killed below.
	cmd.WaitDelay = killDelay
	err := cmd.Run()
	if cmd.Process != nil && ctx.Err() != nil {
		killGroup(cmd.Process)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// RunTool runs a program of the toolchain's own, whose path Tool gave, in dir
// with ToolEnv and env, and waits for it. It is killed when ctx ends: unlike the go
// command it has nothing to put away. What it says on its standard error is dropped. The error is as Go's.
func (t Toolchain) RunTool(ctx context.Context, path, dir string, env []string, stdout io.Writer, args ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(t.ToolEnv(), []string{"PWD=" + dir}, env)
	cmd.Stdout = stdout
	own(cmd)
	cmd.Cancel = func() error {
		killGroup(cmd.Process)
		return nil
	}
	cmd.WaitDelay = killDelay
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Failed reports whether err says that a command ran and ended with a status other than 0.
func Failed(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit)
}
