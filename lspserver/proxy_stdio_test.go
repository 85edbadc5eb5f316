//go:build unix

package lspserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/lspserver/frame"
)

// The tests in this file compare gopls alone with gopls behind the program. They
// need goplsProgram, and take the module of proxyWorkspace, or else this one.
const proxyWorkspace = "MAPESCAPE_TEST_WORKSPACE"

// A goServer is a language server as a child process.
type goServer struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	mu  sync.Mutex
	id  int
	// waiting are the requests that wait for an answer; closed says that none will come.
	waiting map[string]chan json.RawMessage
	ended   chan struct{}
}

func startGoServer(t testing.TB, dir string, args ...string) *goServer {
	t.Helper()
	s := &goServer{t: t, cmd: exec.Command(args[0], args[1:]...), waiting: map[string]chan json.RawMessage{}, ended: make(chan struct{})}
	s.cmd.Dir = dir
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.in = in
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.read(out)
	t.Cleanup(func() {
		s.call("shutdown", nil)
		s.notify("exit", nil)
		in.Close()
		<-s.ended
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("%s: %v", args[0], err)
		}
	})
	s.call("initialize", map[string]any{"processId": os.Getpid(), "rootUri": uri.File(dir), "capabilities": json.RawMessage(
		`{"workspace":{"configuration":false},"textDocument":{"hover":{"contentFormat":["markdown"]},` +
			`"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":["quickfix","source.organizeImports"]}}}}}`)})
	s.notify("initialized", map[string]any{})
	return s
}

func (s *goServer) read(out io.Reader) {
	defer close(s.ended)
	in := frame.NewReader(out)
	for {
		body, err := in.Next()
		if err != nil {
			return
		}
		var m struct {
			ID     json.RawMessage
			Method string
			Result json.RawMessage
			Error  json.RawMessage
		}
		if err := json.Unmarshal(body, &m); err != nil {
			s.t.Errorf("%v: %s", err, body)
			return
		}
		switch {
		case m.Method != "" && m.ID != nil:
			s.write(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": nil})
		case m.Method == "":
			s.mu.Lock()
			answer := s.waiting[string(m.ID)]
			delete(s.waiting, string(m.ID))
			s.mu.Unlock()
			if m.Error != nil {
				m.Result = append([]byte(`"error" `), m.Error...)
			}
			if answer != nil {
				answer <- m.Result
			}
		}
	}
}

func (s *goServer) write(message any) {
	raw, err := json.Marshal(message)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.in.Write(frame.Append(nil, raw)); err != nil {
		s.t.Errorf("%s: %v", s.cmd.Path, err)
	}
}

func (s *goServer) notify(method string, params any) {
	s.write(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
}

// call is the result of a request, or the word error and the error.
func (s *goServer) call(method string, params any) string {
	s.mu.Lock()
	s.id++
	id := strconv.Itoa(s.id)
	answer := make(chan json.RawMessage, 1)
	s.waiting[id] = answer
	s.mu.Unlock()
	s.write(map[string]any{"jsonrpc": "2.0", "id": s.id, "method": method, "params": params})
	select {
	case raw := <-answer:
		return string(raw)
	case <-s.ended:
		return "error: the server has ended"
	case <-time.After(endurance):
		s.t.Fatalf("%s is not answered", method)
		return ""
	}
}

func (s *goServer) open(path, text string) {
	s.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": uri.File(path), "languageId": "go", "version": 1, "text": text,
	}})
}

// at are the parameters for a place.
func at(path string, line, column int) map[string]any {
	return map[string]any{
		"textDocument": map[string]any{"uri": uri.File(path)}, "position": map[string]any{"line": line, "character": column},
		"context": map[string]any{"includeDeclaration": true}, "newName": "renamedByATest",
		"options": map[string]any{"tabSize": 8, "insertSpaces": false},
	}
}

// a place is where an identifier starts, 0-based, in a line of ASCII.
type goPlace struct{ line, column int }

// identifiers are places in a file, evenly taken from all.
func identifiers(t testing.TB, path string, n int) []goPlace {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	if _, err := parser.ParseFile(fset, path, text, 0); err != nil {
		t.Fatal(err)
	}
	var all []goPlace
	var s scanner.Scanner
	file := token.NewFileSet().AddFile(path, -1, len(text))
	s.Init(file, text, nil, 0)
	lines := bytes.Split(text, []byte("\n"))
	for {
		pos, tok, _ := s.Scan()
		if tok == token.EOF {
			break
		}
		p := file.PositionFor(pos, false)
		if tok == token.IDENT && !slices.ContainsFunc(lines[p.Line-1], func(b byte) bool { return b >= 0x80 }) {
			all = append(all, goPlace{p.Line - 1, p.Column - 1})
		}
	}
	var some []goPlace
	for i := range n {
		some = append(some, all[i*len(all)/n])
	}
	return some
}

// workspace is a module and some of its files.
func workspace(t testing.TB) (dir string, files []string) {
	t.Helper()
	dir = os.Getenv(proxyWorkspace)
	if dir == "" {
		dir = ".."
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*.go", "*/*.go", "*/*/*.go"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if text, err := os.ReadFile(f); err == nil && len(text) > 4000 && !strings.HasSuffix(f, "_test.go") && !bytes.Contains(text, []byte("//go:build")) {
				files = append(files, f)
			}
		}
	}
	if len(files) == 0 {
		t.Fatalf("%s has no file to look at", dir)
	}
	return dir, files
}

func goplsPath(t testing.TB) string {
	t.Helper()
	path := os.Getenv(goplsProgram)
	if path == "" {
		t.Skipf("set %s to the path of gopls", goplsProgram)
	}
	return path
}

// TestStdioGoplsAnswers asks gopls alone and gopls behind the program the same.
func TestStdioGoplsAnswers(t *testing.T) {
	gopls := goplsPath(t)
	dir, files := workspace(t)
	direct := startGoServer(t, dir, gopls)
	through := startGoServer(t, dir, program(t), "serve", "-gopls="+gopls)
	count := map[string]int{}
	for _, path := range files[:min(3, len(files))] {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		unsorted := strings.Replace(string(text), "import (\n", "import (\n\t\"zip/unused\"\n", 1)
		direct.open(path, unsorted)
		through.open(path, unsorted)
		same := func(method string, params map[string]any) {
			t.Helper()
			want, got := direct.call(method, params), through.call(method, params)
			if method == "textDocument/documentHighlight" { // gopls has no order in it
				want, got = inOrder(want), inOrder(got)
			}
			if strings.HasPrefix(want, `"error"`) && strings.HasPrefix(got, `"error"`) {
				return // gopls names one of several reasons, not always the same
			}
			if want != got {
				t.Errorf("%s of %s %v: -gopls +through us\n%s", method, path, params["position"], cmp.Diff(want, got))
			}
			if want != "null" && want != "[]" && !strings.HasPrefix(want, `"error"`) {
				count[method]++
			}
		}
		for _, p := range identifiers(t, path, 10) {
			for _, method := range []string{
				"textDocument/definition", "textDocument/references", "textDocument/completion", "textDocument/rename",
				"textDocument/documentHighlight", "textDocument/signatureHelp",
			} {
				same(method, at(path, p.line, p.column))
			}
		}
		same("textDocument/formatting", at(path, 0, 0))
		same("textDocument/documentSymbol", at(path, 0, 0))
		organize := at(path, 0, 0)
		organize["range"] = json.RawMessage(`{"start":{"line":0,"character":0},"end":{"line":0,"character":0}}`)
		organize["context"] = json.RawMessage(`{"diagnostics":[],"only":["source.organizeImports"]}`)
		same("textDocument/codeAction", organize)
	}
	t.Logf("answers with something in them: %v", count)
	for _, method := range []string{"definition", "references", "completion", "rename", "codeAction"} {
		if count["textDocument/"+method] == 0 {
			t.Errorf("no %s has a result", method)
		}
	}
}

// inOrder sorts the elements of an array.
func inOrder(text string) string {
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) != nil {
		return text
	}
	slices.SortFunc(list, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	sorted, err := json.Marshal(list)
	if err != nil {
		return text
	}
	return string(sorted)
}

// TestStdioGoplsKilled kills gopls in the middle of a session.
func TestStdioGoplsKilled(t *testing.T) {
	gopls := goplsPath(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.go")
	for name, text := range map[string]string{"go.mod": realModule, "a.go": realSource} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := startGoServer(t, dir, program(t), "serve", "-gopls="+gopls)
	s.open(path, realSource)
	s.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri.File(path), "version": 2},
		"contentChanges": json.RawMessage(`[{"range":{"start":{"line":8,"character":0},"end":{"line":8,"character":0}},"text":"func added() { local() }\n"}]`),
	})
	if got := s.call("textDocument/definition", at(path, 8, 16)); !strings.Contains(got, `"line":9`) {
		t.Fatalf("the definition is at %s", got)
	}
	for round := range 2 {
		kill(t, s.cmd.Process.Pid)
		deadline := time.Now().Add(endurance)
		for {
			got := s.call("textDocument/definition", at(path, 8, 16))
			if strings.Contains(got, `"line":9`) {
				break
			}
			if !strings.Contains(got, "started again") || time.Now().After(deadline) {
				t.Fatalf("round %d: the definition in the edited text is at %s", round, got)
			}
		}
	}
}

// kill kills the gopls that a process has started.
func kill(t *testing.T, parent int) {
	t.Helper()
	out, err := exec.Command("ps", "-o", "pid=,args=", "--ppid", strconv.Itoa(parent)).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		pid, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(pid); err == nil && strings.Contains(args, "gopls") {
			if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no gopls among\n%s", out)
}

// BenchmarkProxy measures what the program adds to gopls' answers: requests to
// both in turn, the metrics in microseconds. An iteration is one request to each.
func BenchmarkProxy(b *testing.B) {
	gopls := goplsPath(b)
	ours, err := buildProgram()
	if err != nil {
		b.Fatalf("go build: %v\n%s", err, ours)
	}
	dir, files := workspace(b)
	direct := startGoServer(b, dir, gopls)
	through := startGoServer(b, dir, ours, "serve", "-gopls="+gopls)
	path := files[0]
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	direct.open(path, string(text))
	through.open(path, string(text))
	places := identifiers(b, path, 20)
	for _, method := range []string{"hover", "completion", "definition", "codeAction"} {
		b.Run(method, func(b *testing.B) {
			var alone, behind []time.Duration
			ask := func(s *goServer, i int) time.Duration {
				p := places[i%len(places)]
				params := at(path, p.line, p.column)
				if method == "codeAction" {
					params["range"] = json.RawMessage(fmt.Sprintf(`{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}}`, p.line, p.column, p.line, p.column))
					params["context"] = json.RawMessage(`{"diagnostics":[]}`)
				}
				began := time.Now()
				s.call("textDocument/"+method, params)
				return time.Since(began)
			}
			for i := range places { // warm
				ask(direct, i)
				ask(through, i)
			}
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				alone = append(alone, ask(direct, i))
				behind = append(behind, ask(through, i))
			}
			slices.Sort(alone)
			slices.Sort(behind)
			median := func(d []time.Duration) float64 { return float64(d[len(d)/2].Nanoseconds()) / 1e3 }
			tail := func(d []time.Duration) float64 { return float64(d[len(d)*99/100].Nanoseconds()) / 1e3 }
			b.ReportMetric(median(alone), "direct-p50-µs")
			b.ReportMetric(median(behind), "proxy-p50-µs")
			b.ReportMetric(median(behind)-median(alone), "added-p50-µs")
			b.ReportMetric(tail(behind)-tail(alone), "added-p99-µs")
			b.ReportMetric(0, "ns/op")
		})
	}
}
