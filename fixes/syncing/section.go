package syncing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A section is a critical section: what runs between one Lock or RLock and the
// Unlocks that end it, all of them in one function.
type section struct {
	mutex *types.Var
	// base is what the mutex is a field of: x.y in x.y.mu.Lock(); nil for a variable.
	base ast.Expr
	// read says that it is entered by RLock.
	read bool
	// lock and unlocks are the statements that enter and leave it.
	lock    ast.Stmt
	unlocks []ast.Stmt
	// leaves are the statements without statements in them, and the expressions
	// in the heads of the others, that run in it, in order.
	leaves []ast.Node
	// function is the declaration or literal around it.
	function ast.Node
	// tangled says that it is not known where it ends.
	tangled bool
}

// mutexCall is a call of a method of sync.Mutex or sync.RWMutex.
type mutexCall struct {
	mutex    *types.Var
	base     ast.Expr
	method   string
	embedded bool
}

// held are the sections that run at a point of a function.
type held []*section

// locking finds the critical sections of one package.
type locking struct {
	pass     *rewrite.Pass
	sections []*section
	// at has the sections that run at every leaf of every function body.
	at map[ast.Node]held
	// paired are the calls that enter and leave the sections.
	paired map[*ast.CallExpr]bool
	// stray are calls that unlock what their function did not lock, by mutex.
	stray map[*types.Var]ast.Node
}

func findSections(p *rewrite.Pass) *locking {
	l := &locking{pass: p, at: map[ast.Node]held{}, paired: map[*ast.CallExpr]bool{}, stray: map[*types.Var]ast.Node{}}
	for c := range p.Everything().Preorder((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		var body *ast.BlockStmt
		switch f := c.Node().(type) {
		case *ast.FuncDecl:
			body = f.Body
		case *ast.FuncLit:
			body = f.Body
		}
		if body != nil {
			w := walker{locking: l, function: c.Node()}
			w.body(body)
		}
	}
	return l
}

// of are the sections that run at a node, known false for what is in no function's body.
func (l *locking) of(c inspector.Cursor) (sections held, known bool) {
	for ; c.Valid() && c.Node() != nil; c = c.Parent() {
		if h, ok := l.at[c.Node()]; ok {
			return h, true
		}
		switch c.Node().(type) {
		case *ast.FuncDecl, *ast.FuncLit, *ast.File:
			return nil, false
		}
	}
	return nil, false
}

// callOf takes a call of a mutex's method apart; ok is false for every other call.
func callOf(p *rewrite.Pass, e ast.Expr) (m mutexCall, call *ast.CallExpr, ok bool) {
	call, ok = ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return m, nil, false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return m, nil, false
	}
	m, ok = selected(p, sel)
	return m, call, ok
}

// selected says which mutex's method a selector means.
func selected(p *rewrite.Pass, sel *ast.SelectorExpr) (mutexCall, bool) {
	s := p.Info().Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return mutexCall{}, false
	}
	fn, ok := s.Obj().(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync" || !isMutex(deref(fn.Signature().Recv().Type())) {
		return mutexCall{}, false
	}
	m := mutexCall{method: fn.Name()}
	if len(s.Index()) == 1 {
		v, _ := rewrite.Origin(p.Object(sel.X)).(*types.Var)
		m.mutex = v
		if x, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok && v != nil && v.IsField() {
			m.base = x.X
		}
		return m, true
	}
	m.embedded = true
	if st, ok := deref(p.Info().TypeOf(sel.X)).Underlying().(*types.Struct); ok && len(s.Index()) == 2 {
		m.mutex, m.base = st.Field(s.Index()[0]).Origin(), sel.X
	}
	return m, true
}

func deref(t types.Type) types.Type {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

func isMutex(t types.Type) bool { return isSync(t, "Mutex") || isSync(t, "RWMutex") }

func isSync(t types.Type, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "sync"
}

// sameBase reports whether two fields are those of one struct.
func (l *locking) sameBase(a, b ast.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	// &c in a selector is c: (&c).mu.
	return l.pass.Same(a, b)
}

// walker follows the locks that are held through one function's body.
type walker struct {
	*locking
	function ast.Node
	own      []*section
	deferred []deferredUnlock
	frames   []*frame
}

// deferredUnlock is a defer statement that unlocks.
type deferredUnlock struct {
	mutexCall
	stmt ast.Stmt
}

// frame is a statement that break or continue leaves.
type frame struct {
	label     string
	loop      bool
	breaks    []held
	continues []held
}

func (w *walker) body(body *ast.BlockStmt) {
	end, dead := w.stmts(body.List, nil)
	if !dead {
		w.leave(end)
	}
}

// leave is what a return does.
func (w *walker) leave(h held) {
	for _, s := range h {
		if !slices.ContainsFunc(w.deferred, func(d deferredUnlock) bool { return slices.Contains(s.unlocks, d.stmt) }) {
			s.tangled = true
		}
	}
}

func (w *walker) leaf(n ast.Node, h held) {
	if n == nil {
		return
	}
	w.at[n] = h
	for _, s := range h {
		s.leaves = append(s.leaves, n)
	}
}

func (w *walker) stmts(list []ast.Stmt, h held) (held, bool) {
	dead := false
	for _, s := range list {
		var d bool
		h, d = w.stmt(s, h, "")
		dead = dead || d
	}
	return h, dead
}

// join merges the ways that lead to one point.
func (w *walker) join(ways ...held) held {
	if len(ways) == 0 {
		return nil
	}
	all := ways[0]
	for _, way := range ways[1:] {
		for _, s := range slices.Concat(all, way) {
			if !slices.Contains(all, s) || !slices.Contains(way, s) {
				s.tangled = true
			}
		}
		all = slices.DeleteFunc(slices.Clone(all), func(s *section) bool { return !slices.Contains(way, s) })
	}
	return all
}

func (w *walker) stmt(s ast.Stmt, h held, label string) (after held, dead bool) {
	switch s := s.(type) {
	case nil:
		return h, false
	case *ast.ExprStmt:
		return w.expr(s, h)
	case *ast.DeferStmt:
		if m, call, ok := callOf(w.pass, s.Call); ok && (m.method == "Unlock" || m.method == "RUnlock") {
			return w.deferUnlock(s, m, call, h), false
		}
		w.leaf(s, h)
	case *ast.ReturnStmt:
		w.leaf(s, h)
		w.leave(h)
		return h, true
	case *ast.BranchStmt:
		w.branch(s, h)
		return h, s.Tok != token.FALLTHROUGH
	case *ast.BlockStmt:
		return w.stmts(s.List, h)
	case *ast.LabeledStmt:
		return w.stmt(s.Stmt, h, s.Label.Name)
	case *ast.IfStmt:
		return w.ifStmt(s, h)
	case *ast.ForStmt:
		return w.forStmt(s, h, label)
	case *ast.RangeStmt:
		w.leaf(s.X, h)
		if s.Tok == token.ASSIGN {
			w.leaf(exprNode(s.Key), h)
			w.leaf(exprNode(s.Value), h)
		}
		return w.loop(s.Body, nil, h, true, label)
	case *ast.SwitchStmt:
		h, _ = w.stmt(s.Init, h, "")
		w.leaf(exprNode(s.Tag), h)
		return w.clauses(s.Body, h, label)
	case *ast.TypeSwitchStmt:
		h, _ = w.stmt(s.Init, h, "")
		w.leaf(s.Assign, h)
		return w.clauses(s.Body, h, label)
	case *ast.SelectStmt:
		return w.clauses(s.Body, h, label)
	default:
		w.leaf(s, h)
	}
	return h, false
}

// exprNode is e, with nil for no expression.
func exprNode(e ast.Expr) ast.Node {
	if e == nil {
		return nil
	}
	return e
}

func (w *walker) expr(s *ast.ExprStmt, h held) (held, bool) {
	m, call, ok := callOf(w.pass, s.X)
	if !ok || m.mutex == nil {
		w.leaf(s, h)
		c, isCall := s.X.(*ast.CallExpr)
		if !isCall {
			return h, false
		}
		_, panics := w.pass.CallOf(c, "panic")
		return h, panics
	}
	switch m.method {
	case "Lock", "RLock":
		w.paired[call] = true
		n := &section{mutex: m.mutex, base: m.base, read: m.method == "RLock", lock: s, function: w.function}
		for _, d := range w.deferred {
			if d.mutex == m.mutex && w.sameBase(d.base, m.base) {
				n.unlocks = append(n.unlocks, d.stmt)
			}
		}
		for _, other := range h {
			if other.mutex == n.mutex && w.sameBase(other.base, n.base) {
				other.tangled, n.tangled = true, true
			}
		}
		w.sections = append(w.sections, n)
		w.own = append(w.own, n)
		return append(slices.Clone(h), n), false
	case "Unlock", "RUnlock":
		i := w.find(h, m)
		if i < 0 {
			w.stray[m.mutex] = s
			return h, false
		}
		w.paired[call] = true
		h[i].unlocks = append(h[i].unlocks, s)
		return slices.Delete(slices.Clone(h), i, i+1), false
	}
	w.leaf(s, h)
	return h, false
}

// find is the section that an unlock ends.
func (w *walker) find(h held, m mutexCall) int {
	return slices.IndexFunc(h, func(s *section) bool {
		return s.mutex == m.mutex && w.sameBase(s.base, m.base) && s.read == (m.method == "RUnlock")
	})
}

func (w *walker) deferUnlock(s *ast.DeferStmt, m mutexCall, call *ast.CallExpr, h held) held {
	i := w.find(h, m)
	if i < 0 {
		w.stray[m.mutex] = s
		return h
	}
	w.paired[call] = true
	h[i].unlocks = append(h[i].unlocks, s)
	w.deferred = append(w.deferred, deferredUnlock{m, s})
	return h
}

func (w *walker) branch(s *ast.BranchStmt, h held) {
	if s.Tok == token.GOTO {
		// Where it comes from and goes to are not followed.
		for _, s := range w.own {
			s.tangled = true
		}
		return
	}
	for i := len(w.frames) - 1; i >= 0; i-- {
		f := w.frames[i]
		if s.Label != nil && f.label != s.Label.Name || s.Label == nil && s.Tok == token.CONTINUE && !f.loop {
			continue
		}
		switch s.Tok {
		case token.BREAK:
			f.breaks = append(f.breaks, h)
		case token.CONTINUE:
			f.continues = append(f.continues, h)
		}
		return
	}
}

func (w *walker) ifStmt(s *ast.IfStmt, h held) (held, bool) {
	h, _ = w.stmt(s.Init, h, "")
	w.leaf(s.Cond, h)
	then, dead := w.stmts(s.Body.List, h)
	other, otherDead := h, false
	if s.Else != nil {
		other, otherDead = w.stmt(s.Else, h, "")
	}
	switch {
	case dead:
		return other, otherDead
	case otherDead:
		return then, false
	}
	return w.join(then, other), false
}

func (w *walker) forStmt(s *ast.ForStmt, h held, label string) (held, bool) {
	h, _ = w.stmt(s.Init, h, "")
	w.leaf(exprNode(s.Cond), h)
	return w.loop(s.Body, s.Post, h, s.Cond != nil, label)
}

// loop follows a loop's body; ends says that the loop can end without a break.
func (w *walker) loop(body *ast.BlockStmt, post ast.Stmt, h held, ends bool, label string) (held, bool) {
	f := &frame{label: label, loop: true}
	w.frames = append(w.frames, f)
	end, dead := w.stmts(body.List, h)
	w.frames = w.frames[:len(w.frames)-1]
	again := f.continues
	if !dead {
		again = append(again, end)
	}
	w.join(append([]held{h}, again...)...)
	w.stmt(post, h, "")
	ways := f.breaks
	if ends {
		ways = append(ways, h)
	}
	if len(ways) == 0 {
		return h, true
	}
	return w.join(ways...), false
}

// clauses follows the clauses of a switch or select.
func (w *walker) clauses(body *ast.BlockStmt, h held, label string) (held, bool) {
	f := &frame{label: label}
	w.frames = append(w.frames, f)
	var ways []held
	exhaustive := false
	for _, s := range body.List {
		var list []ast.Stmt
		start := h
		switch c := s.(type) {
		case *ast.CaseClause:
			exhaustive = exhaustive || c.List == nil
			for _, e := range c.List {
				w.leaf(e, h)
			}
			list = c.Body
		case *ast.CommClause:
			exhaustive = true
			start, _ = w.stmt(c.Comm, h, "")
			list = c.Body
		}
		if end, dead := w.stmts(list, start); !dead {
			ways = append(ways, end)
		}
	}
	w.frames = w.frames[:len(w.frames)-1]
	ways = append(ways, f.breaks...)
	if !exhaustive {
		ways = append(ways, h)
	}
	if len(ways) == 0 {
		return h, true
	}
	return w.join(ways...), false
}
