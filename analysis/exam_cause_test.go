package analysis

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
)

// examKinds are the operations that a marker's kind speaks of. The other kinds
// are of code that is no map operation: a conversion into a variable, a call of a
// function that works on the map.
var examKinds = map[string][]mapop.Kind{
	"make": {mapop.Make, mapop.New}, "literal": {mapop.Literal}, "new": {mapop.New}, "clone": {"maps.Clone"}, "collect": {"maps.Collect"},
	"insert": {mapop.Insert, mapop.Update}, "lookup": {mapop.Lookup}, "delete": {mapop.Delete}, "clear": {mapop.Clear},
	"range": {mapop.Range, "maps.Keys", "maps.Values", "maps.All"}, "deleteloop": {mapop.Range}, "var": {mapop.Zero},
	"syncmap-store": {"sync.Map.Store"}, "syncmap-load": {"sync.Map.Load"}, "syncmap-loadorstore": {"sync.Map.LoadOrStore"},
	"syncmap-delete": {"sync.Map.Delete"}, "syncmap-clear": {"sync.Map.Clear"},
}

// An examCause is what a marker's cause means here: the allocations of which one must
// be listed for each part of it, and those that must not be.
type examCause struct {
	listed []string // "what cause"; an empty cause stands for any
	absent []string // what
}

// examCauses gives the meaning of the exam's causes, which "+" joins.
var examCauses = map[string]examCause{
	"box-key":              {listed: []string{"key-boxed interface"}},
	"box-value":            {listed: []string{"elem-boxed interface"}},
	"small-int-box":        {listed: []string{"elem-boxed interface"}}, // with a condition
	"static-box":           {absent: []string{"key-boxed", "elem-boxed"}},
	"box-over-1024-bytes":  {listed: []string{"key-boxed interface"}},
	"string-conversion":    {listed: []string{"key-conversion string-conversion"}},
	"not-reached":          {listed: []string{"key-conversion string-conversion"}}, // the measured call goes another way
	"string-over-32-bytes": {listed: []string{"key-conversion string-conversion", "key-conversion concatenation"}},
	"closure":              {listed: []string{"closure captures"}},
	"captured-variable":    {listed: []string{"variable moved-to-heap"}},
	"indirect-key":         {listed: []string{"key-indirect "}},
	"indirect-elem":        {listed: []string{"elem-indirect "}},
	"node":                 {listed: []string{"entry-node trie-node"}},
	"new-root":             {listed: []string{"entry-node new-root"}},
	"hint>8":               {listed: []string{"table hint>8"}},
	"map-value":            {listed: []string{"header "}},
	"outlives-loop":        {listed: []string{"header "}},
	"first-group":          {listed: []string{"group first-insert", "growth full"}}, // a map of unknown origin may have no group
	"grow":                 {listed: []string{"growth "}},
	"grow-to-table":        {listed: []string{"growth "}},
	"grow-on-update":       {listed: []string{"growth "}},
	"table-overflow":       {listed: []string{"growth "}},
	"tombstones":           {listed: []string{"growth "}},
}

// examAllocations holds a marker's count and cause against what is said of its operations.
// It returns the number of operations.
func examAllocations(t *testing.T, path string, m marker, line []Op) int {
	t.Helper()
	ops := slices.DeleteFunc(slices.Clone(line), func(op Op) bool { return !slices.Contains(examKinds[m.kind], op.Op.Kind) })
	if len(ops) == 0 {
		return 0
	}
	lowText, highText, ranged := strings.Cut(m.attrs["allocs"], "..")
	if !ranged {
		highText = lowText
	}
	low, err1 := strconv.Atoi(lowText)
	high, err2 := strconv.Atoi(highText)
	if err1 != nil || err2 != nil {
		t.Fatalf("%s:%d: allocs=%s", path, m.line, m.attrs["allocs"])
	}
	said := examSaid(ops)
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s:%d: "+format+": %s", append(append([]any{filepath.Base(path), m.line}, args...), said.text)...)
	}
	reached := m.attrs["cause"] != "not-reached"
	switch {
	case said.never && high > 0:
		fail("%s never allocates, measured %s", m.kind, m.attrs["allocs"])
	case reached && said.low > 0 && low == 0:
		fail("%s always allocates, measured %s", m.kind, m.attrs["allocs"])
	case reached && said.exact && (said.low < low || said.low > high):
		fail("%s makes %d allocations, measured %s", m.kind, said.low, m.attrs["allocs"])
	}
	for _, name := range strings.Split(m.attrs["cause"], "+") {
		cause, ok := examCauses[name]
		if !ok {
			continue // of code that is no map operation
		}
		if len(cause.listed) > 0 && !slices.ContainsFunc(cause.listed, func(want string) bool { return strings.Contains(said.text, want) }) {
			fail("%s allocates for %s, which is not listed", m.kind, name)
		}
		for _, what := range cause.absent {
			if strings.Contains(said.text, what+" ") {
				fail("%s does not allocate, by %s", m.kind, name)
			}
		}
	}
	return len(ops)
}

// examClaims is what is said of the operations on a line.
type examClaims struct {
	never bool
	// exact says that low is the number of allocations of a call of the function.
	exact bool
	low   int
	text  string
}

func examSaid(ops []Op) examClaims {
	c := examClaims{never: true, exact: true}
	var texts []string
	for _, op := range ops {
		c.never = c.never && op.Allocates == placement.Never
		c.exact = c.exact && op.Allocates != placement.May && !op.Op.InLoop
		for _, a := range op.Allocations {
			texts = append(texts, a.What+" "+a.Cause+" "+a.When)
			switch {
			case a.Cause == placement.CauseMoved && a.What != "variable", a.Cause == "map":
				// allocated where the variable is declared, or by the operation that makes the map
			case a.When == "":
				c.low += max(a.Count, 1)
				c.exact = c.exact && a.Count > 0
			case op.Allocates == placement.Always:
				c.exact = false
			}
		}
	}
	c.text = strings.Join(texts, "; ")
	return c
}

// examMoved checks that the variable a marker says is allocated, because its address is
// stored in a map, is listed by the operation that stores it.
func examMoved(t *testing.T, path string, m marker, all []Op) int {
	t.Helper()
	if m.attrs["cause"] != "pointer-stored-in-map" {
		return 0
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Fields(strings.Split(string(text), "\n")[m.line-1])[0]
	for _, op := range all {
		for _, a := range op.Allocations {
			if op.Op.Pos.Line > m.line && op.Op.Pos.Line < m.line+5 && a.Cause == placement.CauseMoved && a.When == "where "+name+" is declared" {
				return 1
			}
		}
	}
	t.Errorf("%s:%d: no operation names the variable %s", filepath.Base(path), m.line, name)
	return 1
}
