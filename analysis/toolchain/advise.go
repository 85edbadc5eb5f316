package toolchain

import (
	"regexp"
	"strings"
)

var (
	noModule   = regexp.MustCompile(`no required module provides package (\S+?)[;:]`)
	missingSum = regexp.MustCompile(`missing go\.sum entry for (?:go\.mod file|module providing package (\S+))`)
	disabled   = regexp.MustCompile(`module lookup disabled by GOPROXY=off`)
)

// Advise adds to a message of the go command what the user can do about it.
// mapescape itself never fetches a module or changes go.mod, so the advice
// names the command that does.
func Advise(message string) string {
	switch {
	case strings.Contains(message, "download go1") && (disabled.MatchString(message) || strings.Contains(message, "toolchain not available")):
		return message + "\n(go.mod, go.work or GOTOOLCHAIN asks for a Go toolchain that is not on this machine; a go command run there fetches it)"
	case noModule.MatchString(message), strings.Contains(message, "updates to go.mod needed"), strings.Contains(message, "cannot find module providing package"):
		return message + "\n(run `go mod tidy` or `go get` in the module, then try again: mapescape does not change go.mod)"
	case missingSum.MatchString(message):
		// `go mod download` does not do: it adds no sums of module contents.
		return message + "\n(run `go mod tidy` in the module, then try again: mapescape does not change go.sum)"
	case disabled.MatchString(message):
		return message + "\n(run `go mod download` in the module, then try again: mapescape does not use the network)"
	}
	return message
}
