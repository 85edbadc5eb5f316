package editors_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// The configuration for vim-lsp is Vim script that Vim takes, and registers
// the server. vim-lsp itself is not there.
func TestVimLspText(t *testing.T) {
	editor := need(t, "vim", "", "Debian: apt-get install vim")
	w := newWorld(t)
	out := filepath.Join(w.home, "out")
	w.set("OUT", out)
	w.run(t, editor, "-N", "-u", "NONE", "-i", "NONE", "-n", "-es",
		"--cmd", "set rtp^="+absolute(t, "testdata/vim"),
		"-S", absolute(t, "vim/vim-lsp.vim"),
		"-c", "edit main.go", "-c", "doautocmd User lsp_setup", "-c", "qa!")
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var server struct {
		Name      string
		Cmd       []string
		Allowlist []string
		RootURI   string `json:"root_uri"`
	}
	if err := json.Unmarshal(text, &server); err != nil {
		t.Fatal(err)
	}
	if server.Name != "mapescape" || len(server.Cmd) != 2 || server.Allowlist[0] != "go" || server.RootURI != "file://"+w.workspace {
		t.Errorf("%s", text)
	}
}
