package settings

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const neovimHelp = "../../editors/neovim/doc/mapescape.txt"

func TestNeovimHelp(t *testing.T) {
	got, err := os.ReadFile(neovimHelp)
	if err != nil {
		t.Fatal(err)
	}
	want, err := NeovimHelp(string(got))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(neovimHelp, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		got = []byte(want)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale, run the test with -update (-want +got)\n%s", neovimHelp, diff)
	}
	again, err := NeovimHelp(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("a second run changes it (-first +second)\n%s", diff)
	}
}

// Every setting has a tag, no tag is there twice, and no line is too long.
func TestNeovimHelpTags(t *testing.T) {
	file, err := os.ReadFile(neovimHelp)
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]int{}
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSuffix(line, "\n")
		for _, field := range strings.Fields(line) {
			if len(field) > 2 && strings.HasPrefix(field, "*") && strings.HasSuffix(field, "*") {
				tags[field]++
			}
		}
		width := utf8.RuneCountInString(line) + 7*strings.Count(line, "\t")
		if strings.HasPrefix(line, "\t") && !strings.ContainsRune(line, '`') && width > helpWidth {
			t.Errorf("too long: %s", line)
		}
	}
	for _, k := range Keys {
		if tag := "*" + Section + "." + k.Name + "*"; tags[tag] != 1 {
			t.Errorf("the tag %s is there %d times", tag, tags[tag])
		}
	}
	for tag, n := range tags {
		if n != 1 {
			t.Errorf("the tag %s is there %d times", tag, n)
		}
	}
}

func TestNeovimHelpRefuses(t *testing.T) {
	for _, file := range []string{"", "6. Settings *mapescape-settings*\nno end\n", "no tag\n vim:ft=help:\n"} {
		if got, err := NeovimHelp(file); err == nil {
			t.Errorf("%q was taken: %q", file, got)
		}
	}
}
