package settings

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// The manifest of the extension declares the settings as they are defined here.
func TestVSCode(t *testing.T) {
	name := filepath.Join("..", "..", "editors", "vscode", "package.json")
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := replaceConfiguration(got)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, want, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale, run the test with -update (-want +got)\n%s", name, diff)
	}
}

// What VS Code sends for settings that nobody set is the declared defaults:
// the server must take them, and mean its own.
func TestVSCodeDefaults(t *testing.T) {
	var groups []section
	if err := json.Unmarshal([]byte(VSCode()), &groups); err != nil {
		t.Fatal(err)
	}
	sent := map[string]json.RawMessage{}
	for _, g := range groups {
		for name, p := range g.Properties {
			if short, ok := strings.CutPrefix(name, Section+"."); !ok {
				t.Errorf("%s is not in our section", name)
			} else if short != "path" {
				sent[short] = p.Default
			}
			if p.Description == "" || p.Scope == "" || p.Order == 0 || len(p.Enum) != len(p.EnumDescriptions) {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
	raw, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	s, problems := Parse(raw)
	if len(problems) > 0 {
		t.Error(problems)
	}
	if len(sent) != len(Keys) {
		t.Errorf("%d settings are declared, there are %d", len(sent), len(Keys))
	}
	if diff := gocmp.Diff(Default(), s); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// replaceConfiguration puts VSCode's text in the place of contributes.configuration in
// the manifest of an extension, and leaves every other byte of it as it is.
func replaceConfiguration(manifest []byte) ([]byte, error) {
	var m struct {
		Contributes struct{ Configuration json.RawMessage }
	}
	if err := json.Unmarshal(manifest, &m); err != nil {
		return nil, err
	}
	old := []byte(cmp.Or(string(m.Contributes.Configuration), "-"))
	if bytes.Count(manifest, old) != 1 {
		return nil, errors.New("the manifest has no contributes.configuration, or its text twice")
	}
	return bytes.Replace(manifest, old, []byte(VSCode()), 1), nil
}
