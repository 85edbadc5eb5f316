package toolchain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tempDir is a temporary directory by its real path, as the go command names it.
func tempDir(t *testing.T) string {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDetectModule(t *testing.T) {
	dir := tempDir(t)
	write(t, dir, "go.mod", "module m\n\ngo 1.23\n")
	write(t, dir, "sub/x.go", "package sub\n")
	tc, err := Detect(context.Background(), Query{Dir: filepath.Join(dir, "sub")})
	if err != nil {
		t.Fatal(err)
	}
	if tc.Dir != dir {
		t.Errorf("commands run in %s, want the module's root %s", tc.Dir, dir)
	}
	if !strings.HasPrefix(tc.Version, "go1.") || tc.GOROOT == "" || !tc.InModule() {
		t.Errorf("incomplete: %+v", tc)
	}
}

func TestDetectWorkspace(t *testing.T) {
	dir := tempDir(t)
	write(t, dir, "go.work", "go 1.23\n\nuse ./a\n")
	write(t, dir, "a/go.mod", "module a\n\ngo 1.23\n")
	tc, err := Detect(context.Background(), Query{Dir: filepath.Join(dir, "a")})
	if err != nil {
		t.Fatal(err)
	}
	if tc.Dir != dir {
		t.Errorf("commands run in %s, want the workspace's root %s", tc.Dir, dir)
	}
}

func TestDetectOutsideModule(t *testing.T) {
	dir := tempDir(t)
	tc, err := Detect(context.Background(), Query{Dir: dir, Env: []string{"GOWORK=off"}})
	if err != nil {
		t.Fatal(err)
	}
	if tc.InModule() || tc.Dir != dir || !slices.Contains(tc.Env, "GO111MODULE=off") {
		t.Errorf("module %q, directory %s", tc.GOMOD, tc.Dir)
	}
}

// TestDetectHostile gives the go command an environment that would run a
// program of the workspace's choice, and checks that it is not run.
func TestDetectHostile(t *testing.T) {
	dir := tempDir(t)
	ran := filepath.Join(dir, "ran")
	write(t, dir, "evil", "#!/bin/sh\ntouch "+ran+"\nexec \"$@\"\n")
	if err := os.Chmod(filepath.Join(dir, "evil"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "go.mod", "module m\n\ngo 1.23\n")
	write(t, dir, "m.go", "package m\n")
	evil := filepath.Join(dir, "evil")
	tc, err := Detect(context.Background(), Query{Dir: dir, Env: []string{
		"GOFLAGS=-toolexec=" + evil, "GOPACKAGESDRIVER=" + evil,
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tc.Go(context.Background(), "", &out, &out, "list", "-export", "-gcflags=-m -d=panic=0", "."); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the program in GOFLAGS was run")
	}
}

func TestDetectRefused(t *testing.T) {
	dir := tempDir(t)
	write(t, dir, "go.mod", "module m\n\ngo 1.999\n")
	_, err := Detect(context.Background(), Query{Dir: dir, Env: []string{"GOTOOLCHAIN=auto"}})
	var refused *RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Message, "1.999") {
		t.Errorf("a module that asks for go1.999 gives %v", err)
	}
	_, err = Detect(context.Background(), Query{Dir: filepath.Join(dir, "none")})
	if !errors.As(err, &refused) {
		t.Errorf("a directory that does not exist gives %v", err)
	}
	// A go command that cannot be started says nothing itself.
	write(t, dir, "bin/go", "no program")
	if err := os.Chmod(filepath.Join(dir, "bin/go"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	_, err = Detect(context.Background(), Query{Dir: dir})
	if runtime.GOOS != "windows" && (!errors.As(err, &refused) || refused.Message == "") {
		t.Errorf("a go command that is no program gives %v", err)
	}
}

// TestGoThroughLink checks that the go command names files by the path that
// was asked for, whatever PWD was inherited.
func TestGoThroughLink(t *testing.T) {
	dir := tempDir(t)
	write(t, dir, "real/go.mod", "module m\n\ngo 1.23\n")
	write(t, dir, "real/sub/m.go", "package sub\n")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "real"), link); err != nil {
		t.Skip(err)
	}
	for _, pwd := range []string{link, filepath.Join(dir, "real"), "/none"} {
		for _, start := range []string{link, filepath.Join(dir, "real")} {
			tc, err := Detect(context.Background(), Query{Dir: filepath.Join(start, "sub"), Env: []string{"PWD=" + pwd}})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := tc.Go(context.Background(), "", &out, &out, "list", "-f", "{{.Dir}}", "./sub"); err != nil {
				t.Fatalf("%v: %s", err, &out)
			}
			want := filepath.Join(start, "sub")
			if got := strings.TrimSpace(out.String()); tc.Dir != start || got != want {
				t.Errorf("with PWD=%s: commands run in %s and name %s, want %s and %s", pwd, tc.Dir, got, start, want)
			}
		}
	}
}
