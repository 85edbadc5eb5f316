package placement

import (
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
)

// creationWhy explains the placement of a creation site: what the compiler
// said and through which flow, then what the runtime makes of it.
func (r *resolver) creationWhy(op mapop.Op, v verdict, p Placement) []Reason {
	var why []Reason
	switch op.Kind {
	case mapop.New, mapop.Zero:
		why = r.cite("map.nil")
		if op.Kind == mapop.Zero {
			for _, f := range r.facts.At(op.Anchor) {
				if f.Kind == escape.MovedToHeap && f.Subject == op.Var {
					why = append(why, factReasons(f)...)
				}
			}
		}
		return why
	case kindClone:
		return r.cite("maps.clone-heap")
	}
	seen := map[string]bool{}
	for _, f := range v.facts {
		if seen[f.Raw] {
			continue
		}
		seen[f.Raw] = true
		why = append(why, factReasons(f)...)
	}
	if v.note != "" {
		at := v.at
		if !at.IsValid() {
			at = op.Pos
		}
		why = append(why, Reason{Pos: at, Text: v.note})
	}
	var topics []string
	switch {
	case op.Hint.Large(smallHint):
		topics = append(topics, "tables-at-make")
	case !op.Hint.Small(smallHint) && p.Header == Stack:
		topics = append(topics, "variable-hint")
	case !op.Hint.Small(smallHint):
		topics = append(topics, "tables-at-make")
	case p.Header == Stack:
		topics = append(topics, "stack-group", "grow-ninth")
	case p.Header == Heap && p.Group == HeapLazy:
		topics = append(topics, "small-make", "lazy-group", "grow-ninth")
	default:
		topics = append(topics, "grow-ninth")
	}
	for _, topic := range topics {
		if topic == "grow-ninth" && p.Tables == TablesNone {
			why = append(why, r.smallWhy(op))
			continue
		}
		why = append(why, r.cite(r.rt.ID(topic))...)
	}
	switch {
	case op.Kind == kindCollect:
		why = append(why, r.cite("maps.collect-nohint")...)
	case op.Kind == mapop.Literal && op.Hint.N > 0:
		why = append(why, r.cite("literal.hint")...)
	}
	return why
}

// factReasons renders a verdict and the assignments that explain it, in the compiler's order.
func factReasons(f escape.Fact) []Reason {
	why := []Reason{{Pos: f.Pos, Text: verdictText(f), Basis: f.Raw, Compiler: true}}
	for i, s := range f.Flow {
		if s.Flow || s.Reason == "spill" {
			continue
		}
		basis := s.Text
		// The head of the explanation comes before its steps.
		if i+1 < len(f.Explanation) {
			basis = f.Explanation[i+1]
		}
		why = append(why, Reason{Pos: s.Pos, Text: stepText(s), Basis: strings.TrimSpace(basis), Compiler: true})
	}
	return why
}

func verdictText(f escape.Fact) string {
	switch f.Kind {
	case escape.EscapesToHeap:
		if f.In != "" {
			return fmt.Sprintf("`%s` escapes to the heap in %s", f.Subject, f.In)
		}
		return fmt.Sprintf("`%s` escapes to the heap", f.Subject)
	case escape.MovedToHeap:
		return fmt.Sprintf("the variable `%s` is moved to the heap", f.Subject)
	default:
		return fmt.Sprintf("`%s` does not escape", f.Subject)
	}
}

// stepTexts say in words what the compiler's reasons mean (escape/assign.go,
// call.go, expr.go, stmt.go, utils.go).
var stepTexts = map[string]string{
	"assign":                           "assigned by `%s`",
	"assign-pair":                      "assigned by `%s`",
	"return":                           "returned by `%s`",
	"call parameter":                   "passed in the call `%s`",
	"key of map put":                   "stored as a key by `%s`",
	"map literal key":                  "stored as a key in `%s`",
	"map literal value":                "stored as an element in `%s`",
	"struct literal element":           "stored in a field of `%s`",
	"slice-literal-element":            "stored in an element of `%s`",
	"array literal element":            "stored in an element of `%s`",
	"captured by a closure":            "captured by a closure as `%s`",
	"interface-converted":              "converted to an interface in `%s`",
	"reference":                        "its address is taken in `%s`",
	"address-of":                       "its address is taken in `%s`",
	"send":                             "sent by `%s`",
	"range-deref":                      "ranged over in `%s`",
	"appended to slice":                "appended in `%s`",
	"appendee slice":                   "appended to in `%s`",
	"copied slice":                     "copied in `%s`",
	"passed to call[argument escapes]": "passed in the call `%s`, which lets it escape",
	"passed to call[argument content escapes]": "passed in the call `%s`, which lets what it holds escape",
	"passed-to-and-returned-from-call":         "passed through the call `%s`",
	"truncated":                                "the compiler cut the explanation short: %s",
}

func stepText(s escape.Step) string {
	if format, ok := stepTexts[s.Reason]; ok {
		return fmt.Sprintf(format, s.Text)
	}
	if s.Reason == "" {
		return "through `" + s.Text + "`"
	}
	return fmt.Sprintf("through `%s` (%s)", s.Text, s.Reason)
}

// cite cites one fact of the runtime, or nothing where it does not hold.
func (r *resolver) cite(id string) []Reason {
	s, ok := r.rt.Statement(id)
	if !ok {
		return nil
	}
	return []Reason{{Text: s.Text, Basis: s.ID}}
}
