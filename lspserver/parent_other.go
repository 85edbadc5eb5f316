//go:build !unix && !windows

package lspserver

// alive cannot tell, so that the end of the input has to do.
func alive(int) bool { return true }
