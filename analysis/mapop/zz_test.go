package mapop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mapescape/mapescape/analysis/load"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/analysis/toolchain"
)

func TestZZ(t *testing.T) {
	dir := os.Getenv("ZDIR")
	if dir == "" {
		t.Skip()
	}
	ctx := context.Background()
	tc, err := toolchain.Detect(ctx, toolchain.Query{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t0 := time.Now()
	pkgs, probs, err := load.Packages(ctx, tc, load.Query{Patterns: strings.Fields(os.Getenv("ZPAT")), Tests: os.Getenv("ZTESTS") != ""})
	fmt.Println(len(pkgs), len(probs), err, time.Since(t0))
	for _, p := range probs {
		fmt.Println(p)
	}
	for _, p := range pkgs {
		t0 := time.Now()
		ops := Find(p)
		d := time.Since(t0)
		checkInvariants(t, p.Files, ops)
		kinds := map[Kind]int{}
		open := map[string]int{}
		for _, op := range ops {
			kinds[op.Kind]++
			if op.Open != "" {
				open[strings.Fields(op.Open)[0]]++
			}
			if os.Getenv("ZDUMP") == string(op.Kind) {
				fmt.Print(dump([]Op{op}))
			}
		}
		fmt.Println(p.ImportPath, len(ops), d, kinds, open)
		if os.Getenv("ZM") == "" || p.Variant != load.Plain {
			continue
		}
		cmd := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "o"), "-gcflags="+p.Path+"=-m", p.Path)
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput()
		zcheck(p, string(out), ops)
	}
}

var zre = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):(\d+): (.*)$`)

func zcheck(p *load.Package, out string, ops []Op) {
	inl := map[source.Pos][]string{}
	verd := map[source.Pos][]string{}
	for _, m := range zre.FindAllStringSubmatch(out, -1) {
		l, _ := strconv.Atoi(m[2])
		c, _ := strconv.Atoi(m[3])
		pos := source.Pos{Path: filepath.Join(p.Dir, filepath.Base(m[1])), Line: l, Column: c}
		if s, ok := strings.CutPrefix(m[4], "inlining call to "); ok {
			inl[pos] = append(inl[pos], s)
		} else if escaping.MatchString(m[4]) {
			verd[pos] = append(verd[pos], m[4])
		}
	}
	nc, nv, miss, ob := 0, 0, 0, 0
	for _, op := range ops {
		switch op.Kind {
		case Call:
			if len(inl[op.Anchor]) == 0 {
				continue
			}
			nc++
			got := inl[op.Anchor][0]
			for typeArgs.MatchString(got) {
				got = typeArgs.ReplaceAllString(got, "")
			}
			if got != op.Callee {
				fmt.Printf("CALLEE %s: %v vs %s\n", op.Anchor, inl[op.Anchor], op.Callee)
			}
		case Make, Literal, New:
			if op.Generic || strings.Contains(op.Func, ".func") {
				continue
			}
			nv++
			ok := len(verd[op.Anchor]) > 0
			for _, q := range append(op.Immediate, op.RangeFuncs...) {
				ok = ok || len(verd[q]) > 0
			}
			if !ok {
				miss++
				fmt.Printf("VERDICT %s: %s %s\n", op.Anchor, op.Func, op.Map)
			}
		}
		for _, o := range append([]Operand{op.Key, op.Elem}, op.Operands...) {
			if op.Generic || o.Text == "" || strings.Contains(op.Func, ".func") {
				continue
			}
			check := func(what string, at source.Pos) {
				ok := len(verd[at]) > 0
				for _, q := range append(op.Immediate, op.RangeFuncs...) {
					ok = ok || len(verd[q]) > 0
				}
				ob++
				if !ok {
					fmt.Printf("OPERAND %s: %s %s %s %s\n", at, op.Func, what, o.Text, o.Form)
				}
			}
			if o.Boxed && !o.Free && o.BoxAnchor.IsValid() {
				check("box", o.BoxAnchor)
			}
			switch o.Form {
			case FormPlain, FormOther, FormVariable:
			default:
				if op.Operator != "+=" {
					check("form", o.Anchor)
				}
			}
		}
	}
	fmt.Println("  compared callees", nc, "verdicts", nv, "missing", miss, "operands", ob)
}
