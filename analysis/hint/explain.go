package hint

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/markup"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/source"
)

// Limits that keep an explanation within the height of a hover.
const (
	maxSteps      = 6 // steps of the compiler's reasoning
	maxStatements = 3 // facts of the runtime; one less where no map is created
	maxUnplaced   = 2 // creations that the steps do not name
)

// Explain is the long form of an operation's hint, the same at every level:
// the verdict in words, how it comes about, what the operation costs, what is
// not known, and what all of it rests on. r is the result that op comes from.
func Explain(op analysis.Op, r *analysis.Result) markup.Doc {
	e := explainer{op: op, result: r}
	doc := markup.Doc{{Kind: markup.Paragraph, Spans: e.verdict()}}
	if steps := e.steps(); len(steps) > 0 {
		doc = append(doc, markup.Block{Kind: markup.Steps, Items: steps})
	}
	cost, allocations := e.cost()
	if lines := joinLines(e.unplaced(), e.loop(), e.parts(), cost); len(lines) > 0 {
		doc = append(doc, markup.Block{Kind: markup.Paragraph, Spans: lines})
	}
	if len(allocations) > 0 {
		doc = append(doc, markup.Block{Kind: markup.List, Items: allocations})
	}
	if facts := e.statements(); len(facts) > 0 {
		doc = append(doc, markup.Block{Kind: markup.List, Items: facts})
	}
	return append(doc, markup.Block{Kind: markup.Paragraph, Spans: e.footer()})
}

// An explainer writes the parts of one explanation.
type explainer struct {
	op     analysis.Op
	result *analysis.Result
}

// joinLines puts each line that is not empty on one of its own.
func joinLines(lines ...[]markup.Span) []markup.Span {
	var out []markup.Span
	for _, line := range lines {
		if len(line) > 0 && len(out) > 0 {
			out = append(out, text("\n"))
		}
		out = append(out, line...)
	}
	return out
}

// steps are the reasons that speak of a place: where the map was made, what
// the compiler said of it, and the flow that it gives for that. Each group
// starts with a creation or a verdict; of a long flow the middle is left out.
func (e explainer) steps() [][]markup.Span {
	var groups [][]placement.Reason
	seen := map[placement.Reason]bool{}
	for _, why := range e.op.Why {
		if seen[why] || !why.Compiler && (!why.Pos.IsValid() || why.Basis != "" || e.saidFirst(why)) {
			continue
		}
		seen[why] = true
		if len(groups) == 0 || !isStep(why) {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], why)
	}
	budget := maxSteps
	var items [][]markup.Span
	for i, g := range groups {
		if budget <= 0 {
			items = append(items, say("and %d more", len(groups)-i))
			break
		}
		// The groups behind this one are worth at least their heads.
		room := max(budget-(len(groups)-i-1), 2)
		items = append(items, e.group(g, room)...)
		budget -= min(len(g), room)
	}
	return items
}

// isStep reports whether a reason is a step of the flow behind a verdict, which
// the compiler indents.
func isStep(why placement.Reason) bool {
	line := withoutPosition(why.Basis)
	step := strings.TrimLeft(line, " ")
	return why.Compiler && step != line && strings.HasPrefix(step, "from ")
}

// saidFirst reports whether a reason only repeats what the first line says: what
// the placement hangs on, or that other code may supply the map.
func (e explainer) saidFirst(why placement.Reason) bool {
	return why.Text == e.op.Condition || !e.op.Op.Complete && why.Pos == e.op.Op.Pos
}

// group renders a verdict with its flow in at most room steps.
func (e explainer) group(g []placement.Reason, room int) [][]markup.Span {
	if len(g) <= room+1 { // a single step takes no more space than its omission
		room = len(g)
	}
	tail := room / 2
	head := room - tail
	var items [][]markup.Span
	for i, why := range g {
		switch skipped := len(g) - room; {
		case i < head || i >= len(g)-tail:
			items = append(items, e.reason(why))
		case i == head:
			items = append(items, say("… %d steps …", skipped))
		}
	}
	return items
}

// reason renders one reason. What the compiler decided is quoted in its own
// words. A note of ours speaks of the step before it and has no place of its own.
func (e explainer) reason(why placement.Reason) []markup.Span {
	switch {
	case isStep(why):
		return append(quoted(why.Text), text(" at "), place(why.Pos))
	case why.Compiler:
		return []markup.Span{text("the compiler: "), mono(withoutPosition(why.Basis)), text(" at "), place(why.Pos)}
	}
	for _, o := range e.op.Op.Origins {
		if e.pos(o.Site) == why.Pos && strings.Contains(why.Text, o.Expr) {
			_, after, _ := strings.Cut(why.Text, o.Expr)
			return []markup.Span{text(e.made()), mono(short(o.Expr)), text(after + " at "), place(why.Pos)}
		}
	}
	return quoted(why.Text)
}

// withoutPosition takes the "file:line:column: " off a line of the compiler.
func withoutPosition(line string) string {
	for i := 0; i < len(line); i++ {
		if strings.HasPrefix(line[i:], ": ") && i > 0 && '0' <= line[i-1] && line[i-1] <= '9' {
			return line[i+2:]
		}
	}
	return line
}

// made starts a step that names a creation of the map.
func (e explainer) made() string {
	if e.op.Op.Complete && len(e.op.Op.Origins) == 1 {
		return "made by "
	}
	return "may be made by "
}

// unplaced names the creations that the reasons do not.
func (e explainer) unplaced() []markup.Span {
	var out []markup.Span
	origins := e.unplacedOrigins()
	for i, o := range origins {
		if i == maxUnplaced {
			return append(out, text(fmt.Sprintf(" or at %d more places", len(origins)-i)))
		}
		if i == 0 {
			out = append(out, text("May also be "))
		} else {
			out = append(out, text(" or "))
		}
		out = append(out, text("made by "), mono(short(o.expr)), text(" at "), place(o.pos))
	}
	return out
}

type madeAt struct {
	expr string
	pos  source.Pos
}

// unplacedOrigins are the creations that the reasons do not name: nil maps, and
// sites in packages that were not analysed.
func (e explainer) unplacedOrigins() []madeAt {
	if creates(e.op.Op.Kind) && e.op.Op.Kind != "call" {
		return nil
	}
	var out []madeAt
	for _, o := range e.op.Op.Origins {
		pos := e.pos(o.Site)
		named := slices.ContainsFunc(e.op.Why, func(why placement.Reason) bool { return why.Pos == pos })
		if pos.IsValid() && !named && o.Site != e.op.Op.Range {
			out = append(out, madeAt{o.Expr, pos})
		}
	}
	return out
}

// pos gives the position of a range's start, invalid in a file that is not at hand.
func (e explainer) pos(r source.Range) source.Pos {
	for _, p := range e.result.Packages {
		if f := p.Files[r.Path]; f != nil {
			return f.Pos(r.Start)
		}
	}
	return source.Pos{}
}

// statements are the facts of the runtime that the answer rests on, with their
// sources: those about the operation first, then those about the map's placement.
func (e explainer) statements() [][]markup.Span {
	ids := e.costFacts()
	limit := maxStatements
	if !creates(e.op.Op.Kind) {
		limit--
	}
	for _, why := range e.op.Why {
		// Where the map's home is unknown, what holds of one of its creations explains nothing.
		if !why.Compiler && why.Basis != "" && e.op.Header != placement.Unknown {
			ids = append(ids, why.Basis)
		}
	}
	var items [][]markup.Span
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		s, ok := e.result.Runtime.Statement(id)
		if !ok {
			continue
		}
		if len(items) == limit {
			break
		}
		items = append(items, append(quoted(s.Text), text(" ("), mono(s.Source), text(")")))
	}
	return items
}

// footer says of which toolchain all this is true.
func (e explainer) footer() []markup.Span {
	tc := e.result.Toolchain
	spans := []markup.Span{text(fmt.Sprintf("%s, %s/%s", tc.Version, tc.GOOS, tc.GOARCH))}
	if tc.GOEXPERIMENT != "" {
		spans = append(spans, text(", "), mono("GOEXPERIMENT="+tc.GOEXPERIMENT))
	}
	// Whether a binary is stamped with its revision changes no verdict.
	flags := slices.DeleteFunc(slices.Clone(tc.Flags), func(f string) bool { return strings.HasPrefix(f, "-buildvcs") })
	if flags := strings.Join(flags, " "); flags != "" {
		spans = append(spans, text(", "), mono(flags))
	}
	if flags := strings.Join(tc.GCFlags, " "); flags != "" {
		spans = append(spans, text(", "), mono("-gcflags="+flags))
	}
	if variant := e.op.Variant; variant != "" {
		spans = append(spans, text(fmt.Sprintf(", %s variant", variant)))
	}
	return spans
}

// place shows a position by the file's name, linked to the whole of it.
func place(pos source.Pos) markup.Span {
	return markup.Span{Text: fmt.Sprintf("%s:%d", filepath.Base(pos.Path), pos.Line), Link: pos.String()}
}

func text(s string) markup.Span   { return markup.Span{Text: s} }
func mono(s string) markup.Span   { return markup.Span{Text: s, Style: markup.Mono} }
func strong(s string) markup.Span { return markup.Span{Text: s, Style: markup.Strong} }

func say(format string, args ...any) []markup.Span {
	return []markup.Span{text(fmt.Sprintf(format, args...))}
}

// quoted makes code spans of what stands between backquotes in s. With an odd
// number of them, one is a piece of source itself, and all of s is text.
func quoted(s string) []markup.Span {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		return []markup.Span{text(s)}
	}
	var spans []markup.Span
	for i, p := range parts {
		switch {
		case p == "":
		case i%2 == 0:
			spans = append(spans, text(p))
		default:
			spans = append(spans, mono(p))
		}
	}
	return spans
}

// maxExpr is how much of an expression is shown, in characters.
const maxExpr = 60

// short cuts an expression to one line of at most maxExpr characters.
func short(expr string) string {
	expr = strings.Join(strings.Fields(expr), " ")
	runes := []rune(expr)
	if len(runes) <= maxExpr {
		return expr
	}
	return string(runes[:maxExpr-1]) + "…"
}
