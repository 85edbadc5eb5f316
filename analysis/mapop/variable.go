package mapop

import (
	"go/ast"
	"go/types"
	"slices"
)

// declareFile notes the functions, the struct types, and whose frame each variable is in.
func (f *flow) declareFile(file *ast.File) {
	for _, decl := range file.Decls {
		f.in = nil
		if fd, ok := decl.(*ast.FuncDecl); ok {
			if fn, ok := f.info.Defs[fd.Name].(*types.Func); ok && fd.Body != nil {
				f.in = f.addFunc(fn, fn.Signature())
			}
		}
		f.declare(decl)
	}
}

func (f *flow) declare(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if sig, ok := f.info.TypeOf(n).(*types.Signature); ok {
				outer := f.in
				f.in = f.addFunc(n, sig)
				f.declare(n.Body)
				f.in = outer
			}
			f.declare(n.Type)
			return false
		case *ast.TypeSpec:
			name, ok := f.info.Defs[n.Name].(*types.TypeName)
			if !ok || n.Assign.IsValid() {
				break // an alias names no type of its own
			}
			if s, ok := f.info.TypeOf(n.Type).(*types.Struct); ok {
				f.structs.add(s, name)
			} else if s, ok := name.Type().Underlying().(*types.Struct); ok {
				f.structs.derived = append(f.structs.derived, derivedType{name, s})
			}
		case *ast.StructType:
			if s, ok := f.info.TypeOf(n).(*types.Struct); ok {
				f.structs.add(s, nil)
			}
		case *ast.Ident:
			if v, ok := f.info.Defs[n].(*types.Var); ok && v.Kind() == types.LocalVar {
				f.homes[v] = f.in
			}
		}
		return true
	})
}

// variable is the node of a variable or a field.
func (f *flow) variable(v *types.Var) nodeID {
	if v.IsField() {
		v = f.structs.field(v)
	} else {
		v = v.Origin()
	}
	if n, ok := f.vars[v]; ok {
		return f.find(n)
	}
	n := f.newNode(f.homes[v])
	f.vars[v] = n
	global := v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
	switch foreign := v.Pkg() != f.pkg.Types; {
	case v.IsField() && foreign:
		f.openField(v)
	case v.IsField() && v.Exported() && f.walked:
		f.openIfShown(v)
	case v.IsField() && v.Exported():
		f.exported = append(f.exported, v)
	case global && (v.Exported() || foreign || f.external[v.Name()]):
		text := "package variable " + v.Name()
		if foreign {
			text = "package variable " + v.Pkg().Name() + "." + v.Name()
		}
		f.open(n, f.source(text+", which other packages can set", nil))
		f.leak(n, f.sink("stored in "+text+", which other packages can read", nil))
	}
	return n
}

// openField: a field is set by other packages.
func (f *flow) openField(v *types.Var) {
	text := f.structs.text(v)
	f.open(f.variable(v), f.source(text+", which other packages can set", nil))
	f.leak(f.variable(v), f.sink("stored in "+text+", which other packages can read", nil))
}

// openIfShown opens an exported field unless no other code has values of its struct type.
func (f *flow) openIfShown(v *types.Var) {
	owners := f.structs.owners[v]
	if len(owners) == 0 || slices.ContainsFunc(owners, func(name *types.TypeName) bool { return name == nil || f.shown.names[name] }) {
		f.openField(v)
	}
}

// openShown opens the exported fields and methods of the types that others may have values of.
func (f *flow) openShown() {
	f.walked = true
	for _, v := range f.exported {
		f.openIfShown(v)
	}
	for _, info := range f.order {
		fn, ok := info.fn.(*types.Func)
		if !ok || fn.Signature().Recv() == nil || !fn.Exported() {
			continue
		}
		if name := receiverName(fn); name == nil || f.shown.names[name] {
			f.exposeFunc(info, "exported method "+info.text())
		}
	}
}
