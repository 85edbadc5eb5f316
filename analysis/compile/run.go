package compile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// A Job is a set of packages to compile.
type Job struct {
	// Patterns name the packages for a go command that runs in the toolchain's Dir.
	Patterns []string
	// Tests asks for the test variants too.
	Tests bool
	// Overlay is unsaved text.
	Overlay source.Overlay
	// Done, when not nil, is told of each package as its output ends, in the order of compilation.
	Done func(importPath string)
}

// GCFlags is the flag that asks for the verdicts: all explanations, and under
// a //line directive the place in the file on disk too (-L). The same
// flag on other go commands makes them share the build cache with Run.
func GCFlags(tc toolchain.Toolchain) string {
	return "-gcflags=" + strings.Join(append(slices.Clone(tc.GCFlags), "-m=2", "-L"), " ")
}

// Run compiles the job's packages with `go list -export` and returns what the
// compiler printed about each. The go command replays the output
// of packages that it has compiled with these flags before. Packages that do
// not build come back with Built unset and their problems; problems that belong to no package are returned apart.
func Run(ctx context.Context, tc toolchain.Toolchain, job Job) ([]Log, []source.Problem, error) {
	tc, temp, err := tc.Temp()
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(temp)
	args := []string{"list", "-e", "-export", "-compiled", "-json=ImportPath,Dir,Export,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,ForTest,Error,DepsErrors"}
	if job.Tests {
		args = append(args, "-test")
	}
	if len(job.Overlay) > 0 {
		path, err := writeOverlay(temp, job.Overlay)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, "-overlay="+path)
	}
	// Of several -gcflags the last that matches a package counts, so ours stand last.
	args = slices.Concat(args, tc.Flags, []string{GCFlags(tc), "--"}, job.Patterns)

	var stdout bytes.Buffer
	output := &sections{done: job.Done}
	err = tc.Go(ctx, "", &stdout, output, args...)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil && !toolchain.Failed(err) {
		return nil, nil, fmt.Errorf("go list: %w", err)
	}
	output.end()
	logs, decodeErr := logs(tc, &stdout, output.byPackage, job.Tests)
	if decodeErr != nil {
		return nil, nil, decodeErr
	}
	var problems []source.Problem
	if err != nil {
		problems = append(problems, source.Problem{Message: toolchain.Advise(strings.TrimSpace(strings.Join(output.byPackage[""], "\n")))})
	}
	return logs, problems, nil
}

// writeOverlay writes the texts of an overlay into dir, and the file that a
// go command's -overlay flag takes, whose path it returns.
func writeOverlay(dir string, overlay source.Overlay) (string, error) {
	replace := map[string]string{}
	i := 0
	for path, text := range overlay {
		// The base name stays: the compiler's messages about the file end in it.
		d := filepath.Join(dir, fmt.Sprintf("overlay%d", i))
		if err := os.Mkdir(d, 0o700); err != nil {
			return "", err
		}
		replace[path] = filepath.Join(d, filepath.Base(path))
		if err := os.WriteFile(replace[path], text, 0o600); err != nil {
			return "", err
		}
		i++
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, data, 0o600)
}

type packageJSON struct {
	ImportPath, Dir, Export, ForTest             string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles []string
	Error                                        *packageError
	DepsErrors                                   []*packageError
}

type packageError struct {
	ImportStack []string
	Pos, Err    string
}

// testOnly reports whether a package has no files but those of its tests.
func testOnly(p packageJSON) bool {
	return len(p.GoFiles)+len(p.CgoFiles) == 0 && len(p.TestGoFiles)+len(p.XTestGoFiles) > 0
}

// logs joins the go command's descriptions of packages with their output.
func logs(tc toolchain.Toolchain, list io.Reader, output map[string][]string, tests bool) ([]Log, error) {
	var all []Log
	for dec := json.NewDecoder(list); ; {
		var p packageJSON
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if strings.HasSuffix(p.ImportPath, ".test") {
			continue // the generated test main
		}
		log := Log{ImportPath: p.ImportPath, Dir: p.Dir, Root: tc.Dir, GOROOT: tc.GOROOT, Built: p.Export != "", Lines: output[p.ImportPath]}
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(p.Dir, name)
			}
			log.Files = append(log.Files, name)
		}
		slices.Sort(log.Files)
		if !log.Built {
			log.Problems = packageProblems(tc, p)
		}
		if !log.Built && tests && testOnly(p) && p.Error == nil && len(p.DepsErrors) == 0 {
			continue // its variants with tests are all there is to build
		}
		all = append(all, log)
	}
	slices.SortFunc(all, func(a, b Log) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return all, nil
}

// sections splits the go command's error output, in which the output of each
// compiler stands under a line "# import/path", as it comes.
type sections struct {
	byPackage map[string][]string
	done      func(string)
	current   string
	partial   []byte
}

func (s *sections) Write(p []byte) (int, error) {
	s.partial = append(s.partial, p...)
	for {
		i := bytes.IndexByte(s.partial, '\n')
		if i < 0 {
			return len(p), nil
		}
		s.line(string(s.partial[:i]))
		s.partial = s.partial[i+1:]
	}
}

func (s *sections) line(line string) {
	if s.byPackage == nil {
		s.byPackage = map[string][]string{}
	}
	line = strings.TrimSuffix(line, "\r")
	if name, ok := strings.CutPrefix(line, "# "); ok && isImportPath(name) {
		s.leave()
		s.current = name
		return
	}
	s.byPackage[s.current] = append(s.byPackage[s.current], line)
}

func (s *sections) leave() {
	if s.current != "" && s.done != nil {
		s.done(s.current)
	}
}

func (s *sections) end() {
	if len(s.partial) > 0 {
		s.line(string(s.partial))
		s.partial = nil
	}
	s.leave()
}

// isImportPath tells a section's head, "p" or "p [p.test]", from other lines that begin with "# ".
func isImportPath(s string) bool {
	path, variant, ok := strings.Cut(s, " ")
	return path != "" && !strings.Contains(path, ":") && (!ok || strings.HasPrefix(variant, "[") && strings.HasSuffix(variant, "]"))
}
