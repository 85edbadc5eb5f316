package check

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
)

// A console is an Env whose analysis is handed in.
type console struct {
	Env
	out, err bytes.Buffer
	request  analysis.Request
}

func newConsole(t *testing.T, result *analysis.Result, err error) *console {
	t.Helper()
	c := &console{}
	c.Env = Env{
		Dir:      t.TempDir(),
		Stdout:   &c.out,
		Stderr:   &c.err,
		Getenv:   func(string) string { return "" },
		Terminal: func(io.Writer) (int, bool) { return 0, false },
		Now:      func() time.Time { return time.Unix(0, 0) },
		Version:  "v1.2.3",
		Analyse: func(_ context.Context, req analysis.Request) (*analysis.Result, error) {
			c.request = req
			return result, err
		},
	}
	return c
}

func (c *console) run(ctx context.Context, args ...string) int {
	return Dispatch(ctx, &c.Env, Commands(), args)
}

func TestDispatch(t *testing.T) {
	for _, tt := range []struct {
		args     []string
		status   int
		out, err string // a part of each
	}{
		{nil, 2, "", "The commands are:"},
		{[]string{"help"}, 0, "The commands are:", ""},
		{[]string{"-h"}, 0, "The commands are:", ""},
		{[]string{"help", "check"}, 0, "usage: mapescape check [flags] [packages]", ""},
		{[]string{"check", "-h"}, 0, "-level level", ""},
		{[]string{"help", "dump"}, 0, "placements", ""},
		{[]string{"help", "nonsense"}, 2, "", `unknown command "nonsense"`},
		{[]string{"nonsense"}, 2, "", `unknown command "nonsense"`},
		{[]string{"check", "-nonsense"}, 2, "", "flag provided but not defined: -nonsense\nRun 'mapescape help check' for usage."},
		{[]string{"check", "-level", "loud"}, 2, "", `invalid value "loud" for flag -level: want quiet, normal or all`},
		{[]string{"check", "-color=pink"}, 2, "", "want auto, always or never"},
		{[]string{"check", "./...", "-json"}, 2, "", "flags go before them"},
		{[]string{"check", ""}, 2, "", "empty package pattern"},
		{[]string{"check", "-C", "nowhere"}, 2, "", "-C nowhere: no such directory"},
		{[]string{"explain"}, 2, "", "wants one place"},
		{[]string{"explain", "a.go:1", "b.go:1"}, 2, "", "wants one place"},
		{[]string{"dump"}, 2, "", "wants the name of a stage"},
		{[]string{"dump", "nonsense"}, 2, "", `no stage "nonsense"`},
		{[]string{"version", "x"}, 2, "", "takes no arguments"},
	} {
		c := newConsole(t, nil, errors.New("no analysis is expected"))
		if got := c.run(t.Context(), tt.args...); got != tt.status {
			t.Errorf("%q: status %d, want %d", tt.args, got, tt.status)
		}
		for _, s := range []struct{ name, got, want string }{
			{"output", c.out.String(), tt.out},
			{"standard error", c.err.String(), tt.err},
		} {
			if s.want == "" && s.got != "" || !strings.Contains(s.got, s.want) {
				t.Errorf("%q: %s is %q, want %q", tt.args, s.name, s.got, s.want)
			}
		}
	}
}

// Every command has a help text with its usage and its flags.
func TestHelp(t *testing.T) {
	for _, cmd := range Commands() {
		c := newConsole(t, nil, nil)
		if got := c.run(t.Context(), "help", cmd.Name); got != 0 {
			t.Errorf("help %s: status %d", cmd.Name, got)
		}
		if !strings.HasPrefix(c.out.String(), "usage: mapescape "+cmd.Name) || !strings.Contains(c.out.String(), cmd.Long) {
			t.Errorf("help %s says\n%s", cmd.Name, c.out.String())
		}
		for line := range strings.Lines(cmd.Long) {
			if textWidth(line) > 110 {
				t.Errorf("help %s has a line of %d columns: %s", cmd.Name, textWidth(line), line)
			}
		}
	}
}

func TestCheckRequest(t *testing.T) {
	c := newConsole(t, &analysis.Result{Packages: []*analysis.Package{{Path: "p"}}}, nil)
	if got := c.run(t.Context(), "check", "-tests", "-tags", "a,b"); got != 0 {
		t.Fatalf("status %d: %s", got, c.err.String())
	}
	c.request.Progress, c.request.Each, c.request.Syntax = nil, nil, nil
	want := analysis.Request{Dir: c.Dir, Patterns: []string{"."}, Tests: true, Flags: []string{"-tags=a,b"}}
	if diff := cmp.Diff(want, c.request); diff != "" {
		t.Error(diff)
	}
}

func TestCheckStatus(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	clean := handmade(t)
	clean.Problems = nil
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		result *analysis.Result
		err    error
		status int
		stderr string
	}{
		{"clean", t.Context(), clean, nil, 0, ""},
		{"problems", t.Context(), handmade(t), nil, 2, "example.com/broken could not be analysed:"},
		{"nothing matches", t.Context(), &analysis.Result{}, nil, 2, `no packages match "."`},
		{"failure", t.Context(), nil, errors.New("no go command"), 2, "mapescape: no go command"},
		{"interrupt", interrupted, nil, context.Canceled, 2, "mapescape: interrupted\n"},
	} {
		for _, format := range []string{"-json=false", "-json"} {
			c := newConsole(t, tt.result, tt.err)
			if got := c.run(tt.ctx, "check", format); got != tt.status {
				t.Errorf("%s, %s: status %d, want %d", tt.name, format, got, tt.status)
			}
			if got := c.err.String(); !strings.Contains(got, tt.stderr) || tt.stderr == "" && got != "" {
				t.Errorf("%s, %s: standard error is %q, want %q", tt.name, format, got, tt.stderr)
			}
			if wrote := c.out.Len() > 0; wrote != (tt.result != nil && len(tt.result.Packages) > 0) {
				t.Errorf("%s, %s: output is %q", tt.name, format, c.out.String())
			}
		}
	}
}

// What is analysed is reported also when another package has problems, and
// the text is the same that the JSON report gives when it is played back.
func TestCheckTextFromJSON(t *testing.T) {
	var texts []string
	for _, args := range [][]string{{"check", "-level=normal"}, {"check", "-json"}} {
		c := newConsole(t, handmade(t), nil)
		c.Dir = "/"
		if got := c.run(t.Context(), args...); got != 2 {
			t.Fatalf("status %d", got)
		}
		texts = append(texts, c.out.String())
	}
	result := handmade(t)
	files := newFiles(result)
	var replayed strings.Builder
	text := NewText(&replayed, TextOptions{Level: "normal", Source: files.under("/")})
	if err := Decode(strings.NewReader(texts[1]), text); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(texts[0], replayed.String()); diff != "" {
		t.Errorf("-direct +from JSON:\n%s", diff)
	}
	if !strings.Contains(texts[0], "make(map[string]int, n)") {
		t.Errorf("the operation is missing in\n%s", texts[0])
	}
}

func TestColor(t *testing.T) {
	for _, tt := range []struct {
		mode     colorMode
		terminal bool
		env      map[string]string
		want     bool
	}{
		{colorAuto, true, nil, true},
		{colorAuto, false, nil, false},
		{colorAuto, true, map[string]string{"NO_COLOR": "1"}, false},
		{colorAuto, true, map[string]string{"TERM": "dumb"}, false},
		{colorAlways, false, map[string]string{"NO_COLOR": "1"}, true},
		{colorNever, true, nil, false},
	} {
		env := &Env{
			Getenv:   func(name string) string { return tt.env[name] },
			Terminal: func(io.Writer) (int, bool) { return 80, tt.terminal },
		}
		if got := env.color(tt.mode, io.Discard); got != tt.want {
			t.Errorf("%s, terminal %v, %v: colour %v, want %v", tt.mode, tt.terminal, tt.env, got, tt.want)
		}
	}
}

func TestProgress(t *testing.T) {
	progress := analysis.Progress{Stage: "compile", Package: "example.com/a/very/long/name", Done: 3, Total: 12}
	for _, tt := range []struct {
		name     string
		terminal bool
		takes    time.Duration
		want     string
	}{
		{"no terminal", false, time.Minute, ""},
		{"quick", true, progressDelay / 2, ""},
		{"slow", true, progressDelay * 2, "\r\x1b[Kcompiling 3/12 example.com/a/ve\r\x1b[K"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				line := startProgress(&Env{
					Stderr:   &out,
					Getenv:   func(string) string { return "" },
					Terminal: func(io.Writer) (int, bool) { return 32, tt.terminal },
				})
				line.update(progress)
				<-time.After(tt.takes)
				line.stop()
				line.update(progress) // a straggler draws nothing
				<-time.After(time.Hour)
				if got := out.String(); got != tt.want {
					t.Errorf("drew %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// TestCheckStreams gives check its packages one by one and looks at what is
// out after the first: its operations, and nothing of the second.
func TestCheckStreams(t *testing.T) {
	first := &analysis.Package{Path: "first", Ops: []analysis.Op{{Placement: placement.Placement{Op: mapop.Op{Kind: mapop.Make, Map: "one"}}}}}
	second := &analysis.Package{Path: "second", Ops: []analysis.Op{{Placement: placement.Placement{Op: mapop.Op{Kind: mapop.Make, Map: "two"}}}}}
	result := &analysis.Result{Packages: []*analysis.Package{first, second}}
	c := newConsole(t, result, nil)
	var between string
	c.Analyse = func(_ context.Context, req analysis.Request) (*analysis.Result, error) {
		req.Each(result, first)
		req.Each(result, second)
		between = c.out.String()
		return result, nil
	}
	if got := c.run(t.Context(), "check", "-json"); got != 0 {
		t.Fatalf("status %d: %s", got, c.err.String())
	}
	if !strings.Contains(between, `"map":"one"`) || strings.Contains(between, "summary") {
		t.Errorf("before the analysis ended the output was %q", between)
	}
	for _, name := range []string{`"map":"one"`, `"map":"two"`, `"config"`, `"summary"`} {
		if n := strings.Count(c.out.String(), name); n != 1 {
			t.Errorf("%s is written %d times", name, n)
		}
	}
}
