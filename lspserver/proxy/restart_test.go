package proxy

import (
	"fmt"
	"strings"
	"testing"
)

const (
	openGo  = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.go","languageId":"go","version":1,"text":"old"}}}`
	openMod = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///go.mod","languageId":"go.mod","version":1,"text":"module a"}}}`
	edit    = `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///go.mod","version":2},"contentChanges":[{"text":"module b"}]}}`
)

// replayed sees a new gopls being given what the client has said so far.
func (r *rig) replayed() {
	r.t.Helper()
	r.started()
	q := r.own.method(DocumentsMethod)
	// What the client sends meanwhile waits, and comes behind the replay.
	r.client.send(`{"jsonrpc":"2.0","method":"meanwhile"}`)
	r.own.send(`{"jsonrpc":"2.0","id":%s,"result":[{"uri":"file:///a.go","version":4,"text":"new"}]}`, q.id)
	again := r.gopls.method("initialize")
	if string(again.id) == "1" {
		r.t.Error("the answer to initialize would go to the client again")
	}
	r.gopls.send(`{"jsonrpc":"2.0","id":%s,"result":{"capabilities":{}}}`, again.id)
	r.gopls.method("initialized")
	doc := r.gopls.method("textDocument/didOpen")
	if text(doc.params, "textDocument", "text") != "new" || string(member(doc.params, "textDocument", "version")) != "4" ||
		text(doc.params, "textDocument", "languageId") != "go" {
		r.t.Errorf("a.go is opened again with %s", doc.params)
	}
	r.gopls.want(openMod)
	r.gopls.want(edit)
	r.gopls.method("meanwhile")
}

func TestRestart(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	r.both(openGo)
	r.both(openMod)
	r.both(edit)
	// gopls has begun this and that.
	r.gopls.send(`{"jsonrpc":"2.0","id":1,"method":"client/registerCapability","params":{"registrations":[{"id":"w","method":"workspace/didChangeWatchedFiles"}]}}`)
	register := r.client.method("client/registerCapability")
	r.gopls.send(`{"jsonrpc":"2.0","method":"$/progress","params":{"token":"t","value":{"kind":"begin","title":"x"}}}`)
	r.client.method("$/progress")
	r.gopls.send(`{"jsonrpc":"2.0","method":"$/progress","params":{"token":"done","value":{"kind":"begin","title":"x"}}}`)
	r.client.method("$/progress")
	r.gopls.send(`{"jsonrpc":"2.0","method":"$/progress","params":{"token":"done","value":{"kind":"end"}}}`)
	r.client.method("$/progress")
	r.gopls.send(`{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"uri":"file:///a.go","diagnostics":["g"]}}`)
	r.client.method("textDocument/publishDiagnostics")
	r.both(`{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{}}`)
	r.client.send(`{"jsonrpc":"2.0","id":6,"method":"textDocument/definition","params":{}}`)
	r.gopls.method("textDocument/definition")

	r.gopls.close() // it dies
	answers := map[string]message{}
	for range 4 {
		m := r.client.next()
		answers[m.method+string(m.id)] = m
	}
	if m := answers["6"]; !m.failed || code(&m) != codeContentModified {
		t.Errorf("the definition is answered with %s", m.body)
	}
	if m := answers["$/progress"]; text(m.params, "token") != "t" || text(m.params, "value", "kind") != "end" {
		t.Errorf("progress: %s", m.body)
	}
	if m := answers["textDocument/publishDiagnostics"]; string(member(m.params, "diagnostics")) != "[]" {
		t.Errorf("diagnostics: %s", m.body)
	}
	found := false
	for key, m := range answers {
		if strings.HasPrefix(key, "client/unregisterCapability") {
			found = text(member(m.params, "unregisterations")[1:len(member(m.params, "unregisterations"))-1], "id") == "w"
		}
	}
	if !found {
		t.Errorf("the registration is not taken back: %v", answers)
	}
	// Our half answers the hover alone.
	r.own.send(`{"jsonrpc":"2.0","id":5,"result":{"contents":"o"}}`)
	r.client.want(`{"jsonrpc":"2.0","id":5,"result":{"contents":"o"}}`)

	r.replayed()
	r.client.method("workspace/inlayHint/refresh")
	r.client.method("workspace/codeLens/refresh")
	// What the client answers to the old one is not the new one's.
	r.client.send(`{"jsonrpc":"2.0","id":%s,"result":null}`, register.id)
	const last = `{"jsonrpc":"2.0","id":8,"method":"textDocument/definition","params":{}}`
	r.client.send(last)
	r.gopls.want(last)
}

// A stream that cannot be followed is as good as an end.
func TestMalformedHeaderOfGopls(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	r.both(openGo)
	r.both(openMod)
	r.both(edit)
	r.gopls.raw("panic: runtime error\n\n")
	r.replayed()
}

func TestGivesUp(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	for i := range maxRestarts {
		r.gopls.close()
		r.started()
		q := r.own.method(DocumentsMethod)
		r.own.send(`{"jsonrpc":"2.0","id":%s,"result":[]}`, q.id)
		if m := r.gopls.method("initialize"); m.id == nil {
			t.Fatalf("start %d: %s", i, m.body)
		}
	}
	r.gopls.close()
	if m := r.client.method("window/showMessage"); !strings.Contains(text(m.params, "message"), "not started again") {
		t.Errorf("the user reads %s", m.params)
	}
	r.client.send(`{"jsonrpc":"2.0","id":5,"method":"textDocument/definition","params":{}}`)
	if m := r.client.next(); !m.failed || code(&m) != codeRequestFailed {
		t.Errorf("the definition is answered with %s", m.body)
	}
	// Our half goes on.
	const hover = `{"jsonrpc":"2.0","id":6,"method":"textDocument/hover","params":{}}`
	r.client.send(hover)
	r.own.want(hover)
	r.own.send(`{"jsonrpc":"2.0","id":6,"result":{"contents":"o"}}`)
	r.client.want(`{"jsonrpc":"2.0","id":6,"result":{"contents":"o"}}`)
}

func TestWithoutGopls(t *testing.T) {
	refuse := fmt.Errorf("there is none: %w", ErrNotFound)
	r := newRig(t, func(o *Options) { o.Start = func() (Child, error) { return nil, refuse } })
	r.client.send(initialize)
	r.own.want(initialize)
	const answer = `{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"textDocumentSync":2}}}`
	r.own.send(answer)
	r.client.want(answer)
	r.client.send(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
	if m := r.client.method("window/showMessage"); !strings.Contains(text(m.params, "message"), "go install golang.org/x/tools/gopls@latest") {
		t.Errorf("the user reads %s", m.params)
	}
}

// Without our half plain gopls remains.
func TestWithoutOurHalf(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	r.own.send(`{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"uri":"file:///a.go","diagnostics":["o"]}}`)
	r.client.method("textDocument/publishDiagnostics")
	r.both(`{"jsonrpc":"2.0","id":5,"method":"textDocument/inlayHint","params":{}}`)
	const answer = `{"jsonrpc":"2.0","id":5,"result":[{"a" : 1}]}`
	r.gopls.send(answer)
	r.own.close()
	got := map[string]bool{}
	for range 3 {
		m := r.client.next()
		got[m.method] = true
		if m.method == "" && string(m.body) != answer {
			t.Errorf("the hints are %s", m.body)
		}
		if m.method == "textDocument/publishDiagnostics" && string(member(m.params, "diagnostics")) != "[]" {
			t.Errorf("diagnostics: %s", m.body)
		}
	}
	if !got[""] || !got["window/showMessage"] || !got["textDocument/publishDiagnostics"] {
		t.Errorf("the client gets %v", got)
	}
	const hover = `{"jsonrpc":"2.0","id":6,"method":"textDocument/hover","params":{}}`
	r.client.send(hover)
	r.gopls.want(hover)
	r.gopls.send(`{"jsonrpc":"2.0","id":6,"result":null}`)
	r.client.want(`{"jsonrpc":"2.0","id":6,"result":null}`)
}
