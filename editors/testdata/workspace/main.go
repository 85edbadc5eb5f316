package main

import "fmt"

var kept map[string]int

// count says how often each word occurs.
func count(words []string) map[string]int {
	seen := make(map[string]int)
	for _, w := range words {
		seen[w]++
	}
	return seen
}

func forget(m map[string]int) {
	for k, _ := range m {
		delete(m, k)
	}
}

func main() {
	small := map[string]bool{"ä": true}
	kept = count([]string{"a", "b"})
	forget(kept)
	fmt.Println(len(kept), len(small))
}
