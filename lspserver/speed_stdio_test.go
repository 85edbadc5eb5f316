//go:build unix

package lspserver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.lsp.dev/uri"
)

const (
	// speedFiles are Go files, separated by spaces: each is edited in a copy of its module.
	speedFiles = "MAPESCAPE_SPEED"
	// speedPeer is the gopls to compare with; without it one is installed.
	speedPeer = "MAPESCAPE_SPEED_GOPLS"
	// peerPackage is what is installed.
	peerPackage = "golang.org/x/tools/gopls@v0.23.0"
)

// BenchmarkSave measures what a user waits for: from the save of a function's
// edited body to the hints of the whole file, and in the same run, save by save in turn,
// to gopls' diagnostics of compiler optimization details. Its metrics are medians.
// The file's base name must be unique among those that the compiler inlines
// from: gopls reads one report for each base name.
func BenchmarkSave(b *testing.B) {
	files := strings.Fields(os.Getenv(speedFiles))
	if len(files) == 0 {
		b.Skipf("set %s to the Go files to edit", speedFiles)
	}
	ours, err := buildProgram()
	if err != nil {
		b.Fatalf("go build: %v\n%s", err, ours)
	}
	peer := os.Getenv(speedPeer)
	if peer == "" {
		peer = installPeer(b)
	}
	for _, file := range files {
		b.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(b *testing.B) { measureSaves(b, file, ours, peer) })
	}
}

func installPeer(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	cmd := exec.Command("go", "install", peerPackage)
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go install %s: %v\n%s", peerPackage, err, out)
	}
	return filepath.Join(dir, "gopls")
}

func measureSaves(b *testing.B, file, ours, peer string) {
	root, file := copyModule(b, file)
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	at := insertAt(b, file, text)
	edit := func(i int) (edited []byte, mark string) {
		mark = fmt.Sprintf("make(map[int]int, %d)", 1000+i)
		line := "\nif m := " + mark + "; len(m) > 9 { panic(m) };"
		return slices.Concat(text[:at], []byte(line), text[at:]), mark
	}
	line := bytes.Count(text[:at], []byte("\n")) + 1

	// Who edits a package has built it before.
	warm := exec.Command("go", "list", "-e", "-export", "-deps", "-test", "-f", "{{.Export}}", ".")
	warm.Dir = filepath.Dir(file)
	if out, err := warm.CombinedOutput(); err != nil {
		b.Fatalf("go list: %v\n%s", err, out)
	}
	us := newRival(b, root, file, ours, "serve")
	began := time.Now()
	us.open(text)
	us.awaitRefresh()
	opened := time.Since(began)
	them := newRival(b, root, file, peer)
	them.open(text)
	them.call("workspace/executeCommand", map[string]any{"command": "gopls.gc_details", "arguments": []any{them.uri}})

	var mine, theirs, again []time.Duration
	i := 0
	save := func(r *rival, text []byte, wait func()) time.Duration {
		r.change(text)
		began := time.Now()
		r.notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": r.uri}})
		wait()
		return time.Since(began)
	}
	write := func(text []byte) {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		i++
		edited, mark := edit(i)
		write(edited)
		mine = append(mine, save(us, edited, func() { us.awaitHints(line) }))
		theirs = append(theirs, save(them, edited, func() { them.awaitDiagnostic(mark) }))
		write(text)
		save(us, text, us.awaitRefresh)
		write(edited)
		again = append(again, save(us, edited, func() { us.awaitHints(line) }))
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(median(mine)), "ms/save")
	b.ReportMetric(ms(median(theirs)), "ms/gopls")
	b.ReportMetric(float64(median(theirs))/float64(median(mine)), "times-faster")
	b.ReportMetric(ms(median(again)), "ms/again")
	b.ReportMetric(ms(opened), "ms/open")
	b.ReportMetric(us.peak(), "MiB-peak")
	b.ReportMetric(them.peak(), "MiB-peak-gopls")
}

func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// copyModule copies the module of a file, and gives the copy's root and the file in it.
func copyModule(b *testing.B, file string) (root, copied string) {
	b.Helper()
	from := filepath.Dir(file)
	for {
		if _, err := os.Stat(filepath.Join(from, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(from)
		if up == from {
			b.Fatalf("%s is in no module", file)
		}
		from = up
	}
	root, err := filepath.EvalSymlinks(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.CopyFS(root, os.DirFS(from)); err != nil {
		b.Fatal(err)
	}
	// Those of the module cache cannot be written to, nor removed afterwards.
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
	if err != nil {
		b.Fatal(err)
	}
	rel, err := filepath.Rel(from, file)
	if err != nil {
		b.Fatal(err)
	}
	return root, filepath.Join(root, rel)
}

// insertAt gives the offset where the body of the file's last function begins.
func insertAt(b *testing.B, file string, text []byte) int {
	b.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range slices.Backward(f.Decls) {
		if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil && d.Type.TypeParams == nil && d.Recv == nil {
			return fset.Position(d.Body.Lbrace).Offset + 1
		}
	}
	b.Fatalf("%s declares no function", file)
	return 0
}

// A rival is a language server that is measured.
type rival struct {
	b       *testing.B
	uri     string
	cmd     *exec.Cmd
	in      io.Writer
	serial  int
	version int
	got     chan rivalMessage
	ended   atomic.Bool
}

type rivalMessage struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// newRival starts a server and gives it the root of a module.
func newRival(b *testing.B, root, file, program string, args ...string) *rival {
	b.Helper()
	r := &rival{b: b, uri: string(uri.File(file)), cmd: exec.Command(program, args...), got: make(chan rivalMessage, 1000)}
	r.cmd.Dir = root
	in, err := r.cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	r.in = in
	if err := r.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go r.receive(bufio.NewReader(out))
	b.Cleanup(func() {
		r.ended.Store(true)
		in.Close()
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	})
	folder := string(uri.File(root))
	r.call("initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": folder,
		"workspaceFolders": []any{map[string]any{"uri": folder, "name": "m"}},
		"capabilities": map[string]any{"workspace": map[string]any{
			"configuration": true, "workspaceFolders": true, "inlayHint": map[string]any{"refreshSupport": true},
		}},
		// What gopls otherwise waits for before it looks for diagnostics.
		"initializationOptions": map[string]any{"diagnosticsDelay": "0s"},
	})
	r.notify("initialized", map[string]any{})
	return r
}

// receive hands on what concerns the measurement and answers what the server asks.
func (r *rival) receive(in *bufio.Reader) {
	for {
		body, err := readFrame(in)
		if err != nil {
			if !r.ended.Load() {
				r.b.Errorf("%s ended: %v", r.cmd.Path, err)
			}
			close(r.got)
			return
		}
		var m rivalMessage
		if err := json.Unmarshal(body, &m); err != nil {
			r.b.Error(err)
			continue
		}
		if m.Method != "" && len(m.ID) > 0 {
			result := any(nil)
			if m.Method == "workspace/configuration" {
				var params struct{ Items []any }
				_ = json.Unmarshal(m.Params, &params)
				list := []any{}
				for range params.Items {
					list = append(list, map[string]any{"diagnosticsDelay": "0s"})
				}
				result = list
			}
			r.send(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": result})
		}
		r.got <- m
	}
}

func (r *rival) send(message any) {
	body, err := json.Marshal(message)
	if err != nil {
		r.b.Error(err)
		return
	}
	frame := append([]byte("Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"), body...)
	if _, err := r.in.Write(frame); err != nil && !r.ended.Load() {
		r.b.Error(err)
	}
}

func (r *rival) notify(method string, params any) {
	r.send(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
}

// next gives the next message.
func (r *rival) next() rivalMessage {
	r.b.Helper()
	select {
	case m, ok := <-r.got:
		if !ok {
			r.b.Fatalf("%s has ended", r.cmd.Path)
		}
		return m
	case <-time.After(2 * time.Minute):
		r.b.Fatalf("%s says nothing", r.cmd.Path)
		return rivalMessage{}
	}
}

// call sends a request and waits for the answer. It reports whether the server
// asked for the hints to be looked at again meanwhile.
func (r *rival) call(method string, params any) (result json.RawMessage, refreshed bool) {
	r.b.Helper()
	r.serial++
	id := strconv.Itoa(r.serial)
	r.send(map[string]any{"jsonrpc": "2.0", "id": r.serial, "method": method, "params": params})
	for {
		m := r.next()
		refreshed = refreshed || m.Method == "workspace/inlayHint/refresh"
		if m.Method == "" && string(m.ID) == id {
			if len(m.Error) > 0 {
				r.b.Fatalf("%s: %s", method, m.Error)
			}
			return m.Result, refreshed
		}
	}
}

func (r *rival) open(text []byte) {
	r.version++
	r.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": r.uri, "languageId": "go", "version": r.version, "text": string(text),
	}})
}

func (r *rival) change(text []byte) {
	r.version++
	r.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": r.uri, "version": r.version},
		"contentChanges": []any{map[string]any{"text": string(text)}},
	})
}

func (r *rival) awaitRefresh() {
	r.b.Helper()
	for r.next().Method != "workspace/inlayHint/refresh" {
	}
}

// awaitHints waits until there is a hint in a line,
// as an editor does: it asks for the whole file's when it is told to.
func (r *rival) awaitHints(line int) {
	r.b.Helper()
	for {
		r.awaitRefresh()
		for again := true; again; {
			var result json.RawMessage
			result, again = r.call("textDocument/inlayHint", map[string]any{
				"textDocument": map[string]any{"uri": r.uri},
				"range":        map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": 1 << 20, "character": 0}},
			})
			var hints []struct{ Position struct{ Line int } }
			if err := json.Unmarshal(result, &hints); err != nil {
				r.b.Fatal(err)
			}
			for _, h := range hints {
				if h.Position.Line == line {
					return
				}
			}
		}
	}
}

// awaitDiagnostic waits for the file's diagnostics with one that says something.
func (r *rival) awaitDiagnostic(text string) {
	r.b.Helper()
	for {
		m := r.next()
		if m.Method != "textDocument/publishDiagnostics" {
			continue
		}
		var params struct {
			URI         string
			Diagnostics []struct{ Message string }
		}
		if err := json.Unmarshal(m.Params, &params); err != nil {
			r.b.Fatal(err)
		}
		for _, d := range params.Diagnostics {
			if params.URI == r.uri && strings.Contains(d.Message, text) {
				return
			}
		}
	}
}

// peak is the most memory that the server, without the programs that it
// starts, has had resident, in MiB; 0 where the system does not say.
func (r *rival) peak() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			return float64(kib) / 1024
		}
	}
	return 0
}
