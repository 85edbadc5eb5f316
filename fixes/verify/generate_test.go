package verify_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A generator writes programs full of what rewrites look for and of what must
// keep them from it: aliases, closures, defers, labels, shadowing, NaN keys,
// panics midway, early exits.
type generator struct {
	*rand.Rand
	out    strings.Builder
	indent int
	names  int
	// vars are the map variables in scope, with their types.
	vars []variable
	// loops is how many loops of the current function literal are around, labels their labels.
	loops int
	label []string
}

type variable struct {
	name string
	kind mapKind
}

// A mapKind is a type of map with constants and expressions for it.
type mapKind struct {
	text  string
	keys  []string // constants
	elems []string
	// key makes a key of a loop's counter.
	key  string
	elem string
	// zero is a condition over an element v.
	zero string
}

var mapKinds = []mapKind{
	{"map[string]int", []string{`"a"`, `"b"`, `"c"`}, []string{"0", "1", "2"}, `string(rune('a' + %s))`, "%s", "v == 0"},
	{"map[int]string", []string{"0", "1", "2"}, []string{`""`, `"x"`, `"yy"`}, "%s", `string(rune('p' + %s))`, `v == ""`},
	{"map[float64]int", []string{"0", "1.5", "math.NaN()"}, []string{"0", "3"}, "float64(%s) / 2", "%s", "v == 0"},
	{"map[any]int", []string{"0", `"a"`, "math.NaN()"}, []string{"0", "7"}, "any(%s)", "%s", "v < 1"},
	{"map[[2]int8]*int", []string{"[2]int8{}", "[2]int8{1, 2}"}, []string{"nil", "new(int)"}, "[2]int8{int8(%s)}", "pointer(%s)", "v == nil"},
	{"map[key]bool", []string{"key{}", `key{1, "z"}`}, []string{"true", "false"}, `key{%s, "k"}`, "%s %% 2 == 0", "!v"},
}

// program writes a main package of n functions.
func program(seed uint64, n int) string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	g.line(`// Package main is generated.
package main

import (
	"fmt"
	"math"
	"slices"
)

type key struct {
	n int
	s string
}

type holder struct {
	a map[string]int
	b map[int]string
}

var (
	globalA = map[string]int{}
	globalB = make(map[int]string)
	sink    []any
	items   = []int{3, 1, 4, 1, 5, 9, 2, 6, 5, 3}
	words   = []string{"x", "yy", "x", "zzz"}
)

func pointer(i int) *int {
	if i == 0 {
		return nil
	}
	return &i
}

// show prints a map without keeping it.
func show[K comparable, V any](where string, m map[K]V) {
	var lines []string
	for k, v := range m {
		value := fmt.Sprint(v)
		if p, ok := any(v).(*int); ok && p != nil {
			value = "&" + fmt.Sprint(*p)
		}
		lines = append(lines, fmt.Sprint(k)+"="+value)
	}
	slices.Sort(lines)
	fmt.Println(where, m == nil, len(m), lines)
}

func keep(x any) { sink = append(sink, x) }

func try(name string, f func(*holder)) {
	h := &holder{a: map[string]int{}, b: map[int]string{}}
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panics:", r)
		}
		show(name+" h.a", h.a)
		show(name+" h.b", h.b)
		show(name+" globalA", globalA)
		show(name+" globalB", globalB)
	}()
	f(h)
}

func init() { fmt.Println(math.MaxInt8) }
`)
	for i := range n {
		g.function(i)
	}
	g.line("func main() {")
	for i := range n {
		g.line("\ttry(\"f%d\", f%d)", i, i)
	}
	g.line(`	for _, x := range sink {
		switch m := x.(type) {
		case map[string]int:
			show("sink", m)
		case map[int]string:
			show("sink", m)
		case func():
			func() {
				defer func() { fmt.Println("kept function:", recover()) }()
				m()
			}()
		}
	}
}`)
	return g.out.String()
}

func (g *generator) line(format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	g.out.WriteString(strings.Repeat("\t", g.indent) + text + "\n")
}

func (g *generator) pick(list []string) string { return list[g.IntN(len(list))] }

func (g *generator) name() string {
	g.names++
	return fmt.Sprintf("x%d", g.names)
}

func (g *generator) function(i int) {
	g.vars = []variable{{"h.a", mapKinds[0]}, {"h.b", mapKinds[1]}, {"globalA", mapKinds[0]}, {"globalB", mapKinds[1]}}
	g.loops, g.label = 0, nil
	g.line("func f%d(h *holder) {", i)
	g.indent++
	for range 1 + g.IntN(3) {
		g.declare()
	}
	g.block(3, 6)
	for _, v := range g.vars[4:] {
		g.line("show(\"f%d %s\", %s)", i, v.name, v.name)
	}
	g.indent--
	g.line("}\n")
}

func (g *generator) make(k mapKind) string {
	switch g.IntN(5) {
	case 0:
		return k.text + "{}"
	case 1:
		return fmt.Sprintf("make(%s, %d)", k.text, g.IntN(20))
	default:
		return "make(" + k.text + ")"
	}
}

func (g *generator) declare() {
	k := mapKinds[g.IntN(len(mapKinds))]
	v := variable{g.name(), k}
	switch g.IntN(6) {
	case 0:
		g.line("var %s %s", v.name, k.text)
	case 1:
		g.line("var %s = %s", v.name, g.make(k))
	default:
		g.line("%s := %s", v.name, g.make(k))
	}
	g.vars = append(g.vars, v)
	g.line("_ = len(%s)", v.name)
	if g.IntN(2) == 0 {
		g.fill(v)
	}
}

func (g *generator) variable() variable { return g.vars[g.IntN(len(g.vars))] }

// block writes statements; what it declares goes out of scope.
func (g *generator) block(depth, n int) {
	vars := len(g.vars)
	for range 1 + g.IntN(n) {
		g.statement(depth)
	}
	g.vars = g.vars[:vars]
}

func (g *generator) nested(depth, n int) {
	g.indent++
	g.block(depth, n)
	g.indent--
}

func (g *generator) statement(depth int) {
	v := g.variable()
	if depth <= 0 {
		g.simple(v)
		return
	}
	switch g.IntN(22) {
	case 0, 1, 2:
		g.simple(v)
	case 3, 4:
		g.deleteLoop(v)
	case 5, 6:
		g.line("%s = %s", v.name, g.make(v.kind))
		if g.IntN(2) == 0 {
			g.fill(v)
		}
	case 7, 8, 9:
		g.round(depth)
	case 10:
		g.fill(v)
	case 11:
		g.line("if len(%s) > %d {", v.name, g.IntN(4))
		g.nested(depth-1, 3)
		g.line("}")
	case 12:
		g.closure(v, depth)
	case 13:
		g.line("func() {")
		g.indent++
		g.line("defer func() { recover() }()")
		loops, label := g.loops, g.label
		g.loops, g.label = 0, nil
		g.block(depth-1, 3)
		g.loops, g.label = loops, label
		if g.IntN(2) == 0 {
			g.line("panic(%d)", g.IntN(9))
		}
		g.indent--
		g.line("}()")
	case 14:
		g.line("{")
		g.indent++
		if g.IntN(3) == 0 {
			g.line("clear := func(any) {}")
			g.line("clear(nil)")
		}
		g.block(depth-1, 3)
		g.indent--
		g.line("}")
	case 15:
		g.line("{")
		g.line("\told := %s", v.name)
		g.line("\t%s = %s", v.name, g.make(v.kind))
		g.line("\tshow(\"old\", old)")
		g.line("}")
	default:
		g.declare()
	}
}

func (g *generator) simple(v variable) {
	k, e := g.pick(v.kind.keys), g.pick(v.kind.elems)
	switch g.IntN(14) {
	case 0:
		g.line("delete(%s, %s)", v.name, k)
	case 1:
		g.line("clear(%s)", v.name)
	case 2:
		g.line("show(\"%s\", %s)", v.name, v.name)
	case 3:
		g.line("keep(%s)", v.name)
	case 4:
		g.line("if %s == nil {\n%s\t%s = %s\n%s}", v.name, strings.Repeat("\t", g.indent), v.name, g.make(v.kind), strings.Repeat("\t", g.indent))
	case 5:
		if i := slices.IndexFunc(g.vars, func(o variable) bool { return o.name != v.name && o.kind.text == v.kind.text }); i >= 0 {
			g.line("%s = %s", v.name, g.vars[i].name)
		}
	case 6:
		if v.kind.elem == "%s" {
			g.line("%s[%s] = %s[%s] %s %d", v.name, k, v.name, k, g.pick([]string{"+", "-", "*"}), 1+g.IntN(3))
		}
	case 7:
		if v.kind.text == "map[int]string" {
			g.line("%s[%s] = %s[%s] + \"t\"", v.name, k, v.name, k)
		}
	case 8:
		if v.kind.text == "map[string]int" {
			g.line("%s[string([]byte(words[%d]))]%s", v.name, g.IntN(4), g.pick([]string{"++", " = 4", " += 2"}))
		}
	case 9:
		if g.loops > 0 {
			g.line("if len(%s) == %d {\n%s\t%s\n%s}", v.name, g.IntN(5), strings.Repeat("\t", g.indent),
				g.pick(append([]string{"break", "continue"}, g.label...)), strings.Repeat("\t", g.indent))
		}
	case 10:
		g.line("defer show(\"deferred %s\", %s)", v.name, v.name)
	default:
		g.line("%s[%s] = %s", v.name, k, e)
	}
}

// fill writes a loop that fills a map.
func (g *generator) fill(v variable) {
	i := g.name()
	switch g.IntN(4) {
	case 0:
		g.line("for %s := range %d {", i, 1+g.IntN(14))
	case 1:
		g.line("for %s := range items {", i)
	case 2:
		g.line("for %s := 0; %s < len(items); %s++ {", i, i, i)
	default:
		g.line("for _, %s := range items {", i)
	}
	g.indent++
	if g.IntN(4) == 0 {
		g.line("if %s == %d {\n%s\t%s\n%s}", i, g.IntN(5), strings.Repeat("\t", g.indent), g.pick([]string{"continue", "break"}), strings.Repeat("\t", g.indent))
	}
	g.line("%s[%s] = %s", v.name, fmt.Sprintf(v.kind.key, i), fmt.Sprintf(v.kind.elem, i))
	g.indent--
	g.line("}")
}

// deleteLoop writes a loop that deletes what it ranges over, more or less.
func (g *generator) deleteLoop(v variable) {
	m := v.name
	switch g.IntN(9) {
	case 0:
		g.line("for k, _ := range %s {", m)
		g.line("\tdelete(%s, k)", m)
	case 1:
		g.line("for k, v := range %s {", m)
		g.line("\tif %s {", v.kind.zero)
		g.line("\t\tdelete(%s, k)", m)
		g.line("\t}")
	case 2:
		g.line("for k, v := range %s {", m)
		g.line("\tif !(%s) {", v.kind.zero)
		g.line("\t\tcontinue")
		g.line("\t}")
		g.line("\tdelete(%s, k)", m)
	case 3:
		n := g.name()
		g.line("%s := 0", n)
		g.line("for k, v := range %s {", m)
		g.line("\tif %s {", v.kind.zero)
		g.line("\t\t%s++", n)
		g.line("\t}")
		g.line("\tdelete(%s, k)", m)
		g.line("}")
		g.line("if %s > 0 {", n)
		g.line("\tfmt.Println(\"counted\", %s)", n)
	case 4:
		g.line("for k := range %s {", m)
		g.line("\tdelete(%s, k)", m)
		g.line("\tif len(%s) == 0 {", m) // sooner, and it would be chance what is left
		g.line("\t\tbreak")
		g.line("\t}")
	case 5:
		g.line("for k, v := range %s {", m)
		g.line("\tif len(%s) > 0 && %s {", m, v.kind.zero)
		g.line("\t\tdelete(%s, k)", m)
		g.line("\t}")
	case 6:
		k := g.name()
		keyType, _, _ := strings.Cut(v.kind.text[len("map["):], "]")
		if v.kind.text == "map[[2]int8]*int" {
			keyType = "[2]int8"
		}
		g.line("var %s %s = %s", k, keyType, g.pick(v.kind.keys))
		g.line("for %s = range %s {", k, m)
		g.line("\tdelete(%s, %s)", m, k)
		g.line("}")
		g.line("if len(%s) == 0 {", m)
		g.line("\t_ = %s", k)
	default:
		g.line("for k := range %s {", m)
		g.line("\tdelete(%s, k)", m)
	}
	g.line("}")
}

// round writes a loop that makes a map in every round.
func (g *generator) round(depth int) {
	v := variable{g.name(), mapKinds[g.IntN(len(mapKinds))]}
	i := g.name()
	label := ""
	if g.IntN(4) == 0 {
		label = strings.ToUpper(i)
		g.line("%s:", label)
	}
	g.line("for %s := range %d {", i, 1+g.IntN(4))
	g.indent++
	g.loops++
	outer := g.label
	if label != "" {
		g.label = append(slices.Clone(outer), "continue "+label)
		g.line("if %s > 90 {\n%s\tcontinue %s\n%s}", i, strings.Repeat("\t", g.indent), label, strings.Repeat("\t", g.indent))
	}
	g.line("_ = %s", i)
	if g.IntN(5) == 0 {
		g.line("var %s = make(%s, 2*%s)", v.name, v.kind.text, i)
	} else {
		g.line("%s := %s", v.name, g.make(v.kind))
	}
	g.vars = append(g.vars, v)
	if g.IntN(2) == 0 {
		g.fill(v)
	} else {
		g.line("%s[%s] = %s", v.name, fmt.Sprintf(v.kind.key, i), fmt.Sprintf(v.kind.elem, i))
	}
	g.block(depth-1, 3)
	g.line("show(\"round\", %s)", v.name)
	g.vars = slices.DeleteFunc(g.vars, func(o variable) bool { return o.name == v.name })
	g.label = outer
	g.loops--
	g.indent--
	g.line("}")
}

// closure writes a function literal that works on a map, now or later.
func (g *generator) closure(v variable, depth int) {
	f := g.name()
	loops, label := g.loops, g.label
	g.loops, g.label = 0, nil
	g.line("%s := func() {", f)
	g.indent++
	g.line("show(\"%s sees %s\", %s)", f, v.name, v.name)
	g.block(depth-1, 2)
	g.indent--
	g.line("}")
	g.loops, g.label = loops, label
	switch g.IntN(4) {
	case 0:
		g.line("defer %s()", f)
	case 1:
		g.line("keep(%s)", f)
	default:
		g.line("%s()", f)
	}
}
