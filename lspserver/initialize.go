package lspserver

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/source"
)

// capabilities are what we know of a client. The value is immutable.
type capabilities struct {
	refresh       bool // of inlay hints, at our request
	progress      bool // begun by us
	configuration bool // it answers workspace/configuration
	registration  bool // it tells of changed settings if we register for it
	markdown      bool // in hovers
	folders       []string
}

// initializeParams is the part of the parameters of initialize that we read.
// It is our own so that a mistake in a part that we do not read, in what
// clients say of their hundred capabilities, does not keep the server from starting.
type initializeParams struct {
	ProcessID             *int
	RootURI               *string
	WorkspaceFolders      []struct{ URI string }
	InitializationOptions json.RawMessage
	Trace                 string
	Capabilities          struct {
		Workspace struct {
			Configuration          bool
			InlayHint              struct{ RefreshSupport bool }
			DidChangeConfiguration struct{ DynamicRegistration bool }
		}
		TextDocument struct {
			Hover struct{ ContentFormat []string }
		}
		Window  struct{ WorkDoneProgress bool }
		General struct{ PositionEncodings []string }
	}
}

func (s *server) initialize(params jsonrpc2.RawMessage) (work, error) {
	var p initializeParams
	if err := json.Unmarshal(params, &p); err != nil {
		// Members of another type than expected are left out, and the rest is read.
		var shape *json.UnmarshalTypeError
		if !errors.As(err, &shape) || shape.Field == "" {
			return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid parameters: %v", err)
		}
		s.log.Warn("initialize", "error", err)
	}
	return func(context.Context) (any, error) {
		encoding := s.chooseEncoding(p.Capabilities.General.PositionEncodings)
		s.sess.SetEncoding(encodings[string(encoding)])
		c := p.Capabilities
		s.caps.Store(&capabilities{
			refresh:       c.Workspace.InlayHint.RefreshSupport,
			progress:      c.Window.WorkDoneProgress,
			configuration: c.Workspace.Configuration,
			registration:  c.Workspace.DidChangeConfiguration.DynamicRegistration,
			markdown:      slices.Contains(c.TextDocument.Hover.ContentFormat, string(protocol.MarkupKindMarkdown)),
			folders:       folders(p),
		})
		s.initial = p.InitializationOptions
		s.configure(s.initial)
		s.setTraceValue(p.Trace)
		if p.ProcessID != nil {
			s.watchParent(*p.ProcessID)
		}
		s.state.Store(int32(phaseRunning))
		return s.advertise(encoding), nil
	}, nil
}

// advertise says what the server does, and nothing that it does not.
func (s *server) advertise(encoding protocol.PositionEncodingKind) *protocol.InitializeResult {
	yes, incremental := true, protocol.TextDocumentSyncKindIncremental
	return &protocol.InitializeResult{
		ServerInfo: protocol.ServerInfo{Name: "mapescape", Version: protocol.NewOptional(s.version)},
		Capabilities: protocol.ServerCapabilities{
			PositionEncoding: encoding,
			TextDocumentSync: &protocol.TextDocumentSyncOptions{
				OpenClose: &yes,
				Change:    &incremental,
				Save:      protocol.Boolean(true),
			},
			HoverProvider:          protocol.Boolean(true),
			InlayHintProvider:      protocol.Boolean(true),
			ExecuteCommandProvider: protocol.ExecuteCommandOptions{Commands: []string{commandAnalyze}},
		},
	}
}

// chooseEncoding takes the unit that the user wants if the client offers it.
func (s *server) chooseEncoding(offered []string) protocol.PositionEncodingKind {
	if enc, ok := encodings[s.encoding]; ok && enc != source.UTF16 && slices.Contains(offered, s.encoding) {
		return protocol.PositionEncodingKind(s.encoding)
	}
	return protocol.PositionEncodingKindUTF16
}

// folders are the paths of the workspace's folders.
func folders(p initializeParams) []string {
	var uris []string
	for _, f := range p.WorkspaceFolders {
		uris = append(uris, f.URI)
	}
	if len(uris) == 0 && p.RootURI != nil {
		uris = append(uris, *p.RootURI)
	}
	var paths []string
	for _, text := range uris {
		if u, err := uri.Parse(text); err == nil && u.IsFile() {
			paths = append(paths, filepath.Clean(u.FsPath()))
		}
	}
	return paths
}

// initialized is when the client takes requests.
func (s *server) initialized(jsonrpc2.RawMessage) error {
	caps := s.caps.Load()
	if caps.registration {
		s.spawn(s.registerForSettings)
	}
	if caps.configuration {
		s.pull.trigger(s)
	}
	return nil
}

func (s *server) shutdown(context.Context) (any, error) {
	s.state.Store(int32(phaseShutdown))
	return nil, nil
}
