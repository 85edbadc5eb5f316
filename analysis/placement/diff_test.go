package placement

import "testing"

func TestChange(t *testing.T) {
	stack := Placement{Header: Stack, Group: Stack, Tables: TablesNone, Allocates: Never}
	with := func(change func(*Placement)) Placement {
		p := stack
		change(&p)
		return p
	}
	for _, tt := range []struct {
		name          string
		before, after Placement
		differs       bool
		worse, better bool
	}{
		{"nothing", stack, stack, false, false, false},
		{"header to the heap", stack, with(func(p *Placement) { p.Header = Heap }), true, true, false},
		{"header unknown", stack, with(func(p *Placement) { p.Header = Unknown }), true, true, false},
		{"header from the heap", with(func(p *Placement) { p.Header = Heap }), stack, true, false, true},
		{"group to the heap", stack, with(func(p *Placement) { p.Group = HeapLazy }), true, true, false},
		{"group by the hint", stack, with(func(p *Placement) { p.Group = Depends }), true, false, false},
		{"may allocate", stack, with(func(p *Placement) { p.Allocates = May }), true, true, false},
		{"no longer allocates", with(func(p *Placement) { p.Allocates = Always }), stack, true, false, true},
		{"better and worse", with(func(p *Placement) { p.Header = Heap }), with(func(p *Placement) { p.Allocates = May }), true, true, false},
		{"tables alone", stack, with(func(p *Placement) { p.Tables = TablesAtGrowth }), true, false, false},
	} {
		c := Change{tt.before, tt.after}
		if c.Differs() != tt.differs || c.Worse() != tt.worse || c.Better() != tt.better {
			t.Errorf("%s: differs %v, worse %v, better %v, want %v, %v, %v", tt.name, c.Differs(), c.Worse(), c.Better(), tt.differs, tt.worse, tt.better)
		}
	}
}
