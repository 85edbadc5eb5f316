package analysistest

import (
	"testing"

	"bytes"
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
)

// A Note is a comment that speaks to the test: "// verb:qualifier text".
type Note struct {
	Verb, Qualifier, Text string
	// Pos is where the line comment that holds the note starts.
	Pos source.Pos
}

// noteForm is one piece of a comment. Every comment that starts with a word in
// lower case has the form; only a test that knows the verb takes it for a note.
var noteForm = regexp.MustCompile(`^\s*([a-z]+)(?::([a-z0-9.]+))?(?:\s+(.*?))?\s*$`)

// readNotes gives the notes of a Go file in order.
func readNotes(path string, text []byte) []Note {
	var out []Note
	f := source.NewFile(path, text)
	comments := lineComments(text)
	for _, offset := range slices.Sorted(maps.Values(comments)) {
		pos := f.Pos(offset)
		comment := f.LineText(pos.Line)[pos.Column-1:]
		for _, piece := range strings.Split(comment, "//")[1:] {
			if m := noteForm.FindStringSubmatch(piece); m != nil {
				out = append(out, Note{Verb: m[1], Qualifier: m[2], Text: m[3], Pos: pos})
			}
		}
	}
	return out
}

// lineComments gives the offset of each line's line comment, by line. It does
// not mind syntax errors.
func lineComments(text []byte) map[int]int {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	out := map[int]int{}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return out
		}
		if tok == token.COMMENT && strings.HasPrefix(lit, "//") {
			out[file.PositionFor(pos, false).Line] = file.Offset(pos)
		}
	}
}

// rewriteWants replaces the wants of a Go file by what was found at each level.
// A file that gofmt was content with stays so.
func rewriteWants(path string, text []byte, levels []string, found map[string][]Label) []byte {
	out := replaceWants(path, text, levels, found)
	if clean, err := format.Source(text); err == nil && bytes.Equal(clean, text) {
		if aligned, err := format.Source(out); err == nil {
			return aligned
		}
	}
	return out
}

func replaceWants(path string, text []byte, levels []string, found map[string][]Label) []byte {
	f := source.NewFile(path, text)
	comments := lineComments(text)
	var out bytes.Buffer
	for line := 1; line <= f.Lines(); line++ {
		if line > 1 {
			out.WriteByte('\n')
		}
		code := f.LineText(line)
		var other, old string
		if offset, ok := comments[line]; ok {
			column := f.Pos(offset).Column - 1
			other, old = splitWants(code[column:])
			code = code[:column]
		}
		wants := formatWants(path, line, levels, found)
		if wants == "" && old == "" {
			out.WriteString(code + other)
			continue
		}
		code = strings.TrimRight(code, " \t")
		for _, piece := range []string{wants, other} {
			if piece != "" {
				code += " " + piece
			}
		}
		out.WriteString(code)
	}
	return out.Bytes()
}

// splitWants takes the want notes out of a line comment.
func splitWants(comment string) (other, wants string) {
	for _, piece := range strings.Split(comment, "//")[1:] {
		if m := noteForm.FindStringSubmatch(piece); m != nil && m[1] == "want" {
			wants += "//" + piece
		} else {
			other += "//" + piece
		}
	}
	return strings.TrimSpace(other), wants
}

// formatWants writes the wants of a line, without rules, and without what a
// lower level says already.
func formatWants(path string, line int, levels []string, found map[string][]Label) string {
	var notes []string
	inherited := ""
	for _, level := range levels {
		var labels []string
		for _, l := range found[level] {
			if l.Pos.Path == path && l.Pos.Line == line {
				labels = append(labels, fmt.Sprintf("%q", l.Text))
			}
		}
		text := strings.Join(labels, " ")
		head := "// want:" + level
		switch level {
		case levelQuiet:
			if text != "" {
				notes = append(notes, head+" "+text)
			}
			continue
		case levelNormal:
			head = "// want"
		}
		if text == inherited {
			continue
		}
		notes = append(notes, strings.TrimSpace(head+" "+text))
		inherited = text
	}
	return strings.Join(notes, " ")
}

// Notes reads the notes of an archive's Go files without analysing them.
func Notes(t *testing.T, path string) []Note {
	t.Helper()
	arch, err := readArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	var notes []Note
	for _, f := range arch.goFiles() {
		notes = append(notes, readNotes(f.Name, f.Data)...)
	}
	return notes
}
