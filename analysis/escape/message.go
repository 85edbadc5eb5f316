package escape

import (
	"regexp"
	"strings"
)

type head struct{ subject, in, detail string }

var (
	leaksHead = regexp.MustCompile(`^parameter (.+) leaks to (.+) for (.+) with derefs=(\d+):$`)
	inlinable = regexp.MustCompile(`^can inline (.+?)(?: with cost (\d+) as: (.*))?$`)
	capturing = regexp.MustCompile(`^(.+) capturing by (value|ref): (.+) \((.*)\)$`)
)

// explanationHead reads the first line of an explanation
// (escape/solve.go: walkOne, escape/leaks.go).
func explanationHead(message string) (head, bool) {
	if !strings.HasSuffix(message, ":") {
		return head{}, false
	}
	if m := leaksHead.FindStringSubmatch(message); m != nil {
		return head{subject: m[1], in: m[3], detail: m[2] + " derefs=" + m[4]}, true
	}
	if subject, in, ok := strings.Cut(strings.TrimSuffix(message, ":"), " escapes to heap in "); ok {
		return head{subject: subject, in: in}, true
	}
	return head{}, false
}

// statement classifies a message that explains nothing.
func statement(message string) (kind Kind, subject, detail string) {
	for _, s := range suffixes {
		if subject, ok := strings.CutSuffix(message, s.text); ok {
			return s.kind, subject, ""
		}
	}
	for _, s := range prefixes {
		if rest, ok := strings.CutPrefix(message, s.text); ok {
			subject, detail := rest, ""
			if s.kind == LeakingParam {
				subject, detail = leak(message)
			} else if s.kind == CannotInline {
				subject, detail, _ = strings.Cut(rest, ": ")
			}
			return s.kind, subject, detail
		}
	}
	if m := inlinable.FindStringSubmatch(message); m != nil {
		return CanInline, m[1], m[2]
	}
	if m := capturing.FindStringSubmatch(message); m != nil {
		return Captures, m[3], m[2] + " " + m[4]
	}
	for _, text := range notes {
		if strings.Contains(message, text) {
			return Note, message, ""
		}
	}
	return Unknown, message, ""
}

type form struct {
	text string
	kind Kind
}

// suffixes and prefixes are the fixed parts of messages. A verdict is known by
// its end alone: the expression before it is free text.
var suffixes = []form{
	{" escapes to heap", EscapesToHeap},
	{" does not escape", DoesNotEscape},
}

var prefixes = []form{
	{"moved to heap: ", MovedToHeap},
	{"leaking param content: ", LeakingParam},
	{"leaking param: ", LeakingParam},
	{"inlining call to ", InliningCall},
	{"cannot inline ", CannotInline},
	{"zero-copy string->[]byte conversion", ZeroCopy},
	{"index bounds check elided", BoundsCheck},
	{"slice bounds check elided", BoundsCheck},
}

// notes are parts of the other messages that -m=2 can give. They say nothing of maps.
var notes = []string{
	"ignoring self-assignment in ", // escape/escape.go: isSelfAssign
	"devirtualiz",                  // devirtualize/devirtualize.go, pgo.go
	"assuming ",                    // escape/escape.go: "assuming p is unsafe uintptr"
	"marking ",                     // escape/escape.go: "marking p as escaping uintptr"
	"mark escaped content: ",       // escape/call.go
	"considered 'big'",             // inline/interleaved/interleaved.go
	"will be kept alive",           // bloop/bloop.go
	"bloop pass",                   // bloop/bloop.go
}

// leak splits "leaking param: p to result ~r0 level=0".
func leak(message string) (subject, detail string) {
	prefix, rest, _ := strings.Cut(message, ": ")
	if subject, result, ok := strings.Cut(rest, " to result "); ok {
		return subject, "to result " + result
	}
	if strings.HasSuffix(prefix, "content") {
		return rest, "content"
	}
	return rest, ""
}
