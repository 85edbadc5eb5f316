// Package wordcount counts words.
package wordcount

import "strings"

// An Index tells on which lines a word is found.
type Index struct {
	lines map[string][]int
}

// NewIndex reads a text.
func NewIndex(text string) *Index {
	lines := make(map[string][]int)
	for i, line := range strings.Split(text, "\n") {
		seen := make(map[string]bool)
		for _, word := range strings.Fields(line) {
			if !seen[word] {
				seen[word] = true
				lines[word] = append(lines[word], i+1)
			}
		}
	}
	return &Index{lines: lines}
}

// Forget empties the index, so that its memory can be used again.
func (x *Index) Forget() {
	for word, _ := range x.lines {
		delete(x.lines, word)
	}
}

// Same reports whether two lists hold the same numbers.
func Same(a, b []int) bool {
	count := make(map[int]int, 64)
	for _, n := range a {
		count[n]++
	}
	for _, n := range b {
		count[n]--
	}
	for n, c := range count {
		if c == 0 {
			delete(count, n)
		}
	}
	return len(count) == 0
}
