package setup

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/lspserver/check"
)

// vsix makes a package of an extension.
func vsix(t *testing.T, manifest string) string {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, err := w.Create("extension/package.json")
	if err == nil {
		_, err = f.Write([]byte(manifest))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "our extension.vsix")
	if err := os.WriteFile(path, buf.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeCode is a VS Code that records how it is started, one argument a line.
func fakeCode(t *testing.T, installed, status string) (dir, record string) {
	if runtime.GOOS == "windows" {
		t.Skip("the editor here is a shell script")
	}
	dir = t.TempDir()
	record = filepath.Join(dir, "record")
	script := "#!/bin/sh\nif [ \"$1\" = --list-extensions ]; then echo golang.go@0.50.0; echo '" + installed + "'; exit; fi\n" +
		"for a; do echo \"$a\"; done > '" + record + "'\necho installing\nexit " + status + "\n"
	if err := os.WriteFile(filepath.Join(dir, "code"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	return dir, record
}

func setupIn(t *testing.T, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := &check.Env{Dir: t.TempDir(), Stdout: &out, Stderr: &errs, Getenv: os.Getenv, Version: "devel"}
	status = check.Dispatch(context.Background(), env, []check.Command{Command()}, append([]string{"setup"}, args...))
	return status, out.String(), errs.String()
}

const ours = `{"publisher": "mapescape", "name": "mapescape", "version": "0.1.0"}`

func TestInstallExtension(t *testing.T) {
	for _, tt := range []struct{ name, installed, says string }{
		{"first", "", "mapescape.mapescape 0.1.0 is installed by:"},
		{"again", "mapescape.mapescape@0.1.0", "mapescape.mapescape 0.1.0 is installed anew by:"},
		{"newer", "mapescape.mapescape@0.0.9", "mapescape.mapescape 0.1.0 takes the place of 0.0.9 by:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := vsix(t, ours)
			dir, record := fakeCode(t, tt.installed, "0")
			t.Setenv("PATH", dir)

			status, stdout, stderr := setupIn(t, "-n", "vscode", file)
			if status != 0 || !strings.Contains(stdout, tt.says) || !strings.Contains(stdout, "Nothing was changed") {
				t.Errorf("-n: status %d, output\n%s%s", status, stdout, stderr)
			}
			if _, err := os.Stat(record); err == nil {
				t.Error("-n started the installation")
			}

			status, stdout, stderr = setupIn(t, "vscode", file)
			if status != 0 || !strings.Contains(stdout, tt.says) || !strings.Contains(stdout, "\ninstalling\n") {
				t.Errorf("status %d, output\n%s%s", status, stdout, stderr)
			}
			got, err := os.ReadFile(record)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("--install-extension\n"+file+"\n--force\n", string(got)); diff != "" {
				t.Errorf("arguments (-want +got)\n%s", diff)
			}
		})
	}
}

func TestInstallExtensionFails(t *testing.T) {
	file := vsix(t, ours)
	dir, record := fakeCode(t, "", "3")
	for _, tt := range []struct {
		name, path string
		args       []string
		says       string
	}{
		{"no editor", t.TempDir(), []string{"vscode", file}, "none of code, "},
		{"no such editor", dir, []string{"-with", "codium", "vscode", file}, "codium"},
		{"it refuses", dir, []string{"vscode", file}, "exit status 3"},
		{"another extension", dir, []string{"vscode", vsix(t, `{"publisher": "golang", "name": "go", "version": "1.0.0"}`)}, "it is the extension golang.go"},
		{"broken", dir, []string{"vscode", vsix(t, `{`)}, "package.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			os.Remove(record)
			t.Setenv("PATH", tt.path)
			status, stdout, stderr := setupIn(t, tt.args...)
			if status != 2 || !strings.Contains(stderr, tt.says) {
				t.Errorf("status %d, want 2 and %q\n%s%s", status, tt.says, stdout, stderr)
			}
			if _, err := os.Stat(record); err == nil && tt.name != "it refuses" {
				t.Error("the editor was started")
			}
		})
	}
}
