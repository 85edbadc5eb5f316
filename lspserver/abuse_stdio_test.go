//go:build unix

package lspserver

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.lsp.dev/uri"
)

// The tests in the abuse_stdio files run the program itself, as an editor
// does, and mistreat it. What must hold after each: a hover is answered rightly, or,
// where the stream cannot be followed, the process has ended with status 1 and a
// line in its log; nothing hangs; and no process that it started is left.

// endurance is how long anything may take before it counts as hanging.
const endurance = time.Minute

// stdioSource is the file of the module that each of these servers works on.
const stdioSource = realSource

// stdio is a client of the program, over its standard input and output.
type stdio struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	in     *os.File
	out    *os.File
	stderr *collected
	limit  *time.Timer // kills the process

	// descendants is the end of a pipe whose other end the server and all that
	// it starts hold: it ends when the last of them has ended.
	descendants *os.File
	exited      chan struct{}
	status      int // once exited is closed

	reading sync.Mutex // held by a test in which the client does not read

	mu       sync.Mutex
	serial   int
	methods  map[string]string       // of our requests, by id
	answers  map[string]chan message // to them
	seen     []sentMessage           // what the server sent on its own account
	news     chan struct{}           // closed and replaced when seen grows
	reply    func(method string) string
	raw      bool // the messages need not conform to the protocol
	deceased bool // the reader has come to the end
}

// sentMessage is a request or notification of the server.
type sentMessage struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type stdioOption func(*stdio)

// launch starts the program on a module in a temporary directory.
func launch(t *testing.T, opts ...stdioOption) *stdio {
	t.Helper()
	if testing.Short() {
		t.Skip("it runs the program and the compiler")
	}
	c := &stdio{
		t: t, dir: t.TempDir(), stderr: &collected{}, exited: make(chan struct{}),
		methods: map[string]string{}, answers: map[string]chan message{}, news: make(chan struct{}),
		reply: func(string) string { return `"result":null` },
	}
	c.write("go.mod", realModule)
	c.write("a.go", stdioSource)
	c.cmd = exec.Command(program(t), serveArgs()...)
	c.cmd.Dir = c.dir
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.cmd.Stderr = c.stderr
	for _, opt := range opts {
		opt(c)
	}
	stdin, in := pipe(t)
	out, stdout := pipe(t)
	descendants, alive := pipe(t)
	c.in, c.out, c.descendants = in, out, descendants
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.ExtraFiles = stdin, stdout, []*os.File{alive}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{stdin, stdout, alive} {
		f.Close()
	}
	c.limit = time.AfterFunc(endurance, func() { _ = c.cmd.Process.Kill() })
	go func() {
		_ = c.cmd.Wait()
		c.status = c.cmd.ProcessState.ExitCode()
		close(c.exited)
	}()
	received := make(chan struct{})
	go func() {
		defer close(received)
		c.receive(bufio.NewReader(out))
	}()
	t.Cleanup(func() {
		in.Close()
		_ = c.cmd.Process.Kill()
		<-c.exited
		out.Close()
		<-received
		descendants.Close()
		c.limit.Stop()
	})
	return c
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// receive takes what the server sends.
func (c *stdio) receive(r *bufio.Reader) {
	for {
		c.mayRead()
		body, err := readFrame(r)
		if err != nil {
			c.mu.Lock()
			c.deceased = true
			for _, a := range c.answers {
				close(a)
			}
			c.answers = nil
			c.tell()
			c.mu.Unlock()
			return
		}
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			c.t.Errorf("the server sent %.200q: %v", body, err)
			continue
		}
		if m.Method == "" {
			c.answered(m)
		} else {
			c.told(body)
		}
	}
}

// mayRead returns when no test wants the client not to read.
func (c *stdio) mayRead() {
	c.reading.Lock()
	defer c.reading.Unlock()
}

func readFrame(r *bufio.Reader) ([]byte, error) {
	length := -1
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Content-Length:"); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("no length")
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return body, err
}

func (c *stdio) answered(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := string(m.ID)
	if m.Error == nil {
		if err := loadModel().conforms(c.methods[id], m.Result, true); err != nil && !c.raw {
			c.t.Errorf("answer %s: %v", id, err)
		}
	}
	if a := c.answers[id]; a != nil {
		a <- m
	} else if id != "null" && !c.raw {
		c.t.Errorf("an answer to nothing: %s", id)
	}
}

func (c *stdio) told(body []byte) {
	var m sentMessage
	if err := json.Unmarshal(body, &m); err != nil {
		c.t.Error(err)
	}
	if err := loadModel().conforms(m.Method, m.Params, false); err != nil {
		c.t.Error(err)
	}
	if m.ID != nil {
		if text := c.reply(m.Method); text != "" {
			// The server may have ended meanwhile.
			_, _ = io.WriteString(c.in, framed(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, m.ID, text)))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, m)
	c.tell()
}

// tell wakes those who wait for news. Called with the lock held.
func (c *stdio) tell() {
	close(c.news)
	c.news = make(chan struct{})
}

// write puts a file into the module.
func (c *stdio) write(name, text string) {
	c.t.Helper()
	path := c.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		c.t.Fatal(err)
	}
}

func (c *stdio) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

func (c *stdio) uri(name string) string { return string(uri.File(c.path(name))) }

// send writes bytes to the server.
func (c *stdio) send(parts ...string) {
	c.t.Helper()
	for _, p := range parts {
		if err := c.in.SetWriteDeadline(time.Now().Add(endurance)); err != nil {
			c.t.Fatal(err)
		}
		if _, err := io.WriteString(c.in, p); err != nil {
			c.t.Fatalf("writing to the server: %v; its log:\n%s", err, c.stderr)
		}
	}
}

// notify sends a notification with parameters as JSON.
func (c *stdio) notify(method, params string, args ...any) {
	c.t.Helper()
	c.send(framed(`{"jsonrpc":"2.0","method":"` + method + `","params":` + fmt.Sprintf(params, args...) + `}`))
}

// begin sends a request and gives its id.
func (c *stdio) begin(method, params string, args ...any) (id string) {
	c.t.Helper()
	c.mu.Lock()
	c.serial++
	id = strconv.Itoa(1000 + c.serial)
	c.expect(id, method)
	c.mu.Unlock()
	if params != "" {
		params = `,"params":` + fmt.Sprintf(params, args...)
	}
	c.send(framed(`{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `"` + params + `}`))
	return id
}

// expect says that answers with an id will come. Called with the lock held.
func (c *stdio) expect(id, method string) {
	c.methods[id] = method
	if c.answers != nil {
		c.answers[id] = make(chan message, 100)
	}
}

// answer waits for the answer with an id.
func (c *stdio) answer(id string) message {
	c.t.Helper()
	return c.answerWithin(id, endurance)
}

func (c *stdio) answerWithin(id string, limit time.Duration) message {
	c.t.Helper()
	c.mu.Lock()
	a := c.answers[id]
	c.mu.Unlock()
	if a == nil {
		c.t.Fatalf("the server has gone; its log:\n%s", c.stderr)
	}
	select {
	case m, ok := <-a:
		if !ok {
			c.t.Fatalf("the server ended before it answered %s; its log:\n%s", id, c.stderr)
		}
		return m
	case <-time.After(limit):
		c.t.Fatalf("no answer to %s; its log:\n%s", id, c.stderr)
		return message{}
	}
}

func (c *stdio) call(method, params string, args ...any) message {
	c.t.Helper()
	return c.answer(c.begin(method, params, args...))
}

// must is call for what must succeed.
func (c *stdio) must(method, params string, args ...any) json.RawMessage {
	c.t.Helper()
	m := c.call(method, params, args...)
	if m.Error != nil {
		c.t.Fatalf("%s: %+v", method, m.Error)
	}
	return m.Result
}

// await waits until the server has sent n messages of a kind in all, and gives the last of them.
func (c *stdio) await(n int, kind string) sentMessage {
	c.t.Helper()
	deadline := time.After(endurance)
	for {
		c.mu.Lock()
		seen, news, deceased := c.seen, c.news, c.deceased
		c.mu.Unlock()
		found := 0
		for _, m := range seen {
			if strings.Contains(m.Method+" "+string(m.Params), kind) {
				if found++; found == n {
					return m
				}
			}
		}
		if deceased {
			c.t.Fatalf("the server ended before it sent %q; its log:\n%s", kind, c.stderr)
		}
		select {
		case <-news:
		case <-deadline:
			c.t.Fatalf("the server did not send %q %d times; its log:\n%s", kind, n, c.stderr)
		}
	}
}

// count is how many messages of a kind have been sent so far.
func (c *stdio) count(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, m := range c.seen {
		if strings.Contains(m.Method+" "+string(m.Params), kind) {
			n++
		}
	}
	return n
}

const refreshed = "workspace/inlayHint/refresh"

// start does the handshake.
func (c *stdio) start(capabilities string) {
	c.t.Helper()
	c.must("initialize", `{"processId":null,"rootUri":%q,"capabilities":%s,"trace":"messages"}`, uri.File(c.dir), capabilities)
	c.notify("initialized", `{}`)
}

func (c *stdio) open(name, text string) {
	c.t.Helper()
	c.notify("textDocument/didOpen", `{"textDocument":{"uri":%q,"languageId":"go","version":1,"text":%s}}`, c.uri(name), quote(text))
}

// quote is a text as JSON.
func quote(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // not for strings
	}
	return string(raw)
}

func (c *stdio) save(name string) {
	c.t.Helper()
	c.notify("textDocument/didSave", `{"textDocument":{"uri":%q}}`, c.uri(name))
}

// beginAnalysis asks for an analysis of the module's package, whether or not anything has changed.
func (c *stdio) beginAnalysis() (id string) {
	c.t.Helper()
	return c.begin("workspace/executeCommand", `{"command":"mapescape.analyze_package","arguments":[%q]}`, c.uri("a.go"))
}

// analyze waits until the module's package has been analysed.
func (c *stdio) analyze() {
	c.t.Helper()
	if m := c.answer(c.beginAnalysis()); m.Error != nil {
		c.t.Fatalf("the analysis: %+v; its log:\n%s", m.Error, c.stderr)
	}
}

// insert puts text at a place of a document.
func (c *stdio) insert(name string, version, line, column int, text string) {
	c.t.Helper()
	c.notify("textDocument/didChange", `{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":%s}]}`,
		c.uri(name), version, line, column, line, column, quote(text))
}

// ready is a server that shows what it found in a.go.
func ready(t *testing.T, opts ...stdioOption) *stdio {
	t.Helper()
	c := launch(t, opts...)
	c.start(withRefresh)
	c.open("a.go", stdioSource)
	c.await(1, refreshed)
	c.alive(0)
	return c
}

// alive checks that a hover over the make in a.go, which stands so many lines
// lower than in stdioSource, is answered with what is true of it.
func (c *stdio) alive(lower int) {
	c.t.Helper()
	c.hovers("a.go", 3+lower)
}

func (c *stdio) hovers(name string, line int) {
	c.t.Helper()
	result := c.must("textDocument/hover", `{"textDocument":{"uri":%q},"position":{"line":%d,"character":8}}`, c.uri(name), line)
	var h struct {
		Contents struct{ Value string }
		Range    json.RawMessage
	}
	if err := json.Unmarshal(result, &h); err != nil {
		c.t.Fatal(err)
	}
	span := fmt.Sprintf(`{"start":{"line":%d,"character":6},"end":{"line":%d,"character":29}}`, line, line)
	if !strings.Contains(h.Contents.Value, "make(map[string]int, n)") || !strings.Contains(h.Contents.Value, "heap") || !withGopls() && string(h.Range) != span {
		c.t.Errorf("the hover is %s, its log:\n%s", result, c.stderr)
	}
}
