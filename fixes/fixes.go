// Package fixes lists the rewrites that mapescape offers and finds the places
// for them in a package. Each is one file, in the package of its subject, with
// its documentation, from which README.md here is generated.
package fixes

import (
	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/fixes/clearing"
	"github.com/mapescape/mapescape/fixes/elements"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/sizing"
	"github.com/mapescape/mapescape/fixes/syncing"
)

// All are the fixes, in the order of the catalogue.
var All = []*rewrite.Fix{
	clearing.MapClear,
	clearing.MapDeleteFunc,
	clearing.MapWorkClear,
	clearing.MapReset,
	clearing.MapHoist,
	clearing.MapRemake,
	clearing.MapShrink,
	sizing.MapPrealloc,
	sizing.MapHint,
	sizing.MapUpdate,
	sizing.MapGuard,
	sizing.MapTwice,
	sizing.MapBytesKey,
	sizing.MapCollectKeys,
	elements.MapValue,
	elements.MapRecycle,
	syncing.SyncMap,
	syncing.SyncIdiom,
	syncing.SyncMapBack,
}

// Find looks for everything that can be rewritten in a package and for what a
// reader might think could be. It is meant for analysis.Request.Syntax.
func Find(result *analysis.Result, typed analysis.Typed) rewrite.Found {
	var found rewrite.Found
	in := rewrite.NewInput(result, typed)
	for _, fix := range All {
		in.Run(fix, &found)
	}
	found.Sort()
	return found
}

// Named is the fix with an ID, nil if there is none.
func Named(id string) *rewrite.Fix {
	for _, fix := range All {
		if fix.ID == id {
			return fix
		}
	}
	return nil
}
