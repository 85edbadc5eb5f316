package mapop

import (
	"fmt"
	"slices"
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

// wide is a package with a function that keeps what n calls of another return in one variable.
func wide(n int) []byte {
	var b strings.Builder
	b.WriteString("package a\n\nfunc f0() map[int]int { return make(map[int]int) }\nfunc use() {\n\tvar m map[int]int = nil\n")
	for range n {
		b.WriteString("\tm = f0()\n")
	}
	b.WriteString("\tclear(m)\n}\n")
	return []byte(b.String())
}

// TestManyCallChains: the number of chains doubles with every layer. Beyond a
// bound calls are not told apart, and the origin is any copy of the site.
func TestManyCallChains(t *testing.T) {
	check := newChecker(t, archiveImports...)
	for _, tt := range []struct {
		name    string
		text    []byte
		origins int
		// anyCopy says that one of the origins has no calls.
		anyCopy bool
	}{
		{"3 layers", layers(3, "make(map[int]int)"), 8, false},
		{"4 layers", layers(4, "make(map[int]int)"), 16, false},
		{"5 layers", layers(5, "make(map[int]int)"), 1, true},
		{"40 layers", layers(40, "make(map[int]int)"), 1, true},
		{"3 layers of nil", layers(3, "nil"), 0, false},
		{"40 layers of nil", layers(40, "nil"), 0, false},
		{"64 calls", wide(maxOrigins), maxOrigins, false},
		{"100 calls", wide(100), maxOrigins + 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pkg := check.load(t, "example.com/a", map[string][]byte{"a.go": tt.text})
			for _, op := range Find(pkg) {
				if op.Kind != Clear {
					continue
				}
				anyCopy := slices.ContainsFunc(op.Origins, func(o Origin) bool { return len(o.Via) == 0 })
				if len(op.Origins) != tt.origins || anyCopy != tt.anyCopy || !op.Complete {
					t.Errorf("%d origins, any copy %v, open %q; want %d, %v", len(op.Origins), anyCopy, op.Open, tt.origins, tt.anyCopy)
				}
				return
			}
			t.Error("no clear found")
		})
	}
}
