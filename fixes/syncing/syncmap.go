package syncing

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// SyncMap replaces a map and the mutex that guards it by a sync.Map.
var SyncMap = &rewrite.Fix{
	ID:         "syncmap",
	Title:      "a map guarded by a mutex becomes a sync.Map",
	Kind:       "refactor.rewrite.syncMap",
	Standalone: true,
	Doc: `**What.** A map and the ` + "`sync.Mutex` or `sync.RWMutex`" + ` that is locked around each of its operations, as two fields of a
struct, two variables of a package or two of a function, become one ` + "`sync.Map`" + `, in all files of the package and its tests.
Locks and unlocks go, what makes the map goes, and the mutex goes if it guards nothing else.

**When.** Every operation is alone in its critical section, or two of them are what one method of ` + "`sync.Map`" + ` does: look up
and insert if missing (LoadOrStore), look up and delete (LoadAndDelete), read and replace (Swap), compare and replace or delete
(CompareAndSwap, CompareAndDelete). Nothing else happens in these sections: no other variable is used that changes, nothing is
called that could have an effect or wait. Loops over the map become ranges over a function, from go1.23 on, and only where their bodies
change nothing else. The fix is always of class B, because what the mutex was meant to protect is known only to those who wrote it.

Keys and values keep their types: the map becomes a small generated type around the ` + "`sync.Map`" + `, with the methods that are called. Taking
the values out by a type assertion at each use would not notice a key of another type, such as the untyped constant that a map
converts and an ` + "`any`" + ` does not, and the assertion with one result panics for a stored nil interface. The generated type mentions both
types in a field of no size, so that it cannot be converted to one of other types. A lookup that inserts what is missing stays a lookup, and the
insert becomes LoadOrStore: the value is made only when it is missing, and the first of several goroutines wins.

**Gain.** Goroutines that read need no lock, and those that work on different keys rarely meet. It costs one to three allocations for each Store, and without contention it is
two to four times slower than the map with its mutex: it pays where several cores read and few write. Unlike a map, a sync.Map returns the memory of
what is deleted. A benchmark of the program decides.

**Example.**

` + "```go" + `
type cache struct {
	mu    sync.RWMutex          // →
	items map[string]int        // → items itemsMap
}

func (c *cache) get(k string) (int, bool) {
	c.mu.RLock()                // →
	defer c.mu.RUnlock()        // →
	v, ok := c.items[k]         // → v, ok := c.items.Load(k)
	return v, ok
}
` + "```",
	Reasons: syncMapReasons,
	Run:     syncMap,
}

// syncMapReasons are in the order in which they are looked for.
var syncMapReasons = []rewrite.Reason{
	lockEscapes, embeddedLock, guardsMore, nestedState, heldAcross, eagerValue, sectionOpen,
	exported, elsewhere, unsafeUse, unkeyedLit,
	unlockedUse, compound, rangeBody, several, created,
	hasLen, nilMap, drain, leaks,
	encoded, copies, filled, interfaceKey, unwritable, form,
}

var (
	lockEscapes  = rewrite.Reason{ID: "lock-escapes", Doc: "The mutex is passed on, used with TryLock or sync.Cond, or a pointer that others can hold."}
	embeddedLock = rewrite.Reason{ID: "embedded-lock", Doc: "The mutex is embedded, so that others can lock the struct."}
	guardsMore   = rewrite.Reason{ID: "guards-more", Doc: "The mutex guards something else together with the map."}
	nestedState  = rewrite.Reason{ID: "nested-state", Doc: "What the map holds is changed under the lock too."}
	heldAcross   = rewrite.Reason{ID: "held-across", Doc: "The lock is held while something is called that may have an effect, or while the goroutine waits."}
	eagerValue   = rewrite.Reason{ID: "eager-value", Doc: "The value of a missing entry is computed by a call under the lock, and would be computed more than once."}
	sectionOpen  = rewrite.Reason{ID: "section-open", Doc: "A critical section does not end in the function that begins it, or not on every way through it."}
	exported     = rewrite.Reason{ID: "exported", Doc: "Other packages can use the map or the mutex."}
	elsewhere    = rewrite.Reason{ID: "elsewhere", Doc: "A file that is not part of this build mentions the map or the mutex."}
	unsafeUse    = rewrite.Reason{ID: "unsafe", Doc: "Package unsafe, assembly or a linkname directive can reach the map."}
	unkeyedLit   = rewrite.Reason{ID: "unkeyed", Doc: "A literal of the struct gives the fields by their order."}
	unlockedUse  = rewrite.Reason{ID: "unlocked", Doc: "The map is used where the mutex is not seen to be held, or changed under a read lock."}
	compound     = rewrite.Reason{ID: "compound", Doc: "An entry is read, changed and written back, which no method of sync.Map does."}
	several      = rewrite.Reason{ID: "several", Doc: "A critical section has several operations that no single method does."}
	created      = rewrite.Reason{ID: "created", Doc: "What follows an insert acts on having made the entry, which LoadOrStore cannot promise in this form."}
	hasLen       = rewrite.Reason{ID: "len", Doc: "The length of the map is asked for, which a sync.Map does not know."}
	nilMap       = rewrite.Reason{ID: "nil-map", Doc: "The program tells a nil map from an empty one."}
	drain        = rewrite.Reason{ID: "drain", Doc: "The map is taken as a whole and replaced by a new one."}
	leaks        = rewrite.Reason{ID: "leaks", Doc: "The map as a value is passed, returned, copied, or comes from elsewhere."}
	rangeBody    = rewrite.Reason{ID: "range-body", Doc: "A loop over the map works on the map in its body."}
	encoded      = rewrite.Reason{ID: "encoded", Doc: "The struct is encoded, printed or compared by something that looks into it."}
	copies       = rewrite.Reason{ID: "copies", Doc: "The struct is copied or replaced as a whole."}
	filled       = rewrite.Reason{ID: "filled", Doc: "The map starts with entries."}
	interfaceKey = rewrite.Reason{ID: "interface-key", Doc: "The keys are interfaces, whose values may not be comparable."}
	unwritable   = rewrite.Reason{ID: "type", Doc: "The type of the keys or values cannot be written where the new type is declared."}
	form         = rewrite.Reason{ID: "form", Doc: "The code is of a form that the rewrite does not know."}
)

func rank(r rewrite.Reason) int {
	if i := slices.Index(syncMapReasons, r); i >= 0 {
		return i
	}
	return slices.Index(syncMapReasons, elsewhere) // generated code
}

func syncMap(p *rewrite.Pass) {
	s, ok := look(p)
	if !ok {
		return
	}
	for _, g := range s.guards() {
		pl, bad := g.judge()
		var w wrapper
		if bad == nil {
			var ok bool
			if w, ok = g.wrapperFor(g.m.Type().Underlying().(*types.Map)); !ok {
				bad = &why{unwritable, g.at.Node(), "the type " + types.TypeString(g.m.Type(), types.RelativeTo(p.Pkg.Types)) + " cannot be written at the top of the file"}
			}
		}
		title := "Convert " + g.mapName() + " to sync.Map"
		if bad != nil {
			for _, at := range g.refusedAt() {
				p.Refuse(at, title, bad.reason, bad.culprit, "%s", bad.text)
			}
			continue
		}
		g.offer(pl, w, title)
	}
}

// refusedAt is where a reader is told why not: at the declaration, and at loops
// that delete every entry.
func (g *guard) refusedAt() []rewrite.At {
	at := []rewrite.At{rewrite.On(g.at)}
	for _, u := range g.uses {
		if c, _, ok := g.emptied(u); ok {
			at = append(at, rewrite.At{Cursor: c, Head: c.Node().(*ast.RangeStmt).Body})
		}
	}
	return at
}

// declareWrapper writes the wrapper, and the map's declaration with its type.
func (g *guard) declareWrapper(pl *plan, w wrapper, head string, bodies []wrapperMethod, e *rewrite.Edits) *why {
	sync, ok := e.Import(g.at, "sync")
	if !ok {
		return &why{form, g.at.Node(), "sync is not the package here"}
	}
	// Behind the declaration's last line, and so behind a comment there.
	text, base := pl.text(w.decl.End())
	end := int(w.decl.End() - base)
	for end < len(text) && text[end] != '\n' {
		end++
	}
	e.Insert(base+token.Pos(min(end+1, len(text))), w.source(g.pass, sync, head, bodies, pl.methods))
	name := w.name + w.args
	switch n := g.at.Node().(type) {
	case *ast.Field:
		e.ReplaceNode(n.Type, name)
	case *ast.ValueSpec:
		e.Replace(n.Names[0].End(), n.End(), " "+name)
	case *ast.AssignStmt:
		e.ReplaceNode(n, "var "+g.m.Name()+" "+name)
	default:
		f, isField := g.at.Parent().Node().(*ast.Field)
		if !isField {
			return &why{form, n, "the map is declared together with something else"}
		}
		pl.nameOrAll(f.Names, g.at, f)
		e.Insert(f.End(), "\n"+g.m.Name()+" "+name)
	}
	return nil
}

func (g *guard) offer(pl *plan, w wrapper, title string) {
	at := rewrite.On(g.at)
	e := g.pass.Edit()
	bad := g.declareWrapper(pl, w, syncHead, syncMethods, e)
	alone := g.alone()
	if alone && bad == nil {
		title = "Convert " + g.lockName() + " + " + g.mapName() + " to sync.Map"
		if g.embedded {
			g.dropEmbedded(pl)
		} else if c, ok := g.declared(g.mu); ok {
			pl.declaration(c)
		}
		bad = pl.bad
	}
	if bad != nil {
		g.pass.Refuse(at, title, bad.reason, bad.culprit, "%s", bad.text)
		return
	}
	pl.apply(e)
	for _, u := range g.uses {
		if u.Outer.Index() != g.at.Index() && !g.at.Contains(u.Outer) {
			at.Also = append(at.Also, u.Outer.Node())
		}
	}
	g.pass.Offer(at, rewrite.Offer{
		Title: title + " (review)", Class: rewrite.Review,
		Message: fmt.Sprintf("every critical section of %s does what one method of sync.Map does", g.mapName()),
		Cost:    g.cost(),
		Assumes: g.assumes(pl, alone),
	}, e)
}

// alone reports whether the mutex is for nothing but the map.
func (g *guard) alone() bool {
	for _, s := range g.locks.sections {
		if s.mutex == g.mu && !slices.Contains(g.sections, s) {
			return false
		}
	}
	return true
}

func (g *guard) dropEmbedded(pl *plan) {
	for _, f := range g.owner.fields {
		if f.v == g.mu {
			n := f.cursor.Node()
			spans := pl.joined([]textEdit{pl.lines(n.Pos(), n.End(), ';')})
			pl.replace(spans[0].pos, spans[0].end, "")
		}
	}
}

func (g *guard) cost() string {
	m := g.m.Type().Underlying().(*types.Map)
	n := 1
	var boxed []string
	for _, x := range []struct {
		name string
		t    types.Type
	}{{"key", m.Key()}, {"value", m.Elem()}} {
		if boxes(x.t) {
			n++
			boxed = append(boxed, x.name)
		}
	}
	each := "an allocation of 48 B for each Store, also over an existing key"
	if len(boxed) > 0 {
		each = fmt.Sprintf("up to %d allocations for each Store, also over an existing key: 48 B for the entry, and the %s in an interface", n, strings.Join(boxed, " and the "))
	}
	return each + "; with one goroutine at a time lookups take about twice as long as under the mutex and stores two to four times. Measured with two cores, it gains only where nearly all operations are lookups; more cores, or goroutines on keys of their own, help it. Deleted entries give their memory back, which a map's do not"
}

// boxes reports whether a value of a type is stored outside of an interface that holds it.
func boxes(t types.Type) bool {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Chan, *types.Signature, *types.Interface:
		return false
	case *types.Basic:
		return u.Kind() != types.Bool && u.Kind() != types.Uint8 && u.Kind() != types.Int8 && u.Kind() != types.UnsafePointer
	case *types.Struct:
		return u.NumFields() > 0
	}
	return true
}

func (g *guard) assumes(pl *plan, alone bool) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s guards nothing but the entries of %s in these sections, and nobody relies on a lock and unlock to see what another goroutine wrote elsewhere", g.lockName(), g.mapName())
	if pl.methods["LoadOrStore"] {
		out.WriteString("; a value that another goroutine was faster to insert may be dropped")
	}
	if pl.ranges {
		out.WriteString("; a loop over the map may miss entries that are inserted meanwhile, or see only some of several changes")
	}
	if pl.methods["Clear"] {
		out.WriteString("; nothing but the entries is to be reset")
	}
	if !alone {
		fmt.Fprintf(&out, "; %s stays, for its other sections, and nothing has to change together with the map in these", g.lockName())
	}
	out.WriteString(". Comments that speak of the lock are left as they are")
	return out.String()
}
