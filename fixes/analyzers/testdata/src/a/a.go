package a

import "fmt"

func clears(m map[string]int) {
	// want +1 "this loop deletes every entry of m"
	for k := range m {
		delete(m, k)
	}
	fmt.Println(len(m))
}

type t struct{ m map[int]bool }

func (x *t) reset() {
	// want +1 "this loop deletes every entry of x.m"
	for k, _ := range x.m {
		delete(x.m, k)
	}
}

func kept(m map[string]int) {
	//mapescape:ignore mapclear
	for k := range m {
		delete(m, k)
	}
	var last string
	for last = range m {
		delete(m, last)
	}
	fmt.Println(last)
}

func nan(m map[float64]int) {
	for k := range m {
		delete(m, k)
	}
}
