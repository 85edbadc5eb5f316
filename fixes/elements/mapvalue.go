package elements

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// maxInline is the size in bytes up to which the runtime keeps an element in the map
// itself (internal/abi: MapMaxElemBytes).
const maxInline = 128

// MapValue stores elements in the map that are stored behind pointers.
var MapValue = &rewrite.Fix{
	ID:         "mapvalue",
	Title:      "elements behind pointers that are only ever read move into the map",
	Kind:       "refactor.rewrite.mapValue",
	Standalone: true,
	Doc: `**What.** A ` + "`map[K]*T`" + ` whose elements are all stored as ` + "`&T{…}`" + ` and only ever read becomes a ` + "`map[K]T`" + `.

**When.** The map is in a local variable, or in a variable or field that only this package can use, and every use of it allows the change: elements are made where they
are inserted; what comes out of the map is read field by field, copied, or the receiver of a method that gets a copy; its address goes nowhere, it is not compared, and nothing
is assigned through it. T takes at most 128 bytes, for larger elements are allocated one by one by the map itself, and holds no lock. Always of class B.

**Gain.** One allocation less for each element: a pointer that is put into a map points to the heap, also where the map is on the stack. The map's slots become as large as T,
and are moved when it grows. 256 elements of 16 bytes in a map made for them take 3 allocations instead of 259, and the same memory.

**Example.**

` + "```go" + `
users := make(map[string]*user)     // → make(map[string]user)
users[name] = &user{age: age}       // → user{age: age}
` + "```",
	Reasons: []rewrite.Reason{kept, assigned, nilTest, big, lock, elsewhere},
	Run:     mapValue,
}

var (
	kept      = rewrite.Reason{ID: "kept", Doc: "A pointer to an element gets to a place where it is not known what is done with it."}
	assigned  = rewrite.Reason{ID: "written", Doc: "An element is changed through its pointer."}
	nilTest   = rewrite.Reason{ID: "nil-test", Doc: "A missing key is told by a nil element."}
	big       = rewrite.Reason{ID: "big", Doc: "Elements of more than 128 bytes are allocated by the map one by one, so nothing would be saved."}
	lock      = rewrite.Reason{ID: "lock", Doc: "The element holds a lock, which must not be copied."}
	elsewhere = rewrite.Reason{ID: "elsewhere", Doc: "A file that is not in sight, left out by build constraints, mentions the variable or field."}
)

func mapValue(p *rewrite.Pass) {
	for _, h := range holders(p) {
		if generic(h.elem) {
			continue
		}
		h.survey()
		if h.out || len(h.inserts)+len(h.entries) == 0 {
			continue
		}
		h.readOnly()
		h.toValues()
	}
}

// readOnly adds the uses of pointers that change an element or keep its address.
func (h *holder) readOnly() {
	for _, t := range h.takes {
		for _, u := range t.uses {
			n := u.at.Node()
			switch u.kind {
			case writes:
				h.problem(assigned, n, "line %d changes an element through its pointer", h.line(n))
			case tests:
				h.problem(nilTest, n, "line %d compares an element with nil", h.line(n))
			case keeps:
				h.problem(kept, n, "line %d takes a pointer to an element elsewhere", h.line(n))
			}
		}
	}
}

func (h *holder) line(n ast.Node) int { return h.p.Pkg.Fset.Position(n.Pos()).Line }

// toValues offers the map of values. A map with more than one problem is one that is meant to have pointers.
func (h *holder) toValues() {
	p := h.p
	at := rewrite.On(h.at)
	name, elem := h.obj.Name(), types.TypeString(h.elem, types.RelativeTo(p.Pkg.Types))
	title := fmt.Sprintf("Store %s in %s, not pointers to it (review)", elem, name)
	size := p.Pkg.Sizes.Sizeof(h.elem)
	switch {
	case len(h.problems) > 1:
		return
	case len(h.problems) == 1:
		x := h.problems[0]
		p.Refuse(at, title, x.reason, x.at, "%s", x.text)
		return
	case locked(h.elem):
		p.Refuse(at, title, lock, nil, "%s holds a lock", elem)
		return
	case size > maxInline:
		p.Refuse(at, title, big, nil, "%s takes %d bytes, so that the map would allocate each element by itself", elem, size)
		return
	case h.unseen():
		p.Refuse(at, title, elsewhere, nil, "a file that is left out by build constraints mentions %s", name)
		return
	}
	e := p.Edit()
	for _, m := range h.types {
		star := m.Value.(*ast.StarExpr)
		e.Replace(star.Pos(), star.X.Pos(), "")
	}
	for _, u := range h.inserts {
		unref(e, u.Value)
	}
	for _, x := range h.entries {
		unref(e, x)
	}
	missing := 0
	for _, t := range h.takes {
		if !t.sure && len(t.uses) > 0 {
			missing = h.line(t.at.Node())
		}
		for _, u := range t.uses {
			if u.kind == copies {
				star := u.at.Parent().Node().(*ast.StarExpr)
				e.Replace(star.Pos(), star.X.Pos(), "")
			}
		}
	}
	assumes := fmt.Sprintf("nothing depends on %s holding pointers that is not in the code: a printed form with %%v, reflection", name)
	if missing > 0 {
		assumes = fmt.Sprintf("the key is there where line %d reads its element: a missing one panics today, and would read the zero value", missing)
	}
	p.Offer(at, rewrite.Offer{
		Title: title, Class: rewrite.Review,
		Message: fmt.Sprintf("each element of %s is allocated by itself, and only ever read", name),
		Cost:    fmt.Sprintf("one allocation of %d bytes less for each element; the map's slots grow from a pointer to %d bytes each, used or not, and reading an element into a variable copies it", size, size),
		Assumes: assumes,
		Gain:    rewrite.Gain{Proven: p.Runtime.Known && size > 0, Text: "saves 1 allocation per element"},
	}, e)
}

// unseen reports whether code that is not in sight may use the map.
func (h *holder) unseen() bool {
	local := !h.obj.IsField() && h.obj.Parent() != h.p.Pkg.Types.Scope()
	return !local && h.p.Elsewhere(h.obj.Name())
}

// unref removes the & of &T{…}; the elements of a literal may have none.
func unref(e *rewrite.Edits, x ast.Expr) {
	if u, ok := ast.Unparen(x).(*ast.UnaryExpr); ok {
		e.Replace(u.Pos(), u.X.Pos(), "")
	}
}
