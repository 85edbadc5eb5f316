package fixes

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes/rewrite"
)

func TestTogether(t *testing.T) {
	edit := func(path string, start, end int, text string) source.Edit {
		return source.Edit{Range: source.Range{Path: path, Start: start, End: end}, New: text}
	}
	offer := func(name string, edits ...source.Edit) rewrite.Offer {
		return rewrite.Offer{Title: name, Edits: edits}
	}
	imports := edit("a.go", 10, 10, "import \"maps\"\n")
	picked := Together([]rewrite.Offer{
		offer("first", imports, edit("a.go", 50, 60, "x")),
		offer("inside of the first", edit("a.go", 52, 53, "y")),
		offer("beside it, with the same import", imports, edit("a.go", 70, 80, "z")),
		offer("at the same place in another file", edit("b.go", 52, 53, "y")),
		offer("where the first ends", edit("a.go", 60, 61, "w")),
		offer("another import at that place", edit("a.go", 10, 10, "import \"slices\"\n"), edit("a.go", 90, 91, "")),
		offer("the same once more", imports, edit("a.go", 50, 60, "x")),
	})
	var names []string
	for _, o := range picked {
		names = append(names, o.Title)
	}
	if diff := cmp.Diff([]string{"first", "beside it, with the same import", "at the same place in another file"}, names); diff != "" {
		t.Errorf("picked (-want +got)\n%s", diff)
	}
	want := []source.Edit{imports, edit("a.go", 50, 60, "x"), edit("a.go", 70, 80, "z"), edit("b.go", 52, 53, "y")}
	if diff := cmp.Diff(want, Merge(picked).Edits); diff != "" {
		t.Errorf("merged (-want +got)\n%s", diff)
	}
}
