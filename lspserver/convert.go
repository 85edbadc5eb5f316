package lspserver

import (
	"math"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/mapescape/mapescape/analysis/source"
)

// encodings are the protocol's names for the units of columns.
var encodings = map[string]source.Encoding{
	string(protocol.PositionEncodingKindUTF8):  source.UTF8,
	string(protocol.PositionEncodingKindUTF16): source.UTF16,
	string(protocol.PositionEncodingKindUTF32): source.UTF32,
}

// goFile is the path of a Go file that a document stands for. Documents that
// are no files, or no Go files, are not ours, and there is nothing wrong with them.
func goFile(u uri.URI) (path string, ok bool) {
	path, ok = localFile(u)
	return path, ok && strings.HasSuffix(path, ".go")
}

// localFile is the path of a file or directory on this machine.
func localFile(u uri.URI) (path string, ok bool) {
	if !u.IsFile() {
		return "", false
	}
	switch host := u.Authority(); {
	case host == "localhost":
		path = u.Path()
	case host != "" && filepath.Separator == '/':
		return "", false // another machine's
	default:
		path = u.FsPath()
	}
	path = filepath.Clean(strings.Clone(path))
	return path, filepath.IsAbs(path)
}

// document is the path of the document that a request is about, "" if it is
// not one of ours. A request that names none is invalid.
func document(id protocol.TextDocumentIdentifier) (path string, err error) {
	if id.URI == "" {
		return "", jsonrpc2.NewError(jsonrpc2.InvalidParams, "the request names no document")
	}
	path, _ = goFile(id.URI)
	return path, nil
}

// toPosition is the protocol's name for a byte offset.
func toPosition(f *source.File, offset int, enc source.Encoding) protocol.Position {
	line, column := f.Column(offset, enc)
	return protocol.Position{Line: uint32(line), Character: uint32(column)}
}

func toRange(f *source.File, start, end int, enc source.Encoding) protocol.Range {
	return protocol.Range{Start: toPosition(f, start, enc), End: toPosition(f, end, enc)}
}

// toOffset is the byte offset of a position that need not exist in the text:
// one behind a line's end, or behind the last line, is the end.
func toOffset(f *source.File, p protocol.Position, enc source.Encoding) int {
	if p.Line > math.MaxInt32 || int(p.Line) >= f.Lines() {
		return len(f.Text())
	}
	offset, _ := f.OffsetOf(int(p.Line), int(min(p.Character, math.MaxInt32)), enc)
	return offset
}

// toLink is the destination of a place in an explanation, "path:line:column":
// a URI with the fragment that editors understand.
func toLink(target string) string {
	path, line, column := splitPlace(target)
	if !filepath.IsAbs(path) {
		return ""
	}
	link := string(uri.File(path))
	if line == "" {
		return link
	}
	link += "#L" + line
	if column != "" {
		link += "," + column
	}
	return link
}

// splitPlace takes the line and column off a place, "" where it has none.
func splitPlace(target string) (path, line, column string) {
	path = target
	var numbers []string
	for len(numbers) < 2 {
		i := strings.LastIndexByte(path, ':')
		if i < 0 {
			break
		}
		if _, err := strconv.ParseUint(path[i+1:], 10, 31); err != nil {
			break
		}
		numbers = append(numbers, path[i+1:])
		path = path[:i]
	}
	switch len(numbers) {
	case 1:
		return path, numbers[0], ""
	case 2:
		return path, numbers[1], numbers[0]
	default:
		return path, "", ""
	}
}

// fromURI reads a URI that a client sent outside the protocol's own types.
func fromURI(text string) (path string, ok bool) {
	if _, err := url.Parse(text); err != nil {
		return "", false
	}
	u, err := uri.Parse(text)
	if err != nil {
		return "", false
	}
	return localFile(u)
}

// fromFileURI is fromURI for the URI of a Go file.
func fromFileURI(text string) (path string, ok bool) {
	path, ok = fromURI(text)
	return path, ok && strings.HasSuffix(path, ".go")
}
