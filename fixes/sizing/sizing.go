// Package sizing has the rewrites that give maps the room they will need, and the
// small ones that save an allocation or a lookup in one statement.
package sizing
