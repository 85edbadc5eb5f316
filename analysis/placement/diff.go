package placement

// A Change is what becomes of an operation's answer when code is rewritten.
type Change struct {
	Before, After Placement
}

// Differs reports whether the answers are not the same.
func (c Change) Differs() bool {
	b, a := c.Before, c.After
	return b.Header != a.Header || b.Group != a.Group || b.Tables != a.Tables || b.Allocates != a.Allocates
}

// Worse reports whether the operation costs more afterwards, or more may be: a
// part of the map went from the stack to the heap, or the operation may allocate
// that did not. That the first group of a map whose header is on the stack comes
// to depend on the size hint is no loss: it is where it was for up to eight entries,
// and for more the map has its tables at once.
func (c Change) Worse() bool {
	b, a := c.Before, c.After
	return homeRank(a.Header) > homeRank(b.Header) ||
		homeRank(a.Group) > homeRank(b.Group) && !(a.Header == Stack && (a.Group == Depends || a.Group == Mixed)) ||
		allocatesRank(a.Allocates) > allocatesRank(b.Allocates)
}

// Better reports whether the operation costs less afterwards and nothing of it is worse.
func (c Change) Better() bool {
	return c.Differs() && !c.Worse() && (Change{Before: c.After, After: c.Before}).Worse()
}

// homeRank orders homes by cost. What is not known counts as between the stack and the heap.
func homeRank(h Home) int {
	switch h {
	case Stack, Nil, None:
		return 0
	case Heap:
		return 2
	default:
		return 1
	}
}

func allocatesRank(a Allocates) int {
	switch a {
	case Never:
		return 0
	case Always:
		return 2
	default:
		return 1
	}
}
