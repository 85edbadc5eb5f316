package mapop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPartAnchors: the compiler gives a verdict at the anchor of every part that it has one on.
func TestPartAnchors(t *testing.T) {
	output, ops := compileArchive(t, "operands", "-m")
	verdicts := messages(output, escaping)
	checked := map[PartForm]int{}
	for _, op := range ops {
		if op.Generic || op.Dead {
			continue
		}
		for _, o := range append([]Operand{op.Key, op.Elem}, op.Operands...) {
			for _, p := range o.Parts {
				switch p.Form {
				case PartVariable, PartAppend, PartChan, PartAssert, PartMoved, PartOther:
					continue // it speaks of the variable, or says nothing
				}
				if !p.Anchor.IsValid() {
					continue // by the part's documentation
				}
				checked[p.Form]++
				if !spoken(verdicts, op, p.Anchor) {
					t.Errorf("%s: no verdict on %s %s of %s", p.Anchor, p.Form, p.Text, o.Text)
				}
			}
		}
	}
	for _, form := range []PartForm{PartBox, PartBytesString, PartRunesString, PartIntString, PartStringBytes, PartConcat, PartAddress, PartNew, PartSlice, PartMake, PartMap, PartClosure, PartMethod, PartVariadic} {
		if checked[form] == 0 {
			t.Errorf("the archive has no %s", form)
		}
	}
}

// TestParts lists the parts of elements and keys.
func TestParts(t *testing.T) {
	const head = `package a

type T struct {
	n int
	a any
	s []int
	p *T
}
type text struct{ s string }
type pair struct{ a, b int }
type fun func() int

func (T) M() int { return 1 }
func (t *T) P() int { return 1 }

type getter interface{ M() int }

func f(any) int { return 1 }
func g(...int) int { return 1 }
func h() (int, error) { return 1, nil }
func inl() pair { return pair{1, 2} }

var glob T

func F(ma map[string]any, mi map[int]int, ms map[string]int, mt map[text]int, mp map[string]*T, msl map[string][]int, mf map[string]func() int, mg map[string]getter, mm map[string]map[int]int,
	n int, s, u string, bs []byte, rs []rune, t T, q *T, p pair, an any, ge getter, b bool) {
	c, v, w := 5, pair{1, 2}, pair{n, 2}
	var z pair
	sl := []int{}
	sl = append(sl, 1)
	_, _, _, _, _, _ = c, v, w, z, sl, b
	`
	check := newChecker(t, "errors")
	for _, c := range []struct{ statement, want string }{
		{`mi[n] = 1`, ``},
		{`mi[n] = n + c*2 - len(s)`, ``},
		{`ma["a"] = 1`, `interface 1 constant`},
		{`ma["a"] = n`, `interface n`},
		{`ma["a"] = c`, `interface c variable`},
		{`ma["a"] = p`, `interface p`},
		{`ma["a"] = p.a`, `interface p.a none`},
		{`ma["a"] = v`, `interface v`},
		{`ma["a"] = w`, `interface w none`},
		{`ma["a"] = z`, `interface z`},
		{`ma["a"] = inl()`, `interface inl()`},
		{`ma["a"] = glob`, `interface glob none`},
		{`ma["a"] = pair{1, 2}`, `interface pair{…} composite`},
		{`ma["a"] = pair{n, 2}`, `interface pair{…} none`},
		{`ma["a"] = T{a: 1}`, `interface T{…}; interface 1 inside constant`},
		{`ma["a"] = q`, ``},
		{`ma["a"] = an`, ``},
		{`ma["a"] = any(n)`, `interface n`},
		{`mg["a"] = ge`, ``},
		{`mg["a"] = an.(getter)`, `type-assertion an.(getter)`},
		{`mi[1] = an.(int)`, ``},
		{`ms[string(bs)] = 1`, `string-conversion string(bs)`},
		{`_ = ms[string(bs)]`, `string-conversion string(bs)`},
		{`_ = mt[text{string(bs)}]`, `string-conversion string(bs)`},
		{`mi[1] = ms[string(bs)]`, `string-conversion string(bs) apart in-place`},
		{`_ = ms[string(rs)]`, `runes-to-string string(rs)`},
		{`_ = ms[string(rs[0])]`, `integer-to-string string(rs[0])`},
		{`ma["a"] = []byte(s)`, `interface []byte(s); string-to-bytes []byte(s) inside -1`},
		{`ma["a"] = []byte("four")`, `interface []byte("four"); string-to-bytes []byte("four") inside 4`},
		{`ma["a"] = []rune(s)`, `interface []rune(s); string-to-runes []rune(s) inside`},
		{`_ = ms[s+u]`, `concatenation s + u`},
		{`_ = ms["a"+s+"b"]`, `concatenation "a" + s + "b" 2`},
		{`_ = ms[s+"a"+"b"]`, `concatenation s + "a" + "b" 1`},
		{`_ = ms["a"+""+s]`, `concatenation "a" + "" + s 1`},
		{`_ = ms["a"+"b"]`, ``},
		{`_ = ms["a"+string(bs)]`, `concatenation "a" + string(bs) 1; string-conversion string(bs) apart in-place`},
		{`_ = ms[s+string(bs)]`, `concatenation s + string(bs); string-conversion string(bs) apart`},
		{`mp["a"] = &T{}`, `address T{}`},
		{`mp["a"] = &T{a: n, s: []int{1}}`, `address T{…}; interface n inside; composite []int{…} inside 1`},
		{`mp["a"] = &t`, `variable-address t`},
		{`mp["a"] = &glob`, ``},
		{`mp["a"] = q.p`, ``},
		{`mp["a"] = new(T)`, `new new(T)`},
		{`msl["a"] = []int{3: 1, 2}`, `composite []int{…} 5`},
		{`msl["a"] = make([]int, 3)`, `make make([]int, 3) 3`},
		{`msl["a"] = make([]int, n)`, `make make([]int, n) -1`},
		{`msl["a"] = make([]int, 0, 4)`, `make make([]int, 0, 4) 4`},
		{`msl["a"] = sl`, `slice-move sl`},
		{`msl["a"] = append(sl, n)`, `append append(sl, n)`},
		{`mm["a"] = map[int]int{1: n}`, `map map[int]int{…}`},
		{`mm["a"] = make(map[int]int, n)`, `map make(map[int]int, n)`},
		{`mf["a"] = func() int { return 1 }`, `closure (func() int literal)`},
		{`mf["a"] = func() int { return n + p.a + n + glob.n }`, `closure (func() int literal) n p`},
		{`mf["a"] = func() int { x := n; return x }`, `closure (func() int literal) n`},
		{`mf["a"] = t.M`, `method-value t.M`},
		{`mf["a"] = ge.M`, `method-value ge.M`},
		{`mi[1] = t.M()`, ``},
		{`mi[1] = f(n)`, `interface n apart`},
		{`mi[1] = f(&T{})`, `address T{} apart`},
		{`mi[1] = g(1, n)`, `variadic g(1, n) apart 2`},
		{`mi[1] = g(sl...)`, ``},
		{`mi[1] = g()`, ``},
		{`mi[1] = func() int { return n }()`, ``},
		{`mi[1], ma["b"] = h()`, ``},
		{`mi[1] = f(b && f(n) > 0)`, `interface b && f(n) > 0 apart none; interface n apart branch`},
		{`ma["x"] = s == string(bs)`, `interface s == string(bs) none; string-conversion string(bs) apart in-place`},
	} {
		t.Run(c.statement, func(t *testing.T) {
			source := head + c.statement + "\n}\n"
			ops := Find(check.load(t, "example.com/a", map[string][]byte{"a.go": []byte(source)}))
			last := strings.Count(source, "\n") - 1
			var texts []string
			for _, op := range ops {
				if op.Pos.Line != last || op.Kind == Make || op.Kind == Literal || op.Kind == Lookup && !strings.HasPrefix(c.statement, "_") {
					continue
				}
				for _, o := range append([]Operand{op.Key, op.Elem}, op.Operands...) {
					for _, p := range o.Parts {
						texts = append(texts, partText(p))
					}
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(texts, "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// partText prints a part: its form and text, where it differs from a part that is
// stored with the operand, and what else is known of it.
func partText(p Part) string {
	text := string(p.Form) + " " + p.Text
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{!p.Stored, "apart"}, {p.Stored && !p.Literal, "inside"}, {p.Branch, "branch"}, {p.InPlace, "in-place"},
		{p.Len != 0, fmt.Sprint(p.Len)}, {p.Static != "", string(p.Static)},
	} {
		if flag.set {
			text += " " + flag.name
		}
	}
	for _, c := range p.Captures {
		text += " " + c.Name
	}
	return text
}
