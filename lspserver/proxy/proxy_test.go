package proxy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the proxy does not know goes to gopls and back as it is, in order.
func TestPassesOnUntouched(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":"a","method":"textDocument/definition","params":{"x":1.0,  "y":"é\u00e9"},"extra":[ ]}`,
		`{"method":"future/request","id":7,"jsonrpc":"2.0"}`,
		`{"jsonrpc":"2.0","method":"future/notification","params":[1,2]}`,
	} {
		r.client.send("%s", body)
		r.gopls.want(body)
	}
	for _, body := range []string{
		`{"jsonrpc":"2.0","result":{"z":1e3, "a":"\u003c"},"id":"a"}`,
		`{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"x","data":{ "k":null}}}`,
		`{"jsonrpc":"2.0","method":"window/future","params":{"b" : 1}}`,
	} {
		r.gopls.send("%s", body)
		r.client.want(body)
	}
	r.own.nothing()
}

func TestInitialize(t *testing.T) {
	r := newRig(t, nil)
	r.started()
	r.client.send(initialize)
	r.gopls.next()
	r.own.next()
	r.gopls.send(`{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"gopls","version":"v9"},"capabilities":{` +
		`"textDocumentSync":{"change":2,"openClose":true},"positionEncoding":"utf-16","hoverProvider":true,"inlayHintProvider":true,` +
		`"codeActionProvider":{"codeActionKinds":["quickfix","source.organizeImports"]},"experimental":{"n":12345678901234567890},` +
		`"executeCommandProvider":{"commands":["gopls.tidy"]}}}}`)
	r.own.send(`{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"mapescape"},"capabilities":{` +
		`"textDocumentSync":1,"positionEncoding":"utf-8","inlayHintProvider":{"resolveProvider":true},` +
		`"codeActionProvider":{"codeActionKinds":["quickfix","refactor.rewrite.mapClear"],"resolveProvider":true},` +
		`"executeCommandProvider":{"commands":["mapescape.report"]}}}}`)
	want := object(t, []byte(`{"serverInfo":{"name":"gopls","version":"v9"},"capabilities":{`+
		`"textDocumentSync":{"change":2,"openClose":true},"positionEncoding":"utf-16","hoverProvider":true,"inlayHintProvider":{"resolveProvider":true},`+
		`"codeActionProvider":{"codeActionKinds":["quickfix","source.organizeImports","refactor.rewrite.mapClear"],"resolveProvider":true},`+
		`"experimental":{"n":12345678901234567890},"executeCommandProvider":{"commands":["gopls.tidy","mapescape.report"]}}}`))
	got := r.client.next()
	if diff := cmp.Diff(want, object(t, got.result)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !strings.Contains(string(got.result), "12345678901234567890") {
		t.Errorf("a number was changed: %s", got.result)
	}
}

func TestMergesArrays(t *testing.T) {
	for _, tt := range []struct{ name, gopls, own, want string }{
		{"both", `[{"a":1} , {"b":2}]`, `[{"c":3}]`, `[{"a":1} , {"b":2},{"c":3}]`},
		{"only gopls", `[{"a":1}]`, `[]`, `[{"a":1}]`},
		{"only gopls, null", `[{"a":1}]`, `null`, `[{"a":1}]`},
		{"only ours", `null`, `[{"c":3}]`, `[{"c":3}]`},
		{"only ours, empty", `[ ]`, `[{"c":3}]`, `[{"c":3}]`},
		{"neither", `null`, `[]`, `null`},
		{"no array", `{"x":1}`, `[{"c":3}]`, `{"x":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.begin()
			for i, method := range []string{"textDocument/inlayHint", "textDocument/codeAction", "textDocument/codeLens"} {
				request := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{}}`, i+10, method)
				r.both(request)
				// The order in which they answer is of no matter.
				answers := []func(){
					func() { r.gopls.send(`{"jsonrpc":"2.0","id":%d,"result":%s}`, i+10, tt.gopls) },
					func() { r.own.send(`{"jsonrpc":"2.0","id":%d,"result":%s}`, i+10, tt.own) },
				}
				answers[i%2]()
				answers[1-i%2]()
				r.client.want(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":%s}`, i+10, tt.want))
			}
		})
	}
}

func TestMergesHovers(t *testing.T) {
	for _, tt := range []struct{ name, gopls, own, want string }{
		{"markdown", `{"contents":{"kind":"markdown","value":"g\n"},"range":{"start":1}}`, `{"contents":{"kind":"markdown","value":"o"},"range":{"start":2}}`,
			`{"contents":{"kind":"markdown","value":"g\n\n---\n\no"},"range":{"start":1}}`},
		{"plain", `{"contents":{"kind":"plaintext","value":"g"}}`, `{"contents":{"kind":"plaintext","value":"o"}}`,
			`{"contents":{"kind":"plaintext","value":"g\n\no"}}`},
		{"a string", `{"contents":"g"}`, `{"contents":{"kind":"markdown","value":"o"}}`, `{"contents":{"kind":"markdown","value":"g\n\n---\n\no"}}`},
		{"an older form", `{"contents":[{"language":"go","value":"g"}]}`, `{"contents":{"kind":"markdown","value":"o"}}`,
			`{"contents":[{"language":"go","value":"g"}]}`},
		{"only ours", `null`, `{"contents":{"kind":"markdown","value":"o"}}`, `{"contents":{"kind":"markdown","value":"o"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.begin()
			r.both(`{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{}}`)
			r.gopls.send(`{"jsonrpc":"2.0","id":5,"result":%s}`, tt.gopls)
			r.own.send(`{"jsonrpc":"2.0","id":5,"result":%s}`, tt.own)
			if diff := cmp.Diff(object(t, []byte(tt.want)), object(t, r.client.next().result)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestErrorsOfOneHalf(t *testing.T) {
	const failure = `{"jsonrpc":"2.0","id":5,"error":{"code":0,"message":"no package"}}`
	const cancelled = `{"jsonrpc":"2.0","id":5,"error":{"code":-32800,"message":"cancelled"}}`
	const hints = `{"jsonrpc":"2.0","id":5,"result":[{"a":1}]}`
	for _, tt := range []struct{ gopls, own, want string }{
		{failure, hints, hints},
		{hints, failure, hints},
		{cancelled, hints, cancelled},
		{failure, failure, failure},
	} {
		r := newRig(t, nil)
		r.begin()
		r.both(`{"jsonrpc":"2.0","id":5,"method":"textDocument/inlayHint","params":{}}`)
		r.gopls.send("%s", tt.gopls)
		r.own.send("%s", tt.own)
		r.client.want(tt.want)
	}
}

// gopls' answer does not wait for ours for longer than the grace, and what comes
// later makes the client ask again.
func TestTardyHalf(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Grace = time.Millisecond })
	r.begin()
	r.both(`{"jsonrpc":"2.0","id":5,"method":"textDocument/inlayHint","params":{}}`)
	const answer = `{"jsonrpc":"2.0","id":5,"result":[{"a" : 1}]}`
	r.gopls.send(answer)
	r.client.want(answer)
	r.own.send(`{"jsonrpc":"2.0","id":5,"result":[{"b":2}]}`)
	r.client.method("workspace/inlayHint/refresh")
	// The id is free again.
	r.both(`{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{}}`)
}

func TestDuplicateAnswers(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	r.client.send(`{"jsonrpc":"2.0","id":5,"method":"textDocument/definition","params":{}}`)
	r.gopls.next()
	r.gopls.send(`{"jsonrpc":"2.0","id":5,"result":1}`)
	r.gopls.send(`{"jsonrpc":"2.0","id":5,"result":2}`)
	r.gopls.send(`{"jsonrpc":"2.0","id":99,"result":3}`)
	r.own.send(`{"jsonrpc":"2.0","id":5,"result":4}`)
	r.client.want(`{"jsonrpc":"2.0","id":5,"result":1}`)
	r.gopls.send(`{"jsonrpc":"2.0","method":"last"}`)
	r.client.want(`{"jsonrpc":"2.0","method":"last"}`)
}

func TestDiagnostics(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	publish := func(uri, list string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"uri":%q,"version":3,"diagnostics":%s}}`, uri, list)
	}
	for _, step := range []struct {
		from *peer
		list string
		want string // the diagnostics that the client gets
	}{
		{r.own, `["o1"]`, `["o1"]`},
		{r.gopls, `["g1"]`, `["g1","o1"]`},
		{r.gopls, `[]`, `["o1"]`},
		{r.own, `["o2"]`, `["o2"]`},
		{r.gopls, `["g2","g3"]`, `["g2","g3","o2"]`},
		{r.own, `[]`, `["g2","g3"]`},
		{r.gopls, `[]`, `[]`},
	} {
		step.from.send("%s", publish("file:///a.go", step.list))
		m := r.client.method("textDocument/publishDiagnostics")
		if diff := cmp.Diff(object(t, []byte(step.want)), object(t, member(m.params, "diagnostics"))); diff != "" {
			t.Errorf("after %s of %s: -want +got\n%s", step.list, step.from.name, diff)
		}
		if string(member(m.params, "version")) != "3" {
			t.Errorf("the version is lost: %s", m.params)
		}
	}
	// Another document has nothing to do with it.
	r.gopls.send("%s", publish("file:///b.go", `["g"]`))
	r.client.want(publish("file:///b.go", `["g"]`))
}

func TestPulledDiagnostics(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	r.client.send(`{"jsonrpc":"2.0","id":5,"method":"textDocument/diagnostic","params":{"previousResultId":"x","textDocument":{"uri":"file:///a.go"}}}`)
	for _, p := range []*peer{r.gopls, r.own} {
		m := p.method("textDocument/diagnostic")
		if member(m.params, "previousResultId") != nil || text(m.params, "textDocument", "uri") != "file:///a.go" {
			t.Errorf("%s is asked with %s", p.name, m.params)
		}
	}
	r.gopls.send(`{"jsonrpc":"2.0","id":5,"result":{"kind":"full","resultId":"g","items":["g"]}}`)
	r.own.send(`{"jsonrpc":"2.0","id":5,"result":{"kind":"full","resultId":"o","items":["o"]}}`)
	if diff := cmp.Diff(object(t, []byte(`{"kind":"full","items":["g","o"]}`)), object(t, r.client.next().result)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestResolveGoesByData(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	const mine = `{"jsonrpc":"2.0","id":5,"method":"codeAction/resolve","params":{"title":"t","data":{"mapescape":"x"}}}`
	const theirs = `{"jsonrpc":"2.0","id":6,"method":"codeAction/resolve","params":{"title":"t","data":{"command":"x"}}}`
	r.client.send(mine)
	r.own.want(mine)
	r.client.send(theirs)
	r.gopls.want(theirs)
	// gopls said that its hints are complete.
	r.client.send(`{"jsonrpc":"2.0","id":7,"method":"inlayHint/resolve","params":{"label":"int"}}`)
	r.client.want(`{"jsonrpc":"2.0","id":7,"result":{"label":"int"}}`)
	r.gopls.nothing()
	r.own.nothing()
}

func TestCommandsGoByName(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	const mine = `{"jsonrpc":"2.0","id":5,"method":"workspace/executeCommand","params":{"command":"mapescape.report"}}`
	const theirs = `{"jsonrpc":"2.0","id":6,"method":"workspace/executeCommand","params":{"command":"gopls.tidy"}}`
	r.client.send(mine)
	r.own.want(mine)
	r.client.send(theirs)
	r.gopls.want(theirs)
	r.own.send(`{"jsonrpc":"2.0","id":5,"result":"o"}`)
	r.client.want(`{"jsonrpc":"2.0","id":5,"result":"o"}`)
	r.gopls.send(`{"jsonrpc":"2.0","id":6,"result":"g"}`)
	r.client.want(`{"jsonrpc":"2.0","id":6,"result":"g"}`)
}

// Both servers count their questions from 1.
func TestQuestionsToTheClient(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	for _, id := range []string{`1`, `"1"`, `"a\"b:c"`} {
		for _, p := range []*peer{r.gopls, r.own} {
			p.send(`{"jsonrpc":"2.0","id":%s,"method":"workspace/configuration","params":{"of":%q}}`, id, p.name)
		}
		for range 2 {
			q := r.client.method("workspace/configuration")
			r.client.send(`{"jsonrpc":"2.0","id":%s,"result":%s}`, q.id, member(q.params, "of"))
		}
		for _, p := range []*peer{r.gopls, r.own} {
			p.want(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%q}`, id, p.name))
		}
	}
}

func TestCancel(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	r.both(`{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{}}`)
	r.both(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":5}}`)
	const theirs = `{"jsonrpc":"2.0","method":"window/workDoneProgress/cancel","params":{"token":"gopls-1"}}`
	const mine = `{"jsonrpc":"2.0","method":"window/workDoneProgress/cancel","params":{"token":"mapescape-1"}}`
	r.client.send(theirs)
	r.client.send(mine)
	r.gopls.want(theirs)
	r.own.want(mine)
}

// Both halves see the client's messages in the order in which they were sent.
func TestOrder(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	const rounds = 300
	go func() {
		for i := range rounds {
			r.client.send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"v":%d}}`, i)
			if i%10 == 0 {
				r.client.send(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/hover","params":{"v":%d}}`, 1000+i, i)
			}
		}
	}()
	for _, p := range []*peer{r.gopls, r.own} {
		for i := range rounds {
			p.want(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"v":%d}}`, i))
			if i%10 == 0 {
				p.want(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/hover","params":{"v":%d}}`, 1000+i, i))
			}
		}
	}
}

func TestMalformedBodies(t *testing.T) {
	r := newRig(t, nil)
	r.begin()
	for _, body := range []string{`{`, `[]`, `"x"`, `{"jsonrpc":"2.0"}`, `[{"jsonrpc":"2.0","id":5,"method":"x"}]`} {
		r.client.send("%s", body)
		if m := r.client.next(); !m.failed {
			t.Errorf("%s is answered with %s", body, m.body)
		}
		r.gopls.send("%s", body)
		r.own.send("%s", body)
	}
	const alive = `{"jsonrpc":"2.0","method":"alive"}`
	r.client.send(alive)
	r.gopls.want(alive)
	r.gopls.send(alive)
	r.client.want(alive)
}

func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*rig)
		want error
	}{
		{"in good order", func(r *rig) {
			r.both(`{"jsonrpc":"2.0","id":9,"method":"shutdown"}`)
			r.own.send(`{"jsonrpc":"2.0","id":9,"result":null}`)
			r.gopls.send(`{"jsonrpc":"2.0","id":9,"result":null}`)
			r.client.want(`{"jsonrpc":"2.0","id":9,"result":null}`)
			r.both(`{"jsonrpc":"2.0","method":"exit"}`)
		}, nil},
		{"a half that does not answer shutdown", func(r *rig) {
			r.both(`{"jsonrpc":"2.0","id":9,"method":"shutdown"}`)
			r.own.send(`{"jsonrpc":"2.0","id":9,"result":null}`)
			r.client.want(`{"jsonrpc":"2.0","id":9,"result":null}`)
			r.client.send(`{"jsonrpc":"2.0","method":"exit"}`)
		}, nil},
		{"without shutdown", func(r *rig) { r.client.send(`{"jsonrpc":"2.0","method":"exit"}`) }, ErrNoShutdown},
		{"the end of the stream", func(r *rig) { r.client.w.Close() }, ErrNoShutdown},
		{"a header that cannot be followed", func(r *rig) { r.client.raw("GET / HTTP/1.1\r\n\r\n") }, ErrNoShutdown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.begin()
			tt.end(r)
			if err := r.wait(); !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Errorf("Run gives %v, want %v", err, tt.want)
			}
			<-r.gopls.gone
			<-r.own.gone
		})
	}
}
