package settings

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Markdown documents all settings.
func Markdown() string {
	var out strings.Builder
	out.WriteString("# Settings\n\n")
	out.WriteString("Generated from keys.go; `go test ./lspserver/settings -update` writes it again.\n\n")
	out.WriteString("Clients send them under the section `" + Section + "`, as `initializationOptions` and in answer to " +
		"`workspace/configuration`. A value that cannot be used is reported in the client's log, and the default is used instead.\n")
	for _, k := range Keys {
		fmt.Fprintf(&out, "\n## `%s.%s`\n\n%s\n\nDefault: `%s`\n", Section, k.Name, k.Doc, k.Default)
		if len(k.Values) > 0 {
			out.WriteByte('\n')
		}
		for _, v := range k.Values {
			fmt.Fprintf(&out, "- `%s`: %s\n", v.Name, v.Doc)
		}
	}
	out.WriteString("\nAll defaults together:\n\n```json\n" + defaults() + "\n```\n")
	return out.String()
}

// defaults is the object that sets everything to its default.
func defaults() string {
	root := map[string]any{}
	for _, k := range Keys {
		at := root
		parts := strings.Split(k.Name, ".")
		for _, part := range parts[:len(parts)-1] {
			inner, ok := at[part].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[part] = inner
			}
			at = inner
		}
		at[parts[len(parts)-1]] = json.RawMessage(k.Default)
	}
	raw, err := json.MarshalIndent(map[string]any{Section: root}, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("defaults: %v", err)) // a mistake in the table
	}
	return string(raw)
}
