package clearing_test

import (
	"testing"

	"github.com/mapescape/mapescape/fixes/clearing"
	"github.com/mapescape/mapescape/fixes/rewritetest"
)

func TestArchives(t *testing.T) {
	rewritetest.Run(t, clearing.MapClear, clearing.MapDeleteFunc, clearing.MapWorkClear, clearing.MapReset, clearing.MapHoist,
		clearing.MapRemake, clearing.MapShrink)
}
