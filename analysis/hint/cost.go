package hint

import (
	"fmt"
	"strings"

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

// cost says what executing the operation calls and allocates: a line, and a
// list of allocations where there are several.
func (e explainer) cost() (line []markup.Span, list [][]markup.Span) {
	p := e.op.Placement
	if p.Lowered != "" && e.op.Op.Loop == nil {
		line = []markup.Span{text("Calls "), mono(p.Lowered), text(". ")}
		if p.Lowered == "inline" {
			line = say("Needs no call of the runtime's map code. ")
		}
	}
	verb := "May allocate"
	if p.Allocates == placement.Always {
		verb = "Allocates"
	}
	switch {
	case p.Allocates == placement.Never && e.op.Op.Kind == mapop.Range && p.Lowered != lowerClear:
		return append(line, text("The iteration itself allocates nothing.")), nil
	case p.Allocates == placement.Never:
		line = append(line, text("This operation allocates nothing by itself."))
		for _, a := range p.Allocations {
			line = append(append(append(line, text(" On the heap from its declaration on: ")), e.subject(a)...), text("."))
		}
		return line, nil
	case len(p.Allocations) == 1:
		return append(append(line, text(verb+" ")), e.allocation(p.Allocations[0])...), nil
	case len(p.Allocations) > 1:
		for _, a := range p.Allocations {
			list = append(list, e.allocation(a))
		}
		return append(line, text(verb+":")), list
	case p.Allocates == placement.Always:
		return append(line, text("Allocates.")), nil
	case e.op.Op.Kind == mapop.Call:
		return append(line, text("The map is allocated, or not, by its creation.")), nil
	}
	return append(line, text("It is not known what it allocates.")), nil
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
	if a.Cause == placement.CauseMoved && a.What != "variable" {
		_, name, _ := strings.Cut(strings.TrimSuffix(a.When, " is declared"), "where ")
		return []markup.Span{text("the variable "), mono(name)}
	}
	switch a.What {
	case "header":
		return say("the header")
	case "group":
		return say("the first group")
	case "table":
		return say("the tables")
	case "growth":
		return say("larger storage")
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
		if a.Cause == "sequence" {
			return say("the sequence")
		}
		return say("the function literal")
	case "entry-node":
		return say("%s", nodes[a.Cause])
	}
	return []markup.Span{mono(a.What)}
}

// nodes says what the parts of a sync.Map are, by the cause of their allocation.
var nodes = map[string]string{
	"trie-node": "the entry's node", "trie-branch": "a node of the trie", "first-use": "the trie's root", "new-root": "the trie's root",
	"value": "the entry's value", "promotion": "records of the map",
}

// costFacts are the ids of the facts that stand behind what cost and loop say.
func (e explainer) costFacts() []string {
	op := e.op.Op
	var ids []string
	free := e.op.Allocates == placement.Never
	switch {
	case op.Loop != nil:
		ids = append(ids, "loop.mapclear")
	case op.Kind == mapop.Clear:
		ids = append(ids, "clear.capacity")
	case op.Kind == mapop.Delete && free:
		ids = append(ids, "delete.no-alloc")
	case op.Kind == mapop.Range && free:
		ids = append(ids, "range.stack-iterator")
	}
	for _, a := range e.op.Allocations {
		switch a.What {
		case "key-boxed", "elem-boxed":
			ids = append(ids, "box.free")
		case "key-indirect", "elem-indirect":
			ids = append(ids, "map.indirect128")
		case "key-conversion":
			if op.Kind == mapop.Lookup || op.Kind == mapop.Delete {
				ids = append(ids, "string.32")
			}
		case "entry-node":
			if a.Cause == "first-use" || a.Cause == "new-root" {
				ids = append(ids, "sync.root")
			}
		}
	}
	return ids
}
