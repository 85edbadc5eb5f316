package load

import (
	"os"
	"slices"
	"time"

	"github.com/mapescape/mapescape/analysis/source"
)

// Stamps tell apart the states of files on disk by path. A file that cannot be
// read has the zero stamp.
type Stamps map[string]Stamp

// A Stamp is the state of one file.
type Stamp struct {
	Modified time.Time
	Size     int64
}

// StampFiles stamps the files of packages, apart from those in the overlay.
func StampFiles(list []Listed, overlay source.Overlay) Stamps {
	stamps := Stamps{}
	for _, l := range list {
		for _, path := range slices.Concat(l.Files, l.TestFiles) {
			if _, ok := overlay[path]; ok {
				continue
			}
			stamps[path] = Stamp{}
			if info, err := os.Stat(path); err == nil {
				stamps[path] = Stamp{info.ModTime(), info.Size()}
			}
		}
	}
	return stamps
}

// Changed gives the packages of list with a file whose stamp differs between two moments.
func Changed(list []Listed, before, after Stamps) []Listed {
	return slices.DeleteFunc(slices.Clone(list), func(l Listed) bool {
		for _, path := range slices.Concat(l.Files, l.TestFiles) {
			if before[path] != after[path] {
				return false
			}
		}
		return true
	})
}
