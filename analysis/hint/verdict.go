package hint

import (
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/placement"
)

// verdict is the first line of an explanation: where the map is.
func (e explainer) verdict() []markup.Span {
	op := e.op.Op
	switch {
	case op.Type.Sync:
		return []markup.Span{strong("sync.Map"), text(" — "), mono(short(op.Map)), text(" keeps its entries on the heap, wherever the variable is")}
	case creates(op.Kind):
		return e.creationVerdict()
	}
	m := mono(short(op.Map))
	home, what := "", ""
	switch e.op.Header {
	case placement.Heap:
		home, what = "heap map", " is on the heap"
	case placement.Mixed:
		home, what = "mixed", " is on the stack or on the heap"
	case placement.Nil:
		home, what = "nil map", " is nil here: it was never made"
	case placement.Stack:
		switch e.op.Group {
		case placement.Stack:
			home, what = "stack map", " has its header and first group on the stack"
		case placement.Depends:
			home, what = "stack map", " has its header on the stack, and its first group if it was made for at most 8 entries"
		case placement.None:
			home, what = "stack+heap map", " has its header on the stack and all entries in tables on the heap"
		case placement.Mixed:
			home, what = "mixed", " has its header on the stack; where its first entries are differs"
		default:
			home, what = "stack header", " has its header on the stack; where its entries are is not known"
		}
	default:
		home, what = "unknown", " may be on the stack or on the heap"
	}
	spans := []markup.Span{strong(home), text(" — "), m, text(what)}
	if e.op.Header == placement.Stack && e.op.Group != placement.Mixed || e.op.Header == placement.Heap {
		return spans // what the condition speaks of is said with the parts
	}
	return append(spans, e.condition()...)
}

// creationVerdict is the first line for an operation that creates the map.
func (e explainer) creationVerdict() []markup.Span {
	expr := mono(short(e.expr()))
	frame := e.frame()
	line := func(home string, spans ...markup.Span) []markup.Span {
		return append([]markup.Span{strong(home), text(" — ")}, spans...)
	}
	switch e.op.Header {
	case placement.Heap:
		return e.heapVerdict(line, expr)
	case placement.Nil:
		return line("nil map", expr, text(" makes no map: header and storage come with the first assignment of one"))
	case placement.Mixed:
		return append(line("mixed", text("the header of "), expr, text(" is on the stack or on the heap")), e.condition()...)
	case placement.Stack:
	default:
		return append(line("unknown", text("the header of "), expr, text(" may be on the stack or on the heap")), e.condition()...)
	}
	header := []markup.Span{text("the header of "), expr, text(" is in ")}
	both := []markup.Span{text("header and first group of "), expr, text(" are in ")}
	with := func(start []markup.Span, rest string) []markup.Span {
		return append(append(start, frame...), text(rest))
	}
	switch label, _, _ := stackLabel(e.op.Placement); label {
	case "stack":
		return line("stack", with(both, ", and it never holds more than 8 entries")...)
	case "stack ≤8":
		return line("stack up to 8 entries", with(both, "; the 9th entry moves its entries to the heap")...)
	case "stack+heap":
		return line("stack and heap", with(header, "; its tables are on the heap from the start")...)
	case "stack if ≤8":
		return line("stack if at most 8", with(header, "; so are its first entries if it is made for at most 8")...)
	case "mixed":
		return append(line("mixed", with(header, "; where its first entries are differs")...), e.condition()...)
	}
	return line("stack header", with(header, "; where its entries are is not known")...)
}

// heapVerdict says why a new map is on the heap, as far as one line can.
func (e explainer) heapVerdict(line func(string, ...markup.Span) []markup.Span, expr markup.Span) []markup.Span {
	switch e.op.Op.Kind {
	case "maps.Clone":
		return line("heap", text("the runtime makes the copy "), expr, text(" on the heap, whatever becomes of it"))
	case "maps.Collect", mapop.Call:
		return line("heap", expr, text(" yields a map that is made on the heap"))
	}
	if e.op.Op.Func == "init" {
		return line("heap", expr, text(" may outlive the package's initialisation"))
	}
	return line("heap", expr, text(" may outlive "), mono(e.op.Op.Func))
}

// frame names the stack frame that a map created by the operation is in.
func (e explainer) frame() []markup.Span {
	return []markup.Span{text("the frame of "), mono(e.op.Op.Func)}
}

// condition is what the placement hangs on, as the end of a line.
func (e explainer) condition() []markup.Span {
	switch {
	case e.op.Condition != "":
		return append([]markup.Span{text(": ")}, quoted(e.op.Condition)...)
	case !e.op.Op.Complete && e.op.Op.Open != "":
		return append([]markup.Span{text(": it may come from ")}, quoted(e.op.Op.Open)...)
	}
	return nil
}

// expr is the text of a creation.
func (e explainer) expr() string {
	op := e.op.Op
	for _, o := range op.Origins {
		if o.Site == op.Range && o.Expr != "" {
			return o.Expr
		}
	}
	if t := e.source(); t != "" {
		return t
	}
	return op.Map
}

// source is the operation's text.
func (e explainer) source() string {
	r := e.op.Op.Range
	for _, p := range e.result.Packages {
		if f := p.Files[r.Path]; f != nil && 0 <= r.Start && r.Start <= r.End && r.End <= len(f.Text()) {
			return string(f.Text()[r.Start:r.End])
		}
	}
	return ""
}
