package proxy

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// documents are the client's open documents. The text of a Go file is kept once,
// by our half, which is asked for it when gopls has to be given it again. Of other
// documents, go.mod files and templates, the client's own messages are kept.
type documents struct {
	open map[string]*document
}

type document struct {
	language string
	// shared says that our half has the text.
	shared  bool
	opened  []byte   // the frame of didOpen, unless shared
	changes [][]byte // the frames of didChange, oldest first, unless shared
	size    int      // bytes of changes
}

// maxChanges is how many bytes of changes are kept of one document. One with
// more of them is not opened again: gopls then reads it from the disk.
const maxChanges = 32 << 20

// note follows the documents that are open; own says that our half is there.
func (d *documents) note(m message, own bool) {
	uri := text(m.params, "textDocument", "uri")
	switch m.method {
	case "textDocument/didOpen":
		doc := &document{language: text(m.params, "textDocument", "languageId"), shared: own && strings.HasSuffix(uri, ".go")}
		if !doc.shared {
			doc.opened = m.body
		}
		d.open[uri] = doc
	case "textDocument/didClose":
		delete(d.open, uri)
	case "textDocument/didChange":
		doc := d.open[uri]
		if doc == nil || doc.shared {
			return
		}
		if doc.size += len(m.body); doc.size > maxChanges {
			delete(d.open, uri)
			return
		}
		doc.changes = append(doc.changes, m.body)
	}
}

// A Document is one with its present text.
type Document struct {
	URI     string `json:"uri"`
	Version int32  `json:"version"`
	Text    string `json:"text"`
}

// DocumentsMethod is the request that our half answers with a list of Document:
// those named in DocumentsParams that it holds, as they are at the request's place in
// the stream.
const DocumentsMethod = "mapescape/documents"

// DocumentsParams name documents.
type DocumentsParams struct {
	URIs []string `json:"uris"`
}

// shared are the documents whose text our half has.
func (d *documents) shared() DocumentsParams {
	p := DocumentsParams{URIs: []string{}}
	for uri, doc := range d.open {
		if doc.shared {
			p.URIs = append(p.URIs, uri)
		}
	}
	slices.Sort(p.URIs)
	return p
}

// replay are the frames that open all documents again, with their present texts.
// What our half should know and does not is left out, and gopls reads it from the disk.
func (d *documents) replay(known []Document) (frames [][]byte, leftOut []string) {
	texts := map[string]Document{}
	for _, doc := range known {
		texts[doc.URI] = doc
	}
	for _, uri := range slices.Sorted(maps.Keys(d.open)) {
		doc := d.open[uri]
		present, ok := texts[uri]
		switch {
		case !doc.shared:
			frames = append(append(frames, doc.opened), doc.changes...)
		case ok:
			frames = append(frames, callFrame(nil, "textDocument/didOpen", map[string]any{"textDocument": map[string]any{
				"uri": uri, "languageId": doc.language, "version": present.Version, "text": present.Text,
			}}))
		default:
			leftOut = append(leftOut, uri)
		}
	}
	return frames, leftOut
}

// readDocuments reads our half's answer to DocumentsMethod.
func readDocuments(m message) []Document {
	var list []Document
	if m.failed || json.Unmarshal(m.result, &list) != nil {
		return nil
	}
	return list
}
