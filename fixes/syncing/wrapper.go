package syncing

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/mapescape/mapescape/fixes/rewrite"
)

// A wrapper is the type that is generated around a sync.Map, so that its keys
// and values keep their types.
type wrapper struct {
	name string
	// params and args are the type parameters, with brackets, if it needs any.
	params, args string
	key, elem    string
	// decl is what it is declared behind.
	decl ast.Decl
}

// wrapperFor finds the wrapper's name, types and place; ok is false where they cannot be written.
func (g *guard) wrapperFor(m *types.Map) (w wrapper, ok bool) {
	top := g.at
	for c := range g.at.Enclosing((*ast.GenDecl)(nil), (*ast.FuncDecl)(nil)) {
		top, w.decl = c, c.Node().(ast.Decl)
	}
	at := top
	if hasTypeParam(m) {
		list := g.typeParams(top)
		if list == nil {
			return w, false
		}
		w.params = g.pass.Text(list)
		var names []string
		for _, f := range list.List {
			for _, n := range f.Names {
				if n.Name == "_" {
					return w, false
				}
				names = append(names, n.Name)
			}
		}
		w.args = "[" + strings.Join(names, ", ") + "]"
		at = g.at
	}
	var ok1, ok2 bool
	w.key, ok1 = g.pass.TypeText(at, m.Key())
	w.elem, ok2 = g.pass.TypeText(at, m.Elem())
	w.name = g.wrapperName()
	return w, ok1 && ok2 && w.decl != nil
}

// typeParams are those of the struct or function that declares the map.
func (g *guard) typeParams(top inspector.Cursor) *ast.FieldList {
	if g.owner != nil && g.owner.params != nil {
		return g.owner.params
	}
	if f, ok := top.Node().(*ast.FuncDecl); ok && f.Recv == nil {
		return f.Type.TypeParams
	}
	return nil
}

func hasTypeParam(t types.Type) bool {
	found := false
	var walk func(types.Type)
	seen := map[types.Type]bool{}
	walk = func(t types.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.TypeParam:
			found = true
		case *types.Alias:
			walk(types.Unalias(t))
		case *types.Named:
			for arg := range t.TypeArgs().Types() {
				walk(arg)
			}
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case *types.Signature:
			for v := range t.Params().Variables() {
				walk(v.Type())
			}
			for v := range t.Results().Variables() {
				walk(v.Type())
			}
		case *types.Struct:
			for f := range t.Fields() {
				walk(f.Type())
			}
		case interface{ Elem() types.Type }:
			walk(t.Elem())
		}
	}
	walk(t)
	return found
}

// wrapperName is a name after the map, or after what holds it where that says
// more, that nothing in the package is called.
func (g *guard) wrapperName() string {
	base := g.m.Name()
	if len(base) <= 2 || strings.HasSuffix(strings.ToLower(base), "map") {
		holder := ""
		if i := strings.LastIndexByte(g.mapName(), '.'); i > 0 {
			holder = g.mapName()[:i]
		}
		switch {
		case len(base) <= 2 && holder != "":
			base = holder
		case len(base) > 3:
			base = "sync" + upperFirst(base[:len(base)-3])
		}
	}
	r, n := utf8.DecodeRuneInString(base)
	base = string(unicode.ToLower(r)) + base[n:] + "Map"
	used := map[string]bool{}
	for c := range g.pass.Everything().Preorder((*ast.Ident)(nil)) {
		used[c.Node().(*ast.Ident).Name] = true
	}
	name := base
	for i := 2; used[name] || g.pass.Elsewhere(name); i++ {
		name = fmt.Sprint(base, i)
	}
	return name
}

// source is the declaration of the wrapper with the methods that are called.
func (w *wrapper) source(p *rewrite.Pass, sync, head string, bodies []wrapperMethod, methods map[string]bool) string {
	used := map[string]bool{sync: true}
	var s scanner.Scanner
	text := []byte(w.key + " " + w.elem + " " + w.params)
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		used[lit] = true
	}
	names := []string{"@SYNC", sync, "@NAME", w.name, "@PARAMS", w.params, "@ARGS", w.args, "@KEY", w.key, "@ELEM", w.elem}
	for _, name := range []string{"m", "key", "value", "ok", "v", "k", "old", "new", "yield", "actual", "loaded"} {
		free := name
		for used[free] {
			free += "_"
		}
		names = append(names, "#"+name+"#", free)
	}
	anyType := "any"
	if used["any"] || p.Pkg.Types.Scope().Lookup("any") != nil || !p.Pkg.AtLeast(fileOf(p, w.decl), "go1.18") {
		anyType = "interface{}"
	}
	names = append(names, "@ANY", anyType)
	var out strings.Builder
	out.WriteString(head)
	for _, m := range bodies {
		if methods[m.name] {
			out.WriteString(m.text)
		}
	}
	return strings.NewReplacer(names...).Replace(out.String())
}

func fileOf(p *rewrite.Pass, n ast.Node) *ast.File {
	for _, f := range p.Pkg.Syntax {
		if f.FileStart <= n.Pos() && n.Pos() < f.FileEnd {
			return f
		}
	}
	return nil
}

// A wrapperMethod is a method's text. Names between "#" are replaced where the
// types need them.
type wrapperMethod struct{ name, text string }

const syncHead = `
// @NAME is a sync.Map with keys of type @KEY and values of type @ELEM.
type @NAME@PARAMS struct {
	_ [0]func(@KEY) @ELEM // so that it cannot be converted to such a map of other types
	m @SYNC.Map
}
`

// wrapperMethods are the methods that a wrapper can have. A stored nil of an
// interface type comes back as a nil any, which no type assertion with one
// result would stand.
var syncMethods = []wrapperMethod{
	{"Load", `
func (#m# *@NAME@ARGS) Load(#key# @KEY) (#value# @ELEM, #ok# bool) {
	#v#, #ok# := #m#.m.Load(#key#)
	#value#, _ = #v#.(@ELEM)
	return #value#, #ok#
}
`},
	{"Get", `
// Get returns the value stored for a key, or the zero value.
func (#m# *@NAME@ARGS) Get(#key# @KEY) @ELEM {
	#v#, _ := #m#.m.Load(#key#)
	#value#, _ := #v#.(@ELEM)
	return #value#
}
`},
	{"Store", `
func (#m# *@NAME@ARGS) Store(#key# @KEY, #value# @ELEM) { #m#.m.Store(#key#, #value#) }
`},
	{"LoadOrStore", `
func (#m# *@NAME@ARGS) LoadOrStore(#key# @KEY, #value# @ELEM) (#actual# @ELEM, #loaded# bool) {
	#v#, #loaded# := #m#.m.LoadOrStore(#key#, #value#)
	#actual#, _ = #v#.(@ELEM)
	return #actual#, #loaded#
}
`},
	{"LoadAndDelete", `
func (#m# *@NAME@ARGS) LoadAndDelete(#key# @KEY) (#value# @ELEM, #loaded# bool) {
	#v#, #loaded# := #m#.m.LoadAndDelete(#key#)
	#value#, _ = #v#.(@ELEM)
	return #value#, #loaded#
}
`},
	{"Delete", `
func (#m# *@NAME@ARGS) Delete(#key# @KEY) { #m#.m.Delete(#key#) }
`},
	{"Swap", `
func (#m# *@NAME@ARGS) Swap(#key# @KEY, #value# @ELEM) (#old# @ELEM, #loaded# bool) {
	#v#, #loaded# := #m#.m.Swap(#key#, #value#)
	#old#, _ = #v#.(@ELEM)
	return #old#, #loaded#
}
`},
	{"CompareAndSwap", `
func (#m# *@NAME@ARGS) CompareAndSwap(#key# @KEY, #old#, #new# @ELEM) bool {
	return #m#.m.CompareAndSwap(#key#, #old#, #new#)
}
`},
	{"CompareAndDelete", `
func (#m# *@NAME@ARGS) CompareAndDelete(#key# @KEY, #old# @ELEM) bool {
	return #m#.m.CompareAndDelete(#key#, #old#)
}
`},
	{"Clear", `
func (#m# *@NAME@ARGS) Clear() { #m#.m.Clear() }
`},
	{"Range", `
func (#m# *@NAME@ARGS) Range(#yield# func(@KEY, @ELEM) bool) {
	#m#.m.Range(func(#k#, #v# @ANY) bool {
		#key#, _ := #k#.(@KEY)
		#value#, _ := #v#.(@ELEM)
		return #yield#(#key#, #value#)
	})
}
`},
}
