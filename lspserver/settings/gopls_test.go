package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInherit(t *testing.T) {
	for _, tt := range []struct {
		name, own, gopls string
		want             func(*Settings)
		problems         []string
	}{
		{name: "nothing"},
		{name: "null", gopls: `null`},
		{
			name:  "all of it",
			gopls: `{"buildFlags": ["-tags=a"], "env": {"GOOS": "plan9"}, "directoryFilters": ["-x"], "ui.semanticTokens": true}`,
			want: func(s *Settings) {
				s.Analysis.BuildFlags = []string{"-tags=a"}
				s.Analysis.Env = []string{"GOOS=plan9"}
				s.Analysis.DirectoryFilters = []string{"-x"}
			},
		},
		{
			name:  "in a group",
			gopls: `{"build": {"buildFlags": ["-tags=a"], "env": null}}`,
			want:  func(s *Settings) { s.Analysis.BuildFlags = []string{"-tags=a"} },
		},
		{
			name:  "in a group with a dot",
			gopls: `{"build.buildFlags": ["-tags=a"]}`,
			want:  func(s *Settings) { s.Analysis.BuildFlags = []string{"-tags=a"} },
		},
		{
			name:  "ours win",
			own:   `{"analysis": {"buildFlags": ["-race"], "env": {"GOOS": "linux"}, "directoryFilters": ["-y"]}}`,
			gopls: `{"buildFlags": ["-tags=a"], "env": {"GOOS": "plan9", "GOARCH": "arm"}, "directoryFilters": ["-x"]}`,
			want: func(s *Settings) {
				s.Analysis.BuildFlags = []string{"-race"}
				s.Analysis.Env = []string{"GOARCH=arm", "GOOS=linux"}
				s.Analysis.DirectoryFilters = []string{"-y"}
			},
		},
		{
			name:  "refused",
			gopls: `{"buildFlags": ["-toolexec=x", "-tags=a"], "env": {"PATH": "x"}, "directoryFilters": 7}`,
			want:  func(s *Settings) { s.Analysis.BuildFlags = []string{"-tags=a"} },
			problems: []string{
				`gopls.buildFlags: -toolexec=x is refused: it names a program to run`,
				`gopls.env: PATH is refused: it is none of the variables that choose what is compiled`,
				`gopls.directoryFilters: a list of strings is expected, not 7`,
			},
		},
		{name: "not an object", gopls: `7`, problems: []string{`gopls: an object is expected, not 7`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own, problems := Parse([]byte(tt.own))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			got, problems := own.Inherit([]byte(tt.gopls))
			want := own
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
