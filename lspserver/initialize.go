package lspserver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/lspserver/settings"
)

// capabilities are what we know of a client. The value is immutable.
type capabilities struct {
	refresh       bool // of inlay hints, at our request
	progress      bool // begun by us
	configuration bool // it answers workspace/configuration
	registration  bool // it tells of changed settings if we register for it
	watching      bool // it tells of changed files if we register for it
	markdown      bool // in hovers
	lazyTooltip   bool // it asks for the tooltip of a hint when that is needed
	status        bool // it shows how packages are
	lazyLocation  bool // and for the place that a hint leads to
	applyEdit     bool // at our request
	actions       actionCapabilities
	diagnostics   diagnosticCapabilities
	lenses        lensCapabilities
	// name is what the client calls itself.
	name string
	// folders are the paths of the workspace's folders, scopes the client's names for them.
	folders, scopes []string
}

// initializeParams is the part of the parameters of initialize that we read.
// It is our own so that a mistake in a part that we do not read, in what
// clients say of their hundred capabilities, does not keep the server from starting.
type initializeParams struct {
	ProcessID             *int
	RootURI               *string
	WorkspaceFolders      []workspaceFolder
	InitializationOptions json.RawMessage
	Trace                 string
	ClientInfo            struct{ Name, Version string }
	Capabilities          struct {
		Workspace struct {
			Configuration          bool
			InlayHint              struct{ RefreshSupport bool }
			DidChangeConfiguration struct{ DynamicRegistration bool }
			DidChangeWatchedFiles  struct{ DynamicRegistration bool }
			ApplyEdit              bool
			CodeLens               struct{ RefreshSupport bool }
			Diagnostics            struct{ RefreshSupport bool }
			WorkspaceEdit          struct {
				DocumentChanges         bool
				ChangeAnnotationSupport *struct{}
			}
		}
		TextDocument struct {
			Hover      struct{ ContentFormat []string }
			InlayHint  struct{ ResolveSupport properties }
			CodeAction struct {
				CodeActionLiteralSupport *struct{}
				DisabledSupport          bool
				IsPreferredSupport       bool
				DataSupport              bool
				ResolveSupport           properties
			}
			CodeLens           *struct{}
			Diagnostic         *struct{}
			PublishDiagnostics struct{ RelatedInformation, CodeDescriptionSupport bool }
		}
		Window struct{ WorkDoneProgress bool }
		// Experimental has our own extensions of the protocol.
		Experimental struct{ Mapescape struct{ Status bool } }
		General      struct{ PositionEncodings []string }
	}
}

// properties are what a client asks for later.
type properties struct{ Properties []string }

func (p properties) has(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(p.Properties, n) })
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
		paths, scopes := folders(p)
		later := c.TextDocument.InlayHint.ResolveSupport
		s.caps.Store(&capabilities{
			refresh:       c.Workspace.InlayHint.RefreshSupport,
			progress:      c.Window.WorkDoneProgress,
			configuration: c.Workspace.Configuration,
			registration:  c.Workspace.DidChangeConfiguration.DynamicRegistration,
			markdown:      slices.Contains(c.TextDocument.Hover.ContentFormat, string(protocol.MarkupKindMarkdown)),
			watching:      c.Workspace.DidChangeWatchedFiles.DynamicRegistration,
			status:        c.Experimental.Mapescape.Status,
			lazyTooltip:   later.has("tooltip"),
			lazyLocation:  later.has("label.location", "location"), // the one is the protocol's name, the other Neovim's
			actions: actionCapabilities{
				literals:        c.TextDocument.CodeAction.CodeActionLiteralSupport != nil,
				disabled:        c.TextDocument.CodeAction.DisabledSupport,
				preferred:       c.TextDocument.CodeAction.IsPreferredSupport,
				lazyEdit:        c.TextDocument.CodeAction.DataSupport && c.TextDocument.CodeAction.ResolveSupport.has("edit"),
				documentChanges: c.Workspace.WorkspaceEdit.DocumentChanges,
				annotations:     c.Workspace.WorkspaceEdit.ChangeAnnotationSupport != nil,
			},
			diagnostics: diagnosticCapabilities{
				pull:    c.TextDocument.Diagnostic != nil && c.Workspace.Diagnostics.RefreshSupport,
				related: c.TextDocument.PublishDiagnostics.RelatedInformation,
				href:    c.TextDocument.PublishDiagnostics.CodeDescriptionSupport,
			},
			lenses:    lensCapabilities{supported: c.TextDocument.CodeLens != nil, refresh: c.Workspace.CodeLens.RefreshSupport},
			applyEdit: c.Workspace.ApplyEdit,
			name:      clientName(p),
			folders:   paths,
			scopes:    scopes,
		})
		s.initial = p.InitializationOptions
		s.configure(sections{own: s.initial, gopls: member(s.initial, settings.GoplsSection)}, nil)
		s.setTraceValue(p.Trace)
		if p.ProcessID != nil {
			s.watchParent(*p.ProcessID)
		}
		s.state.Store(int32(phaseRunning))
		return s.advertise(encoding), nil
	}, nil
}

// clientName is what a client calls itself, for a bug report.
func clientName(p initializeParams) string {
	const limit = 80
	name := strings.ToValidUTF8(strings.TrimSpace(p.ClientInfo.Name+" "+p.ClientInfo.Version), "\ufffd")
	if r := []rune(name); len(r) > limit {
		name = string(r[:limit]) + "…"
	}
	return cmp.Or(strings.Join(strings.Fields(name), " "), "unnamed")
}

// advertise says what the server does, and nothing that it does not.
func (s *server) advertise(encoding protocol.PositionEncodingKind) *protocol.InitializeResult {
	yes, incremental := true, protocol.TextDocumentSyncKindIncremental
	caps := s.caps.Load()
	var hints protocol.InlayHintProvider = protocol.Boolean(true)
	if caps.lazyTooltip || caps.lazyLocation {
		hints = &protocol.InlayHintOptions{ResolveProvider: &yes}
	}
	return &protocol.InitializeResult{
		ServerInfo: protocol.ServerInfo{Name: "mapescape", Version: protocol.NewOptional(s.version)},
		Capabilities: protocol.ServerCapabilities{
			PositionEncoding: encoding,
			TextDocumentSync: &protocol.TextDocumentSyncOptions{
				OpenClose: &yes,
				Change:    &incremental,
				Save:      protocol.Boolean(true),
			},
			HoverProvider:      protocol.Boolean(true),
			InlayHintProvider:  hints,
			CodeActionProvider: s.actionProvider(caps.actions),
			CodeLensProvider:   s.lensProvider(caps.lenses),
			DiagnosticProvider: s.diagnosticProvider(caps.diagnostics),
			Workspace: &protocol.WorkspaceOptions{
				WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{Supported: &yes, ChangeNotifications: protocol.Boolean(true)},
			},
			Experimental:           s.statusCapability(),
			ExecuteCommandProvider: protocol.ExecuteCommandOptions{Commands: []string{commandAnalyze, commandApply, commandFlow, commandReport}},
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

// initialized is when the client takes requests.
func (s *server) initialized(jsonrpc2.RawMessage) error {
	caps := s.caps.Load()
	if caps.registration || caps.watching {
		s.spawn(s.register)
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
