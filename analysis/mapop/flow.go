package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A flow answers which creations may supply the map that an expression
// yields. It looks at all assignments to a variable at once, whatever their
// order, follows calls of functions of the package into what they return,
// and gives up wherever values go through memory that others may write:
// then it says where the map comes from, in words.
type flow struct {
	*assignments
	names   names
	place   func(ast.Node) (site, bool)
	results map[resultKey]*reach
	stored  map[*types.Var]*reach
}

// A site is a creation in a file of the user.
type site struct {
	origin Origin
	// nothing says that what is created there is a nil map.
	nothing bool
}

type resultKey struct {
	fn     function
	result int
}

// A reach is what an expression may yield, seen from inside one function.
type reach struct {
	sites []site
	calls []callResult
	// stored are the fields and package variables that it may have been read from.
	stored []*types.Var
	// open are the other places, in words.
	open []string
}

// A callResult is a result of a call of a function of the package.
type callResult struct {
	call *ast.CallExpr
	resultKey
}

func newFlow(a *assignments, names names, place func(ast.Node) (site, bool)) *flow {
	return &flow{assignments: a, names: names, place: place, results: map[resultKey]*reach{}, stored: map[*types.Var]*reach{}}
}

// reachOf says what e may yield.
func (f *flow) reachOf(e ast.Expr) *reach {
	c := collector{flow: f, reach: &reach{}, seen: map[*types.Var]bool{}}
	c.expr(e)
	return c.reach
}

// reachOfResult says what a function may return as one of its results.
func (f *flow) reachOfResult(key resultKey) *reach {
	if r, ok := f.results[key]; ok {
		return r
	}
	c := collector{flow: f, reach: &reach{}, seen: map[*types.Var]bool{}}
	body := f.bodies[key.fn]
	results := body.sig.Results()
	if v := results.At(key.result); v.Name() != "" && v.Name() != "_" {
		c.variable(v)
	} else {
		for _, ret := range body.returns {
			if len(ret.Results) > 0 {
				c.value(pairedValue(ret.Results, results.Len(), key.result))
			}
		}
	}
	f.results[key] = c.reach
	return c.reach
}

// reachOfStored says what the package puts into a field or a package variable.
func (f *flow) reachOfStored(v *types.Var) *reach {
	if r, ok := f.stored[v]; ok {
		return r
	}
	c := collector{flow: f, reach: &reach{}, seen: map[*types.Var]bool{v: true}}
	for _, x := range f.values[v] {
		c.value(x)
	}
	f.stored[v] = c.reach
	return c.reach
}

// A collector fills a reach.
type collector struct {
	*flow
	reach *reach
	seen  map[*types.Var]bool
}

func (c *collector) open(words string) { c.reach.open = append(c.reach.open, words) }

func (c *collector) value(v value) {
	switch {
	case v.open != "":
		c.open(v.open)
	case v.zero != nil:
		if s, ok := c.place(v.zero); ok {
			c.reach.sites = append(c.reach.sites, s)
		}
	case v.result >= 0:
		call, ok := ast.Unparen(v.expr).(*ast.CallExpr)
		if !ok {
			c.open(exprText(v.expr))
			return
		}
		c.call(call, v.result)
	default:
		c.expr(v.expr)
	}
}

func (c *collector) expr(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		switch obj := c.info.ObjectOf(e).(type) {
		case *types.Nil:
		case *types.Var:
			c.variable(obj)
		default:
			c.open(e.Name)
		}
	case *ast.CompositeLit:
		c.site(e)
	case *ast.CallExpr:
		c.callExpr(e)
	case *ast.SelectorExpr:
		v := c.selected(e)
		if v == nil {
			c.open(exprText(e))
			return
		}
		c.storedIn(v, exprText(e))
	case *ast.IndexExpr:
		c.open("element of " + exprText(e.X))
	case *ast.StarExpr:
		c.open("value that " + exprText(e.X) + " points to")
	case *ast.TypeAssertExpr:
		c.open("type assertion of " + exprText(e.X))
	case *ast.UnaryExpr:
		if e.Op == token.ARROW {
			c.open("value received from " + exprText(e.X))
			return
		}
		c.open(exprText(e))
	default:
		c.open(exprText(e))
	}
}

// storedIn notes that the map is read from a field or a package variable.
func (c *collector) storedIn(v *types.Var, text string) {
	c.reach.stored = append(c.reach.stored, v)
	if v.IsField() {
		c.open("field " + text)
		return
	}
	c.open("package variable " + text)
}

func (c *collector) variable(v *types.Var) {
	if v.Parent() != nil && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		c.storedIn(v, v.Name())
		return
	}
	if c.seen[v] {
		return
	}
	c.seen[v] = true
	switch v.Kind() {
	case types.ParamVar:
		if !c.bound[v] {
			c.open("parameter " + v.Name())
		}
	case types.RecvVar:
		c.open("receiver " + v.Name())
	case types.LocalVar, types.ResultVar:
	default:
		c.open(v.Name())
	}
	if c.addressed[v] {
		c.open("variable " + v.Name() + ", whose address is taken")
	}
	for _, x := range c.values[v] {
		c.value(x)
	}
}

// site adds a creation.
func (c *collector) site(n ast.Node) {
	s, ok := c.place(n)
	if !ok {
		c.open("generated code")
		return
	}
	c.reach.sites = append(c.reach.sites, s)
}

func (c *collector) callExpr(e *ast.CallExpr) {
	if tv, ok := c.info.Types[e.Fun]; ok && tv.IsType() {
		// A conversion between map types is the same map.
		if x := e.Args[0]; coreMap(c.info.TypeOf(x)) != nil || isNil(c.info, x) {
			c.expr(x)
			return
		}
		c.open("conversion of " + exprText(e.Args[0]))
		return
	}
	switch {
	case builtinName(c.info, e) == "make", isMapsCreation(c.info, e):
		c.site(e)
	default:
		c.call(e, 0)
	}
}

// call adds a call's result of the given number.
func (c *collector) call(e *ast.CallExpr, result int) {
	fn := c.callee(e.Fun)
	if fn == nil {
		c.open("result of " + exprText(e.Fun))
		return
	}
	if result >= c.bodies[fn].sig.Results().Len() {
		c.open(exprText(e))
		return
	}
	c.reach.calls = append(c.reach.calls, callResult{e, resultKey{fn, result}})
}

func isNil(info *types.Info, e ast.Expr) bool {
	tv, ok := info.Types[e]
	return ok && tv.IsNil()
}
