package check

import (
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis/placement"
)

// A tally counts what the summary for people says.
type tally struct {
	ops                int
	never, may, always int
	created            int
	heap, partly, grow int
	stack, unknown     int
}

func (t *tally) add(m *Op) {
	t.ops++
	switch placement.Allocates(m.Allocates) {
	case placement.Never:
		t.never++
	case placement.Always:
		t.always++
	default:
		t.may++
	}
	if !creates(m.Kind) || m.Placement.Header == string(placement.Nil) {
		return
	}
	t.created++
	switch home(m.Placement) {
	case homeHeap:
		t.heap++
	case homePartly:
		t.partly++
	case homeUntilGrowth:
		t.grow++
	case homeStack:
		t.stack++
	default:
		t.unknown++
	}
}

// lines are the closing lines, without the one on the run itself.
func (t *tally) lines() []string {
	if t.ops == 0 {
		return []string{"no map operations"}
	}
	created := counted(t.created, "map") + " created" + list([]count{
		{t.heap, "on the heap"},
		{t.partly, "partly or at times on the heap"},
		{t.grow, "on the stack until " + pick(t.grow, "it grows", "they grow")},
		{t.stack, "on the stack"},
		{t.unknown, "unknown"},
	})
	ops := counted(t.ops, "operation") + list([]count{
		{t.always, "always allocating"},
		{t.may, "possibly allocating"},
		{t.never, "never allocating"},
	})
	return []string{created, ops}
}

// creates reports whether an operation of this kind brings a map into being.
func creates(kind string) bool {
	switch kind {
	case "make", "literal", "call", "maps.Clone", "maps.Collect":
		return true
	}
	return false
}

// A homeClass is where a whole map lives, as the summary puts it.
type homeClass int

const (
	homeUnknown homeClass = iota
	homeHeap
	homePartly      // some of it, some copies of it, or sometimes
	homeUntilGrowth // all on the stack until an insert makes it grow
	homeStack       // all, and it cannot grow
)

func home(p Placement) homeClass {
	switch placement.Home(p.Header) {
	case placement.Heap:
		return homeHeap
	case placement.Mixed:
		return homePartly
	case placement.Stack:
	default:
		return homeUnknown
	}
	switch placement.Home(p.Group) {
	case placement.Stack:
		switch placement.Tables(p.Tables) {
		case placement.TablesNone:
			return homeStack
		case placement.TablesAtGrowth:
			return homeUntilGrowth
		case placement.TablesAtMake, placement.TablesDepends:
			return homePartly
		}
	case placement.None, placement.Depends, placement.Mixed, placement.Heap, placement.HeapLazy:
		return homePartly
	}
	return homeUnknown
}

type count struct {
	n    int
	what string
}

// list gives the counts that are not zero, after a colon.
func list(counts []count) string {
	var parts []string
	for _, c := range counts {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// counted is "1 map" or "2 maps".
func counted(n int, noun string) string {
	return fmt.Sprintf("%d %s", n, pick(n, noun, noun+"s"))
}

// pick chooses between the singular and the plural of n things.
func pick(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
