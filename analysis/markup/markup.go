// Package markup is a small document model for explanations: paragraphs and
// lists of text, code spans and links. A hint builds one document; the hover
// renders it as Markdown, the terminal as plain text. It knows nothing of maps.
package markup

// A Doc is a sequence of blocks.
type Doc []Block

// A Block is one paragraph, list or code block.
type Block struct {
	Kind BlockKind
	// Spans is the content of a paragraph, or of a code block (as one text span).
	Spans []Span
	// Items are the entries of a list, in order.
	Items [][]Span
}

// BlockKind says how a block is laid out.
type BlockKind int

// The kinds of block.
const (
	Paragraph BlockKind = iota
	List                // bulleted
	Steps               // numbered
	Code                // preformatted Go source
)

// A Span is a run of text in one style.
type Span struct {
	Text  string
	Style Style
	// Link, when not empty, is a path or file position that Text refers to: "path:line:column".
	// The renderer decides how to show it.
	Link string
}

// Style says how a span reads.
type Style int

// The styles of a span.
const (
	Plain Style = iota
	Mono        // a piece of source or a compiler's words
	Strong
)
