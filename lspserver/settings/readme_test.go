package settings

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write README.md")

func TestReadme(t *testing.T) {
	const name = "README.md"
	want := Markdown()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("README.md is stale, run the test with -update (-want +got)\n%s", diff)
	}
}

// The object of all defaults is accepted and sets the defaults.
func TestDefaultsParse(t *testing.T) {
	s, problems := Parse([]byte(defaults()))
	if len(problems) > 0 {
		t.Error(problems)
	}
	if diff := cmp.Diff(Default(), s); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
