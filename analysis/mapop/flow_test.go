package mapop

import (
	"fmt"
	"strings"
	"testing"
)

// layers is a package whose functions f1 … fn each call the one before twice;
// f0 returns what base says.
func layers(n int, base string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "package a\n\nfunc f0(bool) map[int]int { return %s }\n", base)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "func f%d(c bool) map[int]int {\n\tif c {\n\t\treturn f%d(c)\n\t}\n\treturn f%d(c)\n}\n", i, i-1, i-1)
	}
	fmt.Fprintf(&b, "func use() { clear(f%d(true)) }\n", n)
	return []byte(b.String())
}

// TestManyCallChains: the number of chains doubles with every layer. Beyond a
// bound they are not followed, and the origins are not called complete.
func TestManyCallChains(t *testing.T) {
	check := newChecker(t, archiveImports...)
	for _, tt := range []struct {
		layers   int
		base     string
		origins  int
		complete bool
		open     string
	}{
		{3, "make(map[int]int)", 8, true, ""},
		{6, "make(map[int]int)", 64, true, ""},
		{7, "make(map[int]int)", maxOrigins, false, "many creations"},
		{40, "make(map[int]int)", maxOrigins, false, "many creations"},
		{3, "nil", 0, true, ""},
		{40, "nil", 0, false, "many calls"},
	} {
		t.Run(fmt.Sprintf("%d %s", tt.layers, tt.base), func(t *testing.T) {
			pkg := check.load(t, "example.com/a", map[string][]byte{"a.go": layers(tt.layers, tt.base)})
			for _, op := range Find(pkg) {
				if op.Kind != Clear {
					continue
				}
				if len(op.Origins) != tt.origins || op.Complete != tt.complete || op.Open != tt.open {
					t.Errorf("%d origins, complete %v, open %q; want %d, %v, %q",
						len(op.Origins), op.Complete, op.Open, tt.origins, tt.complete, tt.open)
				}
				return
			}
			t.Error("no clear found")
		})
	}
}
