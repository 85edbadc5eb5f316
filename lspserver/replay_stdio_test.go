//go:build unix

package lspserver

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/source"
)

// replaySource is what the replay edits: operations of several kinds between
// lines that count differently in bytes and in UTF-16.
const replaySource = `package m

import "sort"

// Größen zählt 😀.
func sizes(words []string) map[string]int {
	sizes := make(map[string]int, len(words)) // 😀 é
	for _, w := range words {
		sizes[w] += len(w)
	}
	return sizes
}

func keys(m map[string]int) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func small() int {
	m := map[int]bool{1: true, 2: false}
	delete(m, 1)
	clear(m)
	return len(m)
}

func emptied(m map[string]bool) int {
	for k, _ := range m {
		delete(m, k)
	}
	return len(m)
}
`

// replayed is a document as the client of the replay has it.
type replayed struct {
	name    string
	text    string
	version int
}

// edit changes the document at random, and gives the change as the protocol
// has it. The positions come from the file's own index of lines, which tests
// of package source check.
func (d *replayed) edit(r *rand.Rand) (change string) {
	f := source.NewFile(d.name, []byte(d.text))
	at := func(offset int) (int, string) {
		for offset > 0 && offset < len(d.text) && d.text[offset]&0xc0 == 0x80 {
			offset-- // into no character
		}
		line, column := f.Column(offset, source.UTF16)
		return offset, fmt.Sprintf(`{"line":%d,"character":%d}`, line, column)
	}
	start := r.IntN(len(d.text) + 1)
	end := min(start+[]int{0, 0, 0, 1, 3, 40}[r.IntN(6)], len(d.text))
	text := []string{"", "x", "\n", "\t// é😀\n", "m[\"k\"] = 1\n", "var q = map[int]int{}\n", "}", "\"", "😀"}[r.IntN(9)]
	start, from := at(start)
	end, to := at(end)
	d.text = d.text[:start] + text + d.text[end:]
	d.version++
	return fmt.Sprintf(`{"range":{"start":%s,"end":%s},"text":%s}`, from, to, quote(text))
}

// whole replaces all of the text.
func (d *replayed) whole(text string) (change string) {
	d.text = text
	d.version++
	return fmt.Sprintf(`{"text":%s}`, quote(text))
}

// TestStdioReplay edits, saves, looks and cancels 2000 times at random, with
// the real compiler behind it, and compares in the end what is shown with what
// a server shows that has seen nothing of it.
func TestStdioReplay(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			if seed > 1 {
				heavy(t)
			}
			replay(t, rand.New(rand.NewPCG(seed, seed)))
		})
	}
}

func replay(t *testing.T, r *rand.Rand) {
	c := launch(t)
	c.write("b.go", strings.NewReplacer("sizes", "sizes2", "keys", "keys2", "small", "small2", "emptied", "emptied2").Replace(replaySource))
	docs := []*replayed{{name: "a.go", text: replaySource, version: 1}, {name: "b.go", version: 1}}
	docs[1].text = strings.NewReplacer("sizes", "sizes2", "keys", "keys2", "small", "small2", "emptied", "emptied2").Replace(replaySource)
	good := []string{docs[0].text, docs[1].text}
	c.start(withRewrites)
	for _, d := range docs {
		c.write(d.name, d.text)
		c.open(d.name, d.text)
	}
	var pending, chosen []string
	for i := range 2000 {
		d := docs[r.IntN(len(docs))]
		change := func(changes ...string) {
			c.notify("textDocument/didChange", `{"textDocument":{"uri":%q,"version":%d},"contentChanges":[%s]}`, c.uri(d.name), d.version, strings.Join(changes, ","))
		}
		switch n := r.IntN(100); {
		case n < 50:
			change(d.edit(r))
		case n < 58:
			change(d.edit(r), d.edit(r), d.edit(r))
		case n < 62: // undone, as far as it goes
			change(d.whole(good[map[string]int{"a.go": 0, "b.go": 1}[d.name]] + strings.Repeat("// x\n", r.IntN(3))))
		case n < 66:
			c.write(d.name, d.text)
			c.save(d.name)
		case n < 70: // saved with what another program made of it
			c.write(d.name, d.text+"// formatted\n")
			c.save(d.name)
		case n < 72:
			c.notify("textDocument/didClose", `{"textDocument":{"uri":%q}}`, c.uri(d.name))
			d.version = 1
			c.open(d.name, d.text)
		case n < 74:
			chosen = append(chosen, c.begin("textDocument/codeAction", `{"textDocument":{"uri":%q},"context":{"diagnostics":[],"only":["refactor","source.fixAll"]},"range":{"start":{"line":0,"character":0},"end":{"line":100,"character":0}}}`, c.uri(d.name)))
			pending = append(pending, c.take(chosen, r)...)
		case n < 84:
			pending = append(pending, c.begin("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":%d,"character":%d}}`, c.uri(d.name), r.IntN(30), r.IntN(20)))
		default:
			pending = append(pending, c.begin("textDocument/inlayHint", `{"textDocument":{"uri":%q},"range":{"start":{"line":%d,"character":0},"end":{"line":%d,"character":0}}}`, c.uri(d.name), r.IntN(10), 10+r.IntN(30)))
		}
		if len(pending) > 0 && r.IntN(5) == 0 {
			c.notify("$/cancelRequest", `{"id":%s}`, pending[len(pending)-1])
		}
		if i%500 == 499 {
			for _, id := range pending {
				c.answer(id)
			}
			pending, chosen = nil, nil
		}
	}
	// In the end the text is one that builds, by an edit at its start and one at its end.
	for i, d := range docs {
		c.notify("textDocument/didChange", `{"textDocument":{"uri":%q,"version":%d},"contentChanges":[%s,%s]}`, c.uri(d.name), d.version+2,
			d.whole(good[i]), `{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":"// 😀\n"}`)
		d.text = "// 😀\n" + d.text
		c.write(d.name, d.text)
	}
	for _, d := range docs {
		c.save(d.name)
	}
	c.analyze()
	if n := c.count("until it is opened again"); n > 0 {
		t.Errorf("%d times the server had doubts about the text", n)
	}

	fresh := launch(t, func(f *stdio) { f.dir, f.cmd.Dir = c.dir, c.dir })
	fresh.start(withRewrites)
	for _, d := range docs {
		fresh.open(d.name, d.text)
	}
	fresh.analyze()
	for _, d := range docs {
		want, got := fresh.shows(d.name), c.shows(d.name)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s after the replay (-fresh +replayed)\n%s", d.name, diff)
		}
		if len(want) < 4 {
			t.Errorf("%s shows only %v", d.name, want)
		}
		offered := fresh.offers(d.name)
		if diff := cmp.Diff(offered, c.offers(d.name)); diff != "" || len(offered) == 0 {
			t.Errorf("%s offers after the replay (-fresh +replayed)\n%s", d.name, diff)
		}
	}
	fresh.quit()
	c.quit()
}

// take has one of the actions worked out that were given last, and now and then
// thinks better of it.
func (c *stdio) take(chosen []string, r *rand.Rand) (begun []string) {
	c.t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal(c.answer(chosen[len(chosen)-1]).Result, &list); err != nil {
		c.t.Fatal(err)
	}
	if len(list) == 0 || r.IntN(3) > 0 {
		return nil
	}
	id := c.begin("codeAction/resolve", "%s", list[r.IntN(len(list))])
	if r.IntN(2) == 0 {
		c.notify("$/cancelRequest", `{"id":%s}`, id)
	}
	return []string{id}
}

// offers are the rewrites of a document, without what has been found out about them.
func (c *stdio) offers(name string) []string {
	c.t.Helper()
	var out []string
	for line := range 60 {
		for _, a := range c.actions(name, line, "") {
			title, _, _ := strings.Cut(a.Title, " — ")
			out = append(out, fmt.Sprintf("%d %s %s", line, a.Kind, title))
		}
	}
	return out
}

// shows are the hints of a document.
func (c *stdio) shows(name string) []string {
	c.t.Helper()
	result := c.must("textDocument/inlayHint", `{"textDocument":{"uri":%q},"range":{"start":{"line":0,"character":0},"end":{"line":1000,"character":0}}}`, c.uri(name))
	var hints []struct {
		Position json.RawMessage
		Label    json.RawMessage
	}
	if err := json.Unmarshal(result, &hints); err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, h := range hints {
		out = append(out, fmt.Sprintf("%s %s", h.Position, h.Label))
	}
	return out
}
