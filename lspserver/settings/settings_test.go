package settings

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/fixes"
)

func TestDefault(t *testing.T) {
	s := Default()
	if s.InlayHints.Level != hint.Normal || s.Analysis.Trigger != OnSave || !s.Analysis.Tests || s.Trace.Server != TraceOff {
		t.Errorf("%+v", s)
	}
	if len(s.Analysis.BuildFlags)+len(s.Analysis.Env) != 0 {
		t.Errorf("%+v", s.Analysis)
	}
}

func TestParse(t *testing.T) {
	quiet := func(s *Settings) { s.InlayHints.Level = hint.Quiet }
	for _, tt := range []struct {
		name, raw string
		want      func(*Settings) // applied to the defaults
		problems  []string
	}{
		{name: "nothing"},
		{name: "null", raw: `null`},
		{name: "empty", raw: `{}`},
		{name: "nested", raw: `{"inlayHints": {"level": "quiet"}}`, want: quiet},
		{name: "dotted", raw: `{"inlayHints.level": "quiet"}`, want: quiet},
		{name: "dotted, with the section", raw: `{"mapescape.inlayHints.level": "quiet"}`, want: quiet},
		{name: "wrapped", raw: `{"mapescape": {"inlayHints": {"level": "quiet"}}, "gopls": {"x": 1}}`, want: quiet},
		{name: "wrapped null", raw: `{"mapescape": null}`},
		{name: "null members", raw: `{"inlayHints": null, "analysis": {"tests": null}}`},
		{
			name: "everything",
			raw: `{"inlayHints": {"level": "all", "make": false, "insert": false, "delete": false, "clear": false, "range": false, "syncMap": false,
				"generated": true, "vendor": true, "testdata": true},
				"analysis": {"trigger": "manual", "delay": "1s", "directoryFilters": ["-a", "+a/b"], "tests": false, "buildFlags": ["-tags=a", "--race"],
				"env": {"GOOS": "plan9", "GOARCH": "arm"}}, "trace": {"server": "verbose"},
				"diagnostics": {"mapclear": "information"}, "rewrites": {"needReview": false, "background": false, "fixAll": []}, "codeLens": {"rewrites": true}}`,
			want: func(s *Settings) {
				s.InlayHints.Level = hint.All
				h := &s.InlayHints
				h.Make, h.Insert, h.Delete, h.Clear, h.Range, h.SyncMap = false, false, false, false, false, false
				h.Generated, h.Vendor, h.Testdata = true, true, true
				s.Analysis.Trigger = Manual
				s.Analysis.Delay = time.Second
				s.Analysis.DirectoryFilters = []string{"-a", "+a/b"}
				s.Analysis.Tests = false
				s.Analysis.BuildFlags = []string{"-tags=a", "-race"}
				s.Analysis.Env = []string{"GOARCH=arm", "GOOS=plan9"}
				s.Trace.Server = TraceVerbose
				s.Diagnostics["mapclear"] = SeverityInformation
				s.Rewrites.NeedReview, s.Rewrites.Background, s.CodeLens.Rewrites = false, false, true
			},
		},
		{
			name: "mistakes spoil nothing else",
			raw:  `{"inlayHints": {"level": "quiet", "colour": "red"}, "analysis": {"tests": "yes", "trigger": 7}, "other": {}}`,
			want: quiet,
			problems: []string{
				`analysis.tests: true or false is expected, not "yes"`,
				`analysis.trigger: one of "onSave", "onType", "manual" is expected, not 7`,
				`inlayHints.colour: there is no such setting`,
				`other: there is no such setting`,
			},
		},
		{
			name: "rules",
			raw:  `{"diagnostics": {"mapclear": "warning", "nothing": "off"}, "rewrites.fixAll": ["mapclear", "nothing"], "rewrites": {"needReview": 1}}`,
			problems: []string{
				`diagnostics.mapclear: one of "off", "hint", "information" is expected, not "warning"`,
				`diagnostics.nothing: there is no such setting`,
				`rewrites.fixAll: "mapclear" is applied in any case, if it is safe`,
				`rewrites.needReview: true or false is expected, not 1`,
			},
		},
		{
			name: "delays and filters",
			raw:  `{"analysis": {"delay": "1h", "directoryFilters": ["-a", "b"]}, "inlayHints": {"make": 1}}`,
			want: func(s *Settings) { s.Analysis.DirectoryFilters = []string{"-a"} },
			problems: []string{
				`analysis.delay: "1h" is not between 10ms and 1m0s`,
				`analysis.directoryFilters: "b" does not begin with - or +`,
				`inlayHints.make: true or false is expected, not 1`,
			},
		},
		{
			name: "no delay", raw: `{"analysis.delay": 250}`,
			problems: []string{`analysis.delay: a duration such as "250ms" is expected, not 250`},
		},
		{
			name: "not an object", raw: `[1, 2]`,
			problems: []string{`mapescape: an object is expected, not [1, 2]`},
		},
		{
			name: "section not an object", raw: `{"mapescape": "x"}`,
			problems: []string{`mapescape: an object is expected, not "x"`},
		},
		{
			name: "group not an object", raw: `{"analysis": true}`,
			problems: []string{`analysis: an object is expected, not true`},
		},
		{
			name: "not JSON", raw: `{"a":`,
			problems: []string{`mapescape: an object is expected, not {"a":`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := Parse([]byte(tt.raw))
			want := Default()
			if tt.want != nil {
				tt.want(&want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.problems, problems); diff != "" {
				t.Errorf("problems (-want +got)\n%s", diff)
			}
		})
	}
}

func TestBuildFlags(t *testing.T) {
	for _, tt := range []struct {
		args    []string
		want    []string
		problem string
	}{
		{[]string{"-tags=a,b", "-race", "-mod=vendor"}, []string{"-tags=a,b", "-race", "-mod=vendor"}, ""},
		{[]string{"-tags", "a b", "--trimpath"}, []string{"-tags=a b", "-trimpath"}, ""},
		{[]string{"-gcflags=-N -l"}, []string{"-gcflags=-N -l"}, ""},
		{[]string{"-gcflags=-cpuprofile=x"}, nil, "only flags that change the generated code"},
		{[]string{"-mod=mod"}, nil, "lets the go command change go.mod"},
		{[]string{"-toolexec=evil", "-race"}, []string{"-race"}, "-toolexec=evil is refused: it names a program"},
		{[]string{"--toolexec", "evil", "-race"}, []string{"-race"}, "--toolexec is refused"},
		{[]string{"-exec=x"}, nil, "it names a program"},
		{[]string{"-vettool=x"}, nil, "it names a program"},
		{[]string{"-ldflags=-extld=x"}, nil, "nothing is linked"},
		{[]string{"-overlay=x"}, nil, "unsaved text"},
		{[]string{"-modfile=x"}, nil, "go.mod"},
		{[]string{"-o", "x"}, nil, "no build output"},
		{[]string{"-C=x"}, nil, "the directory"},
		{[]string{"-x"}, nil, "none of those that are passed on"},
		{[]string{"-newflag=1"}, nil, "none of those that are passed on"},
		{[]string{"./..."}, nil, "it is not a flag"},
		{[]string{"-"}, nil, "it is not a flag"},
		{[]string{""}, nil, "it is not a flag"},
		{[]string{"-tags"}, nil, "its value is missing"},
	} {
		raw, err := json.Marshal(map[string]any{"analysis": map[string]any{"buildFlags": tt.args}})
		if err != nil {
			t.Fatal(err)
		}
		s, problems := Parse(raw)
		if diff := cmp.Diff(tt.want, s.Analysis.BuildFlags); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tt.args, diff)
		}
		if got := strings.Join(problems, "\n"); !strings.Contains(got, tt.problem) || (got == "") != (tt.problem == "") {
			t.Errorf("%q: problems %q, want %q", tt.args, got, tt.problem)
		}
	}
}

func TestEnv(t *testing.T) {
	for _, tt := range []struct {
		env     map[string]string
		want    []string
		problem string
	}{
		{map[string]string{"GOOS": "windows", "CGO_ENABLED": "0"}, []string{"CGO_ENABLED=0", "GOOS=windows"}, ""},
		{map[string]string{"GOFLAGS": "-tags=a -toolexec=evil"}, []string{"GOFLAGS=-tags=a"}, "GOFLAGS: -toolexec=evil is refused"},
		{map[string]string{"GOOS": "a\x00b"}, nil, "zero byte"},
		{map[string]string{"CC": "evil", "GOARCH": "arm64"}, []string{"GOARCH=arm64"}, "CC is refused"},
		{map[string]string{"PATH": "/x"}, nil, "PATH is refused"},
		{map[string]string{"GOTOOLCHAIN": "go9"}, nil, "GOTOOLCHAIN is refused"},
		{map[string]string{"GOPACKAGESDRIVER": "x"}, nil, "refused"},
		{map[string]string{"GOROOT": "x"}, nil, "refused"},
		{map[string]string{"GOMODCACHE": "x"}, nil, "refused"},
		{map[string]string{"GOENV": "x"}, nil, "refused"},
		{map[string]string{"goos": "x"}, nil, "refused"},
		{map[string]string{"GOOS=x\nCC": "x"}, nil, "refused"},
	} {
		raw, err := json.Marshal(map[string]any{"analysis": map[string]any{"env": tt.env}})
		if err != nil {
			t.Fatal(err)
		}
		s, problems := Parse(raw)
		if diff := cmp.Diff(tt.want, s.Analysis.Env); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tt.env, diff)
		}
		if got := strings.Join(problems, "\n"); !strings.Contains(got, tt.problem) || (got == "") != (tt.problem == "") {
			t.Errorf("%q: problems %q, want %q", tt.env, got, tt.problem)
		}
	}
}

// TestKeys checks the table itself.
func TestKeys(t *testing.T) {
	var names []string
	for _, k := range Keys {
		names = append(names, k.Name)
		var s Settings
		if err := k.set(&s, json.RawMessage(k.Default)); err != nil {
			t.Errorf("default of %s: %v", k.Name, err)
		}
		for _, v := range k.Values {
			if err := k.set(&s, json.RawMessage(`"`+v.Name+`"`)); err != nil {
				t.Errorf("value of %s: %v", k.Name, err)
			}
		}
		if (k.Type == "enum") != (len(k.Values) > 0) {
			t.Errorf("%s is of type %s and has %d values", k.Name, k.Type, len(k.Values))
		}
		if !strings.HasSuffix(k.Doc, ".") {
			t.Errorf("the documentation of %s is no sentence", k.Name)
		}
	}
	slices.Sort(names)
	for i, name := range names[1:] {
		if name == names[i] || strings.HasPrefix(name, names[i]+".") {
			t.Errorf("%s is in the way of %s", names[i], name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"mapescape": {"inlayHints": {"level": "all"}, "analysis": {"buildFlags": ["-tags", "x"]}}}`))
	f.Add([]byte(`{"analysis.env": {"GOFLAGS": "-race"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, _ := Parse(raw)
		if !slices.Contains([]hint.Level{hint.Quiet, hint.Normal, hint.All}, s.InlayHints.Level) {
			t.Errorf("level %q", s.InlayHints.Level)
		}
		for _, flag := range s.Analysis.BuildFlags {
			if name, _, _ := strings.Cut(strings.TrimPrefix(flag, "-"), "="); !slices.Contains(flagNames(), "-"+name) {
				t.Errorf("flag %q", flag)
			}
		}
	})
}

// Every fix has a setting for its diagnostics, and those that are not for every
// program are silent unless the user wants to hear of them.
func TestDiagnosticSettings(t *testing.T) {
	s := Default()
	for _, f := range fixes.All {
		want := SeverityHint
		if f.Optional {
			want = SeverityOff
		}
		if got := s.Diagnostics[f.ID]; got != want {
			t.Errorf("%s is %q, want %q", f.ID, got, want)
		}
		got, problems := Parse([]byte(`{"rewrites": {"fixAll": ["` + f.ID + `"]}}`))
		if f.Optional != (len(got.Rewrites.FixAll) == 1 && len(problems) == 0) {
			t.Errorf("%s in fixAll: %v, %v", f.ID, got.Rewrites.FixAll, problems)
		}
	}
}
