// Package placement joins what the compiler said with what the runtime does:
// where the header, the first group and the tables of the map behind each
// operation live, and whether the operation allocates. The compiler decides
// escape, the runtime's facts decide the rest; where neither does, the answer
// is unknown, never a guess.
package placement

import (
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// Home says where the header or the first group of a map lives.
type Home string

// The homes. HeapLazy and None are said of first groups only.
const (
	Unknown  Home = "unknown"
	Stack    Home = "stack"
	Heap     Home = "heap"
	HeapLazy Home = "heap-lazy" // allocated on the heap by the first insert
	None     Home = "none"      // goes straight to tables
	Depends  Home = "depends"   // on a run-time value, see Placement.Condition
	Nil      Home = "nil"       // there is no map
	Mixed    Home = "mixed"     // variants, instantiations, inlined copies or origins disagree
)

// Tables says when a map's tables, which are always on the heap, come into being.
type Tables string

// When tables come.
const (
	TablesUnknown  Tables = "unknown"
	TablesNone     Tables = "none" // proved never needed
	TablesAtMake   Tables = "at-make"
	TablesAtGrowth Tables = "at-growth"
	TablesDepends  Tables = "depends"
	TablesNil      Tables = "nil"
)

// Allocates says whether executing an operation allocates on the heap.
type Allocates string

// The answers. Never and Always are said only where they are proved.
const (
	Never  Allocates = "never"
	May    Allocates = "may"
	Always Allocates = "always"
)

// An Allocation is one thing that an operation may allocate.
type Allocation struct {
	// What is one of header, group, table, growth, key-boxed, elem-boxed, key-conversion,
	// elem-conversion, key-indirect, elem-indirect, key-escapes, elem-escapes,
	// iterator, closure, entry-node, variable.
	What string
	// Cause is the finer reason: "hint>8", "first-insert", "ninth-entry" …
	Cause string
	// When says in words when it happens; "" means on every execution.
	When string
	// Bytes and Count are per execution in which When holds, size classes
	// included; 0 where they are not known.
	Bytes int64
	Count int
}

// A Reason is one step of an explanation, with what it rests on.
type Reason struct {
	// Pos is the place it speaks of; it may be invalid.
	Pos source.Pos
	// Text is a sentence for people.
	Text string
	// Basis is the compiler's line as printed, or the id of a runtime fact
	// ("swiss.lazy-group"); Compiler tells which.
	Basis    string
	Compiler bool
}

// A Placement is the answer for one operation.
type Placement struct {
	Op     mapop.Op
	Header Home
	Group  Home
	Tables Tables
	// Condition says in words what anything that is Depends, Mixed or Unknown hangs on.
	Condition string
	Allocates Allocates
	// Allocations are what the operation may allocate, in the order in which it would.
	// Of those with CauseMoved, which are allocated elsewhere, Allocates takes no account.
	Allocations []Allocation
	// Lowered is how the compiler implements the operation: a runtime function, "inline", or "".
	Lowered string
	// HeaderBytes and GroupBytes are sizes on the target; 0 where unknown.
	HeaderBytes, GroupBytes int64
	// Why is the explanation in order.
	Why []Reason
}
