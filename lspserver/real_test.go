package lspserver

import (
	"strings"
	"testing"
)

const realModule = "module example.com/m\n\ngo 1.24\n"

const realSource = `package m

func keep(n int) map[string]int {
	m := make(map[string]int, n)
	m["é"] = 1
	return m
}

func local() int {
	m := map[int]int{1: 2}
	delete(m, 1)
	return len(m)
}
`

// TestReal is a session with the compiler behind it.
func TestReal(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the compiler")
	}
	c := dial(t, func(c *client, _ *Options) { c.real = true })
	c.start(withRefresh, `null`)
	c.write("go.mod", realModule)
	c.write("a.go", realSource)
	c.write("a_test.go", "package m\n\nimport \"testing\"\n\nvar all = map[string]int{}\n\nfunc TestKeep(t *testing.T) { all = keep(1) }\n")
	c.open("a.go", realSource)
	c.analysed()
	c.want("a.go", "3:29 heap", "9:23 stack", "10:13 stack map")
	text, span := c.hover("a.go", 3, 8)
	for _, want := range []string{"make(map[string]int, n)", c.uri("a.go") + "#L4,", "go1."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the hover %q", want, text)
		}
	}
	if span != "3:6-3:29" {
		t.Errorf("hover of %s", span)
	}

	// The package breaks while it is edited, and is mended.
	c.edit("a.go", 2, 1, 0, 0, "\nfunc broken() { return 1 }\n")
	text = strings.Replace(realSource, "\n\n", "\n\nfunc broken() { return 1 }\n\n", 1)
	c.write("a.go", text)
	c.save("a.go")
	c.analysed()
	c.want("a.go", "5:29 heap", "11:23 stack", "12:13 stack map")
	if e := c.await("window/logMessage"); !strings.Contains(e.String(), "does not build") || !strings.Contains(e.String(), "a.go:3") {
		t.Errorf("log is %v", e)
	}
	if text, _ := c.hover("a.go", 5, 8); !strings.Contains(text, "**Old**: the package does not build") {
		t.Errorf("hover %q", text)
	}
	c.edit("a.go", 3, 2, 16, 24, "")
	c.write("a.go", strings.Replace(text, "return 1", "", 1))
	c.save("a.go")
	for {
		// The analysis before may have had two parts to tell of.
		if text, _ := c.hover("a.go", 5, 8); !strings.Contains(text, "Old") {
			break
		}
		c.analysed()
	}
	c.want("a.go", "5:29 heap", "11:23 stack", "12:13 stack map")

	// A test file brings the tests in.
	c.open("a_test.go", "package m\n\nimport \"testing\"\n\nvar all = map[string]int{}\n\nfunc TestKeep(t *testing.T) { all = keep(1) }\n")
	for len(c.hints("a_test.go")) == 0 {
		c.analysed() // first come the package's own files
	}
	if _, err := c.call("shutdown", nil); err != nil {
		t.Error(err)
	}
	c.notify("exit", nil)
	if err := c.end(); err != nil {
		t.Error(err)
	}
}

// The end of the connection ends an analysis that is under way, go commands and all.
func TestRealEndsEarly(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the compiler")
	}
	c := dial(t, func(c *client, _ *Options) { c.real = true })
	c.start(withRefresh, `{"trace": {"server": "messages"}}`)
	c.write("go.mod", realModule)
	c.write("a.go", realSource)
	c.open("a.go", realSource)
	c.await("$/logTrace")
	c.call("shutdown", nil)
	c.notify("exit", nil)
	if err := c.end(); err != nil {
		t.Error(err)
	}
}
