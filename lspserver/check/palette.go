package check

import (
	"fmt"
	"io"
)

// A tone is a meaning that text is coloured by.
type tone int

const (
	toneNone    tone = iota
	toneSource       // what the user wrote, and other background
	toneHeading      // a file
	toneStack        // costs nothing
	toneHeap         // lives on the heap or may allocate
	toneAlloc        // allocates every time, or went wrong
)

// A palette gives tones their escape sequences. The zero value colours nothing.
type palette struct{ on bool }

// sequences are those of ECMA-48 (SGR) for the sixteen colours that every
// terminal theme defines, so that the theme decides what is readable.
var sequences = [...]string{
	toneSource:  "2",
	toneHeading: "1",
	toneStack:   "32",
	toneHeap:    "33",
	toneAlloc:   "31",
}

func (p palette) paint(t tone, s string) string {
	if !p.on || t == toneNone || s == "" {
		return s
	}
	return "\x1b[" + sequences[t] + "m" + s + "\x1b[0m"
}

// A colorMode is the user's wish.
type colorMode string

const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

func parseColor(s string) (colorMode, error) {
	switch mode := colorMode(s); mode {
	case colorAuto, colorAlways, colorNever:
		return mode, nil
	default:
		return "", fmt.Errorf("want auto, always or never")
	}
}

// color decides about colour on w. By itself a terminal gets it, unless
// NO_COLOR is set to anything (https://no-color.org) or the terminal has none.
func (e *Env) color(mode colorMode, w io.Writer) bool {
	switch mode {
	case colorAlways:
		return true
	case colorNever:
		return false
	}
	_, terminal := e.Terminal(w)
	return terminal && e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb"
}
