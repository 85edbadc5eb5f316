package toolchain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
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
}
