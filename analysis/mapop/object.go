package mapop

import (
	"go/ast"
	"go/types"
)

// A site is a creation in a file of the user.
type site struct {
	origin Origin
	typ    types.Type
	// nothing says that what is created there is a nil map, dead that the compiler drops the code.
	nothing, dead bool
}

// An object is what a node may hold: a map, by the site of its creation and
// the calls through whose results it came, or a function.
//
// The compiler decides for each inlined copy of a function where the maps made in it
// live. A map that is still in the frame it was made in, or was returned to,
// is told apart by the calls; one that went elsewhere keeps those it has.
type object struct {
	site *site
	via  *via
	// in is the function whose frame the object has not left since it was made or returned, nil for none.
	in *funcInfo
	fn *funcInfo
	// leaves is a result and no part of the key.
	leaves reasonID
}

// A via is a list of calls, the outermost first.
type via struct {
	call  *viaCall
	inner *via
	depth int
}

// A viaCall is a call of a function of the package that is known where it is called.
type viaCall struct {
	expr           *ast.CallExpr
	callee, caller *funcInfo
	viaPlace
	// longer are the lists that this call ends, by what is inside.
	longer map[*via]*via
}

// Beyond these numbers calls are no longer told apart: what then counts are all copies of the site.
const (
	maxVia     = 5
	maxOrigins = 64
)

func (g *graph) object(o object) objectID {
	if id, ok := g.numbers[o]; ok {
		return id
	}
	id := objectID(len(g.objects))
	g.objects = append(g.objects, o)
	g.numbers[o] = id
	return id
}

// enter is what an object becomes when it reaches a node, as the result of a call or otherwise.
func (g *graph) enter(id objectID, to nodeID, through *viaCall) objectID {
	o := g.objects[id]
	if o.site == nil || o.in == nil {
		return id
	}
	home := g.at(to).home
	switch {
	case through != nil && o.in == through.callee:
		return g.returned(o, through)
	case o.in == home:
		return id
	}
	return g.object(object{site: o.site, via: o.via})
}

// returned is a map made in the callee of a call, or returned to it before.
func (g *graph) returned(o object, through *viaCall) objectID {
	anyCopy := object{site: o.site}
	if o.via != nil && (o.via.depth >= maxVia || o.via.contains(through.expr)) {
		return g.object(anyCopy) // a long way, or a recursion
	}
	longer, ok := through.longer[o.via]
	if !ok {
		longer = &via{call: through, inner: o.via, depth: 1}
		if o.via != nil {
			longer.depth += o.via.depth
		}
		through.longer[o.via] = longer
	}
	o = object{site: o.site, via: longer, in: through.caller}
	if _, ok := g.numbers[o]; !ok {
		if g.copies[o.site] >= maxOrigins {
			return g.object(anyCopy)
		}
		g.copies[o.site]++
	}
	return g.object(o)
}

// leaves notes that code which is not at hand sees an object.
func (g *graph) leaves(id objectID, why reasonID) {
	o := &g.objects[id]
	if o.leaves != 0 {
		return
	}
	o.leaves = why
	if o.fn != nil {
		g.exposed(o.fn, why)
	}
}
