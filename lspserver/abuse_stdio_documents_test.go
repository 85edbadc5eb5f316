//go:build unix

package lspserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whatever is done to documents, the one that the rest is measured by is served rightly.
func TestStdioDocuments(t *testing.T) {
	const again = "until it is opened again"
	change := func(c *stdio, version, changes string) {
		c.notify("textDocument/didChange", `{"textDocument":{"uri":%q,"version":%s},"contentChanges":%s}`, c.uri("a.go"), version, changes)
	}
	span := func(l1, c1, l2, c2 int, text string) string {
		return fmt.Sprintf(`{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":%s}`, l1, c1, l2, c2, quote(text))
	}
	for _, tt := range []struct {
		name  string
		abuse func(c *stdio)
		lower int // lines that the make stands lower afterwards
		doubt bool
	}{
		{name: "versions backwards", doubt: true, abuse: func(c *stdio) {
			change(c, "9", `[`+span(0, 0, 0, 0, "\n")+`]`)
			change(c, "8", `[`+span(0, 0, 0, 0, "\n")+`]`)
		}},
		{name: "a line that is not there", doubt: true, abuse: func(c *stdio) { change(c, "2", `[`+span(99, 0, 99, 0, "x")+`]`) }},
		{name: "an end before the start", doubt: true, abuse: func(c *stdio) { change(c, "2", `[`+span(4, 0, 3, 0, "x")+`]`) }},
		{name: "a null range", doubt: true, abuse: func(c *stdio) { change(c, "2", `[{"range":null,"text":"x"}]`) }},
		{name: "changes that are no list", doubt: true, abuse: func(c *stdio) { change(c, "2", `7`) }},
		{name: "the largest version", doubt: true, abuse: func(c *stdio) {
			change(c, "2147483647", `[`+span(0, 0, 0, 0, "\n")+`]`)
			change(c, "2147483648", `[`+span(0, 0, 0, 0, "\n")+`]`)
		}},
		{name: "a lone carriage return", doubt: true, abuse: func(c *stdio) { change(c, "2", `[`+span(0, 3, 0, 3, "\r")+`]`) }},
		{name: "half a character is replaced", doubt: true, abuse: func(c *stdio) {
			change(c, "2", `[`+span(1, 0, 1, 0, "// 😀")+`]`)
			change(c, "3", `[`+span(1, 4, 1, 5, "")+`]`)
		}},
		{name: "invalid UTF-8", doubt: true, abuse: func(c *stdio) {
			c.send(framed(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":2},"contentChanges":[{"text":"`+"\xff"+`"}]}}`, c.uri("a.go"))))
		}},
		{name: "a carriage return and its newline in two edits", doubt: true, abuse: func(c *stdio) {
			change(c, "2", `[`+span(0, 3, 0, 3, "\r")+`,`+span(1, 0, 1, 0, "\n")+`]`)
		}},
		{name: "many changes at once", lower: 100, abuse: func(c *stdio) {
			change(c, "2", `[`+strings.Repeat(span(0, 0, 0, 0, "\n")+`,`, 99)+span(0, 0, 0, 0, "\n")+`]`)
		}},
		{name: "no changes", abuse: func(c *stdio) { change(c, "2", `[]`) }},
		{name: "columns behind the end of the line", lower: 1, abuse: func(c *stdio) { change(c, "2", `[`+span(0, 2147483647, 0, 2147483647, "\n")+`]`) }},
		{name: "the line behind the last", abuse: func(c *stdio) { change(c, "2", `[`+span(13, 0, 13, 0, "// end\n")+`]`) }},
		{name: "surrogate pairs", lower: 1, abuse: func(c *stdio) {
			change(c, "2", `[`+span(0, 0, 0, 0, "// 😀😀😀\n")+`]`)
			change(c, "3", `[`+span(0, 5, 0, 7, "é")+`]`)
			change(c, "4", `[`+span(0, 6, 0, 8, "")+`]`)
		}},
		{name: "line ends of Windows", lower: 2, abuse: func(c *stdio) {
			change(c, "2", `[`+span(0, 0, 0, 0, "// a\r\n// b\r\n")+`]`)
			change(c, "3", `[`+span(0, 4, 1, 0, "\r\n")+`]`)
		}},
		{name: "all replaced by nothing and back", abuse: func(c *stdio) {
			change(c, "2", `[{"text":""},{"text":`+quote(stdioSource)+`}]`)
			c.analyze()
		}},
		{name: "opened twice", abuse: func(c *stdio) { c.open("a.go", stdioSource) }},
		{name: "closed twice and opened", abuse: func(c *stdio) {
			for range 2 {
				c.notify("textDocument/didClose", `{"textDocument":{"uri":%q}}`, c.uri("a.go"))
			}
			c.open("a.go", stdioSource)
		}},
		{name: "others that are not open", abuse: func(c *stdio) {
			c.insert("b.go", 2, 0, 0, "x")
			c.insert("b.go", 3, 0, 0, "x")
			c.save("b.go")
			c.notify("textDocument/didClose", `{"textDocument":{"uri":%q}}`, c.uri("b.go"))
		}},
		{name: "strange URIs", abuse: func(c *stdio) {
			for _, u := range []string{"", ":", "file:", "file://", "file:///", "file:///%", "file:///%zz.go", "file:///%00.go", "file:///a.go?x#y", "file://host/a.go",
				"untitled:x.go", "http://x/a.go", "file:///../../../../etc/passwd", "file:///a/./../b.go", "file:///" + strings.Repeat("x/", 5000) + "a.go", "file:////a.go", "\\\\x\\a.go", "file:///C:/x.go", c.dir} {
				c.notify("textDocument/didOpen", `{"textDocument":{"uri":%q,"languageId":"go","version":1,"text":"package p"}}`, u)
				c.notify("textDocument/didChange", `{"textDocument":{"uri":%q,"version":2},"contentChanges":[{"text":"x"}]}`, u)
				c.notify("textDocument/didSave", `{"textDocument":{"uri":%q}}`, u)
				c.call("workspace/executeCommand", `{"command":"mapescape.analyze_package","arguments":[%q]}`, u)
			}
		}},
		{name: "a document that is no Go", abuse: func(c *stdio) {
			c.open("b.go", "\x00\x01\x02 😀 \u2028")
			c.open("c.go", "")
			c.open("go.mod", realModule)
		}},
		{name: "200 documents", abuse: func(c *stdio) {
			for i := range 200 {
				name := fmt.Sprintf("d%d/d.go", i%50)
				if i >= 50 {
					name = fmt.Sprintf("d%d/f%d.go", i%50, i)
				}
				c.write(name, strings.Replace(stdioSource, "keep(", fmt.Sprintf("keep%d(", i), 1))
				c.open(name, "package m\n")
			}
		}},
		{name: "opened and closed in a hurry", abuse: func(c *stdio) {
			for i := range 300 {
				name := fmt.Sprintf("d%d/d.go", i)
				c.open(name, "package m\n")
				c.save(name)
				c.notify("textDocument/didClose", `{"textDocument":{"uri":%q}}`, c.uri(name))
			}
		}},
		{name: "500 saves", abuse: func(c *stdio) {
			for range 500 {
				c.save("a.go")
			}
			c.analyze()
		}},
		{name: "settings that change all the time", abuse: func(c *stdio) {
			for i := range 200 {
				c.notify("workspace/didChangeConfiguration", `{"settings":{"mapescape":{"inlayHints":{"level":%q},"analysis":{"tests":%t,"buildFlags":["-tags=t%d"]}}}}`,
					[]string{"all", "quiet", "normal", "none"}[i%4], i%2 == 0, i%3)
			}
			c.analyze()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := ready(t)
			tt.abuse(c)
			if tt.doubt {
				c.await(1, again)
				if text := c.must("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":3,"character":8}}`, c.uri("a.go")); string(text) != "null" {
					t.Errorf("the text is in doubt, but there is a hover: %s", text)
				}
				c.open("a.go", stdioSource)
			}
			c.alive(tt.lower)
			c.quit()
		})
	}
}

// Whatever happens to the files, the last good analysis is shown, and the next
// one is right as soon as it can be made.
func TestStdioFiles(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(c *stdio) error
		says   string // to the client, when the package is analysed then
		hangs  bool   // the go command does not come to an end
		mend   func(c *stdio) error
	}{
		{
			name:   "a syntax error",
			damage: func(c *stdio) error { c.write("b.go", "package m\n\nfunc {"); return nil },
			says:   "does not build",
			mend:   func(c *stdio) error { return os.Remove(c.path("b.go")) },
		}, {
			name:   "a broken go.mod",
			damage: func(c *stdio) error { c.write("go.mod", "modul example.com/m\n\x00"); return nil },
			says:   "go.mod",
			mend:   func(c *stdio) error { c.write("go.mod", realModule); return nil },
		}, {
			name:   "a go.mod that asks for a release that is not there",
			damage: func(c *stdio) error { c.write("go.mod", "module example.com/m\n\ngo 1.999\n"); return nil },
			says:   "1.999",
			mend:   func(c *stdio) error { c.write("go.mod", realModule); return nil },
		}, {
			name:   "no go.mod",
			damage: func(c *stdio) error { return os.Remove(c.path("go.mod")) },
			mend:   func(c *stdio) error { c.write("go.mod", realModule); return nil },
		}, {
			name:   "the file is gone",
			damage: func(c *stdio) error { return os.Remove(c.path("a.go")) },
			says:   "Go files",
			mend:   func(c *stdio) error { c.write("a.go", stdioSource); return nil },
		}, {
			name:   "the workspace is gone",
			damage: func(c *stdio) error { return os.RemoveAll(c.dir) },
			says:   "no such",
			mend: func(c *stdio) error {
				c.write("go.mod", realModule)
				c.write("a.go", stdioSource)
				return nil
			},
		}, {
			name: "a directory in the place of the file",
			damage: func(c *stdio) error {
				if err := os.Remove(c.path("a.go")); err != nil {
					return err
				}
				return os.Mkdir(c.path("a.go"), 0o777)
			},
			says: "Go files",
			mend: func(c *stdio) error {
				if err := os.Remove(c.path("a.go")); err != nil {
					return err
				}
				c.write("a.go", stdioSource)
				return nil
			},
		}, {
			name:   "a symbolic link to itself",
			damage: func(c *stdio) error { return os.Symlink("loop.go", c.path("loop.go")) },
			mend:   func(c *stdio) error { return os.Remove(c.path("loop.go")) },
		}, {
			name:   "a named pipe that nobody writes to",
			damage: func(c *stdio) error { return syscall.Mkfifo(c.path("z.go"), 0o666) },
			hangs:  true,
			mend:   func(c *stdio) error { return os.Remove(c.path("z.go")) },
		}, {
			name: "two packages in the directory",
			damage: func(c *stdio) error {
				c.write("b.go", "package other\n")
				return nil
			},
			says: "packages",
			mend: func(c *stdio) error { return os.Remove(c.path("b.go")) },
		}, {
			name: "an import cycle",
			damage: func(c *stdio) error {
				c.write("b.go", "package m\n\nimport _ \"example.com/m/sub\"\n")
				c.write("sub/s.go", "package sub\n\nimport _ \"example.com/m\"\n")
				return nil
			},
			says: "cycle",
			mend: func(c *stdio) error { return os.Remove(c.path("b.go")) },
		}, {
			name: "an import that nobody has",
			damage: func(c *stdio) error {
				c.write("b.go", "package m\n\nimport _ \"example.com/nobody/has/this\"\n")
				return nil
			},
			says: "example.com/nobody",
			mend: func(c *stdio) error { return os.Remove(c.path("b.go")) },
		}, {
			name: "a file that is no text",
			damage: func(c *stdio) error {
				c.write("b.go", strings.Repeat("\x00\xff", 1<<16))
				return nil
			},
			says: "b.go",
			mend: func(c *stdio) error { return os.Remove(c.path("b.go")) },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := ready(t)
			if err := tt.damage(c); err != nil {
				t.Fatal(err)
			}
			c.save("a.go")
			if !tt.hangs {
				c.await(2, refreshed)
			}
			if tt.says != "" {
				c.await(1, tt.says)
			}
			c.alive(0)
			if err := tt.mend(c); err != nil {
				t.Fatal(err)
			}
			c.analyze()
			c.alive(0)
			hover := string(c.must("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":3,"character":8}}`, c.uri("a.go")))
			if strings.Contains(hover, "**Old**") {
				t.Errorf("it is mended, but the hover says %s; its log:\n%s", hover, c.stderr)
			}
			c.quit()
		})
	}
}

// Files come and go while they are analysed.
func TestStdioFilesInMotion(t *testing.T) {
	t.Parallel()
	c := ready(t)
	for i := range 60 {
		name := fmt.Sprintf("x%d.go", i%3)
		switch i % 4 {
		case 0:
			c.write(name, fmt.Sprintf("package m\n\nvar x%d = map[int]int{}\n", i%3))
		case 1:
			c.write(name, "package m\n\nfunc broken(")
		case 2:
			os.Remove(c.path(name))
		case 3:
			os.Rename(c.path("go.mod"), c.path("go.mod.old"))
		}
		c.save("a.go")
		c.alive(0)
		if i%4 == 3 {
			os.Rename(c.path("go.mod.old"), c.path("go.mod"))
		}
	}
	for i := range 3 {
		os.Remove(c.path(fmt.Sprintf("x%d.go", i)))
	}
	c.analyze()
	c.alive(0)
	c.quit()
}

// A document of 10 MB is edited a hundred times while it is looked at.
func TestStdioHugeDocument(t *testing.T) {
	t.Parallel()
	c := ready(t)
	var text strings.Builder
	text.WriteString("package m\n\n")
	for i := 0; text.Len() < 10<<20; i++ {
		fmt.Fprintf(&text, "// Line %d of a file that no person has written: 😀 é %s\n", i, strings.Repeat("x", 40))
	}
	c.open("huge.go", text.String())
	for i := range 100 {
		c.insert("huge.go", i+2, 1000*i, 3, "y\n// ")
		if i%10 == 0 {
			c.must("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":70000,"character":50}}`, c.uri("huge.go"))
		}
	}
	c.alive(0)
	c.save("huge.go")
	c.notify("textDocument/didClose", `{"textDocument":{"uri":%q}}`, c.uri("huge.go"))
	c.alive(0)
	if mib := c.peak(); mib > 400 {
		t.Errorf("a peak of %d MiB", mib)
	} else {
		t.Logf("a peak of %d MiB", mib)
	}
	c.quit()
}

// The directory that the program was started in is gone.
func TestStdioWithoutDirectory(t *testing.T) {
	t.Parallel()
	gone := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(gone, 0o777); err != nil {
		t.Fatal(err)
	}
	c := ready(t, func(c *stdio) {
		c.cmd.Dir = gone
		c.under(`rmdir "$PWD"; exec "$0" "$@"`)
	})
	c.alive(0)
	c.quit()
}
