package runtimemap

import (
	"strconv"
	"strings"
)

// ptrSizes gives the pointer size of each GOARCH of the gc toolchain
// (internal/goarch, PtrSize).
var ptrSizes = map[string]int64{
	"386":      4,
	"amd64":    8,
	"arm":      4,
	"arm64":    8,
	"loong64":  8,
	"mips":     4,
	"mipsle":   4,
	"mips64":   8,
	"mips64le": 8,
	"ppc64":    8,
	"ppc64le":  8,
	"riscv64":  8,
	"s390x":    8,
	"wasm":     8,
}

// parseVersion reads the minor version out of a released toolchain's name, and
// the experiments that it was built with. Text behind a space is what a
// distributor or the build added ("go1.25.1 X:nodwarf5"; newer releases write
// "go1.26.8-X:nodwarf5"). Any other suffix with a hyphen marks a custom
// toolchain, whose runtime may be another.
func parseVersion(version string) (minor int, experiments string, ok bool) {
	name := version
	if i := strings.Index(version, "X:"); i > 0 && strings.ContainsRune(" -", rune(version[i-1])) {
		name = version[:i-1]
		experiments, _, _ = strings.Cut(version[i+len("X:"):], " ")
	}
	name, _, _ = strings.Cut(name, " ")
	rest, found := strings.CutPrefix(name, "go1.")
	if !found {
		return 0, "", false
	}
	first, patch, hasPatch := strings.Cut(rest, ".")
	minor, ok = decimal(first)
	if !ok {
		return 0, "", false
	}
	if hasPatch {
		if _, ok := decimal(patch); !ok {
			return 0, "", false
		}
	}
	return minor, experiments, true
}

// decimal reads an unsigned decimal number without signs or padding.
func decimal(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || strconv.Itoa(n) != s {
		return 0, false
	}
	return n, true
}

// experiments evaluates a GOEXPERIMENT list as internal/buildcfg:
// ParseGOEXPERIMENT does, for the experiments that matter to maps. Names that
// mean nothing here are ignored: a toolchain that does not know them refuses to build.
func experiments(minor int, list string) map[string]bool {
	on := map[string]bool{}
	if minor == 24 || minor == 25 {
		on["swissmap"], on["synchashtriemap"] = true, true
	}
	for _, name := range strings.Split(list, ",") {
		if name == "none" {
			clear(on)
			continue
		}
		positive, negated := strings.CutPrefix(name, "no")
		on[positive] = !negated
	}
	return on
}
