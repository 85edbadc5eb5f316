package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// property is a setting as the manifest of an extension of VS Code declares it
// (contributes.configuration).
type property struct {
	Type             string          `json:"type"`
	Enum             []string        `json:"enum,omitempty"`
	EnumDescriptions []string        `json:"markdownEnumDescriptions,omitempty"`
	Items            *property       `json:"items,omitempty"`
	Values           *property       `json:"additionalProperties,omitempty"`
	Pattern          string          `json:"pattern,omitempty"`
	PatternError     string          `json:"patternErrorMessage,omitempty"`
	Default          json.RawMessage `json:"default,omitempty"`
	Description      string          `json:"markdownDescription,omitempty"`
	Order            int             `json:"order,omitempty"`
	Scope            string          `json:"scope,omitempty"`
}

// section is a group of settings with a heading of its own.
type section struct {
	Title      string              `json:"title"`
	Order      int                 `json:"order"`
	Properties map[string]property `json:"properties"`
}

// vscodePath is the one setting that only the extension knows: which server it
// starts. A folder's settings may name another one only where the user trusts the folder.
var vscodePath = property{
	Type:    "string",
	Default: json.RawMessage(`""`),
	Description: "The program `mapescape`. If it is empty, the extension looks in `PATH`, `GOBIN` and the `bin` directories of " +
		"`GOPATH`. A change restarts the server.",
	Order: 1,
	Scope: "machine-overridable",
}

// VSCode is the JSON of contributes.configuration for the extension: the
// settings in groups, in the order of Keys. It ends without a line break, and
// its lines after the first are indented by two levels of two spaces.
func VSCode() string {
	groups := []section{{Title: "MapEscape", Order: 1, Properties: map[string]property{Section + ".path": vscodePath}}}
	for i, k := range Keys {
		name, _, _ := strings.Cut(k.Name, ".")
		title := "MapEscape: " + words(name)
		at := slices.IndexFunc(groups, func(g section) bool { return g.Title == title })
		if at < 0 {
			at = len(groups)
			groups = append(groups, section{Title: title, Order: at + 1, Properties: map[string]property{}})
		}
		groups[at].Properties[Section+"."+k.Name] = k.property(i + 2)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("    ", "  ")
	if err := e.Encode(groups); err != nil {
		panic(fmt.Sprintf("settings for VS Code: %v", err)) // a mistake in the table
	}
	return strings.TrimSpace(out.String())
}

// property declares a setting. All but the trace can differ by folder.
func (k Key) property(order int) property {
	p := property{
		Type:        k.Type,
		Default:     json.RawMessage(k.Default),
		Description: k.Doc,
		Order:       order,
		Scope:       "resource",
	}
	if strings.HasPrefix(k.Name, "trace.") {
		p.Scope = "window"
	}
	switch k.Type {
	case "boolean":
	case "enum":
		p.Type = "string"
		for _, v := range k.Values {
			p.Enum = append(p.Enum, v.Name)
			p.EnumDescriptions = append(p.EnumDescriptions, v.Doc)
		}
	case "duration":
		p.Type = "string"
		p.Pattern = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`
		p.PatternError = "a number with a unit, such as 250ms"
	case "strings":
		p.Type, p.Items = "array", &property{Type: "string"}
	case "map":
		p.Type, p.Values = "object", &property{Type: "string"}
	default:
		panic(fmt.Sprintf("%s has the type %q, for which VS Code has no counterpart here", k.Name, k.Type))
	}
	return p
}

// words splits a name at its capitals: "inlayHints" is "Inlay Hints".
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 {
			b.WriteByte(' ')
		}
		if i == 0 {
			b.WriteString(strings.ToUpper(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
