package mapop

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// boundSource holds inserts with what is settled of them: how often they are
// executed on one map, how many keys they bring there, and what else is known.
const boundSource = `package a

type pair struct{ a, b int }

var sink any

func straight(k int) {
	m := make(map[int]int) // confined
	m[k] = 1 // 1 1 first
	m[7]++ // 1 1 again =7
	for range 3 {
		m[k] = 1 // 3 3 again
	}
}

func loops(k int, xs []int, a *[4]int, s string, c chan int) {
	m := map[int]int{} // confined
	for i := range 8 {
		m[i] = 1 // 8 8
		for j := range 2 {
			m[j] = 1 // 16 2 again
			m[k] = 1 // 16 16 again
		}
	}
	for _, x := range xs {
		m[x] = 1 // 0 0
		m[x&3] = 1 // 0 4 again
		m[x%4] = 1 // 0 7 again
		m[x+3] = 1 // 0 0 again
	}
	for i, x := range a {
		m[i] = 1 // 4 4
		m[x] = 1 // 4 4 again
	}
	for range "four" {
		m[k] = 1 // 4 4
	}
	for range s {
		m[k] = 1 // 0 0
	}
	for x := range c {
		m[x] = 1 // 0 0
	}
	for i := 0; i < 5; i++ {
		m[i] = 1 // 5 5
	}
	for i := 0; i <= 5; i += 2 {
		m[i] = 1 // 3 3
	}
	for i := 5; i > 0; i-- {
		m[i] = 1 // 5 5
	}
	for i := 0; i != 5; i++ {
		m[i] = 1 // 0 0
	}
	for i := 0; i < k; i++ {
		m[i] = 1 // 0 0
	}
	for i := uint8(0); i <= 255; i++ {
		m[int(i)] = 1 // 0 0
	}
	for i := uint(3); i >= 0; i-- {
		m[int(i)] = 1 // 0 0
	}
	for i := 0; i < 5; i++ {
		i -= k
		m[i] = 1 // 0 0
	}
	for i := 0; i < 5; i++ {
		p := &i
		*p = k
		m[i] = 1 // 0 0
	}
	for i := 0; func() bool { m[k] = 1; return i < 3 }(); i++ { // 0 0
	}
}

func scopes(k int) {
	for range k {
		m := make(map[int]int) // confined
		m[k] = 1 // 1 1 first
	}
	var m map[int]int
	for range k {
		m = make(map[int]int) // confined
		m[k] = 1 // 0 0 first
	}
	for m := make(map[int]int); k < 3; k++ { // confined
		m[k] = 1 // 0 0
	}
	func() {
		m := make(map[int]int) // confined
		m[k] = 1 // 1 1 first
		func() { m[k] = 2 }() // 1 1 again
		defer func() { m[k] = 3 }() // 1 1 again
		f := func() { m[k] = 4 } // 0 0 again
		f()
	}()
}

func filled(xs []int, src map[int]int, n int, c chan int) {
	m := make(map[int]int, len(xs)) // confined
	for _, x := range xs {
		m[x] = 1 // 0 0 fills
	}
	copied := make(map[int]int, len(src)) // confined
	for k, v := range src {
		copied[k] = v // 0 0 fills
	}
	counted := make(map[int]int, n) // confined
	for i := range n {
		counted[i] = 1 // 0 0 fills
	}
	received := make(map[int]int, len(c)) // confined
	for x := range c {
		received[x] = 1 // 0 0
	}
	grown := make(map[int]int, len(src)) // confined
	for k := range src {
		src[k+1] = 1 // 0 0
		grown[k] = 1 // 0 0
	}
	called := make(map[int]int, len(src)) // confined
	for k := range src {
		straight(k)
		called[k] = 1 // 0 0
	}
	twice := make(map[int]int, len(xs)) // confined
	for range 2 {
		for _, x := range xs {
			twice[x] = 1 // 0 0
		}
	}
}

func changed(xs []int) {
	m := make(map[int]int, len(xs)) // confined
	xs = append(xs, 1)
	for _, x := range xs {
		m[x] = 1 // 0 0
	}
}

func floats(x float64, y any) {
	m := map[float64]int{} // confined
	for range 4 {
		m[x] = 1 // 4 4
		m[1.5] = 1 // 4 4 again =3/2
	}
	n := map[any]int{} // confined
	n[y] = 1 // 1 1 first
	n[1] = 1 // 1 1 again =int 1
	n[pair{}] = 1 // 1 1 again
}

func texts(k pair) {
	m := map[pair]string{{1, 2}: "x"} // confined
	m[pair{1, 2}] = "" // 1 1 first ={a: 1, b: 2}
	m[pair{b: 2}] = "" // 1 1 again ={b: 2}
	m[k] = "" // 1 1 again
	w := map[[2]string]int{} // confined
	w[[2]string{"a", "b"}] = 1 // 1 1 first =["a", "b"]
}

func seen(f func(map[int]int)) map[int]int {
	passed := map[int]int{}
	f(passed)
	passed[1] = 1 // 1 1 =1
	stored := map[int]int{}
	sink = stored
	alias := map[int]int{}
	other := alias
	other[1] = 1 // 0 0 =1
	pointed := map[int]int{}
	p := &pointed
	(*p)[1] = 1 // 0 0 =1
	compared := map[int]int{} // confined
	if compared == nil || len(compared) > 0 {
		clear(compared)
		delete(compared, 1)
	}
	for range compared {
	}
	returned := map[int]int{}
	return returned
}

func jumps(k int) {
	m := make(map[int]int) // confined
again:
	m[k] = 1 // 0 0
	w := make(map[int]int) // confined
	w[k] = 1 // 1 1 first
	if k++; k < 3 {
		goto again
	}
	m[k] = 1 // 1 1
}
`

func TestBound(t *testing.T) {
	pkg := newChecker(t, "fmt").load(t, "a", map[string][]byte{"a.go": []byte(boundSource)})
	found := map[int]string{}
	for _, op := range Find(pkg) {
		switch op.Kind {
		case Make, Literal:
			if op.Confined {
				found[op.Pos.Line] = "confined"
			}
		case Insert, Update:
			text := fmt.Sprint(op.PerMap, op.Keys)
			for _, x := range []struct {
				is   bool
				word string
			}{{op.First, "first"}, {op.Again, "again"}, {op.Fills, "fills"}, {op.Key.Value != "", "=" + op.Key.Value}} {
				if x.is {
					text += " " + x.word
				}
			}
			found[op.Pos.Line] = text
		}
	}
	comment := regexp.MustCompile(` // (.*)$`)
	var want, got []string
	for i, line := range strings.Split(boundSource, "\n") {
		text := ""
		if m := comment.FindStringSubmatch(line); m != nil {
			text = m[1]
		}
		want = append(want, fmt.Sprintf("%s // %s", line, text))
		got = append(got, fmt.Sprintf("%s // %s", line, found[i+1]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bounds (-want +got):\n%s", diff)
	}
}

// What comes after an insert is known by the end of its statement, loop or switch.
func TestAfter(t *testing.T) {
	const text = `package a

func f(k int) {
	m := map[int]int{}
	m[0] = 1
	for range k {
		m[1] = 1
		if k > 3 {
			m[2] = 1
		}
	}
	switch {
	case k > 1:
		m[3] = 1
	}
	if k > 1 {
		m[4] = 1
	}
	defer func() { m[5] = 1 }()
	m[6], m[7] = 1, 2
}
`
	pkg := newChecker(t, "fmt").load(t, "a", map[string][]byte{"a.go": []byte(text)})
	got := map[string]string{}
	for _, op := range Find(pkg) {
		if op.Kind != Insert {
			continue
		}
		if held := text[op.Held.Start:op.Held.End]; held != "m" {
			t.Errorf("%s is held in %q", op.Key.Text, held)
		}
		after := ""
		if op.After > 0 {
			after = strings.TrimSpace(text[:op.After])
			after = strings.TrimSpace(after[strings.LastIndex(after, "\n")+1:])
			after = fmt.Sprintf("line %d: %s", strings.Count(strings.TrimSpace(text[:op.After]), "\n")+1, after)
		}
		got[op.Key.Text] = after
	}
	want := map[string]string{
		"0": "line 5: m[0] = 1", "1": "line 11: }", "2": "line 11: }", "3": "line 15: }", "4": "line 17: m[4] = 1",
		"5": "", "6": "line 20: m[6], m[7] = 1, 2", "7": "line 20: m[6], m[7] = 1, 2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
}
