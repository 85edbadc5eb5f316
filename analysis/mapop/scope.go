package mapop

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/mapescape/mapescape/analysis/source"
)

// A scope is what an operation has around it.
type scope struct {
	// name is the enclosing function's, owner its node or that of an enclosing range-over-func loop.
	name    funcName
	owner   ast.Node
	generic bool
	// dead says that the compiler drops the whole function.
	dead   bool
	inLoop bool
	// backward are the stretches of the function's text that a goto repeats.
	backward   []stretch
	rangeFuncs []source.Pos
	immediate  []source.Pos
}

type stretch struct{ start, end token.Pos }

func (s stretch) contains(pos token.Pos) bool { return s.start <= pos && pos < s.end }

// repeats reports whether what stands at pos may run more than once per call.
func (s scope) repeats(pos token.Pos) bool {
	return s.inLoop || slices.ContainsFunc(s.backward, func(b stretch) bool { return b.contains(pos) })
}

func (s scope) loop() scope {
	s.inLoop = true
	return s
}

// literal is the scope of a function literal's body.
func (s scope) literal(lit *ast.FuncLit, name funcName) scope {
	s.inLoop = s.repeats(lit.Pos())
	s.name, s.owner, s.backward = name, lit, backwardJumps(lit.Body)
	return s
}

// called is s inside a literal that is called on the spot.
func (s scope) called(at source.Pos) scope {
	s.immediate = slices.Concat([]source.Pos{at}, s.immediate)
	return s
}

// rangeFunc is the scope of a range-over-func loop's body.
func (s scope) rangeFunc(loop *ast.RangeStmt, at source.Pos) scope {
	s.owner = loop
	s.rangeFuncs = slices.Concat([]source.Pos{at}, s.rangeFuncs)
	return s.loop()
}

// backwardJumps are the stretches between a label and a goto behind it, in one function's body.
func backwardJumps(body *ast.BlockStmt) []stretch {
	var jumps []*ast.BranchStmt
	labels := map[string]token.Pos{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.LabeledStmt:
			labels[n.Label.Name] = n.Pos()
		case *ast.BranchStmt:
			if n.Tok == token.GOTO {
				jumps = append(jumps, n)
			}
		}
		return true
	})
	var back []stretch
	for _, jump := range jumps {
		if start, ok := labels[jump.Label.Name]; ok && start < jump.Pos() {
			back = append(back, stretch{start, jump.Pos()})
		}
	}
	return back
}
