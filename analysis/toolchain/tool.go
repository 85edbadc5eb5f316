package toolchain

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// instructionSets are the settings beside GOARCH that select the instructions
// the compiler may use (go help environment).
var instructionSets = []string{
	"GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
}

// Cgo are the settings of the C compiler that cgo runs.
type Cgo struct {
	// CPPFlags, CFlags and LDFlags are the flags from outside the packages.
	CPPFlags, CFlags, LDFlags []string
	// Env is what cgo is to be told of them, "NAME=value" each.
	Env []string
}

// cgoSettings are the variables behind Cgo. They are not among what Detect asks
// for: the go command makes itself ready to build before it knows them.
var cgoSettings = []string{"CC", "CGO_CPPFLAGS", "CGO_CFLAGS", "CGO_LDFLAGS"}

// Cgo asks the go command for the settings of the C compiler. The error is as Go's.
func (t Toolchain) Cgo(ctx context.Context) (Cgo, error) {
	var stdout bytes.Buffer
	if err := t.Go(ctx, "", &stdout, io.Discard, append([]string{"env", "-json"}, cgoSettings...)...); err != nil {
		return Cgo{}, err
	}
	var env map[string]string
	if err := json.Unmarshal(stdout.Bytes(), &env); err != nil {
		return Cgo{}, fmt.Errorf("go env: %w", err)
	}
	c := Cgo{
		CPPFlags: splitQuoted(env["CGO_CPPFLAGS"]), CFlags: splitQuoted(env["CGO_CFLAGS"]), LDFlags: splitQuoted(env["CGO_LDFLAGS"]),
	}
	for _, name := range cgoSettings {
		c.Env = append(c.Env, name+"="+env[name])
	}
	return c, nil
}

// Tool is the path of one of the toolchain's own programs, "compile" or "cgo". It is not
// known where the go command has been told to take its tools from anywhere
// but its own GOROOT: such a program is left to the go command to run.
func (t Toolchain) Tool(name string) (path string, ok bool) {
	if t.GOROOT == "" || filepath.Clean(t.ToolDir) != filepath.Join(t.GOROOT, "pkg", "tool", t.HostTools) {
		return "", false
	}
	path = filepath.Join(t.ToolDir, name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// ToolEnv is the environment that the go command gives its tools: its own,
// with the settings in force, which may come from its configuration file, set as variables.
func (t Toolchain) ToolEnv() []string {
	return slices.Concat(t.Env, t.Target, []string{
		"GOOS=" + t.GOOS, "GOARCH=" + t.GOARCH, "GOROOT=" + t.GOROOT, "GOEXPERIMENT=" + t.GOEXPERIMENT,
	})
}

// BuildFlags are the build flags in force, "name" or "name=value" each without
// dashes: those of GOFLAGS, then Flags.
func (t Toolchain) BuildFlags() []string {
	var flags []string
	for _, f := range slices.Concat(splitQuoted(t.GOFLAGS), t.Flags) {
		flags = append(flags, strings.TrimLeft(f, "-"))
	}
	return flags
}
