package rewrite

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
)

// mentions is an index of the identifiers of a build by what they mean, made when
// it is first asked.
type mentions struct {
	info    *types.Info
	inspect *inspector.Inspector
	byObj   map[types.Object][]inspector.Cursor
}

// of are the identifiers that mean obj, or that which it stems from, in order.
func (m *mentions) of(obj types.Object) []inspector.Cursor {
	if m.byObj == nil {
		m.byObj = map[types.Object][]inspector.Cursor{}
		for c := range m.inspect.Root().Preorder((*ast.Ident)(nil)) {
			if o := Origin(m.info.ObjectOf(c.Node().(*ast.Ident))); o != nil {
				m.byObj[o] = append(m.byObj[o], c)
			}
		}
	}
	return m.byObj[Origin(obj)]
}
