// Package syncing has the rewrites between maps that a mutex guards and sync.Map.
package syncing

import "github.com/mapescape/mapescape/fixes/rewrite"

// All are the fixes of this package, in the order of the catalogue.
var All = []*rewrite.Fix{SyncMap, SyncIdiom, SyncMapBack}
