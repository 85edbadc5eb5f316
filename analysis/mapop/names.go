package mapop

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/mapescape/mapescape/analysis/load"
)

// A funcName is what the compiler calls a function, without package and type
// arguments. The two forms differ only for function literals in and after the
// bodies of range-over-func loops: up to go1.26 those are numbered with
// the others of the function around the loop, from go1.27 on within the body
// (cmd/compile/internal/ir/func.go: closureName).
type funcName struct {
	upTo126, from127 string
}

// alt is the newer form where it differs, "" where it does not.
func (n funcName) alt() string {
	if n.from127 == n.upTo126 {
		return ""
	}
	return n.from127
}

// names are the compiler's names of a package's functions. Literals that the
// compiler drops as unreachable before it numbers them have none.
type names struct {
	decls map[*types.Func]string
	lits  map[*ast.FuncLit]funcName
	// dead are the stretches that the compiler drops, in no order.
	dead []stretch
}

// isDead reports whether what stands at pos is dropped.
func (n names) isDead(pos token.Pos) bool {
	return slices.ContainsFunc(n.dead, func(d stretch) bool { return d.contains(pos) })
}

// of is the name of a function.
func (n names) of(fn function) funcName {
	switch fn := fn.(type) {
	case *types.Func:
		return funcName{n.decls[fn], n.decls[fn]}
	case *ast.FuncLit:
		return n.lits[fn]
	}
	return funcName{}
}

// dropped reports whether the compiler drops a literal, and then names it by the function around it.
func (n names) dropped(lit *ast.FuncLit, outer funcName) bool {
	_, named := n.lits[lit]
	if !named {
		n.lits[lit] = funcName{outer.upTo126 + ".func", outer.from127 + ".func"}
	}
	return !named
}

func nameFuncs(pkg *load.Package) names {
	n := &namer{
		names: names{decls: map[*types.Func]string{}, lits: map[*ast.FuncLit]funcName{}},
		info:  pkg.Info,
		dead:  deadCode{pkg.Info},
	}
	// One function initialises all package-level variables, in dependency order.
	initializers := namedScope("init")
	for _, init := range pkg.Info.InitOrder {
		n.walk(initializers, init.Rhs)
	}
	inits := 0
	for _, file := range pkg.Syntax {
		for _, decl := range file.Decls {
			decl, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			fn, ok := pkg.Info.Defs[decl.Name].(*types.Func)
			if !ok {
				continue
			}
			name := declName(fn)
			if name == "init" {
				name = fmt.Sprintf("init.%d", inits)
				inits++
			}
			n.names.decls[fn] = name
			if decl.Body != nil {
				n.walk(namedScope(name), decl.Body)
			}
		}
	}
	return n.names
}

// declName is "F", "T.M" or "(*T).M".
func declName(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return fn.Name()
	}
	if ptr, ok := types.Unalias(recv.Type()).(*types.Pointer); ok {
		return "(*" + typeName(ptr.Elem()) + ")." + fn.Name()
	}
	return typeName(recv.Type()) + "." + fn.Name()
}

func typeName(t types.Type) string {
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj().Name()
	}
	return t.String()
}

// A litScope numbers the literals directly inside one function, once for
// each form of the names.
type litScope struct {
	upTo126, from127 *litCounter
}

type litCounter struct {
	name string
	// decl says that the function is declared: its literals are "F.func1", those of a literal or a loop body "F.func1.1".
	decl         bool
	lits, ranges int
}

func namedScope(name string) litScope {
	return litScope{&litCounter{name: name, decl: true}, &litCounter{name: name, decl: true}}
}

func (c *litCounter) lit() string {
	c.lits++
	if c.decl {
		return fmt.Sprintf("%s.func%d", c.name, c.lits)
	}
	return fmt.Sprintf("%s.%d", c.name, c.lits)
}

func (c *litCounter) rangeBody() *litCounter {
	c.ranges++
	return &litCounter{name: fmt.Sprintf("%s-range%d", c.name, c.ranges)}
}

type namer struct {
	names names
	info  *types.Info
	dead  deadCode
}

// walk names the literals in n in the order in which the compiler comes across
// them, leaving out what it leaves out (cmd/compile/internal/noder/writer.go).
func (n *namer) walk(scope litScope, root ast.Node) {
	ast.Inspect(root, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			name := funcName{scope.upTo126.lit(), scope.from127.lit()}
			n.names.lits[node] = name
			n.walk(litScope{&litCounter{name: name.upTo126}, &litCounter{name: name.from127}}, node.Body)
			return false
		case *ast.BlockStmt:
			n.stmts(scope, node.List)
			return false
		case *ast.CaseClause:
			n.exprs(scope, node.List)
			n.stmts(scope, node.Body)
			return false
		case *ast.CommClause:
			if node.Comm != nil {
				n.walk(scope, node.Comm)
			}
			n.stmts(scope, node.Body)
			return false
		case *ast.IfStmt:
			n.ifStmt(scope, node)
			return false
		case *ast.ForStmt:
			n.forStmt(scope, node)
			return false
		case *ast.RangeStmt:
			if coreSignature(n.info.TypeOf(node.X)) != nil {
				n.rangeFunc(scope, node)
				return false
			}
		case *ast.SwitchStmt:
			n.switchStmt(scope, node)
			return false
		case ast.Expr:
			// A constant expression is written as its value.
			if tv, ok := n.info.Types[node]; ok && tv.Value != nil {
				return false
			}
		}
		return true
	})
}

func (n *namer) stmts(scope litScope, list []ast.Stmt) {
	live, dead := n.dead.split(list)
	for _, stmt := range live {
		n.walk(scope, stmt)
	}
	for _, stmt := range dead {
		n.drop(stmt)
	}
}

// drop notes code that the compiler drops.
func (n *namer) drop(node ast.Node) {
	n.names.dead = append(n.names.dead, stretch{node.Pos(), node.End()})
}

func (n *namer) exprs(scope litScope, list []ast.Expr) {
	for _, e := range list {
		n.walk(scope, e)
	}
}

func (n *namer) ifStmt(scope litScope, stmt *ast.IfStmt) {
	if stmt.Init != nil {
		n.walk(scope, stmt.Init)
	}
	cond, kept := n.dead.cond(stmt.Cond)
	n.exprs(scope, kept)
	if cond >= 0 {
		n.walk(scope, stmt.Body)
	} else {
		n.drop(stmt.Body)
	}
	if stmt.Else == nil {
		return
	}
	if cond <= 0 {
		n.walk(scope, stmt.Else)
	} else {
		n.drop(stmt.Else)
	}
}

func (n *namer) forStmt(scope litScope, stmt *ast.ForStmt) {
	if stmt.Init != nil {
		n.walk(scope, stmt.Init)
	}
	if stmt.Cond != nil {
		cond, kept := n.dead.cond(stmt.Cond)
		n.exprs(scope, kept)
		if cond < 0 {
			if stmt.Post != nil {
				n.drop(stmt.Post)
			}
			n.drop(stmt.Body)
			return
		}
	}
	if stmt.Post != nil {
		n.walk(scope, stmt.Post)
	}
	n.walk(scope, stmt.Body)
}

// rangeFunc: the compiler turns the loop's body into a literal, which also
// assigns the loop's variables.
func (n *namer) rangeFunc(scope litScope, stmt *ast.RangeStmt) {
	n.walk(scope, stmt.X)
	body := litScope{scope.upTo126, scope.from127.rangeBody()}
	for _, target := range []ast.Expr{stmt.Key, stmt.Value} {
		if target != nil {
			n.walk(body, target)
		}
	}
	n.walk(body, stmt.Body)
}

// switchStmt: where tag and cases are constants, only the clause taken is kept.
func (n *namer) switchStmt(scope litScope, stmt *ast.SwitchStmt) {
	if stmt.Init != nil {
		n.walk(scope, stmt.Init)
	}
	if taken, ok := n.dead.clause(stmt); ok {
		for _, s := range stmt.Body.List {
			if clause, ok := s.(*ast.CaseClause); ok && clause == taken {
				n.stmts(scope, clause.Body)
			} else {
				n.drop(s)
			}
		}
		return
	}
	if stmt.Tag != nil {
		n.walk(scope, stmt.Tag)
	}
	n.walk(scope, stmt.Body)
}

// isBranch reports whether stmt is the branch statement tok.
func isBranch(stmt ast.Stmt, tok token.Token) bool {
	b, ok := stmt.(*ast.BranchStmt)
	return ok && b.Tok == tok
}
