package lspserver

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/proxy"
)

// phase is where a connection stands in its life.
type phase int32

const (
	phaseNew phase = iota
	phaseRunning
	phaseShutdown
)

// work answers a request from what it took along from the read loop.
type work func(ctx context.Context) (any, error)

// request decodes the parameters of a request and takes the snapshot that it
// is to be answered from. It runs on the read loop.
type request func(s *server, params jsonrpc2.RawMessage) (work, error)

// requests are the requests that are answered, but for initialize and
// shutdown, which change the phase.
var requests = map[string]request{
	protocol.MethodTextDocumentInlayHint:   (*server).inlayHint,
	protocol.MethodInlayHintResolve:        (*server).resolveInlayHint,
	protocol.MethodTextDocumentHover:       (*server).hover,
	protocol.MethodTextDocumentCodeAction:  (*server).codeAction,
	protocol.MethodCodeActionResolve:       (*server).resolveCodeAction,
	protocol.MethodTextDocumentDiagnostic:  (*server).pullDiagnostics,
	protocol.MethodTextDocumentCodeLens:    (*server).codeLens,
	protocol.MethodCodeLensResolve:         (*server).resolveLens,
	protocol.MethodWorkspaceExecuteCommand: (*server).executeCommand,
	proxy.DocumentsMethod:                  (*server).documents,
}

// compiling are the requests that may wait for the compiler. They must not keep
// others from being answered meanwhile.
var compiling = map[string]bool{
	protocol.MethodWorkspaceExecuteCommand: true,
	protocol.MethodCodeActionResolve:       true,
	protocol.MethodTextDocumentCodeAction:  true,
}

// notification handles a notification on the read loop. Its error is logged:
// there is nobody to tell.
type notification func(s *server, params jsonrpc2.RawMessage) error

var notifications = map[string]notification{
	protocol.MethodInitialized:                        (*server).initialized,
	protocol.MethodSetTrace:                           (*server).setTrace,
	protocol.MethodTextDocumentDidOpen:                (*server).didOpen,
	protocol.MethodTextDocumentDidChange:              (*server).didChange,
	protocol.MethodTextDocumentDidSave:                (*server).didSave,
	protocol.MethodTextDocumentDidClose:               (*server).didClose,
	protocol.MethodWorkspaceDidChangeConfiguration:    (*server).didChangeConfiguration,
	protocol.MethodWorkspaceDidChangeWatchedFiles:     (*server).didChangeWatchedFiles,
	protocol.MethodWorkspaceDidChangeWorkspaceFolders: (*server).didChangeWorkspaceFolders,
	protocol.MethodWindowWorkDoneProgressCancel:       (*server).cancelProgress,
}

// handle takes one message on the read loop. A notification never gives an
// error, because jsonrpc2 would close the connection over it; a panic becomes an answer.
func (s *server) handle(ctx context.Context, req *jsonrpc2.Request) (result any, err error) {
	if !req.IsCall() {
		s.notify(req.Method(), req.Params())
		return nil, nil
	}
	method := strings.Clone(req.Method())
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("request panicked", "method", method, "panic", v, "stack", string(debug.Stack()))
			result, err = nil, jsonrpc2.Errorf(jsonrpc2.InternalError, "internal error: %v", v)
		}
	}()
	do, inline, err := s.prepare(method, req.Params())
	if err != nil {
		s.tally.add("requests refused")
		return nil, wireError(err)
	}
	s.tally.add(method)
	if inline {
		result, err = do(ctx)
		return result, wireError(err)
	}
	if s.pending.Add(1) > maxPending {
		s.pending.Add(-1)
		return nil, jsonrpc2.Errorf(codeRequestFailed, "%d requests are waiting for their answers already", maxPending)
	}
	defer s.pending.Add(-1)
	ctx, release := s.calls.register(ctx, req.ID())
	defer release()
	jsonrpc2.Async(ctx)
	if !compiling[method] {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-ctx.Done():
			return nil, protocol.ErrRequestCancelled
		}
	}
	result, err = do(ctx)
	s.out.room(ctx)
	if ctx.Err() != nil {
		return nil, protocol.ErrRequestCancelled
	}
	return result, wireError(err)
}

// prepare finds out what a request asks for; inline says that it is to be
// answered before the next message is read.
func (s *server) prepare(method string, params jsonrpc2.RawMessage) (do work, inline bool, err error) {
	if method == protocol.MethodInitialize {
		if phase(s.state.Load()) != phaseNew {
			return nil, false, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server is initialized already")
		}
		do, err = s.initialize(params)
		return do, true, err
	}
	switch phase(s.state.Load()) {
	case phaseNew:
		return nil, false, jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "the first request must be initialize")
	case phaseShutdown:
		return nil, false, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server has been shut down")
	}
	if method == protocol.MethodShutdown {
		return s.shutdown, true, nil
	}
	r, ok := requests[method]
	if !ok {
		return nil, false, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "the server does not answer %q", method)
	}
	do, err = r(s, params)
	return do, false, err
}

// notify handles a notification. Method and params are only valid until it returns.
func (s *server) notify(method string, params jsonrpc2.RawMessage) {
	defer s.recoverPanic(method)
	switch method {
	case protocol.MethodExit:
		s.end(errExit)
		return
	case protocol.MethodCancelRequest:
		// A request may be cancelled in any phase.
		s.calls.cancel(params)
		return
	}
	if phase(s.state.Load()) != phaseRunning {
		return
	}
	n, ok := notifications[method]
	if !ok {
		// The protocol wants those starting with "$/" to be ignored; there is no use in refusing the others.
		s.log.Debug("notification ignored", "method", strings.Clone(method))
		return
	}
	s.tally.add(strings.Clone(method))
	if err := n(s, params); err != nil {
		s.tally.add("notifications in error")
		s.say(protocol.MessageTypeWarning, fmt.Sprintf("%s: %v", method, err))
	}
}

func (s *server) recoverPanic(where string) {
	if v := recover(); v != nil {
		s.log.Error("panic", "where", strings.Clone(where), "panic", v, "stack", string(debug.Stack()))
	}
}

// decode reads parameters. All that is wrong with them is the client's mistake.
func decode[T any](params jsonrpc2.RawMessage) (*T, error) {
	if len(params) == 0 {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "parameters are missing")
	}
	v := new(T)
	if err := protocol.Unmarshal(params, v); err != nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid parameters: %v", err)
	}
	return v, nil
}

// wireError gives an error the code that it is sent with.
func wireError(err error) error {
	var coded *jsonrpc2.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return protocol.ErrRequestCancelled
	default:
		return jsonrpc2.Errorf(jsonrpc2.InternalError, "%v", err)
	}
}

// registry knows the requests that can be cancelled.
type registry struct {
	mu    sync.Mutex
	calls map[jsonrpc2.ID]*call
}

type call struct{ cancel context.CancelFunc }

// register gives a request a context that cancel ends. Of two requests with
// the same id, which is the client's mistake, the later one can be cancelled.
func (r *registry) register(ctx context.Context, id jsonrpc2.ID) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	c := &call{cancel}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[jsonrpc2.ID]*call{}
	}
	r.calls[id] = c
	return ctx, func() {
		cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.calls[id] == c {
			delete(r.calls, id)
		}
	}
}

// cancel reads the parameters of $/cancelRequest. An id that is not in flight
// means nothing: its answer is under way.
func (r *registry) cancel(params jsonrpc2.RawMessage) {
	id := requestID(member(params, "id"))
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.calls[id]; c != nil {
		c.cancel()
	}
}
