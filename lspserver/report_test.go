package lspserver

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// The report tells what is of use, and nothing that is the user's own.
func TestReport(t *testing.T) {
	const secret = "s3cret"
	c := dial(t, func(c *client, _ *Options) { c.real = true })
	t.Setenv("HOME", c.dir)
	c.start(withRefresh, `{"inlayHints": {"level": "all"}, "analysis": {"env": ["CGO_CFLAGS=-D`+secret+`"], "buildFlags": ["-tags=x"]}}`)
	text := strings.ReplaceAll(realSource, "keep", secret)
	c.write("go.mod", realModule)
	c.write("a.go", text)
	c.open("a.go", text)
	c.analysed()
	c.write("b.go", "package m\n\nfunc "+secret+"() {}\n")
	c.save("a.go")
	c.await("window/logMessage") // it does not build
	result, err := c.call("workspace/executeCommand", raw(`{"command": "mapescape.report"}`))
	if err != nil {
		t.Fatal(err)
	}
	var report string
	if err := json.Unmarshal(result, &report); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"version    v0.0.0", "$FOLDER1: go1.", "Level      all", "[-tags=x]", "1 textDocument/didOpen", "1 open with", "told the client", "last lines of the log"} {
		if !strings.Contains(report, want) {
			t.Errorf("no %q in the report", want)
		}
	}
	for _, not := range []string{secret, c.dir, "make(", "package m", "example.com/m"} {
		if strings.Contains(report, not) {
			t.Errorf("%q is in the report", not)
		}
	}
	if t.Failed() {
		t.Log(report)
	}
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "Mapescape's report") {
		t.Errorf("the client's log has %v", e)
	}
}

func TestShorten(t *testing.T) {
	s := &shortener{}
	s.add("/home/ann/src/secret", "$FOLDER1")
	s.add("/home/ann", "~")
	s.add("", "nothing")
	s.add("/", "root")
	for text, want := range map[string]string{
		"/home/ann/src/secret/p/a.go:3: x":          "$FOLDER1/p/a.go:3: x",
		"dir=/home/ann/src/secret":                  "dir=$FOLDER1",
		"/home/ann/src/secrets/p":                   "~/src/secrets/p",
		"/home/anna/x/y/z.go":                       "…/y/z.go",
		`open "/opt/company/go/src/a.go": no`:       `open "…/src/a.go": no`,
		"go1.26.8 linux/amd64, 5 KiB/s and a/b/c/d": "go1.26.8 linux/amd64, 5 KiB/s and a/b/c/d",
		`C:\Users\ann\x\y.go:3`:                     `…/x\y.go:3`,
		"file:///srv/x/y/z.go":                      "file:…/y/z.go",
		"\t/usr/lib/go/src/runtime/panic.go:5 +0x1": "\t…/runtime/panic.go:5 +0x1",
	} {
		if got := s.shorten(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// Of what is logged only that is kept which cannot be source text.
func TestRecentLog(t *testing.T) {
	r := &recentLog{}
	log := slog.New(r.keeping(slog.DiscardHandler))
	log.Info("told the client", "message", "./p does not build: undefined: secret")
	log.Info("told the client", "message", "short")
	log.Warn("x", "error", strings.Repeat("é", maxAttr), "text", "secret", "bytes", 7)
	log.Error("panic", "stack", "a\nb\n")
	log.Debug("secret")
	got := strings.Join(r.last(), "\n")
	for _, want := range []string{`told the client "./p does not build: …"`, `"short"`, `…" bytes="7"`, "\n\ta\n\tb"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if strings.Contains(got, "secret") {
		t.Errorf("it keeps %q", got)
	}
	for range 2 * maxRecent {
		log.Info("x")
	}
	if n := len(r.last()); n != maxRecent {
		t.Errorf("%d lines are kept", n)
	}
	if line := outline(slog.NewRecord(time.Unix(0, 0), slog.LevelInfo, "m", 0)); line != "00:00:00.000 INFO m" {
		t.Errorf("a line is %q", line)
	}
}

func TestClientName(t *testing.T) {
	for _, tt := range [][3]string{
		{"Visual Studio Code", "1.99", "Visual Studio Code 1.99"},
		{"", "", "unnamed"},
		{"a\nb", " c\xff", "a b c\ufffd"},
		{strings.Repeat("é", 100), "1", strings.Repeat("é", 80) + "…"},
	} {
		var p initializeParams
		p.ClientInfo.Name, p.ClientInfo.Version = tt[0], tt[1]
		if got := clientName(p); got != tt[2] {
			t.Errorf("%q %q is %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
