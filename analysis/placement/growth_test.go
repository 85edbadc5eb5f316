package placement

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
)

// heldAt is the declaration of the variable that the maps of these tests are in.
var heldAt = source.Range{Path: "/m/a.go", Start: 50, End: 51}

// siteOf is a make at line 1 that does not leave the package.
func siteOf(hint int64) mapop.Op {
	op := creationAt(1, mapop.Hint{Form: mapop.HintConst, N: hint})
	op.Leaves = ""
	return op
}

// insertAt is an insert at a line into the map made at line 1, executed so often with so many keys.
func insertAt(line int, perMap, keys int64) mapop.Op {
	op := use(mapop.Insert, mapop.Origin{Site: span(1)})
	op.Range, op.Pos, op.PerMap, op.Keys = span(line), pos(line, 2), perMap, keys
	op.Held, op.After = heldAt, span(line).End
	return op
}

// constantAt is insertAt with a constant key.
func constantAt(line int, perMap int64, value string) mapop.Op {
	op := insertAt(line, perMap, perMap)
	op.Key.Value, op.Key.Const = value, true
	return op
}

func onSite(kind mapop.Kind) mapop.Op {
	op := use(kind, mapop.Origin{Site: span(1)})
	op.Range = span(80)
	return op
}

func TestGrowth(t *testing.T) {
	stack, heap := "a.go:1:10: make(map[int]int) does not escape", "a.go:1:10: make(map[int]int) escapes to heap"
	with := func(op mapop.Op, change func(*mapop.Op)) mapop.Op {
		change(&op)
		return op
	}
	leaving := func(op *mapop.Op) { op.Leaves = "stored in x" }
	values := func(n int) func(*mapop.Op) { return func(op *mapop.Op) { op.Type.Key.Values = n } }
	first := func(op *mapop.Op) { op.First = true }
	again := func(op *mapop.Op) { op.Again = true }
	for _, c := range []struct {
		name    string
		release string
		line    string
		ops     []mapop.Op // the second one is asked for
		tables  Tables
		want    Allocates
		whens   string
	}{
		{"seven", "", stack, []mapop.Op{siteOf(0), insertAt(2, 7, 7)}, TablesNone, Never, ""},
		{"eight", "", stack, []mapop.Op{siteOf(0), insertAt(2, 8, 8)}, TablesNone, Never, ""},
		{"nine", "", stack, []mapop.Op{siteOf(0), insertAt(2, 9, 9)}, TablesAtGrowth, May, "on the 9th entry"},
		{"twenty", "", stack, []mapop.Op{siteOf(0), insertAt(2, 20, 20)}, TablesAtGrowth, May, "on the 9th entry, then, for more each time, at 15"},
		{"unbounded", "", stack, []mapop.Op{siteOf(0), insertAt(2, 0, 0)}, TablesAtGrowth, May, "on the 9th entry, then, for more each time, at 15, 29, 57, …"},
		{"seven keys often", "", stack, []mapop.Op{siteOf(0), insertAt(2, 0, 7)}, TablesNone, Never, ""},
		{"eight keys often", "", stack, []mapop.Op{siteOf(0), insertAt(2, 0, 8)}, TablesAtGrowth, May, "when a key is assigned again while the map holds 8 entries"},
		{"eight keys often, 1.27", "go1.27.0", stack, []mapop.Op{siteOf(0), insertAt(2, 0, 8)}, TablesNone, Never, ""},
		{"eight keys often, buckets", "go1.23.0", stack, []mapop.Op{siteOf(0), insertAt(2, 0, 8)}, TablesNone, Never, ""},
		{"unknown release", "go1.99.0", stack, []mapop.Op{siteOf(0), insertAt(2, 1, 1)}, TablesUnknown, May, ""},
		{"leaves", "", stack, []mapop.Op{with(siteOf(0), leaving), insertAt(2, 1, 1)}, TablesAtGrowth, May, "on the 9th entry, then, for more each time, at 15, 29, 57, …"},
		{"leaves after the first", "", stack, []mapop.Op{with(siteOf(0), leaving), with(insertAt(2, 1, 1), first)}, TablesAtGrowth, Never, ""},
		{"copied into", "", stack, []mapop.Op{siteOf(0), insertAt(2, 1, 1), onSite("maps.Copy")}, TablesAtGrowth, May, "on the 9th entry, then, for more each time, at 15, 29, 57, …"},
		{"read", "", stack, []mapop.Op{siteOf(0), insertAt(2, 1, 1), onSite("maps.Keys"), onSite(mapop.Range), onSite(mapop.Clear)}, TablesNone, Never, ""},
		{"deleted from", "", stack, []mapop.Op{siteOf(0), insertAt(2, 7, 7), onSite(mapop.Delete)}, TablesNone, Never, ""},
		{"sum", "", stack, []mapop.Op{siteOf(0), insertAt(3, 5, 5), insertAt(2, 5, 5)}, TablesAtGrowth, May, "on the 9th entry"},
		{"sum of what comes before", "", stack, []mapop.Op{siteOf(0), insertAt(2, 5, 5), insertAt(3, 5, 5)}, TablesAtGrowth, Never, ""},
		{"same constants", "", stack, []mapop.Op{siteOf(0), constantAt(3, 0, "1"), constantAt(2, 0, "1"), insertAt(4, 6, 6)}, TablesNone, Never, ""},
		{"other constants", "", stack, []mapop.Op{siteOf(0), constantAt(3, 0, "1"), constantAt(2, 0, "2"), insertAt(2, 7, 7)}, TablesAtGrowth, May, "on the 9th entry"},
		{"two values", "", stack, []mapop.Op{with(siteOf(0), values(2)), insertAt(2, 0, 0)}, TablesNone, Never, ""},
		{"256 values", "", stack, []mapop.Op{with(siteOf(0), values(256)), insertAt(2, 0, 0)}, TablesAtGrowth, May, "on the 9th entry, then, for more each time, at 15, 29, 57, …"},
		{"heap", "", heap, []mapop.Op{siteOf(0), insertAt(2, 7, 7)}, TablesNone, May, "on the first insert"},
		{"heap, first", "", heap, []mapop.Op{siteOf(0), with(insertAt(2, 1, 1), first)}, TablesNone, Always, ""},
		{"heap, again", "", heap, []mapop.Op{siteOf(0), with(insertAt(2, 1, 1), again)}, TablesNone, Never, ""},
		{"hint 9, 14 keys", "", stack, []mapop.Op{siteOf(9), insertAt(2, 0, 14)}, TablesAtMake, Never, ""},
		{"hint 9, 15 keys", "", stack, []mapop.Op{siteOf(9), insertAt(2, 0, 15)}, TablesAtMake, May, "after 14 entries"},
		{"hint 9, 14 keys, deletes", "", stack, []mapop.Op{siteOf(9), insertAt(2, 0, 14), onSite(mapop.Delete)}, TablesAtMake, May, "after 14 entries, deleted ones that left a tombstone among them"},
		{"hint 9, 14 keys, buckets", "go1.23.0", stack, []mapop.Op{siteOf(9), insertAt(2, 0, 14)}, TablesAtMake, May, "when the map has no room for a new entry"},
		{"hint 896", "", heap, []mapop.Op{siteOf(896), insertAt(2, 896, 896)}, TablesAtMake, Never, ""},
		{"hint 896, 897 keys", "", heap, []mapop.Op{siteOf(896), insertAt(2, 897, 897)}, TablesAtMake, May, "after 896 entries"},
		{"hint 897", "", heap, []mapop.Op{siteOf(897), insertAt(2, 1, 1)}, TablesAtMake, May, "when the map is full: a hint of 897 makes 2 tables that take 448 entries each, 896 in all: filling the map to its hint makes it grow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := c.release
			if release == "" {
				release = "go1.26.8"
			}
			for i := range c.ops {
				if values := c.ops[0].Type.Key.Values; values > 0 {
					c.ops[i].Type.Key.Values = values
				}
			}
			all := Resolve(c.ops, facts(c.line), runtimemap.For(release, "amd64", ""), Build{})
			if all[0].Tables != c.tables {
				t.Errorf("tables %s, want %s", all[0].Tables, c.tables)
			}
			var whens []string
			for _, a := range all[1].Allocations {
				if a.When != "" {
					whens = append(whens, a.When)
				}
			}
			if all[1].Allocates != c.want {
				t.Errorf("insert allocates %s, want %s: %+v", all[1].Allocates, c.want, all[1].Allocations)
			}
			if c.release != "go1.99.0" {
				if diff := cmp.Diff(c.whens, strings.Join(whens, "; ")); diff != "" {
					t.Errorf("whens (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestVariableHint(t *testing.T) {
	site := creationAt(1, mapop.Hint{Form: mapop.HintVariable, Text: "len(xs)"})
	site.Leaves = ""
	insert := insertAt(2, 0, 0)
	whens := func(ops ...mapop.Op) []string {
		var out []string
		for _, a := range Resolve(ops, facts("a.go:1:10: make(map[int]int, len(xs)) escapes to heap"), runtimemap.For("go1.26.8", "amd64", ""), Build{})[1].Allocations {
			out = append(out, a.What+" "+a.When)
		}
		return out
	}
	group := "group on the first insert, when len(xs) was at most 8"
	if diff := cmp.Diff([]string{group, "growth when the map gets more entries than len(xs) made room for"}, whens(site, insert)); diff != "" {
		t.Error(diff)
	}
	insert.Fills = true
	filled := []string{group, "growth when len(xs) is over 896: a hint above that fits only on average"}
	if diff := cmp.Diff(filled, whens(site, insert)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{group, "growth when the map gets more entries than len(xs) made room for"}, whens(site, insert, insertAt(3, 1, 1))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{group}, whens(site, insertAt(2, 7, 7))); diff != "" {
		t.Error(diff)
	}
}

// What an operation costs beyond allocations is cited.
func TestCosts(t *testing.T) {
	stack := facts("a.go:1:10: make(map[int]int) does not escape")
	small, large := insertAt(2, 7, 7), insertAt(2, 0, 0)
	bases := func(release string, ops ...mapop.Op) []string {
		var out []string
		all := Resolve(ops, stack, runtimemap.For(release, "amd64", ""), Build{})
		for _, why := range all[len(all)-1].Why {
			if strings.HasPrefix(why.Basis, "swiss.tomb") || strings.HasPrefix(why.Basis, "swiss.never") || strings.Contains(why.Basis, "clear") || why.Basis == "bucket.overflow" {
				out = append(out, why.Basis+": "+why.Text[:24])
			}
		}
		return out
	}
	site := siteOf(0)
	if got := bases("go1.26.8", site, small, onSite(mapop.Delete)); got != nil {
		t.Errorf("a delete from a small map leaves %q", got)
	}
	if got := bases("go1.26.8", site, small, onSite(mapop.Clear)); got != nil {
		t.Errorf("a clear of a small map: %q", got)
	}
	want := []string{"swiss.tombstones: a delete in a full group", "swiss.never-shrinks: Tables only ever double "}
	if diff := cmp.Diff(want, bases("go1.26.8", site, large, onSite(mapop.Delete))); diff != "" {
		t.Error(diff)
	}
	want = []string{"swiss.clear-keeps: clear empties the groups", "clear.capacity: clear costs time in prop"}
	if diff := cmp.Diff(want, bases("go1.26.8", site, large, onSite(mapop.Clear))); diff != "" {
		t.Error(diff)
	}
	if got := bases("go1.23.0", site, large, onSite(mapop.Delete)); len(got) == 0 || !strings.HasPrefix(got[0], "bucket.overflow") {
		t.Errorf("buckets: %q", got)
	}
	scan := func(pointers bool) string {
		op := siteOf(0)
		op.Type.Elem.Pointers = pointers
		for _, why := range Resolve([]mapop.Op{op}, stack, runtimemap.For("go1.26.8", "amd64", ""), Build{})[0].Why {
			if why.Basis == "swiss.scan" {
				return why.Text
			}
		}
		return ""
	}
	if !strings.Contains(scan(false), "does not scan") || !strings.Contains(scan(true), "pointers in its elements") {
		t.Errorf("scanning: %q, %q", scan(false), scan(true))
	}
}
