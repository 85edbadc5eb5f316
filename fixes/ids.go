package fixes

// IDs are the names of all fixes, in the order of the catalogue.
func IDs() []string {
	ids := make([]string, len(All))
	for i, f := range All {
		ids[i] = f.ID
	}
	return ids
}
