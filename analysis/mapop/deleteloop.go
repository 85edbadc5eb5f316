package mapop

import (
	"go/ast"
	"go/token"
	"go/types"
)

// deleteLoopOf describes a range over a map whose body deletes from that map;
// ok is false for any other. Pure and Why follow
// cmd/compile/internal/walk/range.go: isMapClear, in its order.
func deleteLoopOf(info *types.Info, n *ast.RangeStmt, d *typeDescriber) (loop DeleteLoop, ok bool) {
	l := deleteLoop{info: info, same: sameExpr{info}, stmt: n}
	if !l.deletes() {
		return DeleteLoop{}, false
	}
	why := l.syntax()
	if why == "" {
		why = l.keyType(d)
	}
	return DeleteLoop{Pure: why == "", Why: why}, true
}

type deleteLoop struct {
	info *types.Info
	same sameExpr
	stmt *ast.RangeStmt
}

// deletes reports whether a delete in the body names the map that is ranged over.
func (l deleteLoop) deletes() bool {
	found := false
	ast.Inspect(l.stmt.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && l.isDelete(call) && l.same.equal(call.Args[0], l.stmt.X) {
			found = true
		}
		return !found
	})
	return found
}

func (l deleteLoop) isDelete(call *ast.CallExpr) bool {
	return len(call.Args) == 2 && builtinName(l.info, call) == "delete"
}

// syntax gives the first condition on the statement that fails, "" if none does.
func (l deleteLoop) syntax() string {
	if l.stmt.Value != nil {
		return "the loop has a value variable"
	}
	key, ok := l.stmt.Key.(*ast.Ident)
	if !ok || l.stmt.Tok != token.DEFINE || key.Name == "_" {
		return "the loop declares no key variable"
	}
	stmts := l.flat(l.stmt.Body.List)
	if len(stmts) != 1 {
		return "the body does more than delete"
	}
	expr, ok := stmts[0].(*ast.ExprStmt)
	if !ok {
		return "the body does more than delete"
	}
	call, ok := ast.Unparen(expr.X).(*ast.CallExpr)
	if !ok || !l.isDelete(call) {
		return "the body does more than delete"
	}
	if !l.same.safe(call.Args[0], l.stmt.X) {
		if l.same.equal(call.Args[0], l.stmt.X) {
			return "the map expression may have side effects"
		}
		return "it deletes from another map"
	}
	if id, ok := l.same.strip(call.Args[1]).(*ast.Ident); !ok || l.info.Uses[id] != l.info.Defs[key] {
		return "it deletes another key than the loop's"
	}
	return ""
}

// flat is a list of statements as the compiler has it: without blocks, without
// what declares nothing that is executed, and without branches that are never taken.
func (l deleteLoop) flat(list []ast.Stmt) []ast.Stmt {
	dead := deadCode{l.info}
	var out []ast.Stmt
	live, _ := dead.split(list)
	for _, stmt := range live {
		switch stmt := stmt.(type) {
		case *ast.EmptyStmt:
		case *ast.BlockStmt:
			out = append(out, l.flat(stmt.List)...)
		case *ast.IfStmt:
			cond, kept := dead.cond(stmt.Cond)
			switch {
			case stmt.Init != nil || cond == 0 || len(kept) > 0:
				out = append(out, stmt)
			case cond > 0:
				out = append(out, l.flat(stmt.Body.List)...)
			case stmt.Else != nil:
				out = append(out, l.flat([]ast.Stmt{stmt.Else})...)
			}
		case *ast.DeclStmt:
			if gen, ok := stmt.Decl.(*ast.GenDecl); !ok || gen.Tok == token.VAR {
				out = append(out, stmt)
			}
		default:
			out = append(out, stmt)
		}
	}
	return out
}

// keyType: a key that is not equal to itself cannot be deleted.
func (l deleteLoop) keyType(d *typeDescriber) string {
	key := coreMap(l.info.TypeOf(l.stmt.X)).Key()
	switch {
	case reflexive(key):
		return ""
	case anyPart(key, isTypeParam):
		return "the key type depends on the instantiation: " + d.text(key)
	case anyPart(key, isInterface):
		return "the key type may hold NaN in an interface: " + d.text(key)
	}
	return "the key type may hold NaN: " + d.text(key)
}
