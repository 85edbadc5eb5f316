package mapop

import "github.com/mapescape/mapescape/analysis/source"

// A Part is one piece of syntax in an operand that may allocate by itself.
type Part struct {
	Form PartForm
	// Text is the expression: of a box the value's, of a variable its name.
	Text string
	// Anchor is where the compiler speaks of it. It is invalid for what a range
	// statement assigns, and for m[k] += s: of these it says nothing, though both are on the heap.
	Anchor source.Pos
	// Type describes what may be allocated: the value of a box, what a pointer
	// points to, the array behind a slice literal, an element of a made slice, the receiver of a
	// method value; for a conversion its operand, for a concatenation or an append its result.
	Type TypeInfo
	// Sole is the shape of Type or, where it is a struct of one field or an array of
	// one element, of that, to any depth (cmd/compile/internal/types: SoleComponent).
	Sole Shape
	// Static says whether the compiler may know the value of a box beforehand.
	Static Static
	// Len is the length of a slice literal, a variadic slice or a made slice, or the number of bytes of a
	// string that []byte(s) converts, -1 where it is not constant; of a concatenation, how many constant pieces
	// that are not empty are kept apart by others.
	Len int64
	// Literal says that there is nothing but struct and array literals between it and the operand.
	Literal bool
	// Stored says that it is part of the operand's value, so that it escapes whenever
	// that does. The arguments of a call are not.
	Stored bool
	// InPlace says that the compiler uses the bytes of a string(b) where they are:
	// the key of a lookup, a comparison, a concatenation with a constant (walk/order.go).
	InPlace bool
	// Branch says that it is evaluated only if an && or || before it does not decide.
	Branch bool
	// Decl is the name in a variable's declaration.
	Decl source.Pos
	// Captures are the variables that a closure uses from outside, in order of their first use.
	Captures []Capture
	// Map and Hint describe a map that is made inside the operand, which is an operation of its own too.
	Map  *MapType
	Hint Hint
}

// PartForm names the syntax of a part.
type PartForm string

// The forms of parts. Those that an operand can have as well have the same names.
const (
	PartBox         PartForm = "interface"
	PartBytesString PartForm = PartForm(FormStrConv) // string(b) of bytes
	PartRunesString PartForm = "runes-to-string"     // string(r) of a []rune
	PartIntString   PartForm = "integer-to-string"   // string(i) of an integer
	PartStringBytes PartForm = "string-to-bytes"     // []byte(s)
	PartStringRunes PartForm = "string-to-runes"     // []rune(s)
	PartConcat      PartForm = PartForm(FormConcat)
	PartAddress     PartForm = PartForm(FormAddress)  // &T{…}
	PartVariable    PartForm = PartForm(FormVariable) // &x of a local variable
	PartNew         PartForm = "new"
	PartSlice       PartForm = PartForm(FormComposite) // []T{…}
	PartVariadic    PartForm = "variadic"              // the slice of a call's variadic arguments
	PartMake        PartForm = "make"                  // make([]T, n)
	PartChan        PartForm = "channel"               // make(chan T)
	PartMap         PartForm = "map"                   // a map's make or literal
	PartClosure     PartForm = PartForm(FormClosure)
	PartMethod      PartForm = PartForm(FormMethod)
	PartAppend      PartForm = PartForm(FormAppend)
	PartMoved       PartForm = "slice-move"     // a local slice that is appended to
	PartAssert      PartForm = "type-assertion" // a conversion between interfaces that looks up methods
	PartOther       PartForm = PartForm(FormOther)
)

// Static says what the compiler may know of a value that is boxed.
type Static string

// What may be known of a value. StaticConst is a basic constant,
// StaticComposite a literal of such, StaticVar a variable that only ever holds one basic constant.
const (
	StaticUnknown   Static = "" // it may be one that the compiler finds out after inlining
	StaticNone      Static = "none"
	StaticConst     Static = "constant"
	StaticComposite Static = "composite"
	StaticVar       Static = "variable"
)

// A Capture is a variable that a closure uses from the function around it.
type Capture struct {
	Name string
	// Decl is the name in its declaration, where the compiler says how it is captured.
	Decl source.Pos
	Type TypeInfo
}
