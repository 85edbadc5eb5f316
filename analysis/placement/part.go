package placement

import (
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// partHome is the compiler's verdict on a part of an operand: Heap, Stack, or
// Unknown where there is none or it is not the same everywhere.
func (r *resolver) partHome(op mapop.Op, p mapop.Part) Home {
	if !p.Anchor.IsValid() {
		if p.Stored && !op.Dead {
			return Heap // of what is stored without a word of it (walk/order.go: mapKeyTemp; escape/stmt.go)
		}
		return Unknown
	}
	if r.facts == nil || !r.facts.Complete {
		return Unknown
	}
	own := r.spoken(p.Anchor, p)
	if len(own) == 0 {
		// The body of a literal called on the spot, or of a range-over-func loop, is reported where it is inlined.
		for _, at := range slices.Concat(op.Immediate, op.RangeFuncs) {
			own = append(own, sameSubject(r.spoken(at, p), p)...)
		}
	}
	if len(own) == 0 && !op.Dead {
		// So is a literal in a variable that is inlined wherever it is called, and nowhere else.
		for _, call := range r.callsInlined(op) {
			own = append(own, sameSubject(r.spoken(call, p), p)...)
		}
	}
	home := agree(own, "").home
	if home != Stack && home != Heap {
		if own = sameSubject(own, p); len(own) > 0 {
			home = agree(own, "").home
		}
	}
	if home != Stack && home != Heap {
		return Unknown
	}
	// The operand of a map operation escapes or not whatever function it is inlined
	// into; what only helps to compute it, such as a call's argument, need not.
	if !p.Stored {
		for _, call := range r.callsInlined(op) {
			copies := withSubjects(r.spoken(call, p), own)
			if agree(copies, "").home != home {
				return Unknown
			}
		}
	}
	return home
}

// spoken are the verdicts at a place that may be on a part.
func (r *resolver) spoken(at source.Pos, p mapop.Part) []escape.Fact {
	var found []escape.Fact
	for _, f := range r.facts.At(at) {
		if (f.Kind == escape.EscapesToHeap || f.Kind == escape.DoesNotEscape) && speaksOfPart(f.Subject, p.Form) {
			found = append(found, f)
		}
	}
	return found
}

// speaksOfPart reports whether an expression in the compiler's words may be a part of the form.
func speaksOfPart(subject string, form mapop.PartForm) bool {
	switch form {
	case mapop.PartAddress:
		return strings.HasPrefix(subject, "&")
	case mapop.PartNew:
		return strings.HasPrefix(subject, "new(")
	case mapop.PartMake:
		return strings.HasPrefix(subject, "make([]") || strings.HasPrefix(subject, "make(") && !strings.HasPrefix(subject, "make(map[")
	case mapop.PartMap:
		return strings.HasPrefix(subject, "make(") || speaksOf(subject, mapop.Literal)
	case mapop.PartSlice:
		return strings.HasSuffix(subject, "}") && !strings.HasPrefix(subject, "&")
	case mapop.PartVariadic:
		return subject == "... argument"
	case mapop.PartClosure:
		return subject == "func literal"
	case mapop.PartMethod:
		return strings.Contains(subject, ".")
	case mapop.PartBox:
		return subject != "func literal" && subject != "... argument" && !strings.HasPrefix(subject, "append")
	}
	return true
}

// sameSubject keeps the verdicts whose expression reads like the part's, white
// space and what is left out of literals apart.
func sameSubject(found []escape.Fact, p mapop.Part) []escape.Fact {
	text := plainText(p.Text)
	switch p.Form {
	case mapop.PartAddress:
		text = "&" + text
	case mapop.PartClosure:
		text = "funcliteral"
	case mapop.PartVariadic:
		text = "...argument"
	}
	return slices.DeleteFunc(slices.Clone(found), func(f escape.Fact) bool { return plainText(f.Subject) != text })
}

func plainText(expr string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(expr, "…", "...")), "")
}

// isMoved reports whether a statement is that the variable of a name is moved to the heap.
func isMoved(f escape.Fact, name string) bool {
	return f.Kind == escape.MovedToHeap && f.Subject == name
}
