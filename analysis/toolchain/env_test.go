package toolchain

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitFlags(t *testing.T) {
	for _, c := range []struct {
		name      string
		flags     []string
		build, gc []string
		refused   string
	}{
		{name: "none"},
		{name: "tags joined", flags: []string{"-tags=a,b"}, build: []string{"-tags=a,b"}},
		{name: "tags apart", flags: []string{"-tags", "a,b", "-race"}, build: []string{"-tags=a,b", "-race"}},
		{name: "double dash", flags: []string{"--tags=x"}, build: []string{"-tags=x"}},
		{name: "gcflags", flags: []string{"-gcflags=-N -l", "-race"}, build: []string{"-race"}, gc: []string{"-N", "-l"}},
		{name: "gcflags for all", flags: []string{"-gcflags=all=-N -l"}, build: []string{"-gcflags=all=-N -l"}, gc: []string{"-N", "-l"}},
		{name: "gcflags for another package", flags: []string{"-gcflags=net/http=-N"}, build: []string{"-gcflags=net/http=-N"}},
		{name: "gcflags quoted", flags: []string{"-gcflags=-N '-l'"}, gc: []string{"-N", "-l"}},
		{name: "gcflags with a space", flags: []string{"-gcflags=-N '-d=a b'"}, refused: "-gcflags=-d=a b"},
		{name: "output only", flags: []string{"-x", "-v", "-work", "-buildvcs=auto", "-race"}, build: []string{"-race"}},
		{name: "toolexec", flags: []string{"-toolexec=/tmp/x"}, refused: "-toolexec=/tmp/x"},
		{name: "toolexec apart", flags: []string{"-race", "--toolexec", "x"}, refused: "--toolexec"},
		{name: "vettool", flags: []string{"-vettool=x"}, refused: "-vettool=x"},
		{name: "linker", flags: []string{"-ldflags=-extld=x"}, refused: "-ldflags=-extld=x"},
		{name: "overlay", flags: []string{"-overlay=x.json"}, refused: "-overlay=x.json"},
		{name: "output", flags: []string{"-o", "x"}, refused: "-o"},
		{name: "compiler that writes", flags: []string{"-gcflags=-linkobj=x"}, refused: "-gcflags=-linkobj=x"},
		{name: "changes go.mod", flags: []string{"-mod=mod"}, refused: "-mod=mod"},
		{name: "no flag", flags: []string{"./..."}, refused: "./..."},
		{name: "no value", flags: []string{"-tags"}, refused: "-tags"},
	} {
		t.Run(c.name, func(t *testing.T) {
			build, gc, err := splitFlags(c.flags)
			var refused *FlagError
			if errors.As(err, &refused) {
				if refused.Flag != c.refused || refused.Reason == "" {
					t.Fatalf("refused %q because %q, want %q", refused.Flag, refused.Reason, c.refused)
				}
				return
			}
			if err != nil || c.refused != "" {
				t.Fatalf("error %v, want %q refused", err, c.refused)
			}
			if diff := cmp.Diff([][]string{c.build, c.gc}, [][]string{build, gc}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSaneGOFLAGS(t *testing.T) {
	for _, c := range []struct {
		in, want string
		gc       []string
	}{
		{"", "", nil},
		{"-tags=a -race", "-tags=a -race", nil},
		{"-toolexec=/tmp/evil -tags=a", "-tags=a", nil},
		{"'-toolexec=/tmp/evil with space' -tags=a", "-tags=a", nil},
		{"--toolexec=/tmp/evil", "", nil},
		{"-mod=mod", "", nil},
		{"-mod=vendor", "-mod=vendor", nil},
		{"'-gcflags=all=-N -l'", "'-gcflags=all=-N -l'", []string{"-N", "-l"}},
		{"-gcflags=-N -x -v", "-gcflags=-N", []string{"-N"}},
		{"-gcflags=-m", "", nil},
		{"'-gcflags=all=-m=2 -N' -race", "-gcflags=all=-N -race", []string{"-N"}},
		{"'-gcflags=-m -N -l'", "'-gcflags=-N -l'", []string{"-N", "-l"}},
		{"-gcflags=m/p=-N", "-gcflags=m/p=-N", nil},
		{`"-gcflags=-linkobj=f"`, "", nil},
	} {
		got, gc := saneGOFLAGS(c.in)
		if got != c.want {
			t.Errorf("GOFLAGS %q becomes %q, want %q", c.in, got, c.want)
		}
		if diff := cmp.Diff(c.gc, gc); diff != "" {
			t.Errorf("GOFLAGS %q: compiler flags (-want +got):\n%s", c.in, diff)
		}
	}
}

func FuzzSplitQuoted(f *testing.F) {
	for _, s := range []string{"", "-a", "'-a b' -c", `"-a`, "'", "-a='b c'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sane, _ := saneGOFLAGS(s)
		for _, field := range splitQuoted(sane) {
			name, _, _ := cutFlag(field)
			if name == "toolexec" {
				t.Errorf("GOFLAGS %q lets %q through", s, field)
			}
		}
	})
}
