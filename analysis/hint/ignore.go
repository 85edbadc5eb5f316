package hint

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
)

// IgnoreComment, at the start of a comment, silences the hints of the
// comment's own line and, when it has a line to itself, of the next one. The
// IDs of rules may follow it, and then only those rules are silent:
//
//	m[k] = v //mapescape:ignore growth, allocation: bounded by the caller
//
// What else follows is a reason for the reader.
const IgnoreComment = "//mapescape:ignore"

// silence says which rules an ignore comment turns off on a line: all of them, or those named.
type silence struct {
	all   bool
	rules []string
}

func (s silence) covers(rule string) bool { return s.all || slices.Contains(s.rules, rule) }

func (s silence) join(t silence) silence {
	return silence{s.all || t.all, slices.Concat(s.rules, t.rules)}
}

// Silenced gives the ignore comments of a file to those with rules of another
// kind: the function reports whether a 1-based line has no place for the rule id,
// which is one of ids.
func Silenced(f *source.File, ids ...string) func(line int, id string) bool {
	lines := silences(f, ids)
	return func(line int, id string) bool { return lines[line].covers(id) }
}

// silences are the ignore comments in force by 1-based line. It reads tokens,
// because the comment's text may stand in a string. Comments may name the rules
// of this package and others.
func silences(f *source.File, others []string) map[int]silence {
	if f == nil || !strings.Contains(string(f.Text()), IgnoreComment) {
		return nil
	}
	fset := token.NewFileSet()
	file := fset.AddFile(f.Path(), -1, len(f.Text()))
	var s scanner.Scanner
	s.Init(file, f.Text(), nil, scanner.ScanComments)
	lines := map[int]silence{}
	code := 0 // the last line that holds a token
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return lines
		}
		line := f.Pos(file.Offset(pos)).Line
		if tok != token.COMMENT {
			if tok != token.SEMICOLON || lit != "\n" {
				code = line + strings.Count(lit, "\n") // of a raw string
			}
			continue
		}
		if found, ok := parseIgnore(lit, others); ok {
			lines[line] = lines[line].join(found)
			if code != line {
				lines[line+1] = lines[line+1].join(found)
			}
		}
	}
}

// parseIgnore reads a comment. The rules are the words up to the first that is
// no rule's ID; where the first word is none already, all rules are meant.
func parseIgnore(comment string, others []string) (silence, bool) {
	rest, ok := strings.CutPrefix(comment, IgnoreComment)
	if !ok || rest != "" && !strings.ContainsRune(" \t\r", rune(rest[0])) {
		return silence{}, false
	}
	var rules []string
	for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" \t\r,", r) }) {
		id, last := strings.CutSuffix(word, ":")
		if !slices.Contains(others, id) && !slices.ContainsFunc(Rules, func(r *Rule) bool { return r.ID == id }) {
			break
		}
		rules = append(rules, id)
		if last {
			break
		}
	}
	return silence{all: len(rules) == 0, rules: rules}, true
}
