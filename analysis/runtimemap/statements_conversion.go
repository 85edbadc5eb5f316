package runtimemap

const walkConvert = "cmd/compile/internal/walk/convert.go"

// conversionFacts are facts about the conversions of keys and elements.
var conversionFacts = []fact{
	{
		id: "box.free", from: 23, to: 24,
		text: "A conversion to an interface allocates nothing for a value that is one pointer (pointer, map, channel, function, unsafe.Pointer), has no bytes, is a bool or a one-byte integer, or is a basic constant; nor, as is seen at run time, for integers from 0 to 255, for \"\" and for a nil slice.",
		file: walkConvert, decl: "dataWord",
	},
	{
		id: "box.free", from: 25,
		text: "A conversion to an interface allocates nothing for a value that is one pointer (pointer, map, channel, function, unsafe.Pointer), has no bytes, is a bool or a one-byte integer, is a constant or a constant composite literal, or comes from a local variable that only ever holds one of these; nor, as is seen at run time, for integers from 0 to 255, for \"\" and for a nil slice.",
		file: walkConvert, decl: "dataWord", needle: "n is a readonly global; use it directly.",
	},
	{
		id: "box.key-stack", from: 23,
		text: "A key that is converted to an interface only to be looked up or deleted does not escape: up to 1024 bytes of it are kept in the frame, a larger one is allocated.",
		file: walkConvert, decl: "dataWord", needle: "conv.Esc() == ir.EscNone && fromType.Size() <= 1024",
	},
	{
		id: "string.elided-lookup", from: 23,
		text: "A lookup m[string(b)], also with the conversion inside a struct or array literal that is the key, uses the bytes where they are: nothing is copied or allocated.",
		file: walkOrder, decl: "mapKeyReplaceStrConv", needle: "n.SetOp(ir.OBYTES2STRTMP)",
	},
	{
		id: "string.elided-delete", from: 25,
		text: "In delete(m, string(b)), and in a lookup of a variable that holds string(b) and has no other use, the copy is left out, if the map's key type is a string type and its elements have at most 128 bytes.",
		file: "cmd/compile/internal/ssa/_gen/generic.rules", needle: `isSameCall(f, "runtime.mapdelete_faststr")`,
	},
	{
		id: "string.32", from: 23,
		text: "A string conversion or concatenation that does not escape has a buffer of 32 bytes in the frame: a longer result is allocated, although the compiler says that it does not escape.",
		file: "runtime/string.go", decl: "slicebytetostring", needle: "buf != nil && n <= len(buf)",
	},
}
