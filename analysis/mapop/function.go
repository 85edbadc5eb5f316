package mapop

import (
	"go/ast"
	"go/types"
)

// A funcInfo is a function with a body in the package.
type funcInfo struct {
	fn   function
	sig  *types.Signature
	name funcName
	// params are the parameters, the receiver first.
	params  []*types.Var
	results []nodeID
	// open says why code that is not at hand may call it: "exported F", 0 while it may not.
	open reasonID
	// isCalled says that a call of it was found, other than its own.
	isCalled bool
}

// text names a function for people.
func (f *funcInfo) text() string {
	if _, lit := f.fn.(*ast.FuncLit); lit {
		return "the function literal " + f.name.upTo126
	}
	return f.name.upTo126
}

func (f *flow) addFunc(fn function, sig *types.Signature) *funcInfo {
	info := &funcInfo{fn: fn, sig: sig, name: f.names.of(fn)}
	if sig.Recv() != nil {
		info.params = append(info.params, sig.Recv())
	}
	for i := range sig.Params().Len() {
		info.params = append(info.params, sig.Params().At(i))
	}
	f.funcs[fn] = info
	f.order = append(f.order, info)
	return info
}

// results gives the result nodes of a function, those of named results being their variables'.
func (f *flow) makeResults(info *funcInfo) {
	results := info.sig.Results()
	for i := range results.Len() {
		v := results.At(i)
		switch {
		case !f.holds.maps(v.Type()):
			info.results = append(info.results, 0)
		case v.Name() != "" && v.Name() != "_":
			f.homes[v] = info
			info.results = append(info.results, f.variable(v))
		default:
			info.results = append(info.results, f.newNode(info))
		}
	}
}

// expose says that code which is not at hand may call a function, with what it likes.
// The text says who: "F, which is passed to sort.Slice".
func (f *flow) exposeFunc(info *funcInfo, text string) {
	if info.open != 0 {
		return
	}
	info.open = f.source(text, nil)
	for i, v := range info.params {
		if !f.holds.maps(v.Type()) {
			continue
		}
		what := "parameter " + v.Name()
		if i == 0 && info.sig.Recv() != nil {
			what = "receiver " + v.Name()
		}
		f.open(f.variable(v), f.source(what+" of "+text, nil))
	}
	for _, r := range info.results {
		f.leak(r, f.sink("returned by "+text, nil))
	}
}

// exposeDeclared exposes what other packages, the linker or the runtime may call.
func (f *flow) exposeDeclared() {
	for _, info := range f.order {
		fn, ok := info.fn.(*types.Func)
		if !ok {
			continue
		}
		switch {
		case f.external[fn.Name()] && fn.Signature().Recv() == nil:
			f.exposeFunc(info, info.text()+", which other code is linked to")
		case fn.Exported() && fn.Signature().Recv() == nil:
			f.exposeFunc(info, "exported "+info.text())
		}
	}
}

// exposeUncalled opens the parameters of functions that nothing is seen to call, so
// that what they are given is not taken for nil.
func (f *flow) exposeUncalled() {
	for _, info := range f.order {
		if !info.isCalled {
			f.exposeFunc(info, info.text()+", which no code at hand calls")
		}
	}
}

// methodsNamed are the methods of a name that is not exported: what an interface or
// a type parameter may mean by it.
func (f *flow) methodsNamed(name string) []*funcInfo {
	if f.methods == nil {
		f.methods = map[string][]*funcInfo{}
		for _, info := range f.order {
			if fn, ok := info.fn.(*types.Func); ok && fn.Signature().Recv() != nil {
				f.methods[fn.Name()] = append(f.methods[fn.Name()], info)
			}
		}
	}
	return f.methods[name]
}

// An indirectCall is a call of a function value.
type indirectCall struct {
	args, results []nodeID
	in            *funcInfo
	text          string
	bound         map[*funcInfo]bool
	isOpen        bool
}

func (f *flow) bindIndirect(c *indirectCall, info *funcInfo) {
	if c.bound[info] {
		return
	}
	if c.bound == nil {
		c.bound = map[*funcInfo]bool{}
	}
	c.bound[info] = true
	info.isCalled = info.isCalled || info != c.in
	params := info.params
	if info.sig.Recv() != nil {
		params = params[1:]
	}
	for i, arg := range c.args {
		if i < len(params) && f.holds.maps(params[i].Type()) {
			f.graph.flow(arg, f.variable(params[i]), nil)
		}
	}
	for i, r := range c.results {
		if i < len(info.results) {
			f.graph.flow(info.results[i], r, nil)
		}
	}
}

func (f *flow) openIndirect(c *indirectCall) {
	if c.isOpen {
		return
	}
	c.isOpen = true
	f.callUnknown(c.args, c.results, c.text, c.in)
}

// callUnknown is a call of a function of which nothing is known.
func (f *flow) callUnknown(args, results []nodeID, text string, in *funcInfo) {
	for _, arg := range args {
		if arg != 0 {
			f.leak(arg, f.sink("passed to "+text, in))
		}
	}
	for _, r := range results {
		if r != 0 {
			f.open(r, f.source("result of "+text, in))
		}
	}
}
