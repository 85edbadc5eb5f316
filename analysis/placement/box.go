package placement

import "github.com/mapescape/mapescape/analysis/mapop"

// maxStackBox is the largest value in bytes whose interface box may be a
// stack temporary (cmd/compile/internal/walk/convert.go: dataWord).
const maxStackBox = 1024

// box is the conversion of a value to an interface (cmd/compile/internal/walk/convert.go:
// dataWord, dataWordFuncName; runtime/iface.go: convT16 to convTslice).
func (r *resolver) box(op mapop.Op, p mapop.Part) (Allocation, bool) {
	t := p.Type
	if r.freeBox(p) {
		return Allocation{}, false
	}
	a := Allocation{What: boxed}
	if !p.Stored {
		a.What = escaped
	}
	if cost, ok := r.rt.ObjectCost(t.Size, t.Pointers); ok {
		a.Bytes, a.Count = cost.Bytes, cost.Count
	} else if t.Size > 0 {
		a.Count = 1
	}
	a.When = r.whenBoxed(p)
	switch home := r.partHome(op, p); {
	case home == Stack && t.Size >= 0 && t.Size <= maxStackBox:
		return Allocation{}, false
	case home == Unknown:
		a.When, a.Cause = join(whenEscapes, a.When), CauseUnsettled
	}
	return a, true
}

// freeBox reports whether a box needs no memory whatever becomes of it: its value is
// static data, has no size, or is one of 256 that the runtime keeps.
func (r *resolver) freeBox(p mapop.Part) bool {
	t := p.Type
	switch p.Static {
	case mapop.StaticConst:
		return true
	case mapop.StaticVar:
		if r.rt.StaticBoxes && !r.build.NoOptimise {
			return true
		}
	case mapop.StaticComposite:
		if r.rt.StaticBoxes {
			return true
		}
	}
	switch {
	case t.Size == 0, t.Shape == mapop.ShapePointer, t.Shape == mapop.ShapeInterface:
		return true
	case t.Size == 1:
		return p.Sole == mapop.ShapeBool || p.Sole == mapop.ShapeInteger
	}
	return false
}

// whenBoxed says for which values the runtime allocates a box; "" for all.
func (r *resolver) whenBoxed(p mapop.Part) string {
	t := p.Type
	word := t.Size == 2 && t.Align == 2 || t.Size == 4 && t.Align == 4 && !t.Pointers || t.Size == 8 && !t.Pointers
	switch {
	case t.Shape == mapop.ShapeTypeParam || t.Size < 0:
		return "when the type argument is not a pointer, a bool or one byte"
	case word && p.Sole == mapop.ShapeInteger:
		return "when the value is not one of 0 to 255"
	case word && p.Sole == mapop.ShapeFloat:
		return "when the value is not 0"
	case word:
		return "when its bits are more than 255"
	case p.Sole == mapop.ShapeString:
		return "when the string is not empty"
	case p.Sole == mapop.ShapeSlice:
		return "when the slice is not nil"
	case p.Static != mapop.StaticNone && !(p.Static == mapop.StaticComposite && !r.rt.StaticBoxes):
		return "when the compiler does not know the value beforehand"
	}
	return ""
}
