package check

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// message is one line of a JSON report: exactly one field is set.
type message struct {
	Config  *Config  `json:"config,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
	Op      *Op      `json:"op,omitempty"`
	Finding *Finding `json:"finding,omitempty"`
	Summary *Summary `json:"summary,omitempty"`
}

// jsonReporter writes messages as they come and passes them on package by
// package, so that a reader at the other end of a pipe sees whole packages early.
type jsonReporter struct {
	out *bufio.Writer
	enc *json.Encoder
	pkg string
}

// NewJSON is a Reporter that writes the report to w as JSON, one message a line.
func NewJSON(w io.Writer) Reporter {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false) // "<-ch" is source, and no browser reads this
	return &jsonReporter{out: out, enc: enc}
}

func (j *jsonReporter) Config(m *Config) error { return j.write(message{Config: m}) }

func (j *jsonReporter) Op(m *Op) error {
	if m.Package != j.pkg {
		j.pkg = m.Package
		if err := j.out.Flush(); err != nil {
			return err
		}
	}
	return j.write(message{Op: m})
}

func (j *jsonReporter) Finding(m *Finding) error { return j.write(message{Finding: m}) }

func (j *jsonReporter) Problem(m *Problem) error {
	return errors.Join(j.write(message{Problem: m}), j.out.Flush())
}

func (j *jsonReporter) Summary(m *Summary) error {
	return errors.Join(j.write(message{Summary: m}), j.out.Flush())
}

func (j *jsonReporter) write(m message) error { return j.enc.Encode(m) }

// Decode reads a JSON report and gives its messages to r. It skips messages
// and fields that it does not know. A report of another version, one that does
// not begin with its configuration and one that does not end with its summary
// are errors, the last after what there was has been given to r.
func Decode(in io.Reader, r Reporter) error {
	dec := json.NewDecoder(bufio.NewReader(in))
	var opened, closed bool
	for {
		var m message
		if err := dec.Decode(&m); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("reading the report: %w", err)
		}
		if m.Config == nil && !opened {
			return errors.New("the report does not begin with its configuration")
		}
		var err error
		switch {
		case m.Config != nil:
			if m.Config.Version != FormatVersion {
				return fmt.Errorf("the report has version %d, and version %d is understood", m.Config.Version, FormatVersion)
			}
			opened = true
			err = r.Config(m.Config)
		case m.Op != nil:
			err = r.Op(m.Op)
		case m.Finding != nil:
			err = r.Finding(m.Finding)
		case m.Problem != nil:
			err = r.Problem(m.Problem)
		case m.Summary != nil:
			closed = true
			err = r.Summary(m.Summary)
		}
		if err != nil {
			return err
		}
	}
	if !opened || !closed {
		return fmt.Errorf("the report is incomplete: %w", io.ErrUnexpectedEOF)
	}
	return nil
}
