package mapop

import (
	"go/ast"
	"go/types"
)

// Same reports whether two expressions are the same one and free of side
// effects, so that one of them may be evaluated for both
// (cmd/compile/internal/ir/expr.go: SameSafeExpr). A variable that is assigned
// in between is the caller's to exclude.
func Same(info *types.Info, a, b ast.Expr) bool { return sameExpr{info}.safe(a, b) }

// Reflexive reports whether k == k holds for every value of a key type: that
// it holds no float, complex or interface (cmd/compile/internal/types: IsReflexive).
// Of a type parameter it is never said.
func Reflexive(t types.Type) bool { return reflexive(t) }

// CoreMap is the map type that a type is, or that all types of a type
// parameter's type set are; nil where there is none.
func CoreMap(t types.Type) *types.Map { return coreMap(t) }
