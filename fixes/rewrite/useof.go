package rewrite

import "golang.org/x/tools/go/ast/inspector"

// UseOf says what is done with the variable or field that an identifier
// mentions, as Uses does; ok is false for the name in a field's or parameter's declaration.
func (p *Pass) UseOf(id inspector.Cursor) (Use, bool) { return p.use(id) }
