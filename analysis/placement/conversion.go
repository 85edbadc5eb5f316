package placement

import "github.com/mapescape/mapescape/analysis/mapop"

// elided reports whether the compiler leaves out the copy in a key string(b) of a
// delete: since go1.25, if the conversion is the key itself and goes to the entry
// point for strings (the slicebytetostring rule of ssa/_gen/generic.rules). That of a lookup
// has its bytes used in place in every release.
func (r *resolver) elided(op mapop.Op, o mapop.Operand, p mapop.Part) bool {
	if r.build.NoOptimise || r.build.Instrumented || o.Boxed || !p.Literal {
		return false
	}
	if op.Kind == mapop.Lookup {
		return true
	}
	return op.Kind == mapop.Delete && r.rt.ElidesStringKey && o.Form == mapop.FormStrConv && o.Type.Shape == mapop.ShapeString &&
		op.Type.Key.Fast == "str" && fitsInline(r.rt, op.Type.Elem.Size)
}

// copied is a conversion or a concatenation: on the heap it allocates when large
// says, "" for always; a result that stays in the frame has room there for 32 bytes,
// and is allocated when over says, "never" for not at all (runtime/string.go).
func (r *resolver) copied(op mapop.Op, p mapop.Part, over, large string) (Allocation, bool) {
	a := Allocation{What: converted, When: large, Count: 1}
	if !p.Stored {
		a.What = escaped
	}
	switch home := r.partHome(op, p); {
	case home == Heap:
		if p.Form == mapop.PartIntString {
			a.Bytes = 4
		}
		return a, true
	case home == Stack:
		a.When = over
		return a, over != "never"
	case large == "":
		a.When, a.Cause = whenEscapes, CauseUnsettled
	}
	return a, true
}

// bytes is a conversion []byte(s): of a constant, an array of its length.
func (r *resolver) bytes(op mapop.Op, p mapop.Part) (Allocation, bool) {
	if p.Len < 0 {
		return r.copied(op, p, "when the string is over 32 bytes", "when the string is not empty")
	}
	a, ok := r.composite(op, p, mapop.TypeInfo{Size: p.Len})
	if p.Stored {
		a.What = converted
	}
	return a, ok
}
