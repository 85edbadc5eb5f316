package syncing_test

import (
	"testing"

	"github.com/mapescape/mapescape/fixes/rewritetest"
	"github.com/mapescape/mapescape/fixes/syncing"
)

func TestArchives(t *testing.T) {
	rewritetest.Run(t, syncing.All...)
}
