package analysistest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/source"
)

// The levels of labels, lowest first.
const (
	levelQuiet  = "quiet"
	levelNormal = "normal"
	levelAll    = "all"
)

var levelOrder = []string{levelQuiet, levelNormal, levelAll}

// levelsOf gives the levels to compare, lowest first.
func levelsOf(asked []string, notes []Note) ([]string, error) {
	use := map[string]bool{levelNormal: true}
	if len(asked) > 0 {
		use = map[string]bool{}
	}
	for _, level := range asked {
		if !slices.Contains(levelOrder, level) {
			return nil, fmt.Errorf("unknown level %q", level)
		}
		use[level] = true
	}
	for _, n := range notes {
		if n.Verb != "want" {
			continue
		}
		level := n.level()
		if !slices.Contains(levelOrder, level) {
			return nil, fmt.Errorf("%s:%d: unknown level %q", n.Pos.Path, n.Pos.Line, level)
		}
		if len(asked) > 0 && !use[level] {
			return nil, fmt.Errorf("%s:%d: a want for the level %s, which the flags do not name", n.Pos.Path, n.Pos.Line, level)
		}
		use[level] = true
	}
	return slices.DeleteFunc(slices.Clone(levelOrder), func(l string) bool { return !use[l] }), nil
}

// level is the level that a want is about.
func (n Note) level() string {
	if n.Qualifier == "" {
		return levelNormal
	}
	return n.Qualifier
}

// A wanted label is one of a want's.
type wanted struct{ rule, text string }

func (w wanted) String() string {
	if w.rule == "" {
		return strconv.Quote(w.text)
	}
	return w.rule + " " + strconv.Quote(w.text)
}

// parseWant reads the text of a want: quoted labels, each after the name of a rule or not.
func parseWant(text string) ([]wanted, error) {
	var out []wanted
	rule := ""
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if text[0] == '"' || text[0] == '`' {
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, fmt.Errorf("label without end: %s", text)
			}
			label, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			out = append(out, wanted{rule, label})
			rule, text = "", text[len(quoted):]
			continue
		}
		if rule != "" {
			return nil, fmt.Errorf("rule %s has no label", rule)
		}
		rule, text, _ = strings.Cut(text, " ")
	}
	if rule != "" {
		return nil, fmt.Errorf("rule %s has no label", rule)
	}
	return out, nil
}

// Check compares the labels found at a level with the wants of the archive,
// line by line. Labels of one line are compared in the order given.
func (c *Case) Check(t *testing.T, level string, labels []Label) {
	t.Helper()
	c.found[level] = labels
	if *update {
		return
	}
	type place struct {
		path string
		line int
	}
	want := map[place][]wanted{}
	got := map[place][]Label{}
	var places []source.Pos
	for _, of := range levelOrder {
		// A want without a level goes for the levels above it too, unless they have their own.
		if of != level && (of != levelNormal || level != levelAll) {
			continue
		}
		own := map[place]bool{}
		for _, n := range c.notes {
			if n.Verb != "want" || n.level() != of {
				continue
			}
			parsed, err := parseWant(n.Text)
			if err != nil {
				t.Errorf("%s:%d: %v", c.Rel(n.Pos.Path), n.Pos.Line, err)
				continue
			}
			at := place{n.Pos.Path, n.Pos.Line}
			if !own[at] {
				own[at] = true
				want[at] = nil
			}
			want[at] = append(want[at], parsed...)
			places = append(places, source.Pos{Path: at.path, Line: at.line})
		}
	}
	for _, l := range labels {
		at := place{l.Pos.Path, l.Pos.Line}
		got[at] = append(got[at], l)
		places = append(places, source.Pos{Path: at.path, Line: at.line})
	}
	slices.SortFunc(places, source.Pos.Compare)
	for _, p := range slices.Compact(places) {
		at := place{p.Path, p.Line}
		if text, ok := differ(want[at], got[at]); ok {
			t.Errorf("%s:%d: at level %s: %s", c.Rel(p.Path), p.Line, level, text)
		}
	}
}

// differ says how the labels of one line differ from the wants.
func differ(want []wanted, got []Label) (string, bool) {
	same := len(want) == len(got)
	for i := 0; same && i < len(want); i++ {
		same = want[i].text == got[i].Text && (want[i].rule == "" || want[i].rule == got[i].Rule)
	}
	if same {
		return "", false
	}
	list := func(n int, at func(int) string) string {
		if n == 0 {
			return "nothing"
		}
		var parts []string
		for i := range n {
			parts = append(parts, at(i))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprintf("got %s; want %s",
		list(len(got), func(i int) string { return wanted{got[i].Rule, got[i].Text}.String() }),
		list(len(want), func(i int) string { return want[i].String() })), true
}
