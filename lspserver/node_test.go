package lspserver

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nodePatience is how long the session may take.
const nodePatience = 3 * patience

// TestNode is a session with Microsoft's own client, which shares no code with
// ours. testdata/node has the client; `npm ci` there gets what it needs.
func TestNode(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program and the compiler")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	scripts := filepath.Join("testdata", "node")
	if _, err := os.Stat(filepath.Join(scripts, "node_modules", "vscode-languageserver-protocol")); err != nil {
		t.Skipf("the client is not installed: run `npm ci` in lspserver/%s", filepath.ToSlash(scripts))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": realModule, "a.go": realSource} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), nodePatience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, node, filepath.Join(scripts, "client.js"), program(t), dir)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	var got []string
	for line := range strings.Lines(stdout.String()) {
		var step struct {
			Step  string
			Value json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got = append(got, step.Step+": "+string(step.Value))
	}
	want := []string{
		`initialize: ["mapescape","utf-16",true,true]`,
		`hints: ["3:29 heap","9:23 stack","10:13 stack"]`,
		`hover: ["markdown",true,{"start":{"line":3,"character":6},"end":{"line":3,"character":29}}]`,
		`hover beside: null`,
		`hints after an edit: ["4:29 heap","10:23 stack","11:13 stack"]`,
		`hints after a save: ["4:29 heap","10:23 stack","11:13 stack","15:34 heap"]`,
		`hover after a save: ["markdown",true,{"start":{"line":4,"character":6},"end":{"line":4,"character":29}}]`,
		`cancelled: "answered or cancelled"`,
		`unknown: -32601`,
		`asked for settings: true`,
		`report: true`,
		`shutdown: null`,
		`exit: 0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, &stderr)
	}
}
