package lspserver

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// maxRecent is the number of lines of log that a report shows.
const maxRecent = 60

// recentLog keeps the last lines of the log, without what may quote source
// text: of what the client is told only what kind of news it is, and only
// those attributes that are known to hold none.
type recentLog struct {
	mu    sync.Mutex
	lines []string
}

// harmless are the attributes that are kept as they are; a panic's value and
// an error's text are cut off at a length that no statement of Go needs.
var harmless = []string{"bytes", "dir", "error", "method", "panic", "pid", "stack", "version", "where"}

const maxAttr = 200

// keeping is a handler that passes records on to next and keeps what matters of them.
func (r *recentLog) keeping(next slog.Handler) slog.Handler { return keeper{r, next} }

func (r *recentLog) keep(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) == maxRecent {
		r.lines = slices.Delete(r.lines, 0, 1)
	}
	r.lines = append(r.lines, line)
}

func (r *recentLog) last() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

type keeper struct {
	recent *recentLog
	next   slog.Handler
}

func (k keeper) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelInfo || k.next.Enabled(ctx, l)
}

func (k keeper) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		k.recent.keep(outline(r))
	}
	if !k.next.Enabled(ctx, r.Level) {
		return nil
	}
	return k.next.Handle(ctx, r)
}

func (k keeper) WithAttrs(attrs []slog.Attr) slog.Handler {
	return keeper{k.recent, k.next.WithAttrs(attrs)}
}

func (k keeper) WithGroup(name string) slog.Handler {
	return keeper{k.recent, k.next.WithGroup(name)}
}

// outline is a record without what may quote source text.
func outline(r slog.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", r.Time.UTC().Format("15:04:05.000"), r.Level, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		switch value := a.Value.String(); {
		case a.Key == "message":
			kind, _, more := strings.Cut(value, ": ")
			if more {
				kind += ": …"
			}
			fmt.Fprintf(&b, " %q", kind)
		case a.Key == "stack":
			b.WriteString("\n\t" + strings.ReplaceAll(strings.TrimSpace(value), "\n", "\n\t"))
		case slices.Contains(harmless, a.Key):
			if len(value) > maxAttr {
				value = strings.ToValidUTF8(value[:maxAttr], "") + "…"
			}
			fmt.Fprintf(&b, " %s=%q", a.Key, value)
		}
		return true
	})
	return b.String()
}
