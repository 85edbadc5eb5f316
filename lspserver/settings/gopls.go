package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// GoplsSection is the name under which clients keep the settings of gopls.
const GoplsSection = "gopls"

// inherited are the settings of gopls that have a counterpart here, by the last
// part of their name: gopls' own group of them may be in front.
var inherited = []struct {
	name string
	set  func(*Settings, json.RawMessage) error
}{
	{"buildFlags", setBuildFlags},
	{"env", setEnv},
	{"directoryFilters", setFilters},
}

// Inherit gives s with what gopls is told about the build, where s says nothing
// about it itself: what is compiled here is then what the user's other tool sees.
// Build flags and filters that are set here take the place of gopls' ones, and of the
// environment each variable. A problem is a sentence that starts with the
// setting's name; what is refused is left out.
func (s Settings) Inherit(raw []byte) (_ Settings, problems []string) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return s, nil
	}
	root, err := object(raw)
	if err != nil {
		return s, []string{GoplsSection + ": " + err.Error()}
	}
	if group, err := object(root["build"]); err == nil {
		for name, value := range group {
			root["build."+name] = value
		}
	}
	var theirs Settings
	for _, key := range inherited {
		for _, name := range []string{key.name, "build." + key.name} {
			if value, ok := root[name]; ok && string(value) != "null" {
				if err := key.set(&theirs, value); err != nil {
					problems = append(problems, fmt.Sprintf("%s.%s: %v", GoplsSection, name, err))
				}
			}
		}
	}
	if len(s.Analysis.BuildFlags) == 0 {
		s.Analysis.BuildFlags = theirs.Analysis.BuildFlags
	}
	if len(s.Analysis.DirectoryFilters) == 0 {
		s.Analysis.DirectoryFilters = theirs.Analysis.DirectoryFilters
	}
	env := slices.Clone(s.Analysis.Env)
	for _, pair := range theirs.Analysis.Env {
		name, _, _ := strings.Cut(pair, "=")
		if !slices.ContainsFunc(env, func(own string) bool { return strings.HasPrefix(own, name+"=") }) {
			env = append(env, pair)
		}
	}
	slices.Sort(env)
	s.Analysis.Env = env
	return s, problems
}
