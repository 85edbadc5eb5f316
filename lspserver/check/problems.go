package check

import (
	"fmt"
	"io"
	"strings"
)

// problemReporter names what could not be analysed, and nothing else.
type problemReporter struct {
	w       io.Writer
	palette palette
	// pkg is the package of the heading last printed.
	pkg     string
	started bool
}

// NewProblems is a Reporter that shows the report's problems on w, package by package.
func NewProblems(w io.Writer, color bool) Reporter {
	return &problemReporter{w: w, palette: palette{color}}
}

func (p *problemReporter) Config(*Config) error   { return nil }
func (p *problemReporter) Op(*Op) error           { return nil }
func (p *problemReporter) Finding(*Finding) error { return nil }
func (p *problemReporter) Summary(*Summary) error { return nil }

func (p *problemReporter) Problem(m *Problem) error {
	var b strings.Builder
	if !p.started || m.Package != p.pkg {
		p.started, p.pkg = true, m.Package
		heading := "not everything could be analysed:"
		switch {
		case m.Partial:
			heading = printable(m.Package) + " could not be analysed with its tests:"
		case m.Package != "":
			heading = printable(m.Package) + " could not be analysed:"
		}
		fmt.Fprintln(&b, p.palette.paint(toneAlloc, heading))
	}
	message := m.Message
	if m.Pos != nil {
		message = m.Pos.String() + ": " + message
	}
	for line := range strings.Lines(message) {
		fmt.Fprintf(&b, "    %s\n", printable(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    ")))
	}
	_, err := io.WriteString(p.w, b.String())
	return err
}

// String is the place as compilers write it.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}
