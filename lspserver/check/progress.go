package check

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mapescape/mapescape/analysis"
)

// progressDelay is how long an analysis runs before it says anything: a
// cached one is over by then.
const progressDelay = time.Second

// progressLine is the line at the bottom of a terminal that says how far an
// analysis is. It is drawn over itself and erased at the end.
type progressLine struct {
	w     io.Writer
	width int

	mu    sync.Mutex
	timer *time.Timer
	last  analysis.Progress
	late  bool // the delay has passed
	drawn bool
}

// startProgress shows progress on the standard error when that is a terminal.
func startProgress(env *Env) *progressLine {
	width, ok := env.Terminal(env.Stderr)
	if !ok || env.Getenv("TERM") == "dumb" {
		return &progressLine{w: io.Discard}
	}
	if width == 0 {
		width = defaultWidth
	}
	p := &progressLine{w: env.Stderr, width: width}
	p.timer = time.AfterFunc(progressDelay, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.late = true
		p.draw()
	})
	return p
}

// update is an analysis.Request's Progress.
func (p *progressLine) update(now analysis.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
	p.draw()
}

func (p *progressLine) draw() {
	if p.timer == nil || !p.late {
		return
	}
	p.drawn = true
	line := []rune(printable(describe(p.last)))
	// One column stays free: a full line makes some terminals wrap.
	line = line[:min(len(line), max(p.width-1, 0))]
	fmt.Fprintf(p.w, "\r\x1b[K%s", string(line))
}

// stop erases the line and keeps it away.
func (p *progressLine) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	p.timer.Stop()
	p.timer = nil
	if p.drawn {
		io.WriteString(p.w, "\r\x1b[K")
	}
}

// verbs put the names of stages into words.
var verbs = map[string]string{"compile": "compiling", "load": "loading", "resolve": "resolving"}

func describe(p analysis.Progress) string {
	verb := verbs[p.Stage]
	if verb == "" {
		verb = "analysing"
	}
	var b strings.Builder
	b.WriteString(verb)
	if p.Total > 0 {
		fmt.Fprintf(&b, " %d/%d", p.Done, p.Total)
	}
	if p.Package != "" {
		b.WriteString(" " + p.Package)
	} else {
		b.WriteString(" packages")
	}
	return b.String()
}
