package editors_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// These tests drive real editors with the program that is built from this
// checkout. An editor that is missing fails them where CI is "true", and is
// skipped elsewhere.

// limit is how long one run of an editor may take on a busy machine.
const limit = 2 * time.Minute

// program builds the program when the first test wants it.
var program = sync.OnceValues(func() (string, error) {
	if err := watchSources(); err != nil {
		return "", err
	}
	path := filepath.Join(os.Getenv(buildDir), "mapescape")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/mapescape/mapescape").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// buildDir is the variable that holds the directory of the program.
const buildDir = "MAPESCAPE_TEST_BUILD"

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mapescape-editors-")
	if err == nil {
		err = os.Setenv(buildDir, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// watchSources reads the directories that the program is built from, so that
// the go command does not repeat the results of another state of them: it sees
// what a test opens, and not what the commands of a test do.
func watchSources() error {
	return filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process took it away
		}
		return err
	})
}

// need gives the path of a program, one that an environment variable may name.
func need(t *testing.T, name, variable, how string) string {
	t.Helper()
	if path := os.Getenv(variable); variable != "" && path != "" {
		return path
	}
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	lacking(t, name+" is not on PATH", how)
	return ""
}

// lacking ends a test that lacks something.
func lacking(t *testing.T, what, how string) {
	t.Helper()
	message := fmt.Sprintf("%s: install it (%s) and run `go test ./editors -run '^%s$'`", what, how, t.Name())
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
}

// A world is a home with a module in it and our program on the path.
type world struct {
	home, workspace, program string
	env                      []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp(os.Getenv(buildDir), "home-")
	if err == nil {
		home, err = filepath.EvalSymlinks(home)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(t, home) })
	w := &world{home: home, workspace: filepath.Join(home, "demo"), program: path}
	if err := os.CopyFS(w.workspace, os.DirFS("testdata/workspace")); err != nil {
		t.Fatal(err)
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "XDG_") && !strings.HasPrefix(v, "NVIM") && !strings.HasPrefix(v, "TMUX") {
			w.env = append(w.env, v)
		}
	}
	// The standard library need not be compiled again for this home.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		w.set(name, goEnv(t, name))
	}
	w.set("GOENV", "off")
	w.set("HOME", home)
	w.set("WORKSPACE", w.workspace)
	w.set("LC_ALL", "C.UTF-8")
	w.set("PATH", filepath.Dir(path)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return w
}

// removeAll removes a home. Servers may live a moment longer than the editor
// and write into it still.
func removeAll(t *testing.T, dir string) {
	end := time.After(limit / 4)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := os.RemoveAll(dir)
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-end:
			t.Error(err)
			return
		}
	}
}

func (w *world) set(name, value string) { w.env = append(w.env, name+"="+value) }

// run runs a command in the workspace and gives its output; the test ends where it fails.
func (w *world) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = w.workspace, w.env
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func goEnv(t *testing.T, name string) string {
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// absolute is the path of one of this directory's files.
func absolute(t *testing.T, name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
