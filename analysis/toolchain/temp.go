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

// markName and markText are the file that every temporary directory of ours
// holds. A name alone would not do to tell them: somebody may keep a checkout
// of his own under one that begins like ours.
const (
	markName = "mapescape-temporary"
	markText = "Made by mapescape for one analysis. It removes this directory, at the latest after a day.\n"
)

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
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > abandoned && marked(dir) {
			os.RemoveAll(dir)
		}
	}
	dir, err := os.MkdirTemp("", tempPrefix)
	if err != nil {
		return t, "", fmt.Errorf("no temporary directory: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, markName), []byte(markText), 0o600); err != nil {
		os.RemoveAll(dir)
		return t, "", fmt.Errorf("no temporary directory: %w", err)
	}
	t.Env = append(slices.Clip(t.Env), "GOTMPDIR="+dir)
	return t, dir, nil
}

// marked reports whether a directory is one that Temp made.
func marked(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, markName))
	return err == nil && string(text) == markText
}
