package mapop

// A shape is what all values that flow into each other refer to.
type shape struct {
	parent shapeID
	sub    nodeID
	// exposed says why code that is not at hand may write there.
	exposed reasonID
}

func (g *graph) findShape(s shapeID) shapeID {
	for g.shapes[s].parent != s {
		g.shapes[s].parent = g.shapes[g.shapes[s].parent].parent
		s = g.shapes[s].parent
	}
	return s
}

// sub is the node for what values of n refer to.
func (g *graph) sub(n nodeID) nodeID {
	if n == 0 {
		return 0
	}
	s := g.findShape(g.at(n).shape)
	if g.shapes[s].sub == 0 {
		id := g.newNode(nil)
		g.shapes[s].sub = id
		if why := g.shapes[s].exposed; why != 0 {
			g.open(id, why)
			g.leak(id, why)
		}
	}
	return g.find(g.shapes[s].sub)
}

// alias says that values of a and b may refer to the same memory.
func (g *graph) alias(a, b nodeID) { g.mergeShapes(g.at(a).shape, g.at(b).shape) }

func (g *graph) mergeShapes(a, b shapeID) {
	a, b = g.findShape(a), g.findShape(b)
	if a == b {
		return
	}
	x, y := g.shapes[a], g.shapes[b]
	g.shapes[b].parent = a
	if x.sub == 0 {
		g.shapes[a].sub = y.sub
	}
	if x.exposed == 0 && y.exposed != 0 {
		g.expose(a, y.exposed)
	}
	if x.exposed != 0 && y.exposed == 0 && y.sub != 0 {
		g.open(y.sub, x.exposed)
		g.leak(y.sub, x.exposed)
	}
	if x.sub != 0 && y.sub != 0 {
		g.merge(x.sub, y.sub)
	}
}

// expose says that code which is not at hand may read and write what values of a shape refer to.
func (g *graph) expose(s shapeID, why reasonID) {
	s = g.findShape(s)
	if g.shapes[s].exposed != 0 {
		return
	}
	g.shapes[s].exposed = why
	if sub := g.shapes[s].sub; sub != 0 {
		g.open(sub, why)
		g.leak(sub, why)
	}
}
