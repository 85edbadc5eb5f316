package lspserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/mapescape/mapescape/lspserver/session"
)

// errNotUTF8 is said of text that has been damaged on the way: what the client
// holds in its place is not known.
var errNotUTF8 = errors.New("the message is not valid UTF-8")

func (s *server) didOpen(params jsonrpc2.RawMessage) error {
	p, err := decode[protocol.DidOpenTextDocumentParams](params)
	if err != nil {
		return err
	}
	path, ok := goFile(p.TextDocument.URI)
	if !ok {
		return nil
	}
	err = s.sess.Open(path, p.TextDocument.Version, p.TextDocument.Text)
	s.moved(path)
	if err == nil && !utf8.Valid(params) {
		s.sess.Drop(path)
		err = errNotUTF8
	}
	if err != nil {
		return fmt.Errorf("%s is not served: %w", path, err)
	}
	return nil
}

// didChange decodes its parameters itself. The protocol package takes a range
// that it cannot read for no range at all, which would put the inserted text in place
// of the whole document. Here a document about which there is any doubt is
// dropped until it is opened again.
func (s *server) didChange(params jsonrpc2.RawMessage) error {
	var p struct {
		TextDocument struct {
			URI     string
			Version *int32
		}
		ContentChanges []json.RawMessage
	}
	decodeErr := json.Unmarshal(params, &p)
	path, ok := fromFileURI(p.TextDocument.URI)
	if !ok {
		if decodeErr != nil {
			return decodeErr
		}
		return nil
	}
	drop := func(err error) error {
		s.sess.Drop(path)
		s.moved(path)
		return fmt.Errorf("%s is not served until it is opened again: %w", path, err)
	}
	switch {
	case decodeErr != nil:
		return drop(decodeErr)
	case p.TextDocument.Version == nil:
		return drop(errors.New("the version is missing"))
	case p.ContentChanges == nil:
		return drop(errors.New("the changes are missing"))
	case !utf8.Valid(params):
		return drop(errNotUTF8)
	}
	changes := make([]session.Change, len(p.ContentChanges))
	for i, raw := range p.ContentChanges {
		var err error
		if changes[i], err = decodeChange(raw); err != nil {
			return drop(err)
		}
	}
	if err := s.sess.Change(path, *p.TextDocument.Version, changes); err != nil {
		return drop(err)
	}
	s.moved(path)
	return nil
}

// moved has the diagnostics of a document sent again if its text has moved
// them. A client that asks for them does so of its own accord.
func (s *server) moved(path string) {
	if !s.caps.Load().diagnostics.pull {
		s.touch(path)
	}
}

// decodeChange reads one change. A change of the whole text has no range at
// all; a range that is null, incomplete or out of bounds is an error.
func decodeChange(raw []byte) (session.Change, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return session.Change{}, fmt.Errorf("a change is not an object: %w", err)
	}
	var text *string
	if err := json.Unmarshal(members["text"], &text); err != nil || text == nil {
		return session.Change{}, errors.New("a change has no text")
	}
	// The length is not used, but a client that gets it wrong is not to be trusted with the range.
	if length, ok := members["rangeLength"]; ok && string(length) != "null" {
		if err := json.Unmarshal(length, new(uint32)); err != nil {
			return session.Change{}, fmt.Errorf("the rangeLength of a change is invalid: %w", err)
		}
	}
	span, ok := members["range"]
	if !ok {
		return session.Change{Whole: true, Text: *text}, nil
	}
	start, err := decodePoint(member(span, "start"))
	if err != nil {
		return session.Change{}, err
	}
	end, err := decodePoint(member(span, "end"))
	if err != nil {
		return session.Change{}, err
	}
	return session.Change{Start: start, End: end, Text: *text}, nil
}

func decodePoint(raw []byte) (session.Point, error) {
	line, err := decodeUint31(member(raw, "line"))
	if err != nil {
		return session.Point{}, fmt.Errorf("the line of a change is invalid: %w", err)
	}
	column, err := decodeUint31(member(raw, "character"))
	if err != nil {
		return session.Point{}, fmt.Errorf("the character of a change is invalid: %w", err)
	}
	return session.Point{Line: line, Column: column}, nil
}

// decodeUint31 reads the protocol's uinteger, which ends at 2^31-1.
func decodeUint31(raw []byte) (int, error) {
	var n *int32
	if len(raw) == 0 {
		return 0, errors.New("it is missing")
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return 0, err
	}
	if n == nil || *n < 0 {
		return 0, fmt.Errorf("%s is no such number", raw)
	}
	return int(*n), nil
}

func (s *server) didSave(params jsonrpc2.RawMessage) error {
	p, err := decode[protocol.DidSaveTextDocumentParams](params)
	if err != nil {
		return err
	}
	if path, ok := goFile(p.TextDocument.URI); ok {
		s.sess.Save(path)
	}
	return nil
}

func (s *server) didClose(params jsonrpc2.RawMessage) error {
	p, err := decode[protocol.DidCloseTextDocumentParams](params)
	if err != nil {
		return err
	}
	if path, ok := goFile(p.TextDocument.URI); ok {
		s.sess.Close(path)
		s.moved(path)
	}
	return nil
}
