package fixes

import (
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// Catalogue renders the fixes as the Markdown text of README.md.
func Catalogue() string {
	var out strings.Builder
	out.WriteString(`# Fixes

Generated from the fixes below this directory by ` + "`go test -update`" + `; change them there.

A fix is of class A if the program does the same afterwards, and of class B, marked "(review)", if that hangs on something
that only a reader can judge; it says on what. What is offered has been compiled with the change: a fix that does not
build, or moves another map from the stack to the heap, is withdrawn. Where a fix could be expected and is not offered, its
reason is one of those listed with it, or of these:

`)
	reasons(&out, rewrite.Common)
	out.WriteString("\n")
	for _, f := range All {
		fmt.Fprintf(&out, "- [%s](#%s): %s\n", f.ID, f.ID, f.Title)
	}
	for _, f := range All {
		fmt.Fprintf(&out, "\n## %s\n\nCode action kind `%s`.\n\n%s\n", f.ID, f.Kind, f.Doc)
		if len(f.Reasons) > 0 {
			out.WriteString("\nIt is refused for these reasons:\n\n")
			reasons(&out, f.Reasons)
		}
	}
	return out.String()
}

func reasons(out *strings.Builder, list []rewrite.Reason) {
	for _, r := range list {
		fmt.Fprintf(out, "- `%s`: %s\n", r.ID, r.Doc)
	}
}
