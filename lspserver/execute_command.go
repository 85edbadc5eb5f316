package lspserver

import (
	"context"
	"encoding/json"
	"path/filepath"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// commandAnalyze analyses the package of the Go file that its argument names,
// a URI or an object with a member "uri", and ends when that is done.
const commandAnalyze = "mapescape.analyze_package"

// codeRequestFailed is the protocol's RequestFailed: a valid request that could not be carried out.
const codeRequestFailed jsonrpc2.Code = -32803

func (s *server) executeCommand(params jsonrpc2.RawMessage) (work, error) {
	p, err := decode[protocol.ExecuteCommandParams](params)
	if err != nil {
		return nil, err
	}
	switch p.Command {
	case commandAnalyze:
		return s.analyzePackage(p.Arguments)
	case commandApply:
		return s.applyRewrite(p.Arguments)
	case commandFlow:
		return s.showFlow(p.Arguments)
	case commandReport:
		return s.reportForBug(), nil
	default:
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "there is no command %q", p.Command)
	}
}

func (s *server) analyzePackage(arguments []protocol.LSPAny) (work, error) {
	path, ok := commandFile(arguments)
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s needs the URI of a Go file", commandAnalyze)
	}
	done := s.sess.Analyze(filepath.Dir(path))
	return func(ctx context.Context) (any, error) {
		select {
		case out, ok := <-done:
			switch {
			case !ok || out.Cancelled:
				return nil, protocol.ErrRequestCancelled
			case out.Err != nil:
				return nil, jsonrpc2.Errorf(codeRequestFailed, "%v", out.Err)
			}
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}, nil
}

func commandFile(arguments []protocol.LSPAny) (path string, ok bool) {
	if len(arguments) == 0 {
		return "", false
	}
	raw := []byte(arguments[0])
	if own := member(raw, "uri"); own != nil {
		raw = own
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "", false
	}
	return fromFileURI(text)
}
