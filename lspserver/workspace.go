package lspserver

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/settings"
)

// workspaceFolder is the part of the protocol's WorkspaceFolder that we read.
type workspaceFolder struct{ URI string }

// folders are the paths of the workspace's folders and the client's names for them.
func folders(p initializeParams) (paths, scopes []string) {
	list := p.WorkspaceFolders
	if len(list) == 0 && p.RootURI != nil {
		list = []workspaceFolder{{*p.RootURI}}
	}
	for _, f := range list {
		if path, ok := fromURI(f.URI); ok {
			paths, scopes = append(paths, path), append(scopes, f.URI)
		}
	}
	return paths, scopes
}

// didChangeWorkspaceFolders takes over the new folders, which may have settings
// of their own. The documents of a folder that has gone are the client's to close.
func (s *server) didChangeWorkspaceFolders(params jsonrpc2.RawMessage) error {
	var p struct {
		Event struct{ Added, Removed []workspaceFolder }
	}
	if err := json.Unmarshal(params, &p); err != nil {
		return err
	}
	caps := *s.caps.Load()
	caps.folders, caps.scopes = slices.Clone(caps.folders), slices.Clone(caps.scopes)
	for _, f := range p.Event.Removed {
		path, _ := fromURI(f.URI)
		if i := slices.Index(caps.folders, path); i >= 0 {
			caps.folders, caps.scopes = slices.Delete(caps.folders, i, i+1), slices.Delete(caps.scopes, i, i+1)
		}
	}
	for _, f := range p.Event.Added {
		if path, ok := fromURI(f.URI); ok && !slices.Contains(caps.folders, path) {
			caps.folders, caps.scopes = append(caps.folders, path), append(caps.scopes, f.URI)
		}
	}
	s.caps.Store(&caps)
	if caps.configuration {
		s.pull.trigger(s)
		return nil
	}
	s.reconfigure()
	return nil
}

// display names a file or directory for the user: from the workspace's folder, if it is in one.
func (s *server) display(path string) string {
	for _, folder := range s.caps.Load().folders {
		rel, err := filepath.Rel(folder, path)
		switch {
		case err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)):
		case rel == ".":
			return filepath.Base(path)
		default:
			return "./" + filepath.ToSlash(rel)
		}
	}
	return path
}

// moduleFiles are the names of the files that select the versions of dependencies.
var moduleFiles = []string{"go.mod", "go.sum", "go.work", "go.work.sum"}

// didChangeWatchedFiles is told of changes that were made by anybody, the
// editor included.
func (s *server) didChangeWatchedFiles(params jsonrpc2.RawMessage) error {
	var p struct{ Changes []struct{ URI string } }
	if err := json.Unmarshal(params, &p); err != nil {
		return err
	}
	var paths []string
	for _, c := range p.Changes {
		path, ok := fromURI(c.URI)
		if ok && (strings.HasSuffix(path, ".go") || slices.Contains(moduleFiles, filepath.Base(path))) {
			paths = append(paths, path)
		}
	}
	s.sess.Touched(paths)
	return nil
}

// register asks the client to tell when settings and files have changed.
func (s *server) register() {
	ctx, cancel := context.WithTimeout(s.base, clientTime)
	defer cancel()
	type object = map[string]any
	var list []protocol.Registration
	add := func(id, method string, options object) {
		raw, err := json.Marshal(options)
		if err != nil {
			panic(err) // a mistake in the literals below
		}
		list = append(list, protocol.Registration{ID: id, Method: method, RegisterOptions: raw})
	}
	caps := s.caps.Load()
	if caps.registration {
		add("mapescape.settings", protocol.MethodWorkspaceDidChangeConfiguration,
			object{"section": []string{settings.Section, settings.GoplsSection}})
	}
	if caps.watching {
		var watchers []object
		for _, name := range append([]string{"*.go"}, moduleFiles...) {
			watchers = append(watchers, object{"globPattern": "**/" + name})
		}
		add("mapescape.files", protocol.MethodWorkspaceDidChangeWatchedFiles, object{"watchers": watchers})
	}
	if err := s.client.RegisterCapability(ctx, &protocol.RegistrationParams{Registrations: list}); err != nil {
		s.log.Warn("client/registerCapability", "error", err)
	}
}
