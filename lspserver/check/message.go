package check

// FormatVersion is the version of the report. It changes when a reader that
// skips what it does not know would misread the report, and only then.
const FormatVersion = 1

// Config opens the report: who speaks, and about which build.
type Config struct {
	// Version is FormatVersion.
	Version int `json:"version"`
	// Mapescape is the version of the program that wrote the report.
	Mapescape string `json:"mapescape"`
	// Go, GOOS and GOARCH are the toolchain whose verdicts are reported: "go1.26.8", "linux", "amd64".
	Go     string `json:"go"`
	GOOS   string `json:"goos"`
	GOARCH string `json:"goarch"`
	// Flags are the build flags in force, those of GOFLAGS apart.
	Flags []string `json:"flags"`
	// Dir is the absolute directory that the report's file names start from.
	Dir string `json:"dir"`
}

// Pos is a place in a source file. Lines and columns are 1-based, columns
// count bytes, and the end is exclusive. A place without an extent has no end;
// one of which the compiler told no column has no column.
type Pos struct {
	// File is slash-separated and relative to Config.Dir, where a relative name exists.
	File      string `json:"file"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	EndLine   int    `json:"endLine,omitempty"`
	EndColumn int    `json:"endColumn,omitempty"`
}

// Problem is a package that could not be analysed, and what stood in the way.
type Problem struct {
	// Package is the import path, "" where the problem concerns all packages.
	Package string `json:"package"`
	// Partial says that the package was analysed, but without its tests.
	Partial bool `json:"partial,omitempty"`
	// Pos is where it was found, nil where it is nowhere in particular.
	Pos     *Pos   `json:"pos,omitempty"`
	Message string `json:"message"`
}

// Op is one map operation in one package.
type Op struct {
	Package string `json:"package"`
	// Variant is "" for the package itself, "test" for its in-package tests, "xtest" for package p_test.
	Variant string `json:"variant"`
	// Func is the enclosing function: "F", "(*T).M", "F.func1" for literals, "init" for package-level initialisers.
	Func string `json:"func"`
	// Pos is the operation's whole syntax; of a range statement it is the part before the body.
	Pos Pos `json:"pos"`
	// Kind is a mapop.Kind.
	Kind string `json:"kind"`
	// Map and Type are the map expression as written and its type.
	Map  string `json:"map"`
	Type string `json:"type"`
	// Origins are the creation sites that may reach the operation. Complete says
	// that there are no others.
	Origins   []Origin  `json:"origins"`
	Complete  bool      `json:"complete"`
	Placement Placement `json:"placement"`
	// Lowered is the runtime function that the compiler calls for it, "inline"
	// where it calls none, "" where that is not known.
	Lowered string `json:"lowered"`
	// Allocates is "never", "may" or "always"; the first and the last are said
	// only where they are proved. It speaks of the operation and the conversions of
	// its operands, not of functions called inside them.
	Allocates string `json:"allocates"`
	// Allocations are what it may allocate, in that order.
	Allocations []Allocation `json:"allocations"`
	// Why is the explanation in order.
	Why []Reason `json:"why"`
	// Hint is the label that an editor shows, "" for none, and HintLevel the
	// lowest level at which it is shown: "quiet", "normal" or "all".
	Hint      string `json:"hint"`
	HintLevel string `json:"hintLevel"`
}

// Origin is a creation site.
type Origin struct {
	Pos Pos `json:"pos"`
	// Expr is the creation as written.
	Expr string `json:"expr"`
}

// Placement says where the parts of the map operated on live; the values are
// placement's Home and Tables.
type Placement struct {
	Header string `json:"header"`
	// Group is the first group of eight slots.
	Group  string `json:"group"`
	Tables string `json:"tables"`
	// Condition says in words what a part that depends, or is mixed or unknown, hangs on.
	Condition string `json:"condition,omitempty"`
}

// Allocation is one thing that an operation may allocate.
type Allocation struct {
	// What is a class ("header", "growth", "key-boxed"), Cause the finer id within it.
	What  string `json:"what"`
	Cause string `json:"cause,omitempty"`
	// When says in words which executions allocate; absent means all of them.
	When string `json:"when,omitempty"`
	// Bytes and Count are those of one such execution; absent where they are not known.
	Bytes int64 `json:"bytes,omitempty"`
	Count int   `json:"count,omitempty"`
}

// Reason is one step of an explanation.
type Reason struct {
	// Pos is the place that it speaks of, nil for none.
	Pos  *Pos   `json:"pos,omitempty"`
	Text string `json:"text"`
	// Basis is what it rests on: the compiler's line, or the id of a fact about the runtime.
	Basis string `json:"basis"`
}

// Summary closes the report; a report without one is incomplete.
type Summary struct {
	// Packages counts those that were analysed; Ops, Findings and Problems count messages.
	Packages int `json:"packages"`
	Ops      int `json:"ops"`
	Findings int `json:"findings"`
	Problems int `json:"problems"`
	// ElapsedMs is the time from the start of the analysis, in milliseconds.
	ElapsedMs int64 `json:"elapsedMs"`
}
