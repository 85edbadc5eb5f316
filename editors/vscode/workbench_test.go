//go:build unix

package vscode_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a scenario may take.
const patience = 4 * time.Minute

// userSettings keep the workbench quiet, and the pictures small. Settings that this
// version of VS Code would rewrite under another name must not be among them.
const userSettings = `{
	"workbench.startupEditor": "none", "workbench.tips.enabled": false, "workbench.enableExperiments": false,
	"workbench.secondarySideBar.defaultVisibility": "hidden", "chat.disableAIFeatures": true, "telemetry.telemetryLevel": "off",
	"extensions.autoCheckUpdates": false, "extensions.ignoreRecommendations": true, "git.enabled": false,
	"editor.inlayHints.enabled": "on", "editor.hover.delay": 100, "editor.minimap.enabled": false, "editor.stickyScroll.enabled": false, "editor.occurrencesHighlight": "off",
	"workbench.activityBar.location": "hidden", "workbench.colorTheme": "Default Dark Modern", "breadcrumbs.enabled": false,
	"workbench.layoutControl.enabled": false, "window.commandCenter": false, "workbench.sideBar.location": "right",
	"security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "never",
	"files.simpleDialog.enable": true, "go.goroot": %s, "security.workspace.trust.enabled": %t
}`

// A workbench is VS Code's server with the extension installed.
type workbench struct {
	node, server, goroot string
	modules              string // what the extension is built with
	dir, gobin           string // private to the test
	env                  []string
	address              string
	checkout             string
}

// TestWorkbench plays scenarios in the editor, one after another: first on a
// machine without the server, which is then installed.
func TestWorkbench(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs VS Code and a browser")
	}
	w := &workbench{node: node(t), modules: absolute(t, "node_modules"), checkout: absolute(t, "../..")}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		need(t, "chromium", "run `apt-get install chromium fonts-dejavu-core`")
	}
	w.env = append(os.Environ(), "CHROMIUM="+browser)
	readSources(t, w.checkout)
	w.prepare(t)
	w.install(t, pack(t))
	w.start(t)

	t.Run("missing", func(t *testing.T) {
		w.play(t, "missing", nil, "MAPESCAPE_CHECKOUT="+w.checkout)
	})
	program := filepath.Join(w.gobin, "mapescape")
	if out, err := exec.Command("go", "build", "-o", program, w.checkout).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	able := "MAPESCAPE_SERVER=" + capabilities(t, program)

	t.Run("host", func(t *testing.T) {
		files := map[string]string{"tagged.go": "//go:build special\n\npackage wordcount\n\nvar Tagged = map[string]int{}\n"}
		w.play(t, "host", files, "MAPESCAPE_EXTENSION="+absolute(t, "."), "MAPESCAPE_TESTS="+absolute(t, "testdata/host/index.js"))
	})
	t.Run("screen", func(t *testing.T) {
		w.play(t, "screen", nil, able)
	})
	t.Run("untrusted", func(t *testing.T) {
		w.settings(t, true)
		defer w.settings(t, false)
		w.play(t, "untrusted", nil, able)
	})
	t.Run("beside", func(t *testing.T) {
		w.installBeside(t)
		w.play(t, "beside", nil, able)
	})
}

// readSources looks into the directories that the server is built from: the go
// command repeats what a test said before, until something changes that it looked at.
func readSources(t *testing.T, checkout string) {
	err := filepath.WalkDir(checkout, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went away meanwhile
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// prepare makes an installed VS Code runnable, and a home for it.
func (w *workbench) prepare(t *testing.T) {
	modules := absolute(t, "testdata/workbench/node_modules")
	vscode := filepath.Join(modules, "code-server", "lib", "vscode")
	w.server = filepath.Join(vscode, "out", "server-main.js")
	// VS Code's own modules are among those of the workbench, under one lock.
	if err := os.Symlink("../../..", filepath.Join(vscode, "node_modules")); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	// Two native modules are wanted at the start; they are not compiled.
	logger, err := os.ReadFile("testdata/workbench/spdlog.js")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(modules, "@vscode", "spdlog", "index.js"), string(logger))
	write(t, filepath.Join(modules, "@vscode", "native-watchdog", "index.js"), "exports.start = () => {};\n")

	w.dir = t.TempDir()
	// Of the extensions that VS Code has built in, those that a Go file needs: the others cost time.
	for _, name := range []string{"go", "theme-defaults"} {
		if err := os.CopyFS(filepath.Join(w.dir, "builtin", name), os.DirFS(filepath.Join(vscode, "extensions", name))); err != nil {
			t.Fatal(err)
		}
	}
	w.gobin = filepath.Join(w.dir, "bin")
	out, err := exec.Command("go", "env", "-json", "GOROOT", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	var env map[string]string
	if err := json.Unmarshal(out, &env); err != nil {
		t.Fatal(err)
	}
	w.goroot = env["GOROOT"]
	// The extension host has the environment of a login shell: this is where it comes from.
	profile := "export PATH=/usr/bin:/bin GOBIN='" + w.gobin + "' GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local\n"
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		profile += "export " + name + "='" + env[name] + "'\n"
	}
	write(t, filepath.Join(w.dir, "home", ".profile"), profile)
	w.settings(t, false)
}

func (w *workbench) settings(t *testing.T, trust bool) {
	t.Helper()
	goroot, err := json.Marshal(w.goroot)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(w.dir, "data", "data", "User", "settings.json"), fmt.Sprintf(userSettings, goroot, trust))
}

// command runs VS Code's server.
func (w *workbench) command(arguments ...string) *exec.Cmd {
	cmd := exec.Command(w.node, append([]string{
		w.server, "--accept-server-license-terms", "--telemetry-level", "off",
		"--server-data-dir", filepath.Join(w.dir, "data"), "--extensions-dir", filepath.Join(w.dir, "extensions"), "--builtin-extensions-dir", filepath.Join(w.dir, "builtin"),
	}, arguments...)...)
	cmd.Env = append(os.Environ(), "HOME="+filepath.Join(w.dir, "home"), "SHELL=/bin/sh", "PATH=/usr/bin:/bin",
		"MAPESCAPE_GO="+filepath.Join(w.goroot, "bin", "go"), "MAPESCAPE_GOPLS="+gopls(), "MAPESCAPE_MODULES="+w.modules,
		`EXTENSIONS_GALLERY={"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}`)
	return cmd
}

// install adds an extension; pages that are opened later have it.
func (w *workbench) install(t *testing.T, vsix string) {
	t.Helper()
	if out, err := w.command("--install-extension", vsix, "--force").CombinedOutput(); err != nil {
		t.Fatalf("installing %s: %v\n%s", vsix, err, out)
	}
}

// start runs the server until the test ends.
func (w *workbench) start(t *testing.T) {
	// The driver for smoke tests is what lets a page load tests into the extension host.
	cmd := w.command("--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--enable-smoke-test-driver", "--reconnection-grace-time", "1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if port, ok := strings.CutPrefix(lines.Text(), "Extension host agent listening on "); ok {
			w.address = "http://127.0.0.1:" + port
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatal("the server of VS Code did not start")
}

// gopls is the program, "" where there is none.
func gopls() string {
	path, _ := exec.LookPath("gopls")
	return cmp.Or(os.Getenv("MAPESCAPE_TEST_GOPLS"), path)
}

// installBeside adds the extension that runs gopls.
func (w *workbench) installBeside(t *testing.T) {
	if gopls() == "" {
		need(t, "gopls", "run `go install golang.org/x/tools/gopls@v0.23.0`, and have it in PATH or in MAPESCAPE_TEST_GOPLS")
	}
	vsix := filepath.Join(t.TempDir(), "beside.vsix")
	cmd := exec.Command(w.node, filepath.Join(w.modules, "@vscode", "vsce", "vsce"), "package",
		"--no-dependencies", "--allow-missing-repository", "--skip-license", "--out", vsix)
	cmd.Dir = filepath.Join("testdata", "beside")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.install(t, vsix)
}

// play runs a scenario in a copy of the sample, and makes each of its steps a test.
func (w *workbench) play(t *testing.T, scenario string, files map[string]string, env ...string) {
	folder := filepath.Join(w.dir, "home", scenario, "wordcount")
	if err := os.CopyFS(folder, os.DirFS("testdata/sample")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		write(t, filepath.Join(folder, name), text)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.node, filepath.Join("testdata", "workbench", scenario+".mjs"))
	cmd.Env = append(append(w.env, env...), "MAPESCAPE_URL="+w.address, "MAPESCAPE_FOLDER="+folder,
		"MAPESCAPE_FAILURES="+filepath.Join(os.TempDir(), "mapescape-vscode-failures"))
	if *update {
		cmd.Env = append(cmd.Env, "MAPESCAPE_PICTURES="+absolute(t, "media"))
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, &stderr)
	}
	steps := 0
	for line := range strings.Lines(stdout.String()) {
		var s struct {
			Step, Error, Skipped string
			MS                   int
		}
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		steps++
		t.Run(s.Step, func(t *testing.T) {
			t.Logf("%d ms", s.MS)
			switch {
			case s.Error != "":
				t.Error(s.Error)
			case s.Skipped != "":
				t.Skip(s.Skipped)
			}
		})
	}
	if steps == 0 {
		t.Errorf("no step was played\n%s", &stderr)
	}
}

// capabilities asks a server what it can do.
func capabilities(t *testing.T, program string) string {
	t.Helper()
	const message = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{` +
		`"experimental":{"mapescape":{"status":true}},"textDocument":{"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":[]}}}}}}}`
	cmd := exec.Command(program, "serve")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(message), message))
	out, err := cmd.Output()
	_, body, ok := bytes.Cut(out, []byte("\r\n\r\n"))
	var answer struct {
		Result struct{ Capabilities json.RawMessage }
	}
	if e := json.NewDecoder(bytes.NewReader(body)).Decode(&answer); !ok || e != nil {
		t.Fatalf("%v, %v\n%s", err, e, out)
	}
	return string(answer.Result.Capabilities)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
