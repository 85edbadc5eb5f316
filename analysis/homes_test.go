package analysis

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/mapescape/mapescape/analysis/compile"
	"github.com/mapescape/mapescape/analysis/escape"
	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/mapop"
	"github.com/mapescape/mapescape/analysis/placement"
	"github.com/mapescape/mapescape/analysis/runtimemap"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

// homesVariable lists packages with tests, as "DIR" or "DIR:PATTERN", separated
// by spaces. TestHomes runs their tests with a probe in front of each operation whose
// home is decided, which looks where the map really is.
//
// The probe is a call, and so may keep a function from being inlined that otherwise
// is. With the inliner on, only functions that the compiler does not inline
// are probed; with -l, all of them.
//
// TestOrigins runs the same tests with all maps kept and their creations noted: an
// operation must see none but those of its origins, and all operations on a
// map that does not leave the package must name its creation.
const homesVariable = "MAPESCAPE_HOMES"

// homesTestFlags are further arguments for the test binaries, such as -test.run.
const homesTestFlags = "MAPESCAPE_HOMES_FLAGS"

func TestHomes(t *testing.T) {
	probed(t, func(t *testing.T, dir, pattern string) {
		for _, flags := range [][]string{nil, {"-gcflags=-l"}} {
			t.Run(strings.Join(append([]string{"flags"}, flags...), " "), func(t *testing.T) { homes(t, dir, pattern, flags) })
		}
	})
}

func TestOrigins(t *testing.T) { probed(t, origins) }

// probed runs a check on the module in testdata and on those that the user names.
func probed(t *testing.T, check func(t *testing.T, dir, pattern string)) {
	t.Run("testdata", func(t *testing.T) {
		if testing.Short() {
			t.Skip("builds and runs a test")
		}
		archive, err := txtar.ParseFile("testdata/homes/homes.txtar")
		if err != nil {
			t.Fatal(err)
		}
		dir, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		check(t, dir, ".")
	})
	for _, item := range strings.Fields(os.Getenv(homesVariable)) {
		dir, pattern, ok := strings.Cut(item, ":")
		if !ok {
			pattern = "."
		}
		t.Run(item, func(t *testing.T) { check(t, dir, pattern) })
	}
}

// homes checks one package under some flags.
func homes(t *testing.T, dir, pattern string, flags []string) {
	ctx := context.Background()
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	pkg, facts := testVariant(ctx, t, tc, pattern)
	places := placement.Resolve(mapop.Find(pkg), facts, runtimemap.For(tc.Version, tc.GOARCH, tc.GOEXPERIMENT), placement.Build{})
	fixed := map[string]bool{} // functions that are never inlined
	for _, f := range facts.All {
		if f.Kind == escape.CannotInline {
			fixed[f.Subject] = true
		}
	}
	in := newInstrument(pkg)
	for i, p := range places {
		switch p.Header {
		case placement.Stack, placement.Heap, placement.Nil:
		default:
			continue
		}
		if p.Op.Type.Sync || p.Op.Generic || p.Op.Dead || flags == nil && !fixed[p.Op.Func] && p.Op.Func != "init" {
			continue
		}
		in.probe(i, p.Op)
	}
	seen := in.run(ctx, t, tc, flags, homeProbe)
	if in.probes == 0 || len(seen) == 0 {
		t.Fatal("nothing was checked")
	}
	wrong, right := 0, 0
	for _, i := range slices.Sorted(mapsKeys(seen)) {
		p := places[i]
		for _, home := range seen[i] {
			if home == string(placement.Nil) || home == string(p.Header) {
				right++
				continue
			}
			wrong++
			t.Errorf("%s: %s %s in %s is said to be on the %s, and is on the %s (origins %+v)", p.Op.Pos, p.Op.Kind, p.Op.Map, p.Op.Func, p.Header, home, p.Op.Origins)
		}
	}
	t.Logf("%d of %d operations probed, %d executed: %d right, %d wrong", in.probes, len(places), len(seen), right, wrong)
}

// origins checks which creations reach the operations of one package.
func origins(t *testing.T, dir, pattern string) {
	ctx := context.Background()
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	pkg, _ := testVariant(ctx, t, tc, pattern)
	ops := mapop.Find(pkg)
	in := newInstrument(pkg)
	for i, op := range ops {
		if !op.Type.Sync {
			in.probe(i, op)
		}
	}
	noted := map[source.Range]int{}
	for i, op := range ops {
		if in.note(i, op) { // inside a probe of the same expression
			noted[op.Range] = i
		}
	}
	seen := in.run(ctx, t, tc, nil, originProbe)
	if in.probes == 0 || len(seen) == 0 {
		t.Fatal("nothing was checked")
	}
	wrong, right, open := 0, 0, 0
	for _, i := range slices.Sorted(mapsKeys(seen)) {
		op := ops[i]
		known, all := map[int]bool{}, true
		for _, o := range op.Origins {
			site, ok := noted[o.Site]
			known[site] = ok
			all = all && (ok || o.Kind == mapop.Zero || o.Kind == mapop.New)
		}
		for _, text := range seen[i] {
			site, err := strconv.Atoi(text)
			switch {
			case err != nil: // nil
			case site >= 0 && known[site]:
				right++
			case op.Complete && all:
				wrong++
				t.Errorf("%s: %s %s in %s works on a map from elsewhere (site %s); it is said to come from %+v", op.Pos, op.Kind, op.Map, op.Func, siteText(ops, site), op.Origins)
			case site >= 0 && ops[site].Leaves == "":
				wrong++
				t.Errorf("%s: %s %s in %s works on a map made at %s, which is said not to leave", op.Pos, op.Kind, op.Map, op.Func, siteText(ops, site))
			default:
				open++
			}
		}
	}
	t.Logf("%d operations and %d of their creations probed, %d executed: %d right, %d from code that is not at hand, %d wrong", in.probes, len(noted), len(seen), right, open, wrong)
}

func siteText(ops []mapop.Op, i int) string {
	if i < 0 {
		return "unknown"
	}
	return ops[i].Pos.String()
}

func mapsKeys[V any](m map[int]V) func(func(int) bool) {
	return func(yield func(int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// testVariant loads and compiles a package as its own tests see it.
func testVariant(ctx context.Context, t *testing.T, tc toolchain.Toolchain, pattern string) (*load.Package, *escape.Facts) {
	t.Helper()
	logs, _, err := compile.Run(ctx, tc, compile.Job{Patterns: []string{pattern}, Tests: true, Done: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	pkgs, problems, err := load.Packages(ctx, tc, load.Query{Patterns: []string{pattern}, Tests: true, Flags: []string{compile.GCFlags(tc)}})
	if err != nil {
		t.Fatal(err, problems)
	}
	var best *load.Package
	for _, p := range pkgs {
		if p.Variant == load.Test || p.Variant == load.Plain && best == nil {
			best = p
		}
	}
	if best == nil {
		t.Fatal("no package", problems)
	}
	for _, log := range logs {
		if log.ImportPath == best.ImportPath {
			return best, escape.Parse(log)
		}
	}
	t.Fatal("not compiled: " + best.ImportPath)
	return nil, nil
}

// An instrument puts probes into the text of a package.
type instrument struct {
	pkg *load.Package
	// operands are the map operands by the token that an operation is anchored at.
	operands map[source.Pos]ast.Expr
	inserts  map[string][]insert
	probes   int
}

type insert struct {
	offset int
	text   string
	closes bool
	// other is the offset of the other parenthesis.
	other int
}

// around puts a call around a stretch of text.
func (in *instrument) around(path string, start, end int, call string) {
	in.inserts[path] = append(in.inserts[path], insert{start, call, false, end}, insert{end, ")", true, start})
}

// compareInserts sorts closing parentheses before opening ones, and the outer of two stretches around the inner.
func compareInserts(a, b insert) int {
	if a.offset != b.offset {
		return a.offset - b.offset
	}
	switch {
	case a.closes && !b.closes:
		return -1
	case !a.closes && b.closes:
		return 1
	}
	return b.other - a.other
}

func newInstrument(pkg *load.Package) *instrument {
	in := &instrument{pkg: pkg, operands: map[source.Pos]ast.Expr{}, inserts: map[string][]insert{}}
	for _, file := range pkg.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			var at ast.Node
			var x ast.Expr
			switch n := n.(type) {
			case *ast.IndexExpr:
				place, ok := pkg.Place(n.Lbrack)
				if ok {
					in.operands[place.Pos] = n.X
				}
				return true
			case *ast.CallExpr:
				if len(n.Args) > 0 {
					if place, ok := pkg.Place(n.Lparen); ok {
						in.operands[place.Pos] = n.Args[0]
					}
				}
				return true
			case *ast.RangeStmt:
				at, x = n, n.X
			default:
				return true
			}
			if place, ok := pkg.Place(at.Pos()); ok {
				in.operands[place.Pos] = x
			}
			return true
		})
	}
	return in
}

func (in *instrument) probe(id int, op mapop.Op) {
	switch op.Kind {
	case mapop.Insert, mapop.Update, mapop.Lookup, mapop.Delete, mapop.Clear, mapop.Range, mapop.Len, "maps.Copy", "maps.DeleteFunc":
	default:
		return
	}
	x := in.operands[op.Anchor]
	if x == nil || op.AppendTo {
		return
	}
	from, ok := in.pkg.Place(x.Pos())
	to, ok2 := in.pkg.Place(x.End())
	if !ok || !ok2 {
		return
	}
	in.probes++
	path := from.Pos.Path
	in.around(path, from.Offset, to.Offset, "mapescapeProbe("+strconv.Itoa(id)+", ")
}

// note has the maps of a creation noted; it reports whether it can.
func (in *instrument) note(id int, op mapop.Op) bool {
	switch op.Kind {
	case mapop.Make, mapop.Literal, "maps.Clone", "maps.Collect":
	default:
		return false
	}
	text := in.pkg.Files[op.Range.Path].Text()
	before := bytes.TrimRight(text[:op.Range.Start], " \t\n(")
	if text[op.Range.Start] == '{' || bytes.HasSuffix(before, []byte("&")) {
		return false // an elided type, or a literal whose address is taken
	}
	in.around(op.Range.Path, op.Range.Start, op.Range.End, "mapescapeMade("+strconv.Itoa(id)+", ")
	return true
}

// run runs the tests of the package with the probes and returns what they saw.
func (in *instrument) run(ctx context.Context, t *testing.T, tc toolchain.Toolchain, flags []string, probe string) map[int][]string {
	t.Helper()
	temp := t.TempDir()
	replace := map[string]string{}
	write := func(path string, text []byte) {
		name := filepath.Join(temp, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
		replace[path] = name
	}
	for path, list := range in.inserts {
		slices.SortStableFunc(list, compareInserts)
		text := in.pkg.Files[path].Text()
		var out bytes.Buffer
		last := 0
		for _, ins := range list {
			out.Write(text[last:ins.offset])
			out.WriteString(ins.text)
			last = ins.offset
		}
		out.Write(text[last:])
		write(path, out.Bytes())
	}
	log := filepath.Join(temp, "log")
	write(filepath.Join(in.pkg.Dir, "zz_mapescape_probe.go"), []byte(fmt.Sprintf(probe, in.pkg.Name, log)))
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(temp, "overlay.json")
	if err := os.WriteFile(name, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"test", "-vet=off", "-count=1", "-overlay=" + name, "-ldflags=-checklinkname=0"}
	args = append(append(args, flags...), in.pkg.Path)
	args = append(args, strings.Fields(os.Getenv(homesTestFlags))...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = tc.Dir, tc.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("the tests fail: %v\n%.3000s", err, out)
	}
	seen := map[int][]string{}
	file, err := os.Open(log)
	if err != nil {
		t.Fatal("no probe was executed: ", err)
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		id, home, ok := strings.Cut(s.Text(), " ")
		i, err := strconv.Atoi(id)
		if !ok || err != nil {
			t.Fatalf("probe says %q", s.Text())
		}
		if !slices.Contains(seen[i], home) {
			seen[i] = append(seen[i], home)
		}
	}
	return seen
}

// homeProbe is the file with the probe that looks where a map is: package
// name and log file are to be filled in. It reads the map's word without having the map flow
// anywhere but to the result.
const homeProbe = `package %s

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"unsafe"
)

//go:linkname mapescapeInHeap runtime.inheap
func mapescapeInHeap(p uintptr) bool

var (
	mapescapeSeen [3][1 << 16]atomic.Bool
	mapescapeLock sync.Mutex
)

func mapescapeProbe[M ~map[K]V, K comparable, V any](id int, m M) M {
	mapescapeNote(id, *(*uintptr)(unsafe.Pointer(&m)))
	return m
}

//go:noinline
func mapescapeNote(id int, p uintptr) {
	home := 0
	switch {
	case p == 0:
	case mapescapeInHeap(p):
		home = 1
	default:
		home = 2
	}
	if mapescapeSeen[home][id].Swap(true) {
		return
	}
	mapescapeLock.Lock()
	defer mapescapeLock.Unlock()
	file, err := os.OpenFile(%q, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	file.WriteString(strconv.Itoa(id) + " " + [...]string{"nil", "heap", "stack"}[home] + "\n")
	file.Close()
}
`

// originProbe is the file with the probes that note creations and look which
// one a map is from. They keep all maps, so that no two have the same address.
const originProbe = `package %s

import (
	"os"
	"strconv"
	"sync"
	"unsafe"
)

var (
	mapescapeLock sync.Mutex
	mapescapeFrom = map[unsafe.Pointer]int{}
	mapescapeSeen = map[[2]int]bool{}
)

func mapescapeMade[M ~map[K]V, K comparable, V any](id int, m M) M {
	mapescapeLock.Lock()
	defer mapescapeLock.Unlock()
	if p := *(*unsafe.Pointer)(unsafe.Pointer(&m)); p != nil {
		mapescapeFrom[p] = id
	}
	return m
}

func mapescapeProbe[M ~map[K]V, K comparable, V any](id int, m M) M {
	mapescapeLock.Lock()
	defer mapescapeLock.Unlock()
	p := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	site, ok := mapescapeFrom[p]
	switch {
	case p == nil:
		site = -2
	case !ok:
		site = -1
	}
	if mapescapeSeen[[2]int{id, site}] {
		return m
	}
	mapescapeSeen[[2]int{id, site}] = true
	file, err := os.OpenFile(%q, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	text := strconv.Itoa(site)
	if p == nil {
		text = "nil"
	}
	file.WriteString(strconv.Itoa(id) + " " + text + "\n")
	file.Close()
	return m
}
`
