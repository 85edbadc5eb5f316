package sizing_test

import (
	"testing"

	"github.com/mapescape/mapescape/fixes/rewritetest"
	"github.com/mapescape/mapescape/fixes/sizing"
)

func TestArchives(t *testing.T) {
	rewritetest.Run(t, sizing.MapPrealloc, sizing.MapHint, sizing.MapUpdate, sizing.MapGuard, sizing.MapTwice, sizing.MapBytesKey, sizing.MapCollectKeys)
}
