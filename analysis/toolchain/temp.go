package toolchain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// tempPrefix begins the names of our temporary directories.
const tempPrefix = "mapescape-"

// abandoned is the age from which on a temporary directory of ours belongs to
// a process that was killed: no analysis runs that long.
const abandoned = 24 * time.Hour

// Temp makes a temporary directory, which the caller removes, and gives the
// toolchain whose go commands keep their own temporary files in it, where one
// that is killed cannot leave them behind. It removes the directories that
// killed processes of ours have left.
func (t Toolchain) Temp() (Toolchain, string, error) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
	for _, dir := range left {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > abandoned {
			os.RemoveAll(dir)
		}
	}
	dir, err := os.MkdirTemp("", tempPrefix)
	if err != nil {
		return t, "", fmt.Errorf("no temporary directory: %w", err)
	}
	t.Env = append(slices.Clip(t.Env), "GOTMPDIR="+dir)
	return t, dir, nil
}
