// Package settings is the one place where mapescape's settings are defined:
// the table Keys is their parser, their defaults and their documentation, and
// README.md beside it is generated from it.
//
// A value that cannot be used never spoils another one: it is reported with
// the setting's name, and the default stays in force. Settings may come from a
// workspace that the user did not write, so none of them can name a program to run.
package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mapescape/mapescape/analysis/hint"
)

// Section is the name under which clients keep the settings.
const Section = "mapescape"

// Settings are the values in force. The zero value is not useful; see Default.
type Settings struct {
	InlayHints struct {
		Level hint.Level
		// The operations that have hints, by kind.
		Make, Insert, Delete, Clear, Range, SyncMap bool
		// The files that have hints beside those that people write for a build.
		Generated, Vendor, Testdata bool
	}
	Analysis struct {
		Trigger Trigger
		// Delay is how long no key must have been pressed before unsaved text is analysed.
		Delay time.Duration
		Tests bool
		// DirectoryFilters are "-path" or "+path" each.
		DirectoryFilters []string
		// BuildFlags are checked build flags, one "-name" or "-name=value" each.
		BuildFlags []string
		// Env are checked "NAME=value" pairs, sorted.
		Env []string
	}
	// Diagnostics say how each fix's places are reported, by the fix's ID.
	Diagnostics map[string]Severity
	Rewrites    struct {
		// NeedReview offers rewrites of class B, Background compiles offers before they are asked for.
		NeedReview, Background bool
		// FixAll are optional fixes that are applied with all others.
		FixAll []string
	}
	CodeLens struct{ Rewrites bool }
	Trace    struct {
		Server Trace
	}
}

// Severity says how a place where a fix is on offer is reported.
type Severity string

// The severities.
const (
	SeverityOff         Severity = "off"
	SeverityHint        Severity = "hint"
	SeverityInformation Severity = "information"
)

// Trigger says when packages are analysed.
type Trigger string

// The triggers.
const (
	OnSave Trigger = "onSave"
	OnType Trigger = "onType"
	Manual Trigger = "manual"
)

// Trace says how much of what the server does is told to the client.
type Trace string

// The amounts of tracing.
const (
	TraceOff      Trace = "off"
	TraceMessages Trace = "messages"
	TraceVerbose  Trace = "verbose"
)

// Default gives the settings of a user who set nothing.
func Default() Settings {
	var s Settings
	for _, k := range Keys {
		if err := k.set(&s, json.RawMessage(k.Default)); err != nil {
			panic(fmt.Sprintf("default of %s: %v", k.Name, err)) // a mistake in the table
		}
	}
	return s
}

// Parse reads settings as a client sends them: an object, bare or under the
// key "mapescape", in which a name may be nested or written with dots. What it
// does not set is at its default. Each problem is a sentence that starts with
// the setting's name; null and no text at all set nothing.
func Parse(raw []byte) (s Settings, problems []string) {
	s = Default()
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return s, nil
	}
	root, err := object(raw)
	if err != nil {
		return s, []string{Section + ": " + err.Error()}
	}
	if own, wrapped := root[Section]; wrapped {
		// What else there is belongs to others.
		if own = bytes.TrimSpace(own); string(own) == "null" {
			return s, nil
		}
		if root, err = object(own); err != nil {
			return s, []string{Section + ": " + err.Error()}
		}
	}
	problems = read(&s, "", root)
	slices.Sort(problems)
	return s, problems
}

// object decodes the members of a JSON object, the last of equal names counting.
func object(raw []byte) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return nil, fmt.Errorf("an object is expected, not %s", short(raw))
	}
	return m, nil
}

// read sets what the members of an object say, whose own name is prefix.
func read(s *Settings, prefix string, members map[string]json.RawMessage) (problems []string) {
	for name, value := range members {
		name = strings.TrimPrefix(prefix+name, Section+".")
		switch k, inner := lookup(name); {
		case k != nil:
			if string(value) == "null" {
				continue
			}
			if err := k.set(s, value); err != nil {
				problems = append(problems, fmt.Sprintf("%s: %v", name, err))
			}
		case inner:
			sub, err := object(value)
			if err != nil {
				if string(value) != "null" {
					problems = append(problems, fmt.Sprintf("%s: %v", name, err))
				}
				continue
			}
			problems = append(problems, read(s, name+".", sub)...)
		default:
			problems = append(problems, name+": there is no such setting")
		}
	}
	return problems
}

// lookup finds the setting of a name; inner says that the name is a prefix of settings' names.
func lookup(name string) (k *Key, inner bool) {
	for i := range Keys {
		if Keys[i].Name == name {
			return &Keys[i], false
		}
		inner = inner || strings.HasPrefix(Keys[i].Name, name+".")
	}
	return nil, inner
}

// short is a value for a message.
func short(raw []byte) string {
	const limit = 40
	if text := []rune(string(raw)); len(text) > limit {
		return string(text[:limit]) + "…"
	}
	return string(raw)
}
