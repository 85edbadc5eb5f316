package toolchain

import (
	"fmt"
	"strings"
)

// environment is what go commands see: ours, the user's on top, and on top of
// both what makes an analysis read-only and offline.
func environment(inherited, user []string) []string {
	env := make([]string, 0, len(inherited)+len(user)+4)
	env = append(env, inherited...)
	env = append(env, user...)
	return append(env,
		"GOPROXY=off",          // a missing module is reported, not fetched
		"GOPACKAGESDRIVER=off", // go/packages would run the program that this names
		"GOVCS=*:off",          // nor is a version control program run
	)
}

// A FlagError is a build flag that mapescape refuses to pass on.
type FlagError struct {
	Flag, Reason string
}

func (e *FlagError) Error() string { return fmt.Sprintf("build flag %s refused: %s", e.Flag, e.Reason) }

// refused are build flags that mapescape never passes on, with the reason.
var refused = map[string]string{
	"toolexec": "it names a program to run",
	"exec":     "it names a program to run",
	"vettool":  "it names a program to run",
	"ldflags":  "nothing is linked here, and it can name a program to run",
	"compiler": "only the gc toolchain reports escapes that mapescape can read",
	"overlay":  "mapescape sets it for unsaved text",
	"o":        "mapescape writes no build output",
	"n":        "the build must run to give verdicts",
	"a":        "the build cache is what makes the analysis fast",
	"json":     "mapescape reads the go command's output itself",
	"C":        "mapescape chooses the directory itself",
}

// dropped are flags that are left out without a word: they change what is
// printed or written, not what is compiled.
var dropped = map[string]bool{"x": true, "v": true, "work": true, "buildvcs": true}

// allowedGC are the compiler flags that may be passed on: they change code
// generation. Others could write files or only add output.
var allowedGC = map[string]bool{
	"N": true, "l": true, "B": true, "C": true, "d": true, "race": true, "msan": true, "asan": true,
	"shared": true, "dynlink": true, "spectre": true, "smallframes": true, "lang": true, "wb": true, "c": true,
}

// CheckFlags reports the first build flag that would be refused.
func CheckFlags(flags []string) error {
	_, _, err := splitFlags(flags)
	return err
}

// splitFlags separates compiler flags from the other build flags and refuses
// what must not be passed on.
func splitFlags(flags []string) (build, gc []string, err error) {
	for i := 0; i < len(flags); i++ {
		name, value, hasValue := cutFlag(flags[i])
		if name == "" {
			return nil, nil, &FlagError{flags[i], "not a flag"}
		}
		if reason, ok := refused[name]; ok {
			return nil, nil, &FlagError{flags[i], reason}
		}
		if !hasValue && takesValue[name] {
			if i+1 == len(flags) {
				return nil, nil, &FlagError{flags[i], "it needs a value"}
			}
			i++
			value, hasValue = flags[i], true
		}
		switch {
		case name == "mod" && value == "mod":
			return nil, nil, &FlagError{"-mod=mod", "it lets the go command change go.mod"}
		case dropped[name]:
		case name == "gcflags":
			pattern, allowed, others := gcFlags(value)
			if len(others) > 0 {
				return nil, nil, &FlagError{"-gcflags=" + others[0], "only flags that change the generated code are passed on"}
			}
			if everyPackage(pattern) {
				gc = append(gc, allowed...)
			}
			if pattern != "" {
				build = append(build, "-gcflags="+value)
			}
		case hasValue:
			build = append(build, "-"+name+"="+value)
		default:
			build = append(build, "-"+name)
		}
	}
	return build, gc, nil
}

// takesValue are the build flags whose value may be the next argument.
var takesValue = map[string]bool{
	"tags": true, "mod": true, "modfile": true, "gcflags": true, "asmflags": true, "gccgoflags": true,
	"installsuffix": true, "pgo": true, "p": true, "covermode": true, "coverpkg": true, "pkgdir": true,
}

func cutFlag(arg string) (name, value string, hasValue bool) {
	if !strings.HasPrefix(arg, "-") {
		return "", "", false
	}
	name = strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	return strings.Cut(name, "=")
}

// gcFlags reads the value of -gcflags, "[pattern=]flags", and separates the
// flags that may be passed on from the others.
func gcFlags(value string) (pattern string, allowed, others []string) {
	if !strings.HasPrefix(value, "-") {
		if before, after, ok := strings.Cut(value, "="); ok {
			pattern, value = before, after
		}
	}
	for _, f := range splitQuoted(value) {
		// None that changes the generated code needs quotes, which would be lost in GOFLAGS.
		if name, _, _ := cutFlag(f); allowedGC[name] && !strings.ContainsAny(f, " \t\n'\"") {
			allowed = append(allowed, f)
		} else {
			others = append(others, f)
		}
	}
	return pattern, allowed, others
}

// everyPackage reports whether compiler flags for pattern are for whatever
// mapescape is asked about. Flags for particular packages are left to the go
// command: they reach the dependencies, where they decide what can be inlined
// and what leaks, but ours replace them in the packages that are analysed.
func everyPackage(pattern string) bool {
	switch pattern {
	case "", "all", "...", "./...":
		return true
	}
	return false
}

// saneGOFLAGS leaves out of GOFLAGS what mapescape refuses, silently, because
// the user's own builds may need it; compiler flags for the packages asked
// about are returned apart, since ours would replace them.
func saneGOFLAGS(goflags string) (sane string, gc []string) {
	var kept []string
	for _, f := range splitQuoted(goflags) {
		name, value, _ := cutFlag(f)
		if _, no := refused[name]; no || dropped[name] || name == "mod" && value == "mod" {
			continue
		}
		if name == "gcflags" {
			pattern, allowed, others := gcFlags(value)
			if len(allowed) == 0 {
				continue
			}
			if everyPackage(pattern) {
				gc = append(gc, allowed...)
			}
			if len(others) > 0 {
				f = "-gcflags=" + strings.TrimPrefix(pattern+"="+strings.Join(allowed, " "), "=")
			}
		}
		if strings.ContainsAny(f, " \t\n") {
			f = "'" + f + "'"
		}
		kept = append(kept, f)
	}
	return strings.Join(kept, " "), gc
}

// splitQuoted splits as the go command splits GOFLAGS: at white space, where
// a flag may be quoted whole with ' or " (cmd/internal/quoted).
func splitQuoted(s string) []string {
	var fields []string
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			return fields
		}
		if q := s[0]; q == '\'' || q == '"' {
			if end := strings.IndexByte(s[1:], q); end >= 0 {
				fields = append(fields, s[1:1+end])
				s = s[2+end:]
				continue
			}
		}
		end := strings.IndexAny(s, " \t\r\n")
		if end < 0 {
			end = len(s)
		}
		fields = append(fields, s[:end])
		s = s[end:]
	}
}
