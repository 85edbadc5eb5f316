// Package mapop finds the map operations of a package in its typed syntax:
// what is made, inserted, looked up, deleted, cleared, ranged over, and which
// creation sites may reach each operation. It neither asks the compiler nor
// guesses at placement, and its results hold no syntax and no types.
package mapop

import "github.com/mapescape/mapescape/analysis/source"

// Kind names an operation; its text is the report's "kind".
type Kind string

// The operations of the language. Calls of package maps have the kind
// "maps.Clone" and so on, methods of sync.Map the kind "sync.Map.Load" and so on.
const (
	Make    Kind = "make"
	Literal Kind = "literal"
	New     Kind = "new"  // new(map[K]V): a nil map behind a pointer
	Zero    Kind = "zero" // var m map[K]V: a nil map
	Call    Kind = "call" // a call that yields a map its callee created
	Insert  Kind = "insert"
	Update  Kind = "update"
	Lookup  Kind = "lookup"
	Delete  Kind = "delete"
	Clear   Kind = "clear"
	Range   Kind = "range"
	Len     Kind = "len"
)

// An Op is one map operation.
type Op struct {
	Kind Kind
	// Range is the operation's whole syntax in a file the user wrote: for a lone
	// insert or update the assignment, for one of several in an assignment its
	// index expression, for a range statement all up to the end of the
	// ranged-over expression, for a nil variable its name, with the type where
	// it is declared alone.
	Range source.Range
	// Pos is Range's start.
	Pos source.Pos
	// Anchor is where the compiler speaks of the operation: the "(" of a
	// call, the "{" of a literal, the "[" of an index, the "for" of a range, the
	// dot of a method value, the name of a nil variable.
	Anchor source.Pos
	// Func is the enclosing function as the compiler names it up to go1.26: "F",
	// "(*T).M", "T.M", "F.func1" for literals, "init" for package-level
	// initialisers, "init.0" for the first func init.
	Func string
	// AltFunc is the name that go1.27 and newer give Func where that differs: function
	// literals in the body of a range-over-func loop are numbered within that body.
	AltFunc string
	// Dead says that the compiler drops the code before it decides anything about
	// it: it is unreachable, or in a function without a name.
	Dead bool
	// Generic says that Func, or a function around it, has type parameters, so
	// that the compiler speaks once for each shape.
	Generic bool
	// TestFile says that the operation stands in a _test.go file.
	TestFile bool
	// Map is the map expression's text, for a creation the creation's own, for a
	// nil variable its name. Var is the variable or field that a creation
	// is assigned to, as written, "" where there is none.
	Map, Var string
	// Type describes the map's type.
	Type MapType
	// Hint is the size hint of a make, or the number of entries of a literal.
	Hint Hint
	// Key, Elem are the operands of an insert, update, lookup or delete, and of
	// a sync.Map method; zero where there is none. Where a method of sync.Map is taken as a
	// function value, Elem is that, of the form FormMethod.
	Key, Elem Operand
	// CommaOk marks a lookup with two results.
	CommaOk bool
	// AppendTo marks an update of the form m[k] = append(m[k], …).
	AppendTo bool
	// Operator is an update's: "+=", "++", or "append" for m[k] = append(m[k], …).
	Operator string
	// Operands holds the entries' operands of a literal, keys and elements in
	// order, the old value of sync.Map.CompareAndSwap and CompareAndDelete, the function of
	// sync.Map.Range, and the arguments of a function of package maps after the first.
	Operands []Operand
	// InLoop says that the operation may run more than once per call of Func.
	InLoop bool
	// RangeFuncs are the "for" keywords of the enclosing range-over-func loops,
	// innermost first: when the compiler inlines such a loop's body, it reports what the body creates there.
	RangeFuncs []source.Pos
	// Immediate are the "(" of calls that call an enclosing function literal on
	// the spot, innermost first: an inlined body's verdicts stand there.
	Immediate []source.Pos
	// Loop describes a range whose body deletes from the same map; nil for every other operation.
	Loop *DeleteLoop
	// Callee is the function that a Call calls: its name as the compiler
	// prints it, without type arguments and package. "" otherwise.
	Callee string
	// AltCallee is to Callee what AltFunc is to Func.
	AltCallee string
	// Confined says of a creation that its map is only ever held in one local
	// variable, which is used for nothing but operations on the map, nil and
	// comparisons, so that every operation on the map is in sight.
	Confined bool
	// PerMap is how often an insert or update is executed at most on one and the
	// same map, and Keys the number of different keys that it brings there at
	// most, as far as the loops around it and the form of the key settle that; 0 is
	// not known. Of keys that need not equal themselves each counts.
	PerMap, Keys int64
	// Fills says of an insert with PerMap 0 that it is executed at most as often on
	// one map as the hint said that the map was made with.
	Fills bool
	// Held is the name in the declaration of the local variable that an insert or delete
	// finds its map in, if nothing but new maps and nil is ever assigned to it. Of the
	// operations with the same Held, those that start at the offset After in the file, or
	// behind it, are executed on a map only after this one is for the last time; 0 is not known.
	Held  source.Range
	After int
	// Alone says that up to After nothing was done with the map but what operations with the same Held do.
	Alone bool
	// First says that an insert or update is always the first one into its map,
	// Again that it never is, because one stands before it on every path from the map's creation.
	// Of a method of sync.Map, Again says that one was called on the same sync.Map before.
	First, Again bool
	// Origins are the creation sites that may supply the map operated on, sorted.
	// For a creation it is itself, for a Call they are its callee's; a nil variable
	// is one too, and nil itself none, so that an operation without
	// any and Complete works on a nil map. Complete says that there are no others.
	// Fields count together over all values of their struct type.
	Origins  []Origin
	Complete bool
	// Open says in words why Complete is false: "parameter m of exported F",
	// "field S.M, which other packages can set".
	Open string
	// OnHeap says that the map was read from memory that holds pointers to the heap only,
	// as a package variable, an element of a map, or what such lead to, so that it is on the
	// heap wherever it was made; where it came through parameters and local variables,
	// provided that what each of the Leads stands for is on the heap. It may be nil.
	OnHeap bool
	Leads  []Lead
	// Importable says that other packages can import this one and may so contain
	// inlined copies of its functions: that it is not a main package.
	Importable bool
	// Leaves is said of creations: "" when no code but this package's ever works on
	// a map made there, else in words how it gets out: "passed to json.Marshal". Where it is "",
	// the operations on these maps are those whose Origins have the Site of the creation;
	// for a Call with its Anchor among the origin's Via, or without any Via.
	Leaves string
}

// Origin is a creation site that may reach an operation. Site is the
// creation's Range; Via is the chain of calls ("(" positions, outermost last)
// through which a callee's site was returned.
type Origin struct {
	Site source.Range
	// Kind is the creation's.
	Kind Kind
	// Expr is the creation's text.
	Expr string
	// Via are the calls through whose results the map came, the innermost
	// callee's first: the site is in the function that the first one calls, each call in
	// the function that the next one calls. Without any, the map comes from
	// any copy of the site.
	Via []ViaCall
}

// ViaCall is one call that a map came through.
type ViaCall struct {
	// Anchor is the call's "(".
	Anchor source.Pos
	// Callee and AltCallee are the called function's names, as in Op.
	Callee, AltCallee string
	// Func, AltFunc, RangeFuncs and Immediate are what the call has around it, as in Op.
	Func, AltFunc         string
	RangeFuncs, Immediate []source.Pos
}

// MapType describes a map type without go/types.
type MapType struct {
	// Text is the type as written in the package, "map[string]int" or a name.
	Text string
	// Key and Elem describe its parts.
	Key, Elem TypeInfo
	// Sync marks a sync.Map, which has neither.
	Sync bool
}

// TypeInfo describes a key or element type, with sizes for the target.
type TypeInfo struct {
	Text string
	// Size and Align are in bytes; Size is -1 where a type parameter decides it.
	Size, Align int64
	// Pointers says that values of the type hold pointers (conservatively true for a type parameter).
	Pointers bool
	// Shape is what a value of the type is to the map and to a conversion.
	Shape Shape
	// Reflexive says that k == k holds for every value: no float, complex or interface inside.
	Reflexive bool
	// Values is the number of distinct values where it is at most 256 (bool, one-byte integers, struct{}), else 0.
	Values int
	// Fast is the suffix of the runtime's specialised entry points for this
	// type as a key: "32", "32ptr", "64", "64ptr", "str", or "" for the general ones
	// (cmd/compile/internal/walk/walk.go: mapfast, without its test of the element
	// size). It is that of a target without alignment requirements; where the
	// architecture has one (cmd/internal/sys: Arch.Alignment), a type whose Align is
	// below both that and its Size takes the general ones instead
	// (reflectdata/alg.go: AlgType), a string excepted.
	Fast string
}

// Shape is a coarse class of types.
type Shape string

// The shapes.
const (
	ShapeUnknown   Shape = ""
	ShapeInteger   Shape = "integer"
	ShapeFloat     Shape = "float"
	ShapeBool      Shape = "bool"
	ShapeString    Shape = "string"
	ShapePointer   Shape = "pointer" // one word that is a pointer: *T, map, chan, func, unsafe.Pointer
	ShapeInterface Shape = "interface"
	ShapeSlice     Shape = "slice"
	ShapeStruct    Shape = "struct" // and arrays
	ShapeTypeParam Shape = "typeparam"
)

// Hint is a size hint.
type Hint struct {
	Form HintForm
	// N is the value of a constant hint or the number of entries of a literal.
	N int64
	// Text is the hint as written.
	Text string
	// Min is the least value that a variable hint may have, a negative one taken
	// for 0, as far as syntax settles that. Max is the largest, if Bounded.
	Min, Max int64
	Bounded  bool
}

// Large reports whether a hint is above most whatever its value, and Small
// whether it is not; neither where that depends.
func (h Hint) Large(most int64) bool {
	if h.Form == HintVariable {
		return h.Min > most
	}
	return h.N > most
}

// Small is the opposite of Large for hints that are known not to be above most.
func (h Hint) Small(most int64) bool {
	if h.Form == HintVariable {
		return h.Bounded && h.Max <= most
	}
	return h.N <= most
}

// HintForm says what is known of a hint.
type HintForm string

// The forms of a hint.
const (
	HintNone     HintForm = ""
	HintConst    HintForm = "const"
	HintVariable HintForm = "variable"
)

// Operand describes a key or element expression.
type Operand struct {
	// Text is the expression; "" says that there is none.
	Text string
	// Range is its syntax.
	Range source.Range
	// Anchor is where the compiler speaks of it: of the syntax named by Form, if
	// any, else of the expression.
	Anchor source.Pos
	// BoxAnchor is where the compiler speaks of its box, if Boxed. It is invalid for
	// a pointer, whose box is no storage, and for what a range statement assigns,
	// of which the compiler says nothing though it is boxed on the heap.
	BoxAnchor source.Pos
	// Type is the expression's own type, before a conversion to the map's or,
	// for a written conversion to an interface, before that.
	Type TypeInfo
	// Boxed says that it is converted to an interface here, implicitly or not.
	Boxed bool
	// Const says that the value is a constant, nil or a composite of such.
	Const bool
	// Value is the value of a constant, or of a struct of such, as a text that two
	// operands of the same map type share only if they are equal; "" where there is none.
	Value string
	// ConstVar says that it is a local variable of the same function which is
	// initialised with a constant and never assigned again nor its address
	// taken, so that go1.25 and newer box it like the constant
	// (escape/escape.go: rewriteWithLiterals).
	ConstVar bool
	// Form is the syntax that may allocate by itself.
	Form OperandForm
	// Free says that evaluating the operand allocates nothing, calls inside it apart:
	// no box, conversion between strings and bytes, concatenation, composite behind a pointer, closure, append.
	Free bool
	// Parts is all syntax in the operand that may allocate by itself, outermost
	// first, boxes included; the bodies of called functions apart. An operand
	// without any allocates nothing.
	Parts []Part
}

// OperandForm names syntax in an operand that may allocate.
type OperandForm string

// The forms that matter.
const (
	FormPlain     OperandForm = ""
	FormStrConv   OperandForm = "string-conversion" // string(b) of bytes, alone or as part of a struct or array literal
	FormConv      OperandForm = "conversion"        // string(runes), string(i), []byte(s), []rune(s)
	FormConcat    OperandForm = "concatenation"     // s + t, and m[k] += s
	FormAddress   OperandForm = "address"           // &T{…}
	FormVariable  OperandForm = "variable-address"  // &x: allocated, if at all, where x is declared
	FormComposite OperandForm = "composite"         // []T{…}, map[K]V{…}, make(…), new(…)
	FormClosure   OperandForm = "closure"
	FormMethod    OperandForm = "method-value" // x.M without a call
	FormAppend    OperandForm = "append"
	FormOther     OperandForm = "other" // several, or one inside other syntax
)

// DeleteLoop describes a range statement that deletes from the map it ranges over.
type DeleteLoop struct {
	// Pure says that the compiler may turn the loop into one clear, by the
	// conditions of walk/range.go: isMapClear that syntax and types decide. Why has the first that fails.
	Pure bool
	Why  string
	// Body is the range of the loop's body.
	Body source.Range
}
