package runtimemap_test

import (
	"testing"

	"github.com/mapescape/mapescape/analysis/runtimemap"
)

func TestHintTables(t *testing.T) {
	facts := runtimemap.For("go1.26.8", "amd64", "")
	for _, test := range []struct {
		hint, tables, entries int64
		ok                    bool
	}{
		{8, 0, 0, false},
		{9, 1, 14, true},
		{896, 1, 896, true},
		{897, 2, 896, true}, // sure to grow
		{898, 2, 1792, true},
		{1792, 2, 1792, true},
		{1793, 4, 1792, true},
	} {
		tables, entries, ok := facts.HintTables(test.hint)
		if tables != test.tables || entries != test.entries || ok != test.ok {
			t.Errorf("HintTables(%d) = %d, %d, %v, want %d, %d, %v", test.hint, tables, entries, ok, test.tables, test.entries, test.ok)
		}
	}
	if _, _, ok := runtimemap.For("go1.23.0", "amd64", "").HintTables(100); ok {
		t.Error("a bucket map is said to have tables")
	}
}
