package elements_test

import (
	"testing"

	"github.com/mapescape/mapescape/fixes/elements"
	"github.com/mapescape/mapescape/fixes/rewritetest"
)

func TestArchives(t *testing.T) {
	rewritetest.Run(t, elements.MapValue, elements.MapRecycle)
}
