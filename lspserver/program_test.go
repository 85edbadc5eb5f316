package lspserver

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The environment variables that these tests listen to. None needs to be set.
const (
	// heavyTests, when not empty, runs the tests that take minutes or gigabytes.
	heavyTests = "MAPESCAPE_TEST_HEAVY"
	// programFlags are build flags for the program that is tested from
	// outside, separated by spaces: "-race" for one.
	programFlags = "MAPESCAPE_TEST_BUILDFLAGS"
	// goplsProgram is the path of a gopls; the program that is tested from outside is
	// then one server with it. What gopls itself answers is not looked at.
	goplsProgram = "MAPESCAPE_TEST_GOPLS"
)

// binaryDir is where the program is built; TestMain removes it.
var binaryDir string

var buildProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mapescape")
	if err != nil {
		return "", err
	}
	binaryDir = dir
	name := filepath.Join(dir, "mapescape.exe") // a name that every system runs
	args := append([]string{"build", "-o", name}, strings.Fields(os.Getenv(programFlags))...)
	out, err := exec.Command("go", append(args, module)...).CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return name, nil
})

const module = "github.com/mapescape/mapescape"

// program builds the program once in a run of the tests, and gives its path.
func program(t *testing.T) string {
	t.Helper()
	name, err := buildProgram()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, name)
	}
	return name
}

// heavy skips a test that is not part of every run.
func heavy(t *testing.T) {
	t.Helper()
	if os.Getenv(heavyTests) == "" {
		t.Skipf("it takes long; set %s to run it", heavyTests)
	}
}

// withGopls reports whether the program is one server with gopls.
func withGopls() bool { return os.Getenv(goplsProgram) != "" }

// serveArgs are the arguments with which the program is a server.
func serveArgs() []string {
	if withGopls() {
		return []string{"serve", "-gopls=" + os.Getenv(goplsProgram)}
	}
	return []string{"serve"}
}
