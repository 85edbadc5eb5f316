package placement

import (
	"cmp"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/source"
)

// An abroad tells which functions other packages may contain inlined copies of. A
// map that such a function makes on the heap only because it returns it, alone
// or in something else, is in the caller's frame where the copy's caller does not let it
// escape, and the compiler says so only in that package's build.
type abroad struct {
	facts *escape.Facts
	// inlinable are the functions that can be inlined, by bare name.
	inlinable map[string]bool
	// decls are the functions of a file in the order of their declarations.
	decls map[string][]decl
	known map[string]bool
}

type decl struct {
	pos  source.Pos
	name string
}

func newAbroad(facts *escape.Facts) *abroad {
	a := &abroad{facts: facts, inlinable: map[string]bool{}, decls: map[string][]decl{}, known: map[string]bool{}}
	if facts == nil {
		return a
	}
	for _, f := range facts.All {
		name := bareName(f.Subject)
		switch f.Kind {
		case escape.CanInline:
			a.inlinable[name] = true
		case escape.CannotInline:
		default:
			continue
		}
		if declaredName(name) == name {
			a.decls[f.Pos.Path] = append(a.decls[f.Pos.Path], decl{f.Pos, name})
		}
	}
	for _, list := range a.decls {
		slices.SortFunc(list, func(x, y decl) int { return x.pos.Compare(y.pos) })
	}
	return a
}

// mayDifferAbroad reports whether a site that facts put on the heap, in the function
// frame, may be on the stack in copies that only other packages have.
func (r *resolver) mayDifferAbroad(kind mapop.Kind, facts []escape.Fact, frame string) bool {
	declared := declaredName(frame)
	if !returnedOnly(facts) || !r.abroad.inlinable[declared] {
		return false
	}
	if isExported(declared) {
		return true
	}
	return slices.ContainsFunc(r.inlined[declared], func(at source.Pos) bool {
		if !r.copiedAbroad(r.abroad.around(at)) {
			return false
		}
		copies := withSubjects(r.statements(at, kind), facts)
		return len(copies) == 0 || returnedOnly(copies)
	})
}

// copiedAbroad reports whether other packages may have copies of what stands in a declared function.
func (r *resolver) copiedAbroad(name string) bool {
	a := r.abroad
	if known, ok := a.known[name]; ok {
		return known
	}
	a.known[name] = false // for functions that are inlined into each other
	found := a.inlinable[name] && (isExported(name) || slices.ContainsFunc(r.inlined[name], func(at source.Pos) bool {
		return r.copiedAbroad(a.around(at))
	}))
	a.known[name] = found
	return found
}

// around is the name of the declared function that a place is in.
func (a *abroad) around(at source.Pos) string {
	list := a.decls[at.Path]
	i, found := slices.BinarySearchFunc(list, at, func(d decl, at source.Pos) int {
		return cmp.Or(cmp.Compare(d.pos.Line, at.Line), cmp.Compare(d.pos.Column, at.Column))
	})
	if !found {
		i--
	}
	if i < 0 {
		return ""
	}
	return list[i].name
}

// nested begins what the compiler adds to a function's name for those inside it
// (cmd/compile/internal/ir/func.go: closureName).
var nested = regexp.MustCompile(`(\.func|\.gowrap|\.deferwrap|-range)\d`)

// declaredName is the name of the declared function that one is in or is.
func declaredName(name string) string {
	if i := nested.FindStringIndex(name); i != nil {
		return name[:i[0]]
	}
	return name
}

// isExported reports whether a declared function has an exported name, as a method or not.
func isExported(name string) bool { return token.IsExported(name[strings.LastIndexByte(name, '.')+1:]) }

// returnedOnly reports whether some of the statements say that a map is on the heap
// for no other reason than that a result of the function leads to it.
func returnedOnly(facts []escape.Fact) bool {
	for _, f := range facts {
		if f.Kind != escape.EscapesToHeap {
			continue
		}
		root := ""
		for _, s := range f.Flow {
			if s.Flow {
				root = s.Text
			}
		}
		if !strings.Contains(root, "{heap} ") {
			return true
		}
	}
	return false
}
