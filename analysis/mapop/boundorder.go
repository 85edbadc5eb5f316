package mapop

import (
	"go/ast"
	"go/types"
	"slices"
)

// order says of an insert into the map in v whether it is the first one into
// that map whenever it is executed, and whether another one always came before.
func (b *bounder) order(v *types.Var, ix *ast.IndexExpr) (first, again bool) {
	// A variable that is given several maps must be given them in sight.
	several := len(b.assigned.values[v]) > 1
	if several && (b.captured[v] || b.jumps) {
		return false, false
	}
	child := ast.Node(ix)
	for node := b.parents[ix]; node != nil; child, node = node, b.parents[node] {
		list := statements(node)
		for i, s := range list {
			if ast.Node(s) != child {
				continue
			}
			for j, earlier := range list[:i] {
				if b.insertsInto(earlier, v) && !labelled(list[j+1:i+1]) && !(several && b.assigns(list[j:i+1], v)) {
					return false, true
				}
			}
			if b.direct(s, ix) && b.madeBefore(list[:i], v) && !b.uses(operands(s, ix), v) {
				return true, false
			}
		}
	}
	return false, false
}

// labelled reports whether a goto may jump to one of the statements: there is no jump into a block.
func labelled(list []ast.Stmt) bool {
	return slices.ContainsFunc(list, func(s ast.Stmt) bool {
		_, ok := s.(*ast.LabeledStmt)
		return ok
	})
}

// assigns reports whether v is assigned to in the statements.
func (b *bounder) assigns(list []ast.Stmt, v *types.Var) bool {
	found := false
	for _, s := range list {
		ast.Inspect(s, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					found = found || b.names(l, v)
				}
			case *ast.RangeStmt:
				found = found || n.Key != nil && b.names(n.Key, v) || n.Value != nil && b.names(n.Value, v)
			}
			return !found
		})
	}
	return found
}

// statements is the list of statements that a node is made of, nil for other nodes.
func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// insertsInto reports whether executing a statement to its end inserts into the map in v.
func (b *bounder) insertsInto(s ast.Stmt, v *types.Var) bool {
	var targets []ast.Expr
	switch s := s.(type) {
	case *ast.AssignStmt:
		targets = s.Lhs
	case *ast.IncDecStmt:
		targets = []ast.Expr{s.X}
	}
	for _, e := range targets {
		if ix := b.mapIndex(e); ix != nil && b.names(ix.X, v) {
			return true
		}
	}
	return false
}

// direct reports whether s is an assignment whose only target is ix.
func (b *bounder) direct(s ast.Stmt, ix *ast.IndexExpr) bool {
	switch s := s.(type) {
	case *ast.AssignStmt:
		return len(s.Lhs) == 1 && ast.Unparen(s.Lhs[0]) == ix
	case *ast.IncDecStmt:
		return ast.Unparen(s.X) == ix
	}
	return false
}

// operands are what an assignment to ix evaluates.
func operands(s ast.Stmt, ix *ast.IndexExpr) []ast.Node {
	all := []ast.Node{ix.Index}
	if a, ok := s.(*ast.AssignStmt); ok {
		for _, e := range a.Rhs {
			all = append(all, e)
		}
	}
	return all
}

// madeBefore reports whether the last of the statements that use v at all gives it a new map.
func (b *bounder) madeBefore(list []ast.Stmt, v *types.Var) bool {
	for i := len(list) - 1; i >= 0; i-- {
		if b.makes(list[i], v) {
			return true
		}
		if b.uses([]ast.Node{list[i]}, v) {
			return false
		}
	}
	return false
}

// makes reports whether a statement assigns a new map to v.
func (b *bounder) makes(s ast.Stmt, v *types.Var) bool {
	switch s := s.(type) {
	case *ast.AssignStmt:
		if len(s.Lhs) != len(s.Rhs) {
			return false
		}
		for i, l := range s.Lhs {
			if b.names(l, v) {
				return b.creates(s.Rhs[i])
			}
		}
	case *ast.DeclStmt:
		decl, ok := s.Decl.(*ast.GenDecl)
		if !ok {
			return false
		}
		for _, spec := range decl.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok || len(spec.Names) != len(spec.Values) {
				continue
			}
			for i, name := range spec.Names {
				if b.info.Defs[name] == v {
					return b.creates(spec.Values[i])
				}
			}
		}
	}
	return false
}

// uses reports whether v is named in nodes other than to read its length or an element.
func (b *bounder) uses(nodes []ast.Node, v *types.Var) bool {
	used := false
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if ok && b.info.ObjectOf(id) == v && !b.reads(id) {
				used = true
			}
			return !used
		})
	}
	return used
}

// reads reports whether a use of a map variable only reads its length or an element.
func (b *bounder) reads(id *ast.Ident) bool {
	switch p := b.parents[id].(type) {
	case *ast.IndexExpr:
		r := b.roles[p]
		return p.X == id && r.kind != Insert && r.kind != Update
	case *ast.CallExpr:
		return builtinName(b.info, p) == "len"
	}
	return false
}
