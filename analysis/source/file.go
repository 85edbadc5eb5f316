package source

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// A File is the text of one source file with the index of its lines. It is
// immutable. Lines end at "\n" alone, as Go's scanner has it: a "\r" before it
// belongs to the line, and a lone "\r" ends nothing.
type File struct {
	path  string
	text  []byte
	lines []int // offset of the first byte of each line
}

// NewFile indexes text, which it keeps and which must not change afterwards.
func NewFile(path string, text []byte) *File {
	f := &File{path: path, text: text, lines: []int{0}}
	for i := 0; ; {
		n := bytes.IndexByte(text[i:], '\n')
		if n < 0 {
			return f
		}
		i += n + 1
		f.lines = append(f.lines, i)
	}
}

// Path is the file's absolute path.
func (f *File) Path() string { return f.path }

// Text is the whole text; the caller must not change it.
func (f *File) Text() []byte { return f.text }

// Lines is the number of lines; a text that ends in a newline has an empty last line.
func (f *File) Lines() int { return len(f.lines) }

// LineText is the text of the 1-based line without its line end, "" for a line
// that the file does not have.
func (f *File) LineText(line int) string {
	start, end, ok := f.lineBounds(line)
	if !ok {
		return ""
	}
	return string(f.text[start:end])
}

// lineBounds gives the byte interval of a 1-based line without its line end.
func (f *File) lineBounds(line int) (start, end int, ok bool) {
	if line < 1 || line > len(f.lines) {
		return 0, 0, false
	}
	start, end = f.lines[line-1], len(f.text)
	if line < len(f.lines) {
		end = f.lines[line] - 1
		if end > start && f.text[end-1] == '\r' {
			end--
		}
	}
	return start, end, true
}

// Pos gives the 1-based line and byte column of offset, which is clamped to the text.
func (f *File) Pos(offset int) Pos {
	offset = f.clamp(offset)
	line := f.line(offset)
	return Pos{Path: f.path, Line: line + 1, Column: offset - f.lines[line] + 1}
}

// Offset gives the byte offset of a 1-based line and byte column. Column 0
// stands for the line's first byte. It reports false for a line that the file
// does not have; a column behind the line's end is clamped to it.
func (f *File) Offset(line, column int) (int, bool) {
	start, end, ok := f.lineBounds(line)
	if !ok {
		return 0, false
	}
	return min(start+max(column-1, 0), end), true
}

// An Encoding is a unit in which an editor counts the columns of a line.
type Encoding int

// The three encodings of the Language Server Protocol.
const (
	UTF16 Encoding = iota // code units of UTF-16, the protocol's default
	UTF8                  // bytes
	UTF32                 // code points
)

// Column gives the 0-based line of offset and its 0-based column in enc. A
// byte that is no valid UTF-8 counts as one unit, like the replacement
// character that an editor shows for it.
func (f *File) Column(offset int, enc Encoding) (line, column int) {
	offset = f.clamp(offset)
	line = f.line(offset)
	for text := f.text[f.lines[line]:offset]; len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		column += units(r, size, enc)
		text = text[size:]
	}
	return line, column
}

// OffsetOf gives the byte offset of a 0-based line and a 0-based column in
// enc. A column behind the line's end is clamped to it, as the protocol asks,
// and one inside a character goes to that character's start. It reports false
// for a line that the file does not have.
func (f *File) OffsetOf(line, column int, enc Encoding) (int, bool) {
	start, end, ok := f.lineBounds(line + 1)
	if !ok || column < 0 {
		return 0, false
	}
	offset := start
	for offset < end {
		r, size := utf8.DecodeRune(f.text[offset:end])
		n := units(r, size, enc)
		if n > column {
			break
		}
		column -= n
		offset += size
	}
	return offset, true
}

func units(r rune, size int, enc Encoding) int {
	switch {
	case enc == UTF8:
		return size
	case enc == UTF16 && r >= 0x10000:
		return 2
	default:
		return 1
	}
}

func (f *File) clamp(offset int) int { return min(max(offset, 0), len(f.text)) }

// line gives the 0-based line that holds a valid offset.
func (f *File) line(offset int) int {
	return sort.SearchInts(f.lines, offset+1) - 1
}
