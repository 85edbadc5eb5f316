package settings

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mapescape/mapescape/analysis/hint"
)

// A Key is one setting.
type Key struct {
	// Name is the full name below the section.
	Name string
	// Type is "enum", "boolean", "duration", "strings" or "map".
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
var Keys = slices.Concat(analysisKeys, diagnosticKeys(), rewriteKeys)

// analysisKeys are those that do not concern rewrites.
var analysisKeys = []Key{
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
		Name:    "inlayHints.make",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether hints are shown at creations of maps: `make`, literals, nil variables, and calls that yield a new map, as far as the level has any.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Make) },
	},
	{
		Name:    "inlayHints.insert",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether hints are shown at assignments to an entry, as far as the level has any.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Insert) },
	},
	{
		Name:    "inlayHints.delete",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether hints are shown at `delete` and `maps.DeleteFunc`, as far as the level has any.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Delete) },
	},
	{
		Name:    "inlayHints.clear",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether hints are shown at `clear`, as far as the level has any.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Clear) },
	},
	{
		Name:    "inlayHints.range",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether hints are shown at loops over a map, as far as the level has any.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Range) },
	},
	{
		Name:    "inlayHints.syncMap",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether hints are shown at methods of `sync.Map`, as far as the level has any.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.SyncMap) },
	},
	{
		Name:    "inlayHints.generated",
		Type:    "boolean",
		Default: `false`,
		Doc:     "Whether hints are shown in files with a `Code generated … DO NOT EDIT.` comment. Their hovers are there in any case.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Generated) },
	},
	{
		Name:    "inlayHints.vendor",
		Type:    "boolean",
		Default: `false`,
		Doc:     "Whether hints are shown in files below a directory `vendor`. Their hovers are there in any case.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Vendor) },
	},
	{
		Name:    "inlayHints.testdata",
		Type:    "boolean",
		Default: `false`,
		Doc:     "Whether hints are shown in files below a directory `testdata`. Their hovers are there in any case.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.InlayHints.Testdata) },
	},
	{
		Name: "analysis.trigger",
		Type: "enum",
		Values: []Value{
			{string(OnSave), "when a Go file is opened, when it is saved, and when something that it is compiled from changes on the disk"},
			{string(OnType), "also while it is edited, from the text that is not saved yet"},
			{string(Manual), "only when the command `mapescape.analyze_package` asks for it"},
		},
		Default: `"onSave"`,
		Doc:     "When a package is analysed. An analysis compiles the package; what has been compiled before is not compiled again.",
		set: func(s *Settings, raw json.RawMessage) error {
			return enum(raw, &s.Analysis.Trigger, OnSave, OnType, Manual)
		},
	},
	{
		Name:    "analysis.delay",
		Type:    "duration",
		Default: `"250ms"`,
		Doc: "How long no key must have been pressed before unsaved text is analysed, with the trigger `onType`: " +
			"a number with a unit, from `\"10ms\"` to `\"1m\"`.",
		set: setDelay,
	},
	{
		Name:    "analysis.directoryFilters",
		Type:    "strings",
		Default: `[]`,
		Doc: "Directories, relative to the workspace's folder, that are analysed only when the command `mapescape.analyze_package` asks for it. " +
			"`-path` excludes a directory with all that is in it, `+path` includes it again; the last filter that matches counts, " +
			"and `**` stands for any number of directories: `[\"-**/node_modules\", \"-third_party\"]`.",
		set: setFilters,
	},
	{
		Name:    "analysis.tests",
		Type:    "boolean",
		Default: `true`,
		Doc:     "Whether a package's `_test.go` files are analysed too, as soon as one of them is open.",
		set:     func(s *Settings, raw json.RawMessage) error { return boolean(raw, &s.Analysis.Tests) },
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

func boolean(raw json.RawMessage, to *bool) error { return value(raw, to, "true or false") }

// Limits of analysis.delay.
const (
	minDelay = 10 * time.Millisecond
	maxDelay = time.Minute
)

func setDelay(s *Settings, raw json.RawMessage) error {
	const want = `a duration such as "250ms"`
	var text string
	if err := value(raw, &text, want); err != nil {
		return err
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("%s is expected, not %s", want, short(raw))
	case d < minDelay || d > maxDelay:
		return fmt.Errorf("%s is not between %v and %v", short(raw), minDelay, maxDelay)
	}
	s.Analysis.Delay = d
	return nil
}

// setFilters takes the filters that are well-formed, and reports the first that is not.
func setFilters(s *Settings, raw json.RawMessage) (err error) {
	var filters []string
	if err := value(raw, &filters, "a list of strings"); err != nil {
		return err
	}
	s.Analysis.DirectoryFilters = nil
	for _, f := range filters {
		if !strings.HasPrefix(f, "-") && !strings.HasPrefix(f, "+") {
			err = cmp.Or(err, fmt.Errorf("%q does not begin with - or +", f))
			continue
		}
		s.Analysis.DirectoryFilters = append(s.Analysis.DirectoryFilters, f)
	}
	return err
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
