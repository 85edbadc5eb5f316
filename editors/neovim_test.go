package editors_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	neovimHow = "Debian: apt-get install neovim"
	goplsHow  = "go install golang.org/x/tools/gopls@v0.23.0"
)

// nvim is the Neovim to test with, any from 0.7 on.
func nvim(t *testing.T) string {
	t.Helper()
	return need(t, "nvim", "MAPESCAPE_TEST_NVIM", neovimHow)
}

// neovimArgs start it with packages and without a user's configuration.
func neovimArgs(t *testing.T, more ...string) []string {
	scripts := filepath.ToSlash(absolute(t, "testdata/neovim"))
	return append([]string{
		"-u", "NORC", "-i", "NONE", "-n",
		"--cmd", fmt.Sprintf("lua package.path = '%s/?.lua;' .. package.path", scripts),
	}, more...)
}

// script runs one of the scripts in testdata/neovim.
func script(t *testing.T, w *world, editor, name string, more ...string) {
	t.Helper()
	file := filepath.ToSlash(absolute(t, "testdata/neovim/"+name+".lua"))
	args := neovimArgs(t, append(more, "--headless", "-c", fmt.Sprintf("lua require('t').main('%s')", file))...)
	out := w.run(t, editor, args...)
	t.Log(out)
	if strings.Contains(out, "Error") {
		t.Error("Neovim reports an error")
	}
}

func TestNeovim(t *testing.T) {
	editor := nvim(t)
	for _, name := range []string{"hints", "hover", "restart", "health"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.run(t, w.program, "setup", "neovim")
			script(t, w, editor, name)
		})
	}
}

// The same with what Neovim 0.11 has, as far as an older one can stand in for it.
func TestNeovimAsNewer(t *testing.T) {
	editor := nvim(t)
	for _, name := range []string{"hints", "hover", "restart", "health"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.run(t, w.program, "setup", "neovim")
			script(t, w, editor, name, "--cmd", "lua require('as_newer')")
		})
	}
}

func TestNeovimOptions(t *testing.T) {
	editor := nvim(t)
	w := newWorld(t)
	w.run(t, w.program, "setup", "neovim")
	options := fmt.Sprintf("lua vim.g.mapescape = { autostart = false, hints = false, hover = false, "+
		"cmd = { '%s', 'serve', '-v' }, settings = { inlayHints = { level = 'all' } } }", filepath.ToSlash(w.program))
	script(t, w, editor, "options", "--cmd", options)
}

// lsp/mapescape.lua is of use alone, too.
func TestNeovimConfigAlone(t *testing.T) {
	editor := nvim(t)
	w := newWorld(t)
	file := filepath.ToSlash(absolute(t, "neovim/lsp/mapescape.lua"))
	out := w.run(t, editor, "--headless", "-u", "NONE", "-i", "NONE", "-n",
		"-c", fmt.Sprintf("lua io.stdout:write(vim.json.encode(dofile('%s')))", file), "-c", "qa!")
	var got, want any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := `{"cmd": ["mapescape", "serve"], "filetypes": ["go"], "root_markers": ["go.work", "go.mod", ".git"]}`
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Without the program there is one message, and the report says what to do.
func TestNeovimMissing(t *testing.T) {
	editor := nvim(t)
	w := newWorld(t)
	w.run(t, w.program, "setup", "neovim")
	w.set("GOBIN", t.TempDir())
	w.set("GOPATH", t.TempDir())
	w.set("PATH", filepath.Join(goEnv(t, "GOROOT"), "bin"))
	script(t, w, editor, "missing")
}

func TestNeovimBesideGopls(t *testing.T) {
	editor := nvim(t)
	gopls := need(t, "gopls", "MAPESCAPE_TEST_GOPLS", goplsHow)
	w := newWorld(t)
	w.run(t, w.program, "setup", "neovim")
	w.set("GOPLS", gopls)
	script(t, w, editor, "gopls")
}

// The tags of the help are those that Neovim makes.
func TestNeovimTags(t *testing.T) {
	editor := nvim(t)
	w := newWorld(t)
	w.run(t, w.program, "setup", "neovim")
	doc := filepath.Join(w.home, ".local/share/nvim/site/pack/mapescape/start/mapescape/doc")
	ours, err := os.ReadFile(filepath.Join(doc, "tags"))
	if err != nil {
		t.Fatal(err)
	}
	w.run(t, editor, neovimArgs(t, "--headless", "-c", "helptags "+doc, "-c", "qa!")...)
	theirs, err := os.ReadFile(filepath.Join(doc, "tags"))
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != string(theirs) {
		t.Errorf("ours:\n%s\ntheirs:\n%s", ours, theirs)
	}
	// So a second installation has nothing to do.
	if out := w.run(t, w.program, "setup", "neovim"); !strings.Contains(out, "nothing to do") {
		t.Error(out)
	}
}

// luaFiles are the files below directories.
func luaFiles(t *testing.T, dirs ...string) (files []string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".lua" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// Every file is Lua as this Neovim reads it.
func TestLua(t *testing.T) {
	editor := nvim(t)
	w := newWorld(t)
	for _, file := range luaFiles(t, "neovim", "testdata/neovim") {
		script := fmt.Sprintf("lua local ok, err = loadfile('%s'); io.stdout:write(ok and 'read' or err)", filepath.ToSlash(absolute(t, file)))
		if out := w.run(t, editor, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", script, "-c", "qa!"); out != "read" {
			t.Errorf("%s: %s", file, out)
		}
	}
}

// Functions of a client are methods from Neovim 0.11 on; one file knows.
func TestLuaCallsClientsInOnePlace(t *testing.T) {
	call := regexp.MustCompile(`client[.:](request|notify|stop|is_stopped|request_sync)\(`)
	for _, file := range luaFiles(t, "neovim") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := call.Find(text); m != nil {
			t.Errorf("%s: %s: Neovim's releases differ in it, use nvim.lua", file, m)
		}
	}
}
