package placement

import (
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// A verdict is what the compiler decided for one creation site, or for one copy of it.
type verdict struct {
	home Home // Stack, Heap, Mixed or Unknown
	// facts are the statements it rests on, in printed order.
	facts []escape.Fact
	// note says in words what the statements alone do not: why home is Mixed
	// or Unknown, or that the verdict is of an inlined copy. It speaks of the place
	// at, or of the site where that is not valid.
	note string
	at   source.Pos
}

// ownVerdict is the verdict for a site where it stands, inlined copies of its
// function included: where those differ, it is Mixed.
func (r *resolver) ownVerdict(op mapop.Op) verdict {
	if v, ok := r.standalone[op.Range]; ok {
		return v
	}
	v := r.verdictAt(op)
	if v.home == Stack || v.home == Heap {
		v = r.withCopies(op, v)
	}
	r.standalone[op.Range] = v
	return v
}

// verdictAt reads what the compiler says of a site in the body it was written in.
func (r *resolver) verdictAt(op mapop.Op) verdict {
	if r.facts == nil || !r.facts.Complete {
		return verdict{home: Unknown, note: "the compiler did not finish this package"}
	}
	own := r.statements(op.Anchor, op.Kind)
	if op.Kind == kindCollect {
		return r.collectVerdict(op, own)
	}
	if op.Anchor.Column >= noColumn && agree(own, "").home == Mixed {
		if own = sameText(own, op); agree(own, "").home != Stack && agree(own, "").home != Heap {
			return verdict{home: Unknown, facts: own, note: "the compiler names no column this far right, and its verdicts on this line differ"}
		}
	}
	// The body of a function literal that is called on the spot and inlined
	// there runs only as that copy.
	for _, call := range op.Immediate {
		if copies := withSubjects(r.statements(call, op.Kind), own); len(copies) > 0 {
			return agree(copies, "the function literal is inlined where it is called")
		}
	}
	if len(own) > 0 {
		for _, loop := range op.RangeFuncs {
			own = append(own, withSubjects(r.statements(loop, op.Kind), own)...)
		}
		return agree(own, "")
	}
	// The compiler turns the body of a range-over-func loop into a function, and
	// reports what an inlined copy of it creates at the loop's "for".
	for _, anchor := range slices.Concat(op.Immediate, op.RangeFuncs) {
		if found := r.statements(anchor, op.Kind); len(found) > 0 {
			v := agree(found, "the loop body is a function that is inlined at the loop")
			if v.home == Mixed {
				if same := sameText(found, op); len(same) > 0 {
					v = agree(same, v.note)
				}
			}
			if v.home == Mixed {
				return verdict{home: Unknown, facts: v.facts, note: "the compiler gives different verdicts at the loop and does not say which is this one's"}
			}
			return v
		}
	}
	if op.Dead {
		return verdict{home: Unknown, note: "the code is never reached, and the compiler leaves it out"}
	}
	if v, ok := r.onlyInlined(op); ok {
		return v
	}
	if op.Generic {
		return verdict{home: Unknown, note: "no instantiation of this generic function is compiled in this package"}
	}
	return verdict{home: Unknown, note: "the compiler says nothing of it: the code is never reached, or is left out"}
}

// onlyInlined is the verdict on a site in a function that has no body of its
// own any more, because it was inlined wherever it is called: a function literal
// in a local variable, most often.
func (r *resolver) onlyInlined(op mapop.Op) (verdict, bool) {
	var all []escape.Fact
	for _, call := range r.callsInlined(op) {
		found := r.statements(call, op.Kind)
		if same := sameText(found, op); len(same) > 0 {
			found = same
		}
		all = append(all, found...)
	}
	switch v := agree(all, op.Func+" is inlined wherever it is called, and the map is decided there"); v.home {
	case Stack, Heap:
		return v, true
	case Mixed:
		return verdict{home: Unknown, facts: all, note: "where " + op.Func + " is inlined the compiler gives different verdicts, and does not say which is this one's"}, true
	}
	return verdict{}, false
}

// collectVerdict is the verdict on the map that maps.Collect makes: at the
// call where Collect is inlined, and the heap where it is not, since a map
// that a function returns cannot live in its frame.
func (r *resolver) collectVerdict(op mapop.Op, at []escape.Fact) verdict {
	for _, anchor := range append([]source.Pos{op.Anchor}, op.RangeFuncs...) {
		if !r.inlinedAt(anchor, "maps.Collect", "") {
			continue
		}
		if v := agree(r.statements(anchor, mapop.Make), "maps.Collect is inlined here"); v.home == Stack || v.home == Heap {
			return v
		}
		return verdict{home: Unknown, facts: at, note: "maps.Collect is inlined here, and the compiler's verdict on its map cannot be told from others"}
	}
	if op.Generic && len(r.facts.At(op.Anchor)) == 0 {
		return verdict{home: Unknown, note: "no instantiation of this generic function is compiled in this package"}
	}
	return verdict{home: Heap, note: "maps.Collect is not inlined here, and returns the map that it makes"}
}

// withCopies looks at the copies of a site in the functions that its own
// function was inlined into.
func (r *resolver) withCopies(op mapop.Op, own verdict) verdict {
	copies := own.facts
	var places []source.Pos
	for _, call := range r.callsInlined(op) {
		if slices.Contains(op.Immediate, call) || slices.Contains(op.RangeFuncs, call) {
			continue
		}
		if !op.TestFile && strings.HasSuffix(call.Path, "_test.go") {
			continue // a copy that only tests run says nothing of the package
		}
		for _, f := range withSubjects(r.statements(call, op.Kind), own.facts) {
			if homeOf(f) != own.home {
				copies = append(slices.Clone(copies), f)
				places = append(places, call)
			}
		}
	}
	if len(places) == 0 {
		return own
	}
	other := Stack
	if own.home == Stack {
		other = Heap
	}
	note := "on the " + string(own.home) + " in " + op.Func + " itself, on the " + string(other) + " where " + op.Func + " is inlined into its caller"
	return verdict{home: Mixed, facts: copies, note: note}
}

// statements are the verdicts on creations of a kind at a place.
func (r *resolver) statements(at source.Pos, kind mapop.Kind) []escape.Fact {
	var found []escape.Fact
	for _, f := range r.facts.At(at) {
		if (f.Kind == escape.EscapesToHeap || f.Kind == escape.DoesNotEscape) && speaksOf(f.Subject, kind) {
			found = append(found, f)
		}
	}
	return found
}

// speaksOf reports whether an expression in the compiler's words is a creation of the kind.
func speaksOf(subject string, kind mapop.Kind) bool {
	switch kind {
	case mapop.Make, kindCollect:
		return strings.HasPrefix(subject, "make(")
	case mapop.New:
		return strings.HasPrefix(subject, "new(")
	case mapop.Literal:
		return strings.HasSuffix(subject, "}") && strings.Contains(subject, "{") && !strings.HasPrefix(subject, "&") && !strings.HasPrefix(subject, "[")
	}
	return false
}

// inlinedAt reports whether a function of this bare name was inlined at a
// place; alt is the name that some releases give it instead, or "".
func (r *resolver) inlinedAt(at source.Pos, name, alt string) bool {
	for _, f := range r.facts.At(at) {
		if f.Kind != escape.InliningCall {
			continue
		}
		if bare := bareName(f.Subject); bare == name || alt != "" && bare == alt {
			return true
		}
	}
	return false
}

// callsInlined are the places where the function of an operation was inlined.
func (r *resolver) callsInlined(op mapop.Op) []source.Pos {
	return r.inlinedPlaces(op.Func, op.AltFunc)
}

// inlinedPlaces are the places where a function with the name, or the alternative one, was
// inlined. A literal's copy in a function that the one around it was inlined into
// has the names of both, "g.f.func1" for "f.func1" (cmd/compile/internal/ir/func.go: closureName).
func (r *resolver) inlinedPlaces(name, alt string) []source.Pos {
	calls := r.inlined[name]
	if alt != "" && alt != name {
		calls = append(slices.Clone(calls), r.inlined[alt]...)
	}
	if !strings.Contains(name, ".func") && !strings.Contains(alt, ".func") {
		return calls
	}
	calls = slices.Clone(calls)
	for other, places := range r.inlined {
		if strings.HasSuffix(other, "."+name) || alt != "" && strings.HasSuffix(other, "."+alt) {
			calls = append(calls, places...)
		}
	}
	slices.SortFunc(calls, source.Pos.Compare)
	return slices.Compact(calls)
}

// agree makes one verdict of several statements.
func agree(facts []escape.Fact, note string) verdict {
	if len(facts) == 0 {
		return verdict{home: Unknown, note: note}
	}
	home := homeOf(facts[0])
	for _, f := range facts[1:] {
		if homeOf(f) != home {
			return verdict{home: Mixed, facts: facts, note: "the compiler's verdicts differ between the instantiations or copies of this code"}
		}
	}
	return verdict{home: home, facts: facts, note: note}
}

func homeOf(f escape.Fact) Home {
	if f.Kind == escape.EscapesToHeap {
		return Heap
	}
	return Stack
}

// withSubjects keeps the statements whose expression is also that of one of known.
func withSubjects(found, known []escape.Fact) []escape.Fact {
	return slices.DeleteFunc(slices.Clone(found), func(f escape.Fact) bool {
		return !slices.ContainsFunc(known, func(k escape.Fact) bool { return k.Subject == f.Subject })
	})
}

// sameText keeps the statements whose expression reads as the operation's source does.
func sameText(found []escape.Fact, op mapop.Op) []escape.Fact {
	return slices.DeleteFunc(slices.Clone(found), func(f escape.Fact) bool { return f.Subject != compilerText(op) })
}

// compilerText is a creation as the compiler prints it, when no type in it needs a package name.
func compilerText(op mapop.Op) string {
	switch op.Kind {
	case mapop.Make:
		if op.Hint.Form == mapop.HintNone {
			return "make(" + op.Type.Text + ")"
		}
		return "make(" + op.Type.Text + ", " + op.Hint.Text + ")"
	case mapop.Literal:
		if op.Hint.N == 0 {
			return op.Type.Text + "{}"
		}
		return op.Type.Text + "{...}"
	case mapop.New:
		return "new(" + op.Type.Text + ")"
	}
	return ""
}

// noColumn is the byte column from which on the compiler prints none.
const noColumn = 255

// bareName is a function's name without type arguments: "genNew[go.shape.int]"
// is "genNew". The compiler puts the package before a function of another
// one, "maps.Keys", so a name without is of the package at hand.
func bareName(name string) string {
	if !strings.Contains(name, "[") {
		return name
	}
	var b strings.Builder
	depth := 0
	for _, c := range name {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}
