package toolchain

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestTemp checks that the directories of killed processes go, and no others.
func TestTemp(t *testing.T) {
	temp := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, temp)
	}
	long := time.Now().Add(-2 * abandoned)
	// Somebody's own directory may be named like ours, and even hold a file named like the mark.
	marks := map[string]string{"mapescape-old": markText, "mapescape-young": markText, "other-old": markText, "mapescape-copied": "notes"}
	for name, modified := range map[string]time.Time{
		"mapescape-old": long, "mapescape-young": time.Now(), "other-old": long, "mapescape-checkout": long, "mapescape-copied": long,
	} {
		write(t, temp, name+"/x/y", "")
		if mark, ok := marks[name]; ok {
			write(t, temp, name+"/"+markName, mark)
		}
		if err := os.Chtimes(filepath.Join(temp, name), modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	env := append(make([]string, 0, 10), "GOTMPDIR=/users")
	tc, dir, err := Toolchain{Env: env}.Temp()
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(dir) != temp || !slices.Equal(tc.Env, []string{"GOTMPDIR=/users", "GOTMPDIR=" + dir}) {
		t.Errorf("directory %s, environment %q", dir, tc.Env)
	}
	if env[:2][1] != "" {
		t.Error("the environment of the toolchain itself was written to")
	}
	for name, want := range map[string]bool{
		"mapescape-old": false, "mapescape-young": true, "other-old": true,
		"mapescape-checkout": true, "mapescape-copied": true, filepath.Base(dir): true,
	} {
		if _, err := os.Stat(filepath.Join(temp, name)); (err == nil) != want {
			t.Errorf("%s: is there: %v, want %v", name, err == nil, want)
		}
	}
	t.Setenv("TMPDIR", filepath.Join(temp, "none"))
	t.Setenv("TMP", filepath.Join(temp, "none"))
	if _, _, err := (Toolchain{}).Temp(); err == nil {
		t.Error("no error where there is no place for temporary files")
	}
}
