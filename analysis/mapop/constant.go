package mapop

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// maxConstantText bounds the texts that are kept.
const maxConstantText = 256

// constantValue is constantText without texts that are too long to be kept.
func (d *operandDescriber) constantValue(e ast.Expr, target types.Type) string {
	if text := d.constantText(e, target); len(text) <= maxConstantText {
		return text
	}
	return ""
}

// constantText is the value of e, which is converted to the type target, if it
// is a constant, nil, or a struct or array literal of such; "" for anything
// else. Two expressions with the same target have the same text only if they are equal.
func (d *operandDescriber) constantText(e ast.Expr, target types.Type) string {
	e = ast.Unparen(e)
	tv := d.info.Types[e]
	boxed := isInterface(target)
	switch {
	case tv.Type == nil || isTypeParam(tv.Type):
		return ""
	case tv.IsNil():
		return "nil"
	case tv.Value != nil && boxed:
		name := uniqueName(types.Default(tv.Type))
		if name == "" {
			return ""
		}
		return name + " " + tv.Value.ExactString()
	case tv.Value != nil:
		return tv.Value.ExactString()
	case boxed:
		return ""
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return ""
	}
	switch t := tv.Type.Underlying().(type) {
	case *types.Struct:
		return d.structText(lit, t)
	case *types.Array:
		return d.arrayText(lit, t.Elem())
	}
	return ""
}

func (d *operandDescriber) structText(lit *ast.CompositeLit, t *types.Struct) string {
	fields := map[string]*types.Var{}
	for f := range t.Fields() {
		fields[f.Name()] = f
	}
	var parts []string
	for i, elt := range lit.Elts {
		if i >= t.NumFields() {
			return ""
		}
		field := t.Field(i)
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			id, ok := kv.Key.(*ast.Ident)
			if !ok || fields[id.Name] == nil {
				return ""
			}
			field, elt = fields[id.Name], kv.Value
		}
		text := d.constantText(elt, field.Type())
		if text == "" {
			return ""
		}
		parts = append(parts, fmt.Sprintf("%s: %s", field.Name(), text))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (d *operandDescriber) arrayText(lit *ast.CompositeLit, elem types.Type) string {
	var parts []string
	for _, elt := range lit.Elts {
		if _, indexed := elt.(*ast.KeyValueExpr); indexed {
			return ""
		}
		text := d.constantText(elt, elem)
		if text == "" {
			return ""
		}
		parts = append(parts, text)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// uniqueName is the name of a type that no other type shares: a predeclared one
// or one that is declared in a package's scope; "" for any other.
func uniqueName(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return t.Name()
	case *types.Named:
		if obj := t.Obj(); t.TypeArgs().Len() == 0 && obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
			return obj.Pkg().Path() + "." + obj.Name()
		}
	}
	return ""
}
