package analysistest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// archive is a txtar archive with its flags read.
type archive struct {
	txt      *txtar.Archive
	flags    flags
	original string
}

// flags are the options of an archive's section "flags".
type flags struct {
	levels, releases, build, env, patterns []string
	tests, problems                        bool
}

func readArchive(path string) (*archive, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a := &archive{txt: txtar.Parse(text), original: string(text)}
	seen := map[string]bool{}
	for _, f := range a.txt.Files {
		if seen[f.Name] {
			return nil, fmt.Errorf("%s: two sections named %q", path, f.Name)
		}
		seen[f.Name] = true
		if f.Name == "flags" {
			if a.flags, err = readFlags(string(f.Data)); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	if len(a.goFiles()) == 0 {
		return nil, fmt.Errorf("%s: no Go file", path)
	}
	if len(bytes.TrimSpace(a.txt.Comment)) == 0 {
		return nil, fmt.Errorf("%s: says nothing about its purpose in front of the first section", path)
	}
	if len(a.flags.patterns) == 0 {
		a.flags.patterns = []string{"./..."}
	}
	return a, nil
}

func readFlags(text string) (flags, error) {
	var f flags
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		switch name {
		case "-levels":
			f.levels = strings.Split(value, ",")
		case "-go":
			f.releases = strings.Split(value, ",")
		case "-patterns":
			f.patterns = strings.Split(value, ",")
		case "-build":
			f.build = append(f.build, value)
		case "-env":
			f.env = append(f.env, value)
		case "-tests":
			f.tests = true
		case "-problems":
			f.problems = true
		default:
			return flags{}, fmt.Errorf("unknown flag %q", line)
		}
	}
	return f, nil
}

// holdsFor reports whether an archive is meant for a release such as "go1.26.8"
// or "go1.27rc1".
func (f flags) holdsFor(release string) bool {
	return len(f.releases) == 0 || slices.ContainsFunc(f.releases, func(r string) bool {
		rest, ok := strings.CutPrefix(release, r)
		return ok && (rest == "" || rest[0] < '0' || rest[0] > '9')
	})
}

func isGo(name string) bool { return strings.HasSuffix(name, ".go") && !isGolden(name) }

func isGolden(name string) bool { return strings.HasPrefix(name, "@") }

func (a *archive) goFiles() []txtar.File {
	var out []txtar.File
	for _, f := range a.txt.Files {
		if isGo(f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// write puts the module's files into dir.
func (a *archive) write(dir string) error {
	files := a.txt.Files
	if !slices.ContainsFunc(files, func(f txtar.File) bool { return f.Name == "go.mod" || f.Name == "go.work" }) {
		files = append(slices.Clip(files), txtar.File{Name: "go.mod", Data: []byte("module example.com/a\n\ngo 1.26\n")})
	}
	for _, f := range files {
		if isGolden(f.Name) || f.Name == "flags" {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			return fmt.Errorf("section %q would leave the directory", f.Name)
		}
		full := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(full, f.Data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) goldenNames() []string {
	var out []string
	for _, f := range a.txt.Files {
		if isGolden(f.Name) {
			out = append(out, f.Name[1:])
		}
	}
	return out
}

// setGolden replaces, adds or, for nil, removes a golden text.
func (a *archive) setGolden(name string, text []byte) {
	i := slices.IndexFunc(a.txt.Files, func(f txtar.File) bool { return f.Name == "@"+name })
	switch {
	case text == nil && i >= 0:
		a.txt.Files = slices.Delete(a.txt.Files, i, i+1)
	case text == nil:
	case i < 0:
		a.txt.Files = append(a.txt.Files, txtar.File{Name: "@" + name, Data: text})
	default:
		a.txt.Files[i].Data = text
	}
}

func (a *archive) format() []byte { return txtar.Format(a.txt) }

// Golden compares got with the archive's section "@name". In got, the module's
// directory reads as if it were the working directory, and the toolchain's
// release and target as "$GO" and "$GOOS/$GOARCH", so that a golden text holds
// on other machines.
func (c *Case) Golden(t *testing.T, name, got string) {
	t.Helper()
	c.golden[name] = true
	tc := c.Result.Toolchain
	got = strings.NewReplacer(
		filepath.ToSlash(c.Dir)+"/", "",
		c.Dir+string(filepath.Separator), "",
		tc.Version+", ", "$GO, ",
		tc.GOOS+"/"+tc.GOARCH, "$GOOS/$GOARCH",
	).Replace(got)
	if !strings.HasSuffix(got, "\n") {
		got += "\n" // a section ends in one
	}
	if *update {
		c.arch.setGolden(name, []byte(got))
		return
	}
	i := slices.IndexFunc(c.arch.txt.Files, func(f txtar.File) bool { return f.Name == "@"+name })
	if i < 0 {
		t.Errorf("no golden text %q; got\n%s", "@"+name, got)
		return
	}
	if diff := cmp.Diff(string(c.arch.txt.Files[i].Data), got); diff != "" {
		t.Errorf("golden text %q: -want +got\n%s", "@"+name, diff)
	}
}
