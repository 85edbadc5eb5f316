package session

import "slices"

// Limits of the analyses that are kept for when their text comes back.
const (
	maxResults = 32
	maxText    = 16 << 20 // bytes of source
)

// results are analyses by the key of what they were made from, the most
// recently used last. It is guarded by the session's lock.
type results struct {
	list []stored
	size int // bytes of source text
}

type stored struct {
	key      digest
	analysis *Analysis
}

// get finds an analysis, nil if there is none.
func (r *results) get(key digest) *Analysis {
	i := slices.IndexFunc(r.list, func(e stored) bool { return e.key == key })
	if i < 0 {
		return nil
	}
	e := r.list[i]
	r.list = append(slices.Delete(r.list, i, i+1), e)
	return e.analysis
}

// put keeps an analysis, and forgets those used longest ago where there are too many.
func (r *results) put(key digest, a *Analysis) {
	r.list = slices.DeleteFunc(r.list, func(e stored) bool {
		if e.key == key {
			r.size -= e.analysis.size()
		}
		return e.key == key
	})
	r.list = append(r.list, stored{key, a})
	r.size += a.size()
	for len(r.list) > 1 && (len(r.list) > maxResults || r.size > maxText) {
		r.size -= r.list[0].analysis.size()
		r.list = slices.Delete(r.list, 0, 1)
	}
}

// size is the number of bytes of a's source text, which what else there is in
// an analysis grows with.
func (a *Analysis) size() int {
	n := 0
	for _, f := range a.Package.Files {
		n += len(f.Text())
	}
	return n
}
