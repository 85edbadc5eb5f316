package mapop

// A graph holds the flow of values through a package as inclusions: what
// reaches one node reaches the nodes that its edges lead to. Nodes stand for variables,
// fields counted together over all values of their struct type, results, and
// expressions. What a value refers to (the elements of a slice, an array, a map
// or a channel, the variable behind a pointer) is one node shared by all
// values that flow into each other, in either direction, since a write through
// one is seen through the others.
//
// Both ways of leaving the package are in it: an open node may hold values that come from elsewhere,
// and whatever reaches a leaking node is seen by code that is not at hand.
type graph struct {
	nodes   []node
	parents []nodeID
	shapes  []shape
	objects []object
	numbers map[object]objectID
	reasons []reason
	work    []nodeID
	// copies counts the objects that a site has become on its way through calls.
	copies map[*site]int
	// called binds a function value that reaches a call.
	called func(*indirectCall, *funcInfo)
	// unknown is told that other functions reach a call.
	unknown func(*indirectCall)
	// exposed is told of functions that code which is not at hand may call.
	exposed func(*funcInfo, reasonID)
}

// nodeID and the others number what a graph holds; 0 is none.
type (
	nodeID   int32
	shapeID  int32
	objectID int32
	reasonID int32
)

type node struct {
	// home is the function whose frame holds the node, nil for memory that
	// outlives a call, parameters, and what is initialised outside any function.
	home    *funcInfo
	objects []objectID
	// set is objects as a set, once there are many.
	set map[objectID]bool
	// done counts the objects that have been passed on.
	done  int
	edges []edge
	calls []*indirectCall
	shape shapeID
	// open and leak say why the node is open or leaks, 0 where it does not.
	open, leak reasonID
	queued     bool
}

// An edge leads to a node. through is the call whose result the target is.
type edge struct {
	to      nodeID
	through *viaCall
}

// A reason says in words where values come from ("parameter m of exported F")
// and where they go to ("passed to pkg.F"), seen from the function in.
type reason struct {
	from, to string
	in       *funcInfo
}

func newGraph() *graph {
	return &graph{
		nodes: make([]node, 1), parents: make([]nodeID, 1), shapes: make([]shape, 1),
		objects: make([]object, 1), reasons: make([]reason, 1),
		numbers: map[object]objectID{}, copies: map[*site]int{},
	}
}

func (g *graph) newNode(home *funcInfo) nodeID {
	id := nodeID(len(g.nodes))
	s := shapeID(len(g.shapes))
	g.shapes = append(g.shapes, shape{parent: s})
	g.nodes = append(g.nodes, node{home: home, shape: s})
	g.parents = append(g.parents, id)
	return id
}

func (g *graph) find(n nodeID) nodeID {
	for g.parents[n] != n {
		g.parents[n] = g.parents[g.parents[n]]
		n = g.parents[n]
	}
	return n
}

func (g *graph) at(n nodeID) *node { return &g.nodes[g.find(n)] }

// source is a reason for a node to be open. What it refers to is then seen by others too.
func (g *graph) source(words string, in *funcInfo) reasonID {
	g.reasons = append(g.reasons, reason{words, "stored in what comes from " + words, in})
	return reasonID(len(g.reasons) - 1)
}

// sink is a reason for a node to leak. What it refers to may then be written by others.
func (g *graph) sink(words string, in *funcInfo) reasonID {
	g.reasons = append(g.reasons, reason{"code that can store through what is " + words, words, in})
	return reasonID(len(g.reasons) - 1)
}

// merge makes one node of two: one variable under two names.
func (g *graph) merge(a, b nodeID) {
	if a == 0 || b == 0 {
		return
	}
	a, b = g.find(a), g.find(b)
	if a == b {
		return
	}
	from := g.nodes[b]
	g.parents[b], g.nodes[b] = a, node{}
	to := &g.nodes[a]
	old := to.objects
	if to.home != from.home {
		to.home = nil
	}
	to.edges = append(to.edges, from.edges...)
	to.calls = append(to.calls, from.calls...)
	to.objects, to.set, to.done = nil, nil, 0
	open, leak := to.open, to.leak
	to.open, to.leak = 0, 0
	for _, list := range [][]objectID{old, from.objects} {
		for _, o := range list {
			g.add(a, g.enter(o, a, nil))
		}
	}
	for _, why := range []reasonID{open, from.open} {
		g.open(a, why)
	}
	for _, why := range []reasonID{leak, from.leak} {
		g.leak(a, why)
	}
	if g.at(a).open != 0 {
		for _, c := range from.calls {
			g.unknown(c)
		}
	}
	g.mergeShapes(g.at(a).shape, from.shape)
	g.queue(a)
}

// flow adds an edge.
func (g *graph) flow(from, to nodeID, through *viaCall) {
	if from == 0 || to == 0 {
		return
	}
	from, to = g.find(from), g.find(to)
	if from == to {
		return
	}
	g.alias(from, to)
	from, to = g.find(from), g.find(to)
	if from == to {
		return
	}
	src := g.at(from)
	src.edges = append(src.edges, edge{to, through})
	for _, o := range src.objects[:src.done] {
		g.add(to, g.enter(o, to, through))
	}
	g.open(to, g.at(from).open)
}

func (g *graph) add(n nodeID, o objectID) {
	x := g.at(n)
	if x.set != nil {
		if x.set[o] {
			return
		}
		x.set[o] = true
	} else {
		for _, have := range x.objects {
			if have == o {
				return
			}
		}
	}
	x.objects = append(x.objects, o)
	if x.set == nil && len(x.objects) > 16 {
		x.set = make(map[objectID]bool, 32)
		for _, have := range x.objects {
			x.set[have] = true
		}
	}
	g.queue(n)
}

func (g *graph) queue(n nodeID) {
	n = g.find(n)
	if !g.nodes[n].queued {
		g.nodes[n].queued = true
		g.work = append(g.work, n)
	}
}

// open says that n may hold values from elsewhere.
func (g *graph) open(n nodeID, why reasonID) {
	if n == 0 || why == 0 || g.at(n).open != 0 {
		return
	}
	x := g.at(n)
	x.open = why
	g.expose(x.shape, why)
	g.queue(n)
	for _, c := range g.at(n).calls {
		g.unknown(c)
	}
}

// leak says that code which is not at hand sees what n holds.
func (g *graph) leak(n nodeID, why reasonID) {
	if n == 0 || why == 0 || g.at(n).leak != 0 {
		return
	}
	x := g.at(n)
	x.leak = why
	for _, o := range x.objects[:x.done] {
		g.leaves(o, why)
	}
	g.expose(x.shape, why)
}

// call says that what n holds is called.
func (g *graph) call(n nodeID, c *indirectCall) {
	x := g.at(n)
	x.calls = append(x.calls, c)
	for _, o := range x.objects[:x.done] {
		if fn := g.objects[o].fn; fn != nil {
			g.called(c, fn)
		}
	}
	if g.at(n).open != 0 {
		g.unknown(c)
	}
}

// solve passes everything on until nothing changes.
func (g *graph) solve() {
	for len(g.work) > 0 {
		n := g.find(g.work[0])
		g.work = g.work[1:]
		x := &g.nodes[n]
		if !x.queued {
			continue
		}
		x.queued = false
		fresh, edges, calls, open, leak := x.objects[x.done:], x.edges, x.calls, x.open, x.leak
		x.done = len(x.objects)
		for _, e := range edges {
			for _, o := range fresh {
				g.add(e.to, g.enter(o, e.to, e.through))
			}
			g.open(e.to, open)
		}
		for _, o := range fresh {
			if leak != 0 {
				g.leaves(o, leak)
			}
			if fn := g.objects[o].fn; fn != nil {
				for _, c := range calls {
					g.called(c, fn)
				}
			}
		}
	}
}
