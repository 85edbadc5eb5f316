package lspserver

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

// Each request sees exactly the edits that were sent before it.
func TestWireOrder(t *testing.T) {
	c := opened(t, "a.go", simple)
	const edits, every = 3000, 3
	results := make([]chan string, edits/every)
	for i := range edits {
		c.edit("a.go", i+2, 0, 0, 0, "\n")
		if i%every != 0 {
			continue
		}
		ch := make(chan string, 1)
		results[i/every] = ch
		// The request is written before the next edit, its answer read later.
		sent := make(chan struct{})
		go func() {
			var result jsonrpc2.RawMessage
			params := notifyMarshal{raw(`{"textDocument": {"uri": %q}, "position": {"line": %d, "character": 8}}`, c.uri("a.go"), 3+i+1), sync.OnceFunc(func() { close(sent) })}
			_, err := c.conn.Call(context.Background(), "textDocument/hover", params, &result)
			ch <- fmt.Sprint(string(result), err)
		}()
		<-sent
	}
	for i, ch := range results {
		want := fmt.Sprintf(`"start":{"line":%d,"character":6}`, 3+i*every+1)
		if got := <-ch; !strings.Contains(got, want) {
			t.Fatalf("hover after edit %d: %s, want %s", i*every, got, want)
		}
	}
}
