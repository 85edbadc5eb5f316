package mapop

import (
	"fmt"
	"strings"

	"github.com/mapescape/mapescape/analysis/source"
)

// dump prints operations, one a line, followed by indented lines for what they have parts of.
func dump(ops []Op) string {
	var b strings.Builder
	for _, op := range ops {
		fmt.Fprintf(&b, "%s %s @%s in %s: %s %s", short(op.Pos), op.Kind, within(op.Anchor), names2(op.Func, op.AltFunc), op.Map, op.Type.Text)
		flags(&b, op)
		b.WriteByte('\n')
		operand(&b, "key", op.Key)
		operand(&b, "elem", op.Elem)
		for _, o := range op.Operands {
			operand(&b, "entry", o)
		}
		if l := op.Loop; l != nil {
			fmt.Fprintf(&b, "\tloop pure=%v %s\n", l.Pure, l.Why)
		}
		if op.Leaves != "" {
			fmt.Fprintf(&b, "\tleaves: %s\n", op.Leaves)
		}
		if len(op.Origins) == 1 && op.Origins[0].Site == op.Range && op.Complete {
			continue
		}
		for _, o := range op.Origins {
			fmt.Fprintf(&b, "\tfrom %s@%d", o.Expr, o.Site.Start)
			for _, via := range o.Via {
				fmt.Fprintf(&b, " via %s at %s", names2(via.Callee, via.AltCallee), within(via.Anchor))
			}
			b.WriteByte('\n')
		}
		if op.Open != "" {
			fmt.Fprintf(&b, "\topen: %s\n", op.Open)
		}
	}
	return b.String()
}

func flags(b *strings.Builder, op Op) {
	if op.Var != "" {
		fmt.Fprintf(b, " var=%s", op.Var)
	}
	if op.Hint.Form != HintNone {
		fmt.Fprintf(b, " hint=%s:%d:%s", op.Hint.Form, op.Hint.N, op.Hint.Text)
	}
	if op.Callee != "" {
		fmt.Fprintf(b, " callee=%s", names2(op.Callee, op.AltCallee))
	}
	if op.Operator != "" {
		fmt.Fprintf(b, " op=%s", op.Operator)
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{op.Generic, "generic"}, {op.Dead, "dead"}, {op.TestFile, "test"}, {op.CommaOk, "commaok"}, {op.AppendTo, "append"}, {op.InLoop, "loop"},
	} {
		if flag.set {
			b.WriteString(" " + flag.name)
		}
	}
	for _, p := range op.RangeFuncs {
		fmt.Fprintf(b, " rangefunc=%s", within(p))
	}
	for _, p := range op.Immediate {
		fmt.Fprintf(b, " immediate=%s", within(p))
	}
}

func operand(b *strings.Builder, name string, o Operand) {
	if o.Text == "" {
		return
	}
	fmt.Fprintf(b, "\t%s %s %s @%s", name, o.Text, o.Type.Text, within(o.Anchor))
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{o.Free, "free"}, {o.Const, "const"}, {o.ConstVar, "constvar"}, {o.Form != FormPlain, string(o.Form)},
		{o.Boxed, "boxed@" + within(o.BoxAnchor)},
	} {
		if flag.set {
			b.WriteString(" " + flag.name)
		}
	}
	b.WriteByte('\n')
}

func names2(name, alt string) string {
	if alt == "" {
		return name
	}
	return name + "|" + alt
}

func short(p source.Pos) string { return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column) }

func within(p source.Pos) string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }
