// Package syncing has the rewrites between maps that a mutex guards and sync.Map.
package syncing
