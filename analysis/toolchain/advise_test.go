package toolchain

import (
	"strings"
	"testing"
)

func TestAdvise(t *testing.T) {
	for message, want := range map[string]string{
		"no required module provides package ex.com/x; to add it:\n\tgo get ex.com/x": "`go mod tidy` or `go get`",
		"go: updates to go.mod needed": "`go mod tidy` or `go get`",
		"missing go.sum entry for module providing package ex.com/x (imported by m); to add:\n\tgo get m": "`go mod tidy`",
		"missing go.sum entry for go.mod file; to add it:\n\tgo mod download ex.com/x":                    "`go mod tidy`",
		"ex.com/x@v1.0.0: module lookup disabled by GOPROXY=off":                                          "`go mod download`",
		"go: download go1.99.0 for linux/amd64: toolchain not available":                                  "GOTOOLCHAIN",
		"undefined: x": "",
	} {
		got := Advise(message)
		advice, ok := strings.CutPrefix(got, message)
		if !ok || (advice == "") != (want == "") || !strings.Contains(advice, want) {
			t.Errorf("%q gives %q, want the advice %q", message, got, want)
		}
	}
}
