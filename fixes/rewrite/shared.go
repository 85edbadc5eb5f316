package rewrite

import "github.com/mapescape/mapescape/analysis/load"

// sharedKey names what fixes share of one build of a package.
type sharedKey struct {
	pkg *load.Package
	key any
}

// Shared is what build makes, made once for all fixes that ask for the key on
// the same syntax. A key is of a type of its own, as with contexts.
func (p *Pass) Shared(key any, build func() any) any {
	k := sharedKey{p.Pkg, key}
	v, ok := p.input.shared[k]
	if !ok {
		v = build()
		p.input.shared[k] = v
	}
	return v
}
