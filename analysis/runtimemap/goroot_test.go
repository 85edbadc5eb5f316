package runtimemap

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// here gives the facts of the release that runs the tests. For one that is not
// in the table it assumes the newest row, so that the tests tell what changed.
func here(t *testing.T) Facts {
	t.Helper()
	f := For(runtime.Version(), runtime.GOARCH, "")
	if !f.Known {
		f = For("go1.27.0", runtime.GOARCH, "")
		t.Logf("%s is not in the table: assuming the facts of go1.27", runtime.Version())
	}
	return f
}

// sized is here for tests that need the layout of groups.
func sized(t *testing.T) Facts {
	t.Helper()
	f := here(t)
	if f.SplitGroups {
		t.Skip("GOEXPERIMENT=mapsplitgroup: the layout of groups is not known")
	}
	return f
}

// goCommand runs the go command of the release that runs the tests, without a
// network and without what the environment may add to builds.
func goCommand(t *testing.T, dir string, env []string, args ...string) (stdout, stderr string) {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command in PATH to compile with or to find GOROOT by")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off")
	cmd.Env = append(cmd.Env, env...)
	var out, msg strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &msg
	if err := cmd.Run(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, msg.String())
	}
	return out.String(), msg.String()
}

// goroot gives GOROOT/src of the release that runs the tests.
func goroot(t *testing.T) string {
	t.Helper()
	out, _ := goCommand(t, t.TempDir(), nil, "env", "-json", "GOROOT", "GOVERSION")
	var env struct{ GOROOT, GOVERSION string }
	if err := json.Unmarshal([]byte(out), &env); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(runtime.Version(), env.GOVERSION) {
		t.Skipf("the go command in PATH is %s, the tests run on %s", env.GOVERSION, runtime.Version())
	}
	src := filepath.Join(env.GOROOT, "src")
	if _, err := os.Stat(filepath.Join(src, "internal", "runtime", "maps")); err != nil {
		t.Skipf("this installation of Go has no sources: %v", err)
	}
	return src
}

// measure runs f several times and gives the least that a run allocated: what
// the rest of the process allocates meanwhile can only add to it. What f does must
// cost the same each time.
func measure(f func()) Cost {
	var least Cost
	for i := range 5 {
		if c := measureOnce(f); i == 0 || c.Bytes < least.Bytes {
			least = c
		}
	}
	return least
}

// measureOnce gives what the process allocates while f runs.
func measureOnce(f func()) Cost {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return Cost{int(after.Mallocs - before.Mallocs), int64(after.TotalAlloc - before.TotalAlloc)}
}

// raceBuild reports whether the tests were built with the race detector.
func raceBuild() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// want fails unless a cost is known and is what was measured.
func want(t *testing.T, what string, c Cost, ok bool, measured Cost) {
	t.Helper()
	switch {
	case !ok:
		t.Errorf("%s: no cost given; measured %+v", what, measured)
	case c != measured:
		t.Errorf("%s: %+v, but measured %+v", what, c, measured)
	}
}
