package setup

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/editors"
	"github.com/mapescape/mapescape/lspserver/check"
	"github.com/mapescape/mapescape/lspserver/settings"
)

// Every text is there, and says where it belongs and how far it has been tested.
func TestTexts(t *testing.T) {
	var out bytes.Buffer
	env := &check.Env{Stdout: &out, Getenv: func(string) string { return "" }}
	printed := map[string]bool{}
	for _, e := range all {
		if e.ID == vscode || e.ID == neovim {
			continue
		}
		if len(e.Texts) == 0 {
			t.Errorf("%s has no text", e.ID)
		}
		if err := e.print(env); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
		for _, text := range e.Texts {
			printed[text.File] = true
			if text.Tested == "" || text.Into == "" {
				t.Errorf("%s does not say enough: %+v", text.File, text)
			}
		}
	}
	err := fs.WalkDir(editors.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, "neovim/") && !printed[name] {
			t.Errorf("%s is embedded and not printed for any editor", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The texts that are JSON can be read, and set nothing that the server does not know.
func TestTextsJSON(t *testing.T) {
	for _, tt := range []struct {
		file string
		at   []string // where the server's settings are
	}{
		{"vim/coc-settings.json", []string{"languageserver", "mapescape", "settings"}},
		{"zed/settings.json", []string{"lsp", "mapescape", "settings"}},
		{"sublime/LSP.sublime-settings", []string{"clients", "mapescape", "settings"}},
	} {
		raw, err := fs.ReadFile(editors.Files(), tt.file)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range tt.at {
			var object map[string]json.RawMessage
			if err := json.Unmarshal(raw, &object); err != nil {
				t.Fatalf("%s: %v", tt.file, err)
			}
			raw = object[key]
		}
		if len(raw) == 0 {
			t.Errorf("%s has no settings at %s", tt.file, strings.Join(tt.at, "."))
		}
		if _, problems := settings.Parse(raw); len(problems) > 0 {
			t.Errorf("%s: %q", tt.file, problems)
		}
	}
}
