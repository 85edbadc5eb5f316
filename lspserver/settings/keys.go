package settings

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis/hint"
)

// A Key is one setting.
type Key struct {
	// Name is the full name below the section.
	Name string
	// Type is "enum", "boolean", "strings" or "map".
	Type string
	// Values are the values of an enum, each with what it means.
	Values []Value
	// Default is JSON.
	Default string
	// Doc is Markdown: one sentence that says what the setting does, then the details.
	Doc string

	set func(*Settings, json.RawMessage) error
}

// A Value is one value of an enum.
type Value struct{ Name, Doc string }

// Keys are all settings, in the order of their documentation.
var Keys = []Key{
	{
		Name: "inlayHints.level",
		Type: "enum",
		Values: []Value{
			{string(hint.Quiet), "only what allocates or surprises"},
			{string(hint.Normal), "also the home of every map where it is created, deleted from or cleared"},
			{string(hint.All), "every map operation"},
		},
		Default: `"normal"`,
		Doc:     "How much is shown beside the code. A change takes effect at once, without a new analysis.",
		set: func(s *Settings, raw json.RawMessage) error {
			return enum(raw, &s.InlayHints.Level, hint.Quiet, hint.Normal, hint.All)
		},
	},
	{
		Name: "analysis.trigger",
		Type: "enum",
		Values: []Value{
			{string(OnSave), "when a Go file is opened and when it is saved"},
			{string(Manual), "only when the command `mapescape.analyze_package` asks for it"},
		},
		Default: `"onSave"`,
		Doc:     "When a package is analysed. An analysis compiles the package from what is on the disk.",
		set: func(s *Settings, raw json.RawMessage) error {
			return enum(raw, &s.Analysis.Trigger, OnSave, Manual)
		},
	},
	{
		Name:    "analysis.tests",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether a package's `_test.go` files are analysed too, as soon as one of them is open.",
		set:     func(s *Settings, raw json.RawMessage) error { return value(raw, &s.Analysis.Tests, "true or false") },
	},
	{
		Name:    "analysis.buildFlags",
		Type:    "strings",
		Default: `[]`,
		Doc: "Build flags for the analysis, such as `-tags=integration`, so that it compiles what you build. " +
			"Accepted are " + list(flagNames()) + ". A flag that names a program to run or a file to write is refused.",
		set: setBuildFlags,
	},
	{
		Name:    "analysis.env",
		Type:    "map",
		Default: `{}`,
		Doc: "Environment variables for the analysis, such as `{\"GOOS\": \"windows\"}`. " +
			"Accepted are " + list(envNames) + ": they choose what is compiled. " +
			"Others are refused, because some of them (`PATH`, `CC`, `GOPACKAGESDRIVER`, `GOTOOLCHAIN` …) decide which programs run.",
		set: setEnv,
	},
	{
		Name: "trace.server",
		Type: "enum",
		Values: []Value{
			{string(TraceOff), "nothing"},
			{string(TraceMessages), "when an analysis starts and how it ends"},
			{string(TraceVerbose), "also its stages"},
		},
		Default: `"off"`,
		Doc:     "What the server reports to the client's trace.",
		set: func(s *Settings, raw json.RawMessage) error {
			return enum(raw, &s.Trace.Server, TraceOff, TraceMessages, TraceVerbose)
		},
	},
}

// value decodes a JSON value; want names what is expected.
func value[T any](raw json.RawMessage, to *T, want string) error {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("%s is expected, not %s", want, short(raw))
	}
	*to = v
	return nil
}

// enum decodes one of a few names.
func enum[T ~string](raw json.RawMessage, to *T, values ...T) error {
	var v T
	if json.Unmarshal(raw, &v) == nil {
		for _, ok := range values {
			if v == ok {
				*to = v
				return nil
			}
		}
	}
	var names []string
	for _, v := range values {
		names = append(names, fmt.Sprintf("%q", string(v)))
	}
	return fmt.Errorf("one of %s is expected, not %s", strings.Join(names, ", "), short(raw))
}

// list joins names as code.
func list(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}
