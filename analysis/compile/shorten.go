package compile

import (
	"go/version"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A shortener writes file names as the go command prints them: relative to the
// directory that it runs in where that is shorter, for files under the
// package's directory and those around it (cmd/go/internal/work/shell.go, reportCmd).
type shortener struct {
	from []string // longest first
	to   []string
}

func newShortener(cwd, dir string) *shortener {
	s := &shortener{}
	for {
		if rel, err := filepath.Rel(cwd, dir); err == nil && len(rel) < len(dir) {
			s.from = append(s.from, dir)
			s.to = append(s.to, rel)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return s
		}
		dir = parent
	}
}

// line shortens the names in a line: at its start, and behind a space or a leading tab.
func (s *shortener) line(line string) string {
	if len(s.from) == 0 || !strings.Contains(line, s.from[len(s.from)-1]) {
		return line // each of the others begins with the shortest
	}
	start := 0
	if strings.HasPrefix(line, "\t") {
		start = 1
	}
	for i, from := range s.from {
		if strings.HasPrefix(line[start:], from) {
			line = line[:start] + s.to[i] + line[start+len(from):]
			break
		}
	}
	if !strings.Contains(line, " "+s.from[len(s.from)-1]) {
		return line
	}
	for i, from := range s.from {
		line = strings.ReplaceAll(line, " "+from, " "+s.to[i])
	}
	return line
}

var (
	// generatedPlace is a place in what cgo made of a file, behind the one in the file itself.
	generatedPlace = regexp.MustCompile(`\[[^][]+\.cgo1\.go(?::[0-9]+){1,2}\]`)
	// mangled begins cgo's Go name for something of C's.
	mangled = regexp.MustCompile(`\b_C2?(?:func|macro|type|var)_\B`)
)

// withoutGenerated takes out of lines what is cgo's making, as the go command of a
// release does: up to go1.26 where it finds any of it in an output, the places with the
// names (cmd/go/internal/work/shell.go, reportCmd), from go1.27 on the names alone
// (exec.go, build).
func withoutGenerated(lines []string, release string) {
	places := version.Compare(version.Lang(release), "go1.27") < 0
	if places && !slices.ContainsFunc(lines, generatedPlace.MatchString) {
		return
	}
	for i, line := range lines {
		if places {
			line = generatedPlace.ReplaceAllString(line, "")
		}
		lines[i] = mangled.ReplaceAllString(line, "C.")
	}
}
