package compile

import (
	"cmp"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// positioned is a message of the compiler or the go command that begins with a place.
var positioned = regexp.MustCompile(`^(.+?\.\w+):(\d+)(?::(\d+))?: (.*)$`)

// place is a place without a message, as the go command gives it apart.
var place = regexp.MustCompile(`^(.+):(\d+):(\d+)$`)

// packageProblems says why a package did not build. The problems of a test
// variant are those of the package that it tests.
func packageProblems(tc toolchain.Toolchain, p packageJSON) []source.Problem {
	path, _, _ := strings.Cut(p.ImportPath, " ")
	path = cmp.Or(p.ForTest, path)
	errs := p.DepsErrors
	if p.Error != nil {
		errs = append([]*packageError{p.Error}, errs...)
	}
	var problems []source.Problem
	for _, e := range errs {
		var lines []string
		for line := range strings.SplitSeq(strings.TrimSpace(e.Err), "\n") {
			switch {
			case strings.HasPrefix(line, "# "):
				continue
			case strings.HasPrefix(line, "\t") && len(problems) > 0 && problems[len(problems)-1].Pos.IsValid():
				problems[len(problems)-1].Message += "\n" + line // the compiler's message goes on
			case positioned.MatchString(line):
				m := positioned.FindStringSubmatch(line)
				problems = append(problems, source.Problem{Package: path, Pos: position(tc, p.Dir, m[1], m[2], m[3]), Message: m[4]})
			default:
				lines = append(lines, line)
			}
		}
		if len(lines) == 0 {
			continue
		}
		if lines[0] == "import cycle not allowed" && len(e.ImportStack) > 1 {
			lines[0] += ": " + strings.Join(e.ImportStack, " imports ")
		}
		pos := source.Pos{}
		if m := place.FindStringSubmatch(e.Pos); m != nil {
			pos = position(tc, p.Dir, m[1], m[2], m[3])
		}
		problems = append(problems, source.Problem{Package: path, Pos: pos, Message: toolchain.Advise(strings.Join(lines, "\n"))})
		if p.Error == nil {
			break // the other errors of dependencies tend to say the same
		}
	}
	switch {
	case len(problems) > 0:
	case testOnly(p):
		problems = append(problems, source.Problem{Package: path, Message: "it has only test files, which are compiled only with tests"})
	default:
		problems = append(problems, source.Problem{Package: path, Message: "the go command did not build it and did not say why"})
	}
	return problems
}

func position(tc toolchain.Toolchain, dir, file, line, column string) source.Pos {
	if !filepath.IsAbs(file) {
		file = filepath.Join(cmp.Or(tc.Dir, dir), file)
	}
	l, _ := strconv.Atoi(line)
	c, _ := strconv.Atoi(column)
	return source.Pos{Path: file, Line: l, Column: c}
}
