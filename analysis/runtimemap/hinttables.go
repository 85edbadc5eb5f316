package runtimemap

// HintTables is how many tables a map has that is made with a hint above 8, and how
// many entries all of them together take before one has to grow
// (internal/runtime/maps: NewMap). A hint that is larger than entries is sure to be
// too small for itself. ok is false where it is not known, and for Buckets.
func (f Facts) HintTables(hint int64) (tables, entries int64, ok bool) {
	if !f.Known || f.Design != Swiss || hint <= groupSlots {
		return 0, 0, false
	}
	p, ok := f.plan(hint, maxGroupBytes)
	if !ok {
		return 0, 0, false
	}
	return p.tables, p.usable(), true
}
