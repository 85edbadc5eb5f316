package load

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/source"
)

// TestAssemblyNames: only the package's own symbols count, whatever is done to them.
func TestAssemblyNames(t *testing.T) {
	dir := t.TempDir()
	overlay := source.Overlay{
		filepath.Join(dir, "a_amd64.s"): []byte("TEXT ·entry(SB), 4, $0-8\n\tMOVQ ·table(SB), AX\n\tMOVQ $\"\"·quoted(SB), AX\n\tCALL runtime·other(SB)\n\tCALL ∕path∕pkg·foreign(SB)\n"),
		filepath.Join(dir, "b.c"):       []byte("int x; // ·ignored\n"),
	}
	got, err := assemblyNames([]string{filepath.Join(dir, "a_amd64.s"), filepath.Join(dir, "b.c")}, overlay)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"entry": true, "table": true, "quoted": true}, got); diff != "" {
		t.Error(diff)
	}
}
