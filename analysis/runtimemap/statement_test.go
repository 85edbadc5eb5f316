package runtimemap

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyRelease are facts for each row of the table, and for its experiments.
var everyRelease = []Facts{
	For("go1.23.0", "amd64", ""),
	For("go1.24.0", "amd64", ""),
	For("go1.24.0", "amd64", "noswissmap,nosynchashtriemap"),
	For("go1.25.0", "amd64", ""),
	For("go1.25.0", "amd64", "noswissmap,nosynchashtriemap"),
	For("go1.26.8", "amd64", ""),
	For("go1.27.0", "amd64", ""),
	For("go1.27.0", "amd64", "mapsplitgroup"),
}

var (
	swissIDs = strings.Fields(`swiss.clear-keeps swiss.grow-ninth swiss.grow-seven-eighths swiss.header swiss.lazy-group
		swiss.never-shrinks swiss.scan swiss.small-make swiss.stack-group swiss.tables-at-make swiss.tables-heap swiss.tombstones
		swiss.variable-hint range.stack-iterator`)
	bucketIDs = strings.Fields(`bucket.array-heap bucket.clear-keeps bucket.first-range bucket.grow bucket.header bucket.hint
		bucket.lazy-bucket bucket.never-shrinks bucket.overflow bucket.small-make bucket.stack-bucket bucket.variable-hint`)
	commonIDs = strings.Fields(`box.free box.key-stack clear.capacity delete.no-alloc literal.25 literal.hint loop.mapclear
		map.indirect128 map.nil maps.clone-heap maps.collect-nohint string.32 string.elided-lookup`)
)

func TestStatements(t *testing.T) {
	for _, f := range everyRelease {
		want := slices.Clone(commonIDs)
		if f.Design == Swiss {
			want = append(want, swissIDs...)
		} else {
			want = append(want, bucketIDs...)
		}
		if f.Design == Swiss && f.Minor <= 26 {
			want = append(want, "swiss.full8-update")
		}
		if f.Minor >= 25 {
			want = append(want, "string.elided-delete")
		}
		if f.SyncMapTrie {
			want = append(want, "sync.trie-node", "sync.root")
		} else {
			want = append(want, "sync.value-box")
		}
		slices.Sort(want)
		var got []string
		for _, s := range f.Statements() {
			got = append(got, s.ID)
			if one, ok := f.Statement(s.ID); !ok || one != s {
				t.Errorf("%s: Statement(%q) = %+v, %v, not %+v", f.Version, s.ID, one, ok, s)
			}
			if !strings.HasSuffix(s.Text, ".") || strings.ContainsAny(s.Text, "{}") || s.File == "" || strings.Contains(s.File, "{") {
				t.Errorf("%s: bad statement %+v", f.Version, s)
			}
			if source := strings.TrimSuffix(s.File+": "+s.Func, ": "); s.Source != source {
				t.Errorf("%s: %s: Source is %q, want %q", f.Version, s.ID, s.Source, source)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s: statements (-want +got):\n%s", f.Version, f.Design, diff)
		}
	}
	if s, ok := For("go1.23.0", "amd64", "").Statement("swiss.header"); ok {
		t.Errorf("go1.23.0: %+v", s)
	}
	if s, ok := For("go1.26.8", "amd64", "").Statement("none"); ok {
		t.Errorf("%+v", s)
	}
}

// A statement's number follows the target, and without it there is no statement.
func TestStatementSizes(t *testing.T) {
	for arch, want := range map[string]string{"amd64": "a header of 48 bytes", "386": "a header of 32 bytes", "vax": ""} {
		s, ok := For("go1.26.8", arch, "").Statement("swiss.header")
		if ok != (want != "") || !strings.Contains(s.Text, want) {
			t.Errorf("%s: %+v, %v, want %q", arch, s, ok, want)
		}
	}
}

func TestID(t *testing.T) {
	for _, f := range everyRelease {
		for topic, ids := range topics {
			if got := f.ID(topic); got != ids[f.Design] {
				t.Errorf("%s %s: ID(%q) = %q, want %q", f.Version, f.Design, topic, got, ids[f.Design])
			}
		}
		if got := f.ID("weather"); got != "" {
			t.Errorf("%s: ID of no topic = %q", f.Version, got)
		}
	}
	for topic, want := range map[string]string{
		"header": "bucket.header", "stack-group": "bucket.stack-bucket", "lazy-group": "bucket.lazy-bucket",
		"tables-at-make": "bucket.hint", "grow-ninth": "bucket.grow",
	} {
		if got := For("go1.23.0", "amd64", "").ID(topic); got != want {
			t.Errorf("go1.23.0: ID(%q) = %q, want %q", topic, got, want)
		}
	}
}

// Each statement that holds for the release at hand cites a declaration that is
// there, and the words in it that the statement rests on.
func TestStatementSources(t *testing.T) {
	f := here(t)
	src := goroot(t)
	for _, s := range f.Statements() {
		text, err := declaration(src, s.File, s.Func)
		if err != nil {
			t.Errorf("%s: %v", s.ID, err)
			continue
		}
		if s.Needle == "" {
			t.Errorf("%s: no needle for a release whose sources are at hand", s.ID)
		}
		if !strings.Contains(text, s.Needle) {
			t.Errorf("%s: %s does not contain %q", s.ID, s.Source, s.Needle)
		}
	}
}

// More that the tables rest on, in the sources of the release at hand.
func TestSources(t *testing.T) {
	f := here(t)
	src := goroot(t)
	checks := []struct {
		file, decl string
		needles    []string
	}{
		{"internal/abi/map.go", "MapGroupSlotsBits", []string{"MapGroupSlotsBits = 3"}},
		{"internal/abi/map.go", "MapMaxKeyBytes", []string{fmt.Sprint("MapMaxKeyBytes  = ", maxInline)}},
		{"internal/abi/map.go", "MapMaxElemBytes", []string{fmt.Sprint("MapMaxElemBytes = ", maxInline)}},
		{"internal/abi/runtime.go", "ZeroValSize", []string{fmt.Sprint("ZeroValSize = ", maxZeroVal)}},
		{"internal/runtime/maps/table.go", "maxTableCapacity", []string{fmt.Sprint("maxTableCapacity = ", maxTableSlots)}},
		{"internal/runtime/maps/group.go", "maxAvgGroupLoad", []string{"maxAvgGroupLoad = 7"}},
		{"internal/runtime/maps/table.go", "newTable", []string{"alignUpPow2(capacity)"}},
		{"internal/runtime/maps/map.go", "NewMap", []string{
			"hint <= abi.MapGroupSlots",
			"targetCapacity := (hint * abi.MapGroupSlots) / maxAvgGroupLoad",
			"(uint64(targetCapacity) + maxTableCapacity - 1) / maxTableCapacity",
			"alignUpPow2(dirSize)",
			"newTable(mt, uint64(targetCapacity)/dirSize,",
		}},
		{"runtime/string.go", "tmpStringBufSize", []string{"tmpStringBufSize = 32"}},
		{"internal/runtime/gc/sizeclasses.go", "MaxSmallSize", []string{fmt.Sprint(maxSmallSize), "PageShift          = 13", fmt.Sprintf("TinySize           = %d\n", tinySize)}},
		{"internal/runtime/gc/malloc.go", "MallocHeaderSize", []string{fmt.Sprint("MallocHeaderSize = ", mallocHeaderSize), "MinSizeForMallocHeader = goarch.PtrSize * goarch.PtrBits"}},
		{"internal/runtime/gc/malloc.go", "PageSize", []string{"PageSize = 1 << PageShift"}},
		{"cmd/compile/internal/walk/walk.go", "mapfast", []string{"t.Elem().Size() > abi.MapMaxElemBytes", "types.AMEM32", "types.AMEM64", "types.ASTRING"}},
		{"cmd/compile/internal/walk/walk.go", "mapassign", []string{`mkmapnames("mapassign", "ptr")`}},
		{"cmd/compile/internal/walk/walk.go", "mapdelete", []string{`mkmapnames("mapdelete", "")`}},
		{"cmd/compile/internal/walk/range.go", "isMapClear", []string{"base.Flag.N != 0 || base.Flag.Cfg.Instrumenting", "len(n.Body) != 1", "n.Value != nil", "ir.SameSafeExpr"}},
		{"cmd/compile/internal/walk/convert.go", "dataWord", []string{"types.IsDirectIface(fromType)", "fromType.Size() == 0", "isBool || fromType.Size() == 1 && isInteger"}},
		{"runtime/iface.go", "convT64", []string{"len(staticuint64s)"}},
		{"runtime/iface.go", "convTstring", []string{`val == ""`}},
		{"runtime/iface.go", "convTslice", []string{"(*slice)(unsafe.Pointer(&val)).array == nil"}},
		{"runtime/map.go", "mapclone", []string{"map_.Clone(typ)"}},
	}
	for _, c := range checks {
		text, err := declaration(src, c.file, c.decl)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, needle := range c.needles {
			if !strings.Contains(text, needle) {
				t.Errorf("%s: %s does not contain %q", c.file, c.decl, needle)
			}
		}
	}

	// The key classes whose assignment prunes tombstones.
	for _, class := range []string{"32", "32ptr", "64", "64ptr", "str"} {
		file := "internal/runtime/maps/runtime_fast" + strings.TrimSuffix(class, "ptr") + ".go"
		text, err := declaration(src, file, "runtime_mapassign_fast"+class)
		if err != nil {
			t.Error(err)
		} else if got := strings.Contains(text, "pruneTombstones("); got != f.PrunesTombstones(class, 8) {
			t.Errorf("PrunesTombstones(%q, 8) = %v, the source says %v", class, !got, got)
		}
	}
	text, err := declaration(src, "internal/runtime/maps/runtime.go", "runtime_mapassign")
	if err != nil {
		t.Error(err)
	} else if got := strings.Contains(text, "pruneTombstones("); got {
		t.Error("the general mapassign prunes tombstones")
	}
}

func TestSizeClassesSource(t *testing.T) {
	text, err := declaration(goroot(t), "internal/runtime/gc/sizeclasses.go", "SizeClassToSize")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(text, "{0,")
	var got []int64
	for _, n := range regexp.MustCompile(`\d+`).FindAllString(list, -1) {
		size, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, size)
	}
	if diff := cmp.Diff(sizeClasses, got); diff != "" {
		t.Errorf("size classes (-table +source):\n%s", diff)
	}
}

// declaration gives the text of a declaration in a file below GOROOT/src: of a
// function "F", a method "(*T).M", or of the type, variable or constant group
// that declares a name; the whole file for "".
func declaration(src, file, name string) (string, error) {
	path := filepath.Join(src, filepath.FromSlash(file))
	text, err := os.ReadFile(path)
	if err != nil || name == "" {
		return string(text), err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	for _, decl := range tree.Decls {
		if slices.Contains(declared(decl), name) {
			return string(text[fset.Position(decl.Pos()).Offset:fset.Position(decl.End()).Offset]), nil
		}
	}
	return "", fmt.Errorf("%s declares no %s", file, name)
}

// declared are the names that a declaration declares.
func declared(decl ast.Decl) (names []string) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		return []string{receiver(d.Recv.List[0].Type) + "." + d.Name.Name}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// receiver is a receiver's type without type parameters: "(*T)" or "T".
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "(*" + receiver(e.X) + ")"
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	default:
		return ""
	}
}
