package analysis

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// listingModules lists packages, "DIR PATTERN…" groups separated by
// semicolons, whose claims are compared with what the compiler prints under
// other flags: -m without explanations, and the assembly of -S.
const listingModules = "MAPESCAPE_LISTING"

// TestAgainstListing reads the compiler's two other outputs in the simplest
// possible way, by file name and line, and finds each claim in them: the header
// of a creation in -m=1, the runtime function of an operation among the calls that -S shows on its line.
func TestAgainstListing(t *testing.T) {
	modules := os.Getenv(listingModules)
	if modules == "" {
		t.Skip(listingModules + " names no packages")
	}
	for group := range strings.SplitSeq(modules, ";") {
		fields := strings.Fields(group)
		t.Run(strings.Join(fields, " "), func(t *testing.T) {
			result, err := Run(context.Background(), Request{Dir: fields[0], Patterns: fields[1:]})
			if err != nil || len(result.Problems) > 0 {
				t.Fatal(result, err)
			}
			verdicts := verdictsOf(compilerOutput(t, result.Toolchain, "-m=1", fields[1:]))
			calls := callsOf(compilerOutput(t, result.Toolchain, "-S", fields[1:]))
			headers, lowered := 0, 0
			for _, pkg := range result.Packages {
				for _, op := range pkg.Ops {
					headers += listedHeader(t, op, verdicts)
					lowered += listedFunction(t, op, calls)
				}
			}
			t.Logf("%d headers and %d runtime functions compared", headers, lowered)
			if headers == 0 || lowered == 0 {
				t.Error("nothing to compare")
			}
		})
	}
}

func compilerOutput(t *testing.T, tc toolchain.Toolchain, flag string, patterns []string) string {
	var stdout, stderr bytes.Buffer
	args := append([]string{"list", "-export", "-gcflags=" + flag}, patterns...)
	if err := tc.Go(context.Background(), "", &stdout, &stderr, args...); err != nil {
		t.Fatalf("%v: %.2000s", err, &stderr)
	}
	return stderr.String()
}

var (
	verdictLine = regexp.MustCompile(`(?m)^(.*?):(\d+):(\d+): (?:make\(|[^&\[\n]*\{[^\n]*\}|map).*(escapes to heap|does not escape)$`)
	callLine    = regexp.MustCompile(`\(([^()\s]+?):(\d+)\)\tCALL\t([\w./]+)\(SB\)`)
)

// verdictsOf gives the verdicts by "file.go:line:column".
func verdictsOf(output string) map[string]map[placement.Home]bool {
	all := map[string]map[placement.Home]bool{}
	for _, m := range verdictLine.FindAllStringSubmatch(output, -1) {
		key := fmt.Sprintf("%s:%s:%s", filepath.Base(m[1]), m[2], m[3])
		if all[key] == nil {
			all[key] = map[placement.Home]bool{}
		}
		home := placement.Stack
		if m[4] == "escapes to heap" {
			home = placement.Heap
		}
		all[key][home] = true
	}
	return all
}

// callsOf gives the functions called by "file.go:line".
func callsOf(output string) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, m := range callLine.FindAllStringSubmatch(output, -1) {
		key := filepath.Base(m[1]) + ":" + m[2]
		if all[key] == nil {
			all[key] = map[string]bool{}
		}
		all[key][m[3][strings.LastIndexByte(m[3], '/')+1:]] = true
	}
	return all
}

func listedHeader(t *testing.T, op Op, verdicts map[string]map[placement.Home]bool) int {
	if k := op.Op.Kind; k != mapop.Make && k != mapop.Literal || op.Header != placement.Stack && op.Header != placement.Heap {
		return 0
	}
	at := op.Op.Anchor
	said := verdicts[fmt.Sprintf("%s:%d:%d", filepath.Base(at.Path), at.Line, at.Column)]
	if said == nil {
		return 0 // decided at a call where the code was inlined
	}
	if len(said) != 1 || !said[op.Header] {
		t.Errorf("%s: header on the %s, the compiler says %v", at, op.Header, said)
	}
	return 1
}

func listedFunction(t *testing.T, op Op, calls map[string]map[string]bool) int {
	switch op.Op.Kind {
	case mapop.Insert, mapop.Update, mapop.Lookup, mapop.Delete, mapop.Clear:
	default:
		return 0
	}
	at := op.Op.Anchor
	called := calls[filepath.Base(at.Path)+":"+strconv.Itoa(at.Line)]
	if op.Lowered == "" || op.Lowered == "inline" || called == nil {
		return 0
	}
	// A delete in a loop that is one clear is not there any more.
	if !called[op.Lowered] && !(op.Op.Kind == mapop.Delete && called["runtime.mapclear"]) {
		t.Errorf("%s: %s is lowered to %s, and its line calls %v", at, op.Op.Kind, op.Lowered, called)
	}
	return 1
}
