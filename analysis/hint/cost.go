package hint

import (
	"fmt"

	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/placement"
)

// loop says what the compiler makes of a loop that deletes from its own map.
func (e explainer) loop() []markup.Span {
	loop := e.op.Op.Loop
	switch {
	case loop == nil:
		return nil
	case e.op.Lowered == lowerClear:
		return []markup.Span{text("The compiler turns the whole loop into one call of "), mono(lowerClear), text(".")}
	case e.op.Lowered == "":
		return say("Whether the compiler turns the loop into one clear is not known.")
	case loop.Why == "":
		return say("The compiler does not turn the loop into one clear in this build.")
	}
	return append(append(say("The compiler does not turn the loop into one clear: "), quoted(loop.Why)...), text("."))
}

// parts gives the sizes of the map's parts and when its tables come.
func (e explainer) parts() []markup.Span {
	p := e.op.Placement
	if e.op.Op.Type.Sync || p.HeaderBytes == 0 || p.Header == placement.Nil || p.Header == placement.Unknown {
		return nil
	}
	line := fmt.Sprintf("%d B header", p.HeaderBytes)
	if p.Group != placement.None && p.GroupBytes != 0 {
		line += fmt.Sprintf(", %d B first group of 8 slots", p.GroupBytes)
	}
	if p.Group == placement.HeapLazy {
		line += " (allocated by the first insert)"
	}
	switch p.Tables {
	case placement.TablesNone:
		line += "; it never needs tables"
	case placement.TablesAtMake:
		line += "; tables on the heap from the start"
	case placement.TablesAtGrowth:
		line += "; tables on the heap from the 9th entry on"
	case placement.TablesDepends:
		line += "; tables on the heap when it holds more than the first group can"
		if e.op.Condition != "" && p.Header != placement.Mixed {
			return append(say("%d B header: ", p.HeaderBytes), quoted(e.op.Condition)...)
		}
	}
	return say("%s", line)
}

// cost says what executing the operation allocates and what it calls.
func (e explainer) cost() markup.Doc {
	p := e.op.Placement
	var line []markup.Span
	var items [][]markup.Span
	switch {
	case p.Allocates == placement.Never && e.op.Op.Kind == mapop.Range && e.op.Lowered != lowerClear:
		line = say("The iteration itself allocates nothing.")
	case p.Allocates == placement.Never:
		line = say("This operation allocates nothing by itself.")
	case p.Allocates == placement.Always && len(p.Allocations) > 0:
		line = say("Allocates:")
	case len(p.Allocations) > 0:
		line = say("May allocate:")
	case p.Allocates == placement.Always:
		line = say("Allocates.")
	case e.op.Op.Kind == mapop.Call:
		line = say("The map is allocated, or not, by its creation.")
	default:
		line = say("It is not known what it allocates.")
	}
	for _, a := range p.Allocations {
		items = append(items, e.allocation(a))
	}
	if p.Lowered != "" && e.op.Op.Loop == nil {
		call := []markup.Span{text("Calls "), mono(p.Lowered), text(". ")}
		if p.Lowered == "inline" {
			call = say("Needs no call of the runtime's map code. ")
		}
		line = append(call, line...)
	}
	doc := markup.Doc{{Kind: markup.Paragraph, Spans: line}}
	if len(items) > 0 {
		doc = append(doc, markup.Block{Kind: markup.List, Items: items})
	}
	return doc
}

// allocation renders one allocation: what, how much, when.
func (e explainer) allocation(a placement.Allocation) []markup.Span {
	spans := e.subject(a)
	if a.Bytes > 0 {
		spans = append(spans, text(fmt.Sprintf(", %d B", a.Bytes)))
	}
	if a.Count > 1 {
		spans = append(spans, text(fmt.Sprintf(" in %d objects", a.Count)))
	}
	when := a.When
	if when == "" {
		when = "every time"
	}
	return append(append(spans, text(", ")), quoted(when)...)
}

// subject says in words what is allocated.
func (e explainer) subject(a placement.Allocation) []markup.Span {
	key, elem := short(e.op.Op.Key.Text), short(e.op.Op.Elem.Text)
	of := func(what, operand, otherwise string) []markup.Span {
		if operand == "" {
			return say("%s %s", what, otherwise)
		}
		return []markup.Span{text(what + " "), mono(operand)}
	}
	switch a.What {
	case "header":
		return say("the header")
	case "group":
		return say("the first group")
	case "table":
		return say("the tables")
	case "growth":
		return say("growth")
	case "variable":
		return of("the variable", e.op.Op.Var, "itself")
	case "key-boxed":
		return of("a box for the key", key, "of an entry")
	case "elem-boxed":
		return of("a box for the element", elem, "of an entry")
	case "key-conversion":
		return of("the bytes of the key", key, "of an entry")
	case "elem-conversion":
		return of("the bytes of the element", elem, "of an entry")
	case "key-indirect":
		return say("an object for the key")
	case "elem-indirect":
		return say("an object for the element")
	case "key-escapes":
		return of("what the key refers to:", key, "a part of it")
	case "elem-escapes":
		return of("what the element refers to:", elem, "a part of it")
	case "iterator":
		return say("the iterator's records")
	case "closure":
		return say("the function literal")
	case "entry-node":
		if a.Cause == "trie-node" {
			return say("the entry's node")
		}
		return say("the trie's root")
	}
	return []markup.Span{mono(a.What)}
}
