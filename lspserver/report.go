package lspserver

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/toolchain"
	"github.com/mapescape/mapescape/lspserver/session"
)

// commandReport gives a text for a bug report: versions, the settings in
// force, what has happened in numbers, and the last lines of the log. No
// source text is in it, no contents of files, and of paths only their ends. It is
// the command's result, and is written to the client's log as well, for
// clients that do not show results.
const commandReport = "mapescape.report"

func (s *server) reportForBug() work {
	status := s.sess.Status()
	return func(ctx context.Context) (any, error) {
		text := s.reportText(ctx, status)
		if err := s.client.LogMessage(s.base, &protocol.LogMessageParams{Type: protocol.MessageTypeInfo, Message: text}); err != nil {
			s.log.Debug("window/logMessage", "error", err)
		}
		return text, nil
	}
}

func (s *server) reportText(ctx context.Context, status session.Status) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	b.WriteString("Mapescape's report for a bug report. It holds no source text; read it all the same before you send it.\n\n")
	line("version", "%s, built with %s for %s/%s", s.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	line("running", "for %v with %d CPUs", time.Since(s.began).Round(time.Second), runtime.GOMAXPROCS(0))

	dirs := s.caps.Load().folders
	if len(dirs) == 0 {
		dirs = status.Dirs
	}
	short := &shortener{}
	for i, dir := range dirs {
		short.add(dir, fmt.Sprintf("$FOLDER%d", i+1))
	}
	for _, dir := range dirs[:min(len(dirs), maxDescribed)] {
		line("go", "%s: %s", dir, s.describeGo(ctx, dir, status.Options, short))
	}
	if home, err := os.UserHomeDir(); err == nil {
		short.add(home, "~")
	}

	b.WriteString("\nSettings in force\n\n")
	describeOptions(line, status.Options)
	if t := s.trace.Load(); t != nil {
		line("Trace", "%s", *t)
	}
	caps := s.caps.Load()
	line("client", "%s", caps.name)
	line("", "refresh %t, progress %t, configuration %t, markdown %t", caps.refresh, caps.progress, caps.configuration, caps.markdown)

	b.WriteString("\nCounts\n\n")
	line("documents", "%d open with %d bytes, %d of them not served", status.Documents, status.Bytes, status.Dropped)
	line("packages", "%d known, %d of them in trouble", status.Packages, status.Broken)
	line("analyses", "%d queued, one running: %t", status.Queued, status.Running)
	line("requests", "%d waiting for an answer", s.pending.Load())
	for _, c := range s.tally.sorted() {
		line("", "%6d %s", c.n, c.what)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	line("memory", "%d KiB of heap in use, %d KiB from the system, %d collections", mem.HeapInuse>>10, mem.Sys>>10, mem.NumGC)
	line("goroutines", "%d", runtime.NumGoroutine())

	b.WriteString("\nThe last lines of the log\n\n")
	for _, l := range s.recent.last() {
		b.WriteString(l + "\n")
	}
	return strings.ToValidUTF8(short.shorten(b.String()), "\ufffd")
}

const (
	// maxDescribed is the number of folders whose toolchain is looked up, each
	// within describeTime: the report is wanted most when something hangs.
	maxDescribed = 3
	describeTime = 5 * time.Second
)

// describeGo says which toolchain is in force in a directory.
func (s *server) describeGo(ctx context.Context, dir string, o session.Options, short *shortener) string {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir, Flags: o.Flags, Env: o.Env})
	if err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n")
		return text
	}
	short.add(tc.GOROOT, "$GOROOT")
	short.add(tc.GOMODCACHE, "$GOMODCACHE")
	facts := runtimemap.For(tc.Version, tc.GOARCH, tc.GOEXPERIMENT)
	return fmt.Sprintf("%s %s/%s, GOEXPERIMENT=%q, GOFLAGS=%q, in a module: %t, in a workspace: %t, map runtime known: %t (%s)",
		tc.Version, tc.GOOS, tc.GOARCH, tc.GOEXPERIMENT, tc.GOFLAGS, tc.InModule(),
		tc.GOWORK != "" && tc.GOWORK != "off", facts.Known, facts.Design)
}

// describeOptions lists a session's options by their names. Of variables of
// the environment only the names are told: the values may be secrets.
func describeOptions(line func(name, format string, args ...any), o session.Options) {
	v := reflect.ValueOf(o)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		value := v.Field(i).Interface()
		if env, ok := value.([]string); ok && field.Name == "Env" {
			names := make([]string, len(env))
			for i, e := range env {
				names[i], _, _ = strings.Cut(e, "=")
			}
			value = names
		}
		line(field.Name, "%v", value)
	}
}

// shortener takes the beginnings off paths.
type shortener struct{ known []string } // pairs

func (s *shortener) add(dir, name string) {
	if dir = filepath.Clean(dir); len(dir) > 1 && filepath.IsAbs(dir) {
		s.known = append(s.known, dir, name)
	}
}

var (
	// absolute is a path, of any system, of which more than the end is left.
	absolute = regexp.MustCompile(`(^|[\s"'=:(\[])(?:[A-Za-z]:)?[/\\]+(?:[^\s"':/\\]+[/\\])*([^\s"':/\\]+[/\\][^\s"':/\\]+)`)
)

// shorten replaces directories with names, the longest first, and leaves of
// all other paths the last two elements.
func (s *shortener) shorten(text string) string {
	var pairs [][2]string
	for i := 0; i+1 < len(s.known); i += 2 {
		pairs = append(pairs, [2]string{s.known[i], s.known[i+1]})
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(len(b[0]), len(a[0])) })
	for _, p := range pairs {
		text = regexp.MustCompile(regexp.QuoteMeta(p[0])+`(\W|$)`).ReplaceAllString(text, strings.ReplaceAll(p[1], "$", "$$")+"${1}")
	}
	return absolute.ReplaceAllString(text, "${1}…/${2}")
}

// tally counts what a client asks for. Only names that the server knows are
// kept, so that it does not grow.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

type counted struct {
	what string
	n    int
}

func (t *tally) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[what]++
}

func (t *tally) sorted() []counted {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []counted
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		out = append(out, counted{what, t.counts[what]})
	}
	return out
}
