package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mapescape/mapescape/lspserver/check"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mapescape": main})
}

// The scripts run the whole program on small modules.
func TestScript(t *testing.T) {
	// A script has a home of its own; the standard library need not be compiled again for each.
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("mapescape") // testscript.Main put it there
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"lspserver/check", "lspserver/setup"} {
		t.Run(path.Base(dir), func(t *testing.T) {
			script(t, dir+"/testdata/script", program, strings.TrimSpace(string(cache)))
		})
	}
}

func script(t *testing.T, dir, program, cache string) {
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("GOCACHE", cache)
			env.Setenv("XDG_CONFIG_HOME", "")
			env.Setenv("XDG_DATA_HOME", "")
			env.Setenv("GOENV", "off")
			env.Setenv("MAPESCAPE", program)
			env.Setenv("GOTOOLCHAIN", "local")
			return nil
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"transcript": transcript},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

var (
	elapsed  = regexp.MustCompile(`in [0-9.]+m?s\b`)
	platform = regexp.MustCompile(`go1\.[0-9.]+(rc[0-9]+)? [a-z]+/[a-z0-9]+`)
)

// transcript compares the output of the last command with a file, in which
// the time that it took is TIME and the toolchain is GO.
func transcript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: transcript file")
	}
	got := elapsed.ReplaceAllString(ts.ReadFile("stdout"), "in TIME")
	got = platform.ReplaceAllString(got, "GO")
	if diff := cmp.Diff(ts.ReadFile(args[0]), got); diff != "" {
		ts.Fatalf("-%s +output:\n%s", args[0], diff)
	}
}

// README.md names every command, and the two commands that run the program
// and its tests from a checkout.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"go run . check ./...", "go test ./...", "go install ."} {
		if !bytes.Contains(readme, []byte(want)) {
			t.Errorf("README.md does not say %q", want)
		}
	}
	var help bytes.Buffer
	env := &check.Env{Stdout: &help, Stderr: &help}
	if status := check.Dispatch(context.Background(), env, commands(), []string{"help"}); status != 0 {
		t.Fatalf("help: status %d", status)
	}
	for _, c := range commands() {
		if !strings.Contains(help.String(), "\t"+c.Name) {
			t.Errorf("the help does not list %s:\n%s", c.Name, help.String())
		}
		if !bytes.Contains(readme, []byte("`mapescape "+c.Name)) {
			t.Errorf("README.md does not tell of `mapescape %s`", c.Name)
		}
	}
}
