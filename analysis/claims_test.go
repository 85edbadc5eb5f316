package analysis

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
)

// The claims test writes what is claimed of the operations of real packages as
// JSON lines, one claim a line, for a scorer that knows what their own tests
// measured, and logs how much is decided. claimsModules lists what to analyse:
// "DIR PATTERN…" groups separated by semicolons; claimsFile is the output.
const (
	claimsFile    = "MAPESCAPE_CLAIMS"
	claimsModules = "MAPESCAPE_CLAIMS_MODULES"
)

// A claim says something that can be measured of the operation at a place that
// the compiler names: the "(" of a call, the "{" of a literal, the "[" of an index.
type claim struct {
	Package string `json:"pkg"`
	File    string `json:"file"` // relative to the module
	Line    int    `json:"line"`
	Column  int    `json:"col"`
	Aspect  string `json:"aspect"`
	Says    string `json:"says"`
}

func TestClaims(t *testing.T) {
	path, modules := os.Getenv(claimsFile), os.Getenv(claimsModules)
	if path == "" || modules == "" {
		t.Skip(claimsFile + " and " + claimsModules + " name no output and modules")
	}
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	table := shares{}
	n := 0
	for group := range strings.SplitSeq(modules, ";") {
		fields := strings.Fields(group)
		if len(fields) < 2 {
			t.Fatalf("%s: %q has no directory and patterns", claimsModules, group)
		}
		result, err := Run(context.Background(), Request{Dir: fields[0], Patterns: fields[1:]})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range result.Problems {
			t.Error(p)
		}
		for _, pkg := range result.Packages {
			for _, op := range pkg.Ops {
				table.count(op)
				for _, c := range claimsOf(pkg, op) {
					rel, err := filepath.Rel(fields[0], op.Op.Anchor.Path)
					if err != nil {
						t.Fatal(err)
					}
					c.File = filepath.ToSlash(rel)
					if err := enc.Encode(c); err != nil {
						t.Fatal(err)
					}
					n++
				}
			}
		}
	}
	if err := cmp.Or(w.Flush(), out.Close()); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("no claims")
	}
	t.Logf("%d claims\n%s", n, table)
}

// claimsOf are the claims of one operation.
func claimsOf(pkg *Package, op Op) []claim {
	var all []claim
	say := func(aspect, says string) {
		at := op.Op.Anchor
		all = append(all, claim{Package: pkg.Path, Line: at.Line, Column: at.Column, Aspect: aspect, Says: says})
	}
	homes := map[placement.Home]string{placement.Stack: "stack", placement.Heap: "heap"}
	switch op.Op.Kind {
	case mapop.Make, mapop.Literal:
		say("header", cmp.Or(homes[op.Header], "depends"))
		say("group", groupClaim(op))
		say("create", map[placement.Tables]string{
			placement.TablesNone: "never", placement.TablesAtGrowth: "never", placement.TablesAtMake: "always",
		}[op.Tables])
		if op.Tables == placement.TablesNone || op.Tables == placement.TablesAtMake {
			say("tables", map[placement.Tables]string{placement.TablesNone: "never", placement.TablesAtMake: "always"}[op.Tables])
		}
	case mapop.Insert, mapop.Update:
		grow, first := "never", "never"
		for _, a := range op.Allocations {
			switch a.What {
			case "growth", "table":
				grow = "may"
			case "group":
				first = "may"
			}
		}
		say("grow", grow)
		say("first_group", first)
	}
	own, operands := shareOf(op)
	say("op", own)
	switch op.Op.Kind {
	case mapop.Insert, mapop.Update, mapop.Lookup, mapop.Delete:
		if operands == string(placement.Always) && isMapCreation(op.Op.Elem.Text) {
			operands = string(placement.May) // which a scorer counts to the creation itself
		}
		if !besideAppend(op) {
			say("flow", operands)
		}
	}
	return slices.DeleteFunc(all, func(c claim) bool { return c.Says == "" })
}

// groupClaim says where the first group is once an entry was inserted: what goes straight to
// tables, and what is on the stack if it is small, never has one on the heap.
func groupClaim(op Op) string {
	switch {
	case op.Group == placement.Heap, op.Group == placement.HeapLazy:
		return "heap"
	case op.Group == placement.Stack, op.Group == placement.None, op.Group == placement.Depends && op.Header == placement.Stack:
		return "stack"
	}
	return "depends"
}

// besideAppend reports whether a lookup is an operand of an append, whose slice a scorer
// that goes by lines cannot tell from what the key allocates.
func besideAppend(op Op) bool {
	if op.Op.Kind != mapop.Lookup {
		return false
	}
	text, err := os.ReadFile(op.Op.Pos.Path)
	if err != nil || op.Op.Range.Start > len(text) {
		return false
	}
	before := text[:op.Op.Range.Start]
	return bytes.Contains(before[bytes.LastIndexByte(before, '\n')+1:], []byte("append("))
}

func isMapCreation(expr string) bool {
	return strings.HasPrefix(expr, "make(map[") || strings.HasPrefix(expr, "map[")
}

// shareOf splits an operation's claim into what its own run-time call allocates
// and what evaluating its key and element does, which a scorer measures apart.
func shareOf(op Op) (own, operands string) {
	own, operands = string(placement.Never), string(placement.Never)
	if op.Allocates != placement.Never && len(op.Allocations) == 0 {
		return string(placement.May), string(placement.May)
	}
	for _, a := range op.Allocations {
		says := string(placement.May)
		if a.When == "" && op.Allocates == placement.Always {
			says = string(placement.Always)
		}
		part := &own
		switch a.What {
		case "header", "group", "table", "growth", "key-indirect", "elem-indirect", "entry-node", "iterator", "variable":
		default:
			part = &operands
		}
		if *part != string(placement.Always) {
			*part = says
		}
	}
	return own, operands
}

// shares counts how many operations of a kind are decided, by question.
type shares map[string]map[string]int

func (s shares) count(op Op) {
	kind := string(op.Op.Kind)
	if strings.HasPrefix(kind, "maps.") || strings.HasPrefix(kind, "sync.Map.") {
		kind, _, _ = strings.Cut(kind, "."+lastPart(kind))
	}
	for _, name := range []string{kind, "all"} {
		if s[name] == nil {
			s[name] = map[string]int{}
		}
		s[name]["ops"]++
		if op.Header == placement.Stack || op.Header == placement.Heap || op.Header == placement.Nil {
			s[name]["header"]++
		}
		if op.Group != placement.Unknown && op.Group != placement.Mixed && op.Group != placement.Depends {
			s[name]["group"]++
		}
		if op.Allocates != placement.May {
			s[name]["allocates"]++
		}
	}
}

func lastPart(kind string) string { return kind[strings.LastIndexByte(kind, '.')+1:] }

func (s shares) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %7s %8s %8s %10s\n", "decided", "ops", "header", "group", "allocates")
	for _, kind := range slices.Sorted(maps.Keys(s)) {
		row := s[kind]
		percent := func(what string) float64 { return 100 * float64(row[what]) / float64(row["ops"]) }
		fmt.Fprintf(&b, "%-10s %7d %7.1f%% %7.1f%% %9.1f%%\n", kind, row["ops"], percent("header"), percent("group"), percent("allocates"))
	}
	return b.String()
}
