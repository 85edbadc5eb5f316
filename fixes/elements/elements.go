// Package elements has the rewrites of what maps hold: values behind pointers.
package elements
