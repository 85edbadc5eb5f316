package check

import (
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis/placement"
)

// reason is the one line that the text output has room for, "" where there is
// none. For a new map on the heap it is the place where the map leaves its
// function, the last step of the compiler's explanation; for what allocates it
// is what does.
func reason(m *Op) string {
	switch placement.Home(m.Placement.Header) {
	case placement.Mixed:
		if m.Placement.Condition != "" && strings.HasPrefix(m.Hint, "mixed") {
			return m.Placement.Condition
		}
	case placement.Heap:
		if creates(m.Kind) {
			if step := lastStep(m); step != "" {
				return step
			}
		}
	}
	var parts []string
	for _, a := range m.Allocations {
		if a.What != "growth" {
			parts = append(parts, a.String())
		}
	}
	if len(parts) == 0 && len(m.Why) > 0 {
		return m.Why[0].Text
	}
	return strings.Join(parts, "; ")
}

// lastStep is the last step of the compiler's own explanation.
func lastStep(m *Op) string {
	for i := len(m.Why) - 1; i >= 0; i-- {
		why := m.Why[i]
		if why.Pos == nil || why.Basis == "" {
			continue
		}
		switch {
		case why.Pos.File != m.Pos.File:
			return why.Text + " at " + why.Pos.String()
		case why.Pos.Line < m.Pos.Line || why.Pos.Line > m.Pos.EndLine:
			return fmt.Sprintf("%s on line %d", why.Text, why.Pos.Line)
		default:
			return why.Text
		}
	}
	return ""
}

// objects puts what is allocated into words.
var objects = map[string]string{
	"header":          "the header",
	"group":           "the first group",
	"table":           "the tables",
	"key-boxed":       "a box for the key",
	"elem-boxed":      "a box for the element",
	"key-conversion":  "the bytes of the key",
	"elem-conversion": "the bytes of the element",
	"key-indirect":    "an object for the key",
	"elem-indirect":   "an object for the element",
	"key-escapes":     "what the key refers to",
	"elem-escapes":    "what the element refers to",
	"iterator":        "the iterator",
	"closure":         "the function literal",
	"entry-node":      "the entry's node",
	"variable":        "the variable",
}

// String says what is allocated, how much and when: "a box for the key, 8 B, when …".
func (a Allocation) String() string {
	s := objects[a.What]
	if s == "" {
		s = a.What
	}
	if a.Bytes > 0 {
		s += fmt.Sprintf(", %d B", a.Bytes)
	}
	if a.Count > 1 {
		s += fmt.Sprintf(" in %d objects", a.Count)
	}
	if a.When != "" {
		s += ", " + a.When
	}
	return s
}
