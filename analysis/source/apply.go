package source

import (
	"bytes"
	"fmt"
)

// Apply gives text with edits made, which are sorted by place and, of equal
// places, in the order in which their texts follow each other. Their paths are
// not looked at. It is an error if two overlap or one lies outside of the text.
func Apply(text []byte, edits []Edit) ([]byte, error) {
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(text) {
			return nil, fmt.Errorf("edit [%d, %d) overlaps another one or leaves the text of %d bytes", e.Start, e.End, len(text))
		}
		out.Write(text[at:e.Start])
		out.WriteString(e.New)
		at = e.End
	}
	out.Write(text[at:])
	return out.Bytes(), nil
}
