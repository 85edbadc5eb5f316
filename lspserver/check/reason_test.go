package check

import "testing"

func TestReason(t *testing.T) {
	at := func(file string, line int) *Pos { return &Pos{File: file, Line: line, Column: 2} }
	pos := Pos{File: "a.go", Line: 4, Column: 7, EndLine: 4, EndColumn: 20}
	heap := Placement{Header: "heap", Group: "heap-lazy", Tables: "at-growth"}
	for _, tt := range []struct {
		name string
		op   Op
		want string
	}{
		{"where a new map leaves", Op{Kind: "make", Pos: pos, Placement: heap, Why: []Reason{
			{Pos: at("a.go", 4), Text: "it escapes", Basis: "m escapes"}, {Pos: at("a.go", 6), Text: "returned", Basis: "from return m"}, {Pos: at("a.go", 9), Text: "a remark"}, {Text: "a fact", Basis: "swiss.fact"},
		}}, "returned on line 6"},
		{"where it leaves by a callee", Op{Kind: "call", Pos: pos, Placement: heap, Why: []Reason{
			{Pos: at("b/b.go", 4), Text: "returned", Basis: "from return m"},
		}}, "returned at b/b.go:4:2"},
		{"on the same line", Op{Kind: "make", Pos: pos, Placement: heap, Why: []Reason{
			{Pos: at("a.go", 4), Text: "returned", Basis: "from return m"},
		}}, "returned"},
		{"heap without a step", Op{Kind: "maps.Clone", Pos: pos, Placement: heap, Why: []Reason{
			{Text: "a clone is on the heap"},
		}}, "a clone is on the heap"},
		{"mixed", Op{Kind: "make", Pos: pos, Hint: "mixed", Placement: Placement{Header: "mixed", Condition: "stack where inlined"}, Why: []Reason{
			{Pos: at("a.go", 6), Text: "returned", Basis: "from return m"},
		}}, "stack where inlined"},
		{"what allocates, growth apart", Op{Kind: "insert", Pos: pos, Placement: heap, Allocations: []Allocation{
			{What: "key-boxed", Bytes: 8, Count: 1, When: "when n is over 255"},
			{What: "growth", Bytes: 616, Count: 3},
			{What: "table", Bytes: 2344, Count: 3},
			{What: "new-thing"},
		}, Why: []Reason{{Text: "the map is made by make(map[any]int)"}}},
			"a box for the key, 8 B, when n is over 255; the tables, 2344 B in 3 objects; new-thing"},
		{"nothing known", Op{Kind: "insert", Pos: pos, Placement: Placement{Header: "unknown"}}, ""},
	} {
		if got := reason(&tt.op); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
