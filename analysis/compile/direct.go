package compile

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/toolchain"
)

// stopName is the base name of the file that stops the compiler, and stopSymbol
// the linker symbol that two of its variables claim.
const (
	stopName   = "mapescape_stop.go"
	stopSymbol = "mapescape.stop"
)

// stopMark is the compiler's last word when the file has stopped it
// (cmd/internal/obj/plist.go, GloblPos).
const stopMark = ": symbol " + stopSymbol + " redeclared"

// stopText is the file itself. The compiler declares the package's variables
// right after escape analysis, before it generates code for the first function
// (cmd/compile/internal/gc/main.go, Main): a name that is declared twice is an
// error there, and with -h the first error is the last thing that it does.
func stopText(name string) string {
	return "package " + name + "\n\nimport _ \"unsafe\"\n\n" +
		"//go:linkname _mapescape0 " + stopSymbol + "\nvar _mapescape0 byte\n\n" +
		"//go:linkname _mapescape1 " + stopSymbol + "\nvar _mapescape1 byte\n"
}

// memoryLimit is what the compiler's collector, which is off below it, may let the heap grow to.
const memoryLimit = "GOMEMLIMIT=1500MiB"

// Direct runs the toolchain's own compiler on one unit and returns what it
// printed as Run would: the same lines, but for those of the back end, which
// is not run. The log is Built when the compiler has shown that it got past
// escape analysis, or has finished. It is not known (ok false) when it did
// not, because of an error in the source or of something that only the go
// command can do; what went wrong is then for Run to say, and the log has no more than its lines. The error is ctx's, or that the compiler cannot be run at all.
func Direct(ctx context.Context, tc toolchain.Toolchain, u *Unit) (log Log, ok bool, err error) {
	d, ok, err := newDirect(tc, u)
	if !ok || err != nil {
		return Log{}, false, err
	}
	defer os.RemoveAll(d.temp)
	stop, err := d.write(stopName, []byte(stopText(u.Name)))
	if err != nil {
		return Log{}, false, err
	}
	// -h makes the first error the end. Where the file does not stop it, the compiler goes on to the end.
	output, finished, err := d.run(ctx, []string{"-h", "-m=2", "-L"}, []string{stop})
	if err != nil {
		return Log{}, false, err
	}
	lines, stopped := d.lines(output, stop)
	if !stopped && !finished {
		return Log{ImportPath: u.ImportPath, Lines: lines}, false, nil
	}
	log = Log{ImportPath: u.ImportPath, Dir: u.Dir, Root: tc.Dir, GOROOT: tc.GOROOT, Lines: lines, Built: true, Files: slices.Clone(u.Files)}
	slices.Sort(log.Files)
	return log, true, nil
}

// Export compiles a unit to the end, for the export data that others import,
// which is written to path. It reports whether it compiles.
func Export(ctx context.Context, tc toolchain.Toolchain, u *Unit, path string) (ok bool, err error) {
	d, ok, err := newDirect(tc, u)
	if !ok || err != nil {
		return false, err
	}
	defer os.RemoveAll(d.temp)
	_, finished, err := d.run(ctx, []string{"-pack"}, nil)
	if err != nil || !finished {
		return false, err
	}
	return true, os.Rename(d.object, path)
}

// direct is one run of the compiler in preparation.
type direct struct {
	tc       toolchain.Toolchain
	unit     *Unit
	compiler string
	temp     string // holds all that is written
	object   string // what the compiler writes, or removes: never a file that is not ours
	args     []string
	sources  []string
	trims    []string // prefixes of temporary files and what to print for them
	cgo      bool
}

// newDirect writes what the compiler is to read.
func newDirect(tc toolchain.Toolchain, u *Unit) (d *direct, ok bool, err error) {
	compiler, ok := tc.Tool("compile")
	if !ok {
		return nil, false, nil
	}
	embed, ok := u.embedConfig()
	// These have a meaning in -trimpath.
	strange := func(s Source) bool { return strings.Contains(s.Path, ";") || strings.Contains(s.Path, "=>") }
	if !ok || slices.ContainsFunc(u.Sources, strange) {
		return nil, false, nil
	}
	_, temp, err := tc.Temp()
	if err != nil {
		return nil, false, err
	}
	d = &direct{tc: tc, unit: u, compiler: compiler, temp: temp, object: filepath.Join(temp, "object.a")}
	if err := d.prepare(embed); err != nil {
		os.RemoveAll(temp)
		return nil, false, fmt.Errorf("what the compiler reads cannot be written: %w", err)
	}
	return d, true, nil
}

func (d *direct) prepare(embed []byte) error {
	u := d.unit
	config, err := d.write("importcfg", u.importConfig())
	if err != nil {
		return err
	}
	d.args = []string{"-o", d.object, "-p", u.Path, "-lang=" + u.Lang, "-nolocalimports", "-importcfg", config}
	if u.Standard {
		d.args = append(d.args, "-std")
	}
	if !u.Foreign {
		d.args = append(d.args, "-complete")
	}
	if embed != nil {
		config, err := d.write("embedcfg", embed)
		if err != nil {
			return err
		}
		d.args = append(d.args, "-embedcfg", config)
	}
	for i, s := range u.Sources {
		path := s.Path
		switch {
		case s.Generated:
			// By the name that cgo gave it: only files called _cgo_* may hold its directives.
			var err error
			if path, err = d.write(s.Path, s.Text); err != nil {
				return err
			}
			d.cgo = true
		case s.Text != nil:
			dir := filepath.Join(d.temp, fmt.Sprintf("source%d", i))
			if err := os.Mkdir(dir, 0o700); err != nil {
				return err
			}
			path = filepath.Join(dir, filepath.Base(s.Path))
			if err := os.WriteFile(path, s.Text, 0o600); err != nil {
				return err
			}
			d.trims = append(d.trims, path+"=>"+s.Path)
		}
		d.sources = append(d.sources, path)
	}
	if d.cgo {
		// Last, for the first that matches counts: the go command has no directory before these names either.
		d.trims = append(d.trims, d.temp+"=>")
	}
	if len(d.trims) > 0 {
		d.args = append(d.args, "-trimpath", strings.Join(d.trims, ";"))
	}
	return nil
}

func (d *direct) write(name string, text []byte) (string, error) {
	path := filepath.Join(d.temp, name)
	return path, os.WriteFile(path, text, 0o600)
}

// run gives the compiler's output, and whether it ended without an error.
func (d *direct) run(ctx context.Context, flags, first []string) (output []byte, finished bool, err error) {
	// Into a file, which costs the compiler less than a pipe with somebody at its other end.
	path := filepath.Join(d.temp, "output")
	stdout, err := os.Create(path)
	if err != nil {
		return nil, false, err
	}
	defer stdout.Close()
	args := slices.Concat(d.args, d.unit.Flags, flags, first, d.sources)
	// Without the trace of the panic by which -h ends the compiler.
	env := []string{"TMPDIR=" + d.temp, "GOTRACEBACK=none", "GOGC=off", memoryLimit}
	err = d.tc.RunTool(ctx, d.compiler, d.tc.Dir, env, stdout, args...)
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	if err != nil && !toolchain.Failed(err) {
		return nil, false, fmt.Errorf("the compiler cannot be run: %w", err)
	}
	output, readErr := os.ReadFile(path)
	return output, err == nil, readErr
}

// lines splits the output as the go command would print it, and reports
// whether it ends in the mark. What is said of the stop file is left out.
func (d *direct) lines(output []byte, stop string) (lines []string, stopped bool) {
	if len(output) == 0 {
		return nil, false
	}
	if d.cgo {
		stop = filepath.Base(stop)
	}
	text := string(bytes.TrimSuffix(output, []byte("\n")))
	short := newShortener(d.tc.Dir, d.unit.Dir)
	lines = make([]string, 0, strings.Count(text, "\n")+1)
	for line := range strings.SplitSeq(text, "\n") {
		if stopped = strings.HasSuffix(line, stopMark); stopped || strings.HasPrefix(line, stop+":") {
			continue // the mark has the place of whatever function was last looked at
		}
		lines = append(lines, short.line(line))
	}
	if d.cgo {
		withoutGenerated(lines, d.tc.Version)
	}
	return lines, stopped
}
