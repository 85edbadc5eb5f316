package hint

import (
	"fmt"
	"strings"
)

// Catalogue renders the rules as the Markdown text of README.md.
func Catalogue() string {
	var out strings.Builder
	out.WriteString(`# Hints

Generated from the rules in this directory by ` + "`go test -update`" + `; change them there.

A hint is a label behind a map operation. An operation has one: that of the first rule below that applies at the level in
force. At the level all, a label that says where the map lives and one that says what the operation allocates are joined:
` + "`heap map, may grow`" + `.

| level | shows |
| --- | --- |
| ` + "`quiet`" + ` | what allocates or surprises |
| ` + "`normal`" + ` | and where every map lives, at its creation and where it is deleted from or cleared |
| ` + "`all`" + ` | and every other operation |

Generated files have no hints. The comment ` + "`" + IgnoreComment + "`" + ` silences its own line or, alone on a line, the next one:
all rules, or only those whose names follow, as in ` + "`" + IgnoreComment + " growth, home: a reason`" + `.

`)
	for _, r := range Rules {
		fmt.Fprintf(&out, "- [%s](#%s): %s\n", r.ID, r.ID, r.Title)
	}
	for _, r := range Rules {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n", r.ID, r.Doc)
	}
	return out.String()
}
