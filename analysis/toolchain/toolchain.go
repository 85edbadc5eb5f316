// Package toolchain runs the go command, and knows which one: its version,
// target, experiments and flags as they are in force in one directory.
//
// Everything that mapescape asks of the go command goes through here, so that
// one place decides its environment: no network (GOPROXY=off, and -mod=readonly
// where nothing else is chosen), no program that a workspace could name (a
// -toolexec in GOFLAGS, a GOPACKAGESDRIVER), a process group that dies whole
// when the context ends.
package toolchain

// A Toolchain is the go command as it behaves in one directory. It is a value;
// two equal ones give the same verdicts for the same sources.
type Toolchain struct {
	// Dir is the directory that go commands run in: the workspace's or main
	// module's root, so that paths in replayed compiler output do not depend
	// on where in the module the user stood. Outside any module it is the
	// directory asked for.
	Dir string
	// Command is the absolute path of the go command.
	Command string
	// Version is what the selected toolchain says of itself: "go1.26.8".
	Version string
	// GOOS, GOARCH, GOROOT, GOEXPERIMENT, GOFLAGS, GOMOD, GOWORK, GOMODCACHE as `go env` has them in Dir.
	GOOS, GOARCH, GOROOT, GOEXPERIMENT, GOFLAGS, GOMOD, GOWORK, GOMODCACHE string
	// ToolDir is where that go command takes its compiler from, and HostTools
	// "GOOS_GOARCH" of the machine that it runs on.
	ToolDir, HostTools string
	// Target are the settings that select the instruction set (GOAMD64, GOARM …), "NAME=value" each, as `go env` has them.
	Target []string
	// Flags are the build flags given to every go command after its verb:
	// -tags, -mod, -race …
	Flags []string
	// GCFlags are compiler flags that GOFLAGS or the user ask for; ours are put after them.
	GCFlags []string
	// Env is the environment of every go command.
	Env []string
}
