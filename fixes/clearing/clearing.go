// Package clearing has the rewrites that empty maps: delete loops, resets,
// makes in loops.
package clearing
