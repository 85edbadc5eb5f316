package check

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/source"
)

// defaultWidth is the width of output that goes to no terminal, in columns.
const defaultWidth = 120

// TextOptions say how the report is shown to people.
type TextOptions struct {
	// Level says which operations are shown.
	Level hint.Level
	// Width is how many columns there are, 0 for a width fit for a log.
	Width int
	// Color asks for escape sequences.
	Color bool
	// Source gives the text of a file by its name in the report, nil where there is none.
	Source func(name string) *source.File
}

// textReporter shows the source lines that have something to tell, each with
// an underline and a label for every operation on it. Operations have a row
// each, since they nest: a lookup in the key of an insert lies under both.
type textReporter struct {
	out     *bufio.Writer
	opts    TextOptions
	palette palette
	config  Config
	tally   tally
	// file and pkg are those of the heading last printed; shown says that there was one.
	file, pkg, variant string
	shown              bool
	// line collects the operations of one source line.
	line []*Op
	// findings are listed at the end.
	findings []*Finding
}

// NewText is a Reporter that shows the report to people. It leaves problems
// to NewProblems.
func NewText(w io.Writer, opts TextOptions) Reporter {
	opts.Width = max(cmp.Or(opts.Width, defaultWidth), 40)
	return &textReporter{out: bufio.NewWriter(w), opts: opts, palette: palette{opts.Color}}
}

func (t *textReporter) Config(m *Config) error {
	t.config = *m
	return nil
}

func (t *textReporter) Op(m *Op) error {
	t.tally.add(m)
	if m.Hint == "" || !shown(hint.Level(m.HintLevel), t.opts.Level) {
		return nil
	}
	if len(t.line) > 0 && (t.line[0].Package != m.Package || t.line[0].Pos.File != m.Pos.File || t.line[0].Pos.Line != m.Pos.Line) {
		t.flushLine()
	}
	t.line = append(t.line, m)
	return nil
}

// Finding keeps one for the list, if it is to be shown: those without a proven
// gain are of interest to those who want to see all.
func (t *textReporter) Finding(m *Finding) error {
	if m.Severity == severityInformation || t.opts.Level == hint.All {
		t.findings = append(t.findings, m)
	}
	return nil
}

func (t *textReporter) Problem(*Problem) error {
	t.flushLine()
	return t.out.Flush()
}

func (t *textReporter) Summary(m *Summary) error {
	t.flushLine()
	t.findingLines()
	if t.shown {
		t.println()
	}
	if m.Packages > 0 {
		for _, line := range t.tally.lines() {
			t.println(line)
		}
	}
	with := ""
	if t.config.Go != "" { // there is none where the go command declined to work
		with = fmt.Sprintf(" with %s %s/%s", t.config.Go, t.config.GOOS, t.config.GOARCH)
	}
	t.println(fmt.Sprintf("%s analysed%s in %s%s", counted(m.Packages, "package"), with,
		elapsed(m.ElapsedMs), list([]count{{m.Problems, pick(m.Problems, "problem", "problems")}})))
	return t.out.Flush()
}

// flushLine prints the collected line. Write errors stay in the buffered
// writer, which reports them when it is flushed.
func (t *textReporter) flushLine() {
	ops := t.line
	t.line = nil
	if len(ops) == 0 {
		return
	}
	first := ops[0]
	if first.Pos.File != t.file || first.Package != t.pkg || first.Variant != t.variant || !t.shown {
		t.heading(first)
	}
	var file *source.File
	if t.opts.Source != nil {
		file = t.opts.Source(first.Pos.File)
	}
	digits := 4
	var text displayLine
	if file == nil {
		text = newDisplayLine("")
	} else {
		digits = max(digits, len(fmt.Sprint(file.Lines())))
		text = newDisplayLine(file.LineText(first.Pos.Line))
	}
	g := gutter{digits: digits, palette: t.palette}
	room := t.opts.Width - g.width()
	slices.SortStableFunc(ops, func(a, b *Op) int {
		return cmp.Or(cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Pos.EndColumn, b.Pos.EndColumn))
	})
	for len(ops) > 0 {
		w, n := fit(text, ops, room)
		t.println(g.line(first.Pos.Line), t.paint(toneSource, text.cut(w)))
		for _, op := range ops[:n] {
			for _, row := range t.rows(text, w, op, room) {
				t.println(g.blank(), row)
			}
		}
		ops = ops[n:]
	}
}

func (t *textReporter) heading(m *Op) {
	if t.shown {
		t.println()
	}
	t.file, t.pkg, t.variant, t.shown = m.Pos.File, m.Package, m.Variant, true
	of := m.Package
	switch m.Variant {
	case "test":
		of += ", tests"
	case "xtest":
		of += ", external tests"
	}
	t.println(t.paint(toneHeading, printable(m.Pos.File)) + " (" + printable(of) + ")")
}

// fit chooses the window of a line that shows the first operations, and says
// how many of ops it shows. A line that is short enough is shown whole.
func fit(text displayLine, ops []*Op, room int) (window, int) {
	if text.width() <= room {
		return window{0, text.width()}, len(ops)
	}
	const before = 12 // columns of context to the left
	from := max(text.at(ops[0].Pos.Column)-before, 0)
	from = min(from, text.width()-room)
	w := window{from, from + room}
	n := 1
	for n < len(ops) {
		start, end := extent(text, ops[n])
		if min(end, start+room/2) > w.to {
			break
		}
		n++
	}
	return w, n
}

// extent is the interval of terminal columns of an operation on its first line.
func extent(text displayLine, m *Op) (start, end int) {
	start, end = text.at(m.Pos.Column), text.width()
	if m.Pos.EndLine == m.Pos.Line {
		end = text.at(m.Pos.EndColumn)
	}
	return start, max(end, start+1)
}

// rows are the underline of an operation with its label, and where quiet shows
// it, the reason: beside the label where there is room, else beneath.
func (t *textReporter) rows(text displayLine, w window, m *Op, room int) []string {
	from, to := text.visible(w)
	start, end := extent(text, m)
	cut := m.Pos.EndLine > m.Pos.Line || end > to
	start, end = max(start, from), min(max(end, start+1), max(to, start+1))

	indent := strings.Repeat(" ", start-w.from)
	mark := strings.Repeat("^", end-start)
	if cut {
		mark += "…"
	}
	label := printable(m.Hint)
	row := indent + t.paint(toneOf(m), mark+" "+label)
	why := printable(strings.Join(strings.Fields(reason(m)), " "))
	if hint.Level(m.HintLevel) != hint.Quiet || why == "" {
		return []string{row}
	}
	used := start - w.from + textWidth(mark) + 1 + textWidth(label) + 2
	if used+textWidth(why) <= room {
		return []string{row + ": " + why}
	}
	rows := []string{row}
	// Narrow columns are hard to read: far to the right, the reason moves to the left.
	indent = strings.Repeat(" ", min(start-w.from, max(room-60, 4)))
	for _, line := range wrap(why, room-len(indent)) {
		rows = append(rows, indent+line)
	}
	return rows
}

func (t *textReporter) paint(tone tone, s string) string { return t.palette.paint(tone, s) }

func (t *textReporter) println(parts ...string) {
	t.out.WriteString(strings.TrimRight(strings.Join(parts, ""), " "))
	t.out.WriteByte('\n')
}

// toneOf is the colour of an operation's label.
func toneOf(m *Op) tone {
	switch {
	case placement.Allocates(m.Allocates) == placement.Always:
		return toneAlloc
	case placement.Home(m.Placement.Header) == placement.Stack && hint.Level(m.HintLevel) != hint.Quiet:
		return toneStack
	case hint.Level(m.HintLevel) == hint.Quiet, placement.Home(m.Placement.Header) == placement.Heap:
		return toneHeap
	default:
		return toneNone
	}
}

// A gutter is the column of line numbers.
type gutter struct {
	digits  int
	palette palette
}

func (g gutter) width() int { return g.digits + 3 }

func (g gutter) line(n int) string {
	return g.palette.paint(toneSource, fmt.Sprintf("%*d │", g.digits, n)) + " "
}

func (g gutter) blank() string {
	return g.palette.paint(toneSource, strings.Repeat(" ", g.digits)+" │") + " "
}

// elapsed shows milliseconds as people say them.
func elapsed(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	if d < time.Second {
		return d.String()
	}
	return d.Round(100 * time.Millisecond).String()
}
