package mapop

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wantComments are the comments "// want …" of a source by line, for those lines that have one.
func wantComments(text string) map[int]string {
	comment := regexp.MustCompile(`// want ?(.*)$`)
	all := map[int]string{}
	for i, line := range strings.Split(text, "\n") {
		if m := comment.FindStringSubmatch(line); m != nil {
			all[i+1] = m[1]
		}
	}
	return all
}

// compareLines holds what is said of the first operation on each line that has a comment against it.
func compareLines(t *testing.T, source string, say func(Op) (string, bool)) {
	t.Helper()
	pkg := newChecker(t, "sync", "sync/atomic").load(t, "example.com/a", map[string][]byte{"a.go": []byte(source)})
	got := map[int]string{}
	want := wantComments(source)
	for _, op := range Find(pkg) {
		_, asked := want[op.Pos.Line]
		text, ok := say(op)
		if _, seen := got[op.Pos.Line]; asked && ok && !seen {
			got[op.Pos.Line] = text
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// lastingSource holds operations on maps that were read from memory which keeps
// nothing but the heap ("lasting"), perhaps through parameters, with the least
// number of pointers followed from them.
const lastingSource = `package a

import (
	"sync"
	"sync/atomic"
)

type box struct {
	m    map[string]int
	next *box
	in   struct{ m map[string]int }
	list []*box
	arr  [2]struct{ m map[string]int }
}

var (
	global map[string]int
	shared *box
	boxes  sync.Map
	now    atomic.Pointer[box]
)

func roots(k string, ch chan *box, byName map[string]*box, v any) {
	global[k]++ // want lasting
	shared.next.m[k]++ // want lasting
	b := <-ch
	b.m[k]++ // want lasting
	byName[k].m[k]++ // want lasting
	for _, b := range byName {
		b.m[k]++ // want lasting
	}
	for b := range ch {
		b.m[k]++ // want lasting
	}
	if v, ok := boxes.Load(k); ok {
		v.(*box).m[k]++ // want lasting
	}
	boxes.Range(func(_, v any) bool {
		v.(*box).m[k]++ // want lasting
		return true
	})
	now.Load().m[k]++ // want lasting
	if b, ok := byName[k]; ok {
		b.in.m[k]++ // want lasting
	}
	last().m[k]++ // want lasting
	copied := *shared
	copied.m[k]++ // want lasting
	var later *box
	later = shared
	later.m[k]++ // want lasting
	for b := shared; b != nil; b = b.next {
		b.m[k]++ // want lasting
	}
}

func last() *box {
	if shared == nil {
		return nil
	}
	return shared.next
}

func params(b *box, c box, m map[string]int, v any, list []*box, k string) {
	m[k]++ // want m 0
	b.m[k]++ // want b 1
	b.in.m[k]++ // want b 1
	b.next.next.m[k]++ // want b 3
	b.list[0].m[k]++ // want b 3
	b.arr[0].m[k]++ // want b 1
	c.m[k]++ // want c 0
	v.(map[string]int)[k]++ // want v 0
	switch v := v.(type) {
	case map[string]int:
		v[k]++ // want v 0
	case *box:
		v.m[k]++ // want v 1
	}
	for _, b := range list {
		b.m[k]++ // want list 2
	}
	either := shared
	if k == "" {
		either = b.next
	}
	either.m[k]++ // want b 2
	pass(b, list).m[k]++ // want b 1
	inner := func(x *box) {
		x.m[k]++ // want x 1
		b.m[k]++ // want params.b 1
	}
	inner(b)
	b = &box{}
	b.m[k]++ // want b 1
}

func pass(b *box, list []*box) *box { return b }

func (b *box) self() *box { return b }

func (b box) method(k string) {
	b.m[k]++ // want b 0
	b.self().m[k]++ // want (*box).self.b 1
}

func frames(k string, n int) {
	local := map[string]int{}
	local[k]++ // want local 0
	b := box{m: map[string]int{}}
	b.m[k]++ // want b 0
	p := &b
	p.m[k]++ // want p 1
	part := *shared
	part.m = local
	part.m[k]++ // want part 0
	either := shared
	if n > 0 {
		either = p
	}
	either.m[k]++ // want p 1
	addressed := shared
	pp := &addressed
	*pp = p
	addressed.m[k]++ // want addressed 1
	arr := [2]*box{shared, p}
	arr[n].m[k]++ // want arr 1
	list := []*box{shared, p}
	var x *box
	for _, x = range list {
		x.m[k]++ // want x 1
	}
	some(p, n).m[k]++ // want p 1
	x, _ = two(p)
	x.m[k]++ // want x 1
	func() *box { return p }().m[k]++ // want
	var v any = local
	v.(map[string]int)[k]++ // want local 0
	switch w := v.(type) {
	case map[string]int:
		w = local
		w[k]++ // want local 0
	}
}

func cycles(p *box, seq func(func(*box) bool), k string) {
	var a, b, c *box
	for range 3 {
		a = b
		b = c
		c = a
		a = p.next
	}
	c.m[k]++ // want p 2
	b.m[k]++ // want p 2
	a.m[k]++ // want p 2
	var d, e *box
	for range 3 {
		d = e
		e = d
		d = shared
	}
	e.m[k]++ // want lasting
	var f, g *box
	for range 3 {
		f = g
		f = &box{}
		g = f
	}
	g.m[k]++ // want f 1
	f.m[k]++ // want f 1
	for x := range seq {
		x.m[k]++ // want
		y := new(box)
		y.m[k]++ // want
	}
	mutual(p, 3).m[k]++ // want p 1
}

func mutual(b *box, n int) *box {
	if n == 0 {
		return b
	}
	return mutual2(b, n)
}

func mutual2(b *box, n int) *box { return mutual(b, n-1) }

func some(b *box, n int) *box {
	if n > 0 {
		return shared
	}
	return b
}

func two(b *box) (x, y *box) {
	x = shared
	if b.m == nil {
		return b, x
	}
	return
}

func generic[T any](b *box, m map[string]T, all map[string]map[string]T, k string) {
	b.m[k]++ // want
	m[k] = *new(T) // want
	all[k][k] = *new(T) // want lasting
}
`

func TestLasting(t *testing.T) {
	compareLines(t, lastingSource, func(op Op) (string, bool) {
		if op.Kind != Update && op.Kind != Insert {
			return "", false
		}
		var leads []string
		for _, l := range op.Leads {
			name := l.Name
			if l.Func != op.Func {
				name = l.Func + "." + name
			}
			leads = append(leads, fmt.Sprintf("%s %d", name, l.Derefs))
		}
		if op.OnHeap && leads == nil {
			leads = []string{"lasting"}
		}
		return strings.Join(leads, ", "), true
	})
}

// syncSource holds calls of methods of sync.Map: those marked are never the first on their map.
const syncSource = `package a

import "sync"

var m, other sync.Map

type server struct {
	accounts sync.Map
	in       struct{ nodes sync.Map }
	far      *server
	ptr      *sync.Map
}

func straight(k any) {
	m.Load(k) // want
	m.Load(k) // want again
	other.Load(k) // want
	if v, ok := m.Load(k); ok && v != nil { // want again
		other.Delete(k) // want again
	}
	func() { m.Delete(k) }() // want again
	defer m.Range(nil) // want again
}

func branches(s *server, k any, n int) {
	if n > 0 {
		s.accounts.Store(k, k) // want
	}
	s.accounts.Load(k) // want
	if _, ok := s.in.nodes.Load(k); n > 0 || ok { // want
		s.in.nodes.Delete(k) // want again
	} else {
		s.in.nodes.Delete(k) // want again
	}
	s.in.nodes.Clear() // want again
	s.ptr.Load(k) // want
	s.ptr.Load(k) // want
	s.far.accounts.Load(k) // want
	s.far.accounts.Load(k) // want
}

func conditions(s *server, k any, n int) bool {
	if n > 0 && use(s.accounts.Load(k)) { // want
		return true
	}
	s.accounts.Load(k) // want
	switch n {
	case 1:
		s.in.nodes.Load(k) // want
	case 2:
		s.in.nodes.Load(k) // want
	}
	switch {
	case use(s.in.nodes.Load(k)): // want
		s.in.nodes.Load(k) // want
	}
	go s.in.nodes.Load(k) // want
	defer s.in.nodes.Load(k) // want
	s.in.nodes.Load(k) // want
	return false
}

func use(v any, ok bool) bool { return ok }

func callbacks(s *server, k any) {
	s.accounts.Range(func(k, v any) bool { // want
		s.accounts.Delete(k) // want again
		s.in.nodes.Delete(k) // want
		return true
	})
	s.in.nodes.Store(k, k) // want
	defer func() {
		s.in.nodes.Delete(k) // want again
	}()
}

func moving(s *server, k any) {
	s.accounts.Load(k) // want
	s = s.far
	s.accounts.Load(k) // want
	for _, s := range []*server{s} {
		s.accounts.Load(k) // want
		s.accounts.Load(k) // want
	}
	here := s.far
	here.accounts.Load(k) // want
	here.accounts.Load(k) // want again
	var fresh sync.Map
	fresh.Load(k) // want
	fresh.Load(k) // want again
}

func jumps(k any, n int) {
	m.Load(k) // want
again:
	m.Load(k) // want
	if n > 0 {
		goto again
	}
}
`

func TestSyncMapUsedBefore(t *testing.T) {
	again := func(op Op) (string, bool) {
		if op.Again {
			return "again", op.Type.Sync
		}
		return "", op.Type.Sync
	}
	compareLines(t, syncSource, again)
	t.Run("overwritten", func(t *testing.T) {
		source := strings.ReplaceAll(syncSource, "want again", "want")
		compareLines(t, source+"\nfunc reset(s *server) { *s = server{} }\n", again)
	})
}

// hintSource holds hints with the least and the largest value that they may have.
const hintSource = `package a

const least = 10

type config struct{ n, shards int }

func (c config) size() int { return max(c.n/c.shards, least) }

func capped(n int) int {
	if n > 100 {
		return 64
	}
	return min(n, 64)
}

func recursive(n int) int {
	if n == 0 {
		return 9
	}
	return recursive(n - 1)
}

func bounds(c config, xs []int, n int, u uint8) {
	const k = 12
	h := 9
	later := 9
	later = 20
	counted := 9
	counted++
	addressed := 9
	p := &addressed
	*p = 1
	var zero int
	parsed, other := pair()
	_ = other
	_ = make(map[int]int, h) // want 9 9
	_ = make(map[int]int, later) // want 9 20
	_ = make(map[int]int, counted) // want 0
	_ = make(map[int]int, addressed) // want 0
	_ = make(map[int]int, zero) // want 0 0
	_ = make(map[int]int, parsed) // want 0
	_ = make(map[int]int, n) // want 0
	_ = make(map[int]int, len(xs)) // want 0
	_ = make(map[int]int, max(len(xs), k)) // want 12
	_ = make(map[int]int, min(len(xs), 8)) // want 0 8
	_ = make(map[int]int, min(n, 8)) // want 0 8
	_ = make(map[int]int, n%8) // want 0 7
	_ = make(map[int]int, n&7) // want 0 7
	_ = make(map[int]int, max(n, 16)/2) // want 8
	_ = make(map[int]int, h+1) // want 0
	_ = make(map[int]int, u) // want 0
	_ = make(map[int]int, c.size()) // want 10
	_ = make(map[int]int, capped(n)) // want 0 64
	_ = make(map[int]int, recursive(n)) // want 0
	for i := 9; i < 20; i++ {
		_ = make(map[int]int, i) // want 0
	}
}

func pair() (int, int) { return 9, 9 }
`

func TestHintBounds(t *testing.T) {
	compareLines(t, hintSource, func(op Op) (string, bool) {
		text := fmt.Sprint(op.Hint.Min)
		if op.Hint.Bounded {
			text += fmt.Sprint(" ", op.Hint.Max)
		}
		return text, op.Kind == Make
	})
}
