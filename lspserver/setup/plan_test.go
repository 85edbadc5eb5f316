package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func files(pairs ...string) map[string][]byte {
	m := map[string][]byte{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = []byte(pairs[i+1])
	}
	return m
}

// A plan is for a directory as an earlier version left it and a user or an
// accident changed it.
func TestPlan(t *testing.T) {
	for _, tt := range []struct {
		name    string
		old     map[string][]byte // installed before
		change  func(t *testing.T, dir string)
		want    map[string][]byte
		steps   string
		blocked string
	}{
		{name: "nothing there", want: files("a", "1", "d/b", "2"), steps: "create a, create d/b"},
		{name: "the same", old: files("a", "1"), want: files("a", "1")},
		{name: "newer", old: files("a", "1", "b", "2", "c", "3"), want: files("a", "1", "b", "4", "d", "5"), steps: "update b, remove c, create d"},
		{name: "gone", old: files("a", "1"), change: remove("a"), want: files("a", "1"), steps: "create a"},
		{name: "gone, and not needed", old: files("a", "1", "b", "2"), change: remove("b"), want: files("a", "1")},
		{name: "edited", old: files("a", "1", "b", "1"), change: edit("a", "mine"), want: files("a", "2", "b", "2"), steps: "update b", blocked: "a was changed since; move it away to have it written anew"},
		{name: "edited, and not needed", old: files("a", "1", "b", "1"), change: edit("b", "mine"), want: files("a", "1"), blocked: "b was changed since; move it away to have it written anew"},
		{name: "edited to what is wanted", old: files("a", "1"), change: edit("a", "2"), want: files("a", "2")},
		{name: "derived", old: files("tags", "1"), change: edit("tags", "mine"), want: files("tags", "2"), steps: "update tags"},
		{name: "in the way", old: files("a", "1"), change: edit("b", "mine"), want: files("a", "1", "b", "2"), blocked: "b was not made by `mapescape setup`"},
		{name: "derived, but in the way", old: files("a", "1"), change: edit("tags", "mine"), want: files("a", "1", "tags", "2"), blocked: "tags was not made by `mapescape setup`"},
		{name: "a directory in the way", old: files("a", "1"), change: mkdir("b"), want: files("a", "1", "b", "2"), blocked: "b is not a file of ours"},
		{name: "other files", old: files("a", "1"), change: edit("other", "mine"), want: files("a", "1")},
		{name: "an empty directory", change: mkdir("."), want: files("a", "1"), steps: "create a"},
		{name: "a directory of the user", change: edit("x", "mine"), want: files("a", "1"), blocked: ". was not made by `mapescape setup`"},
		{name: "the manifest is lost", old: files("a", "1"), change: remove(manifestName), want: files("a", "1"), blocked: ". was not made by `mapescape setup`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "mapescape")
			if tt.old != nil {
				p, err := makePlan(dir, "v1", tt.old, "tags")
				if err == nil {
					err = p.apply()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if tt.change != nil {
				tt.change(t, dir)
			}
			p, err := makePlan(dir, "v2", tt.want, "tags")
			if err != nil {
				t.Fatal(err)
			}
			var steps []string
			for _, s := range p.steps {
				steps = append(steps, s.verb+" "+s.name)
			}
			if diff := cmp.Diff(tt.steps, strings.Join(steps, ", ")); diff != "" {
				t.Errorf("steps (-want +got)\n%s", diff)
			}
			blocked := strings.ReplaceAll(strings.Join(p.blocked, "; "), dir+string(filepath.Separator), "")
			blocked = strings.ReplaceAll(blocked, dir, ".")
			if diff := cmp.Diff(tt.blocked, blocked); diff != "" {
				t.Errorf("blocked (-want +got)\n%s", diff)
			}
			if len(p.blocked) > 0 {
				return
			}
			if err := p.apply(); err != nil {
				t.Fatal(err)
			}
			for name, text := range tt.want {
				got, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil || !bytes.Equal(got, text) {
					t.Errorf("%s holds %q (%v), want %q", name, got, err, text)
				}
			}
			if again, err := makePlan(dir, "v2", tt.want, "tags"); err != nil || again.changes()+len(again.blocked) > 0 {
				t.Errorf("a second plan: %v %+v %v", err, again.steps, again.blocked)
			}
		})
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func mkdir(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

func edit(name, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		mkdir(".")(t, dir)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// What a run that was interrupted left behind is taken up by the next.
func TestPlanInterrupted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mapescape")
	if err := os.MkdirAll(filepath.Join(dir, "b"), 0o777); err != nil { // b cannot be written
		t.Fatal(err)
	}
	p := plan{dir: dir, want: files("a", "1", "b", "2"), version: "v1", steps: []step{{"create", "a", []byte("1")}, {"create", "b", []byte("2")}}}
	if err := p.apply(); err == nil {
		t.Fatal("a directory was overwritten")
	}
	if err := os.Remove(filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	p, err := makePlan(dir, "v1", p.want)
	if err != nil || len(p.blocked) > 0 || len(p.steps) != 1 || p.steps[0].name != "b" {
		t.Errorf("%v %+v %v", err, p.steps, p.blocked)
	}
}

// A manifest cannot name files elsewhere, to have them removed.
func TestManifestStaysInside(t *testing.T) {
	for _, name := range []string{"../victim", "/victim"} {
		dir := t.TempDir()
		text, err := json.Marshal(manifest{Files: map[string]string{name: sum(nil)}})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, manifestName), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		if p, err := makePlan(dir, "v1", nil); err == nil {
			t.Errorf("%s was taken: %+v", name, p.steps)
		}
	}
	dir := t.TempDir()
	edit(manifestName, "{")(t, dir)
	if _, err := makePlan(dir, "v1", nil); err == nil {
		t.Error("a broken manifest was taken")
	}
}

// A link into a checkout is not followed to be overwritten.
func TestPlanLink(t *testing.T) {
	dir, elsewhere := filepath.Join(t.TempDir(), "mapescape"), filepath.Join(t.TempDir(), "a")
	p, err := makePlan(dir, "v1", files("a", "1"))
	if err == nil {
		err = p.apply()
	}
	if err == nil {
		err = os.Rename(filepath.Join(dir, "a"), elsewhere)
	}
	if err == nil {
		err = os.Symlink(elsewhere, filepath.Join(dir, "a"))
	}
	if err != nil {
		t.Skip(err)
	}
	if p, err = makePlan(dir, "v2", files("a", "2")); err != nil || len(p.blocked) != 1 {
		t.Errorf("%v %+v %v", err, p.steps, p.blocked)
	}
}

func TestHelpTags(t *testing.T) {
	got := helpTags("x.txt", []byte("*x.txt*\tTitle\n\n  *b* *a/b*\nno *tag* here: *,not|this* `*glob*`\n*end*"))
	want := ""
	for _, tag := range []string{"a/b", "b", "end", "tag", "x.txt"} {
		want += fmt.Sprintf("%s\tx.txt\t/*%s*\n", tag, strings.ReplaceAll(tag, "/", `\/`))
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
