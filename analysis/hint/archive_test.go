package hint_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/analysistest"
	"github.com/mapescape/mapescape/analysis/hint"
	"github.com/mapescape/mapescape/analysis/markup"
)

// TestHints runs the archives in testdata through the real compiler. Beside
// wants they may hold these notes:
//
//	// silent           the archive's rule has no label for the line's operations at any level
//	// hover NAME       golden text "@hover/NAME" explains the line's only operation
//	// hover NAME KIND  … or its first one of that kind
func TestHints(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatal("no archives")
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			analysistest.Run(t, path, checkHints)
		})
	}
}

func checkHints(t *testing.T, c *analysistest.Case) {
	fired := map[string]bool{}
	for _, level := range c.Levels {
		var labels []analysistest.Label
		for _, pkg := range c.Result.Packages {
			for _, h := range hint.Run(pkg, c.Result.Runtime, hint.Options{Level: hint.Level(level)}) {
				labels = append(labels, analysistest.Label{Pos: h.Op.Op.Pos, Rule: h.Rule, Text: h.Label})
			}
		}
		c.Check(t, level, labels)
	}
	rule := ruleNamed(c.Name)
	for _, pkg := range c.Result.Packages {
		for _, op := range pkg.Ops {
			for _, r := range hint.Rules {
				if _, _, ok := r.Apply(op, c.Result.Runtime); ok {
					fired[r.ID] = true
				}
			}
		}
	}
	if rule != nil && !fired[rule.ID] {
		t.Errorf("no operation has a label of the rule %s", rule.ID)
	}
	for _, n := range c.NotesOf("silent") {
		ops := c.OpsAt(n)
		if len(ops) == 0 {
			t.Errorf("%s:%d: silent, but there is no operation", c.Rel(n.Pos.Path), n.Pos.Line)
		}
		for _, op := range ops {
			if rule == nil {
				t.Errorf("%s:%d: silent, but the archive is not named after a rule", c.Rel(n.Pos.Path), n.Pos.Line)
			} else if label, level, ok := rule.Apply(op, c.Result.Runtime); ok {
				t.Errorf("%s:%d: %s has the label %q at %s", c.Rel(n.Pos.Path), n.Pos.Line, op.Op.Kind, label, level)
			}
		}
	}
	for _, n := range c.NotesOf("hover") {
		name, kind, _ := strings.Cut(n.Text, " ")
		op, ok := opOf(c.OpsAt(n), kind)
		if !ok {
			t.Errorf("%s:%d: no operation to hover over", c.Rel(n.Pos.Path), n.Pos.Line)
			continue
		}
		c.Golden(t, "hover/"+name, markup.Markdown(hint.Explain(op, c.Result), c.Rel))
	}
}

func ruleNamed(id string) *hint.Rule {
	for _, r := range hint.Rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func opOf(ops []analysis.Op, kind string) (analysis.Op, bool) {
	for _, op := range ops {
		if kind == "" && len(ops) == 1 || string(op.Op.Kind) == kind {
			return op, true
		}
	}
	return analysis.Op{}, false
}
