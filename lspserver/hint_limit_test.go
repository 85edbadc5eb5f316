package lspserver

import (
	"strings"
	"testing"
)

// A whole generated file is not answered at any length.
func TestHintLimit(t *testing.T) {
	c := dial(t)
	c.start(withRefresh, `null`)
	text := "package p\n\nvar (\n" + strings.Repeat("\t_ = make(map[string]int)\n", maxHints+100) + ")\n"
	c.write("a.go", text)
	c.open("a.go", text)
	c.analysed()
	got := c.hints("a.go")
	if len(got) != maxHints || !strings.HasPrefix(got[0], "3:") {
		t.Errorf("%d hints, the first is %s", len(got), got[0])
	}
	if got := c.hintsIn("a.go", maxHints, maxHints+100); len(got) < 50 {
		t.Errorf("%d hints at the end", len(got))
	}
}
