package review

func nan(m map[float64]int) {
	// want +1 `this loop deletes every entry of m \(review: clear also removes keys`
	for k := range m {
		delete(m, k)
	}
}
