package settings

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/analysis/toolchain"
)

// flags are the build flags that a workspace may set, and whether they take a
// value: those that choose or change the code that is compiled. It is a list
// of what is allowed because a list of what is not would miss the next
// release's flags.
var flags = map[string]bool{
	"tags": true, "mod": true, "gcflags": true, "pgo": true, "p": true, "installsuffix": true,
	"cover": false, "covermode": true, "coverpkg": true,
	"race": false, "msan": false, "asan": false, "trimpath": false, "modcacherw": false,
}

// refusedFlags says of well-known flags why they are not in flags.
var refusedFlags = map[string]string{
	"toolexec":  "it names a program to run",
	"exec":      "it names a program to run",
	"vettool":   "it names a program to run",
	"ldflags":   "nothing is linked, and it can name a program to run",
	"overlay":   "the server sets it for unsaved text",
	"modfile":   "the module's own go.mod decides what is built",
	"o":         "the server writes no build output",
	"C":         "the server chooses the directory",
	"compiler":  "only the gc compiler reports escapes",
	"buildmode": "nothing is linked",
	"buildvcs":  "no version control information is stamped",
	"a":         "the build cache is what makes the analysis fast",
	"n":         "the compiler must run",
}

func flagNames() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		names = append(names, "-"+name)
	}
	return names
}

// setBuildFlags takes the flags that may be used, and reports the first that may not.
func setBuildFlags(s *Settings, raw json.RawMessage) error {
	var args []string
	if err := value(raw, &args, "a list of strings"); err != nil {
		return err
	}
	kept, err := checkFlags(args)
	s.Analysis.BuildFlags = kept
	return err
}

// checkFlags gives the flags that may be used, each as one argument, and an
// error for the first that may not.
func checkFlags(args []string) (kept []string, err error) {
	refuse := func(arg, reason string) { err = cmp.Or(err, error(refusal{arg, reason})) }
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name, val, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		takesValue, known := flags[name]
		switch {
		case !strings.HasPrefix(arg, "-") || name == "":
			refuse(arg, "it is not a flag")
			continue
		case !known:
			refuse(arg, cmp.Or(refusedFlags[name], "it is none of those that are passed on"))
			// Its value, if that is the next argument, goes with it.
			if !hasValue && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++
			}
			continue
		case takesValue && !hasValue:
			if i+1 == len(args) {
				refuse(arg, "its value is missing")
				continue
			}
			i++
			val, hasValue = args[i], true
		}
		flag := "-" + name
		if hasValue {
			flag += "=" + val
		}
		if e := toolchain.CheckFlags([]string{flag}); e != nil {
			err = cmp.Or(err, e)
			continue
		}
		kept = append(kept, flag)
	}
	return kept, err
}

type refusal struct{ what, reason string }

func (r refusal) Error() string { return fmt.Sprintf("%s is refused: %s", r.what, r.reason) }

// envNames are the variables that a workspace may set. They choose the target
// and the code that is compiled, nothing that runs: not even GOMODCACHE, GOPATH
// and GOENV are harmless, because a toolchain that go.mod asks for is run from there.
var envNames = []string{
	"CGO_ENABLED", "GO386", "GOAMD64", "GOARCH", "GOARM", "GOARM64", "GODEBUG", "GOEXPERIMENT", "GOFIPS140",
	"GOFLAGS", "GOMIPS", "GOMIPS64", "GOOS", "GOPPC64", "GORISCV64", "GOWASM", "GOWORK",
}

// setEnv takes the variables that may be set, and reports the first that may not.
func setEnv(s *Settings, raw json.RawMessage) (err error) {
	var env map[string]string
	if err := value(raw, &env, "an object of strings"); err != nil {
		return err
	}
	s.Analysis.Env = nil
	for _, name := range slices.Sorted(maps.Keys(env)) {
		val := env[name]
		switch {
		case !slices.Contains(envNames, name):
			err = cmp.Or(err, error(refusal{name, "it is none of the variables that choose what is compiled"}))
			continue
		case strings.ContainsRune(val, 0):
			err = cmp.Or(err, error(refusal{name, "its value holds a zero byte"}))
			continue
		case name == "GOFLAGS":
			kept, e := checkFlags(strings.Fields(val))
			if e != nil {
				err = cmp.Or(err, fmt.Errorf("GOFLAGS: %w", e))
			}
			val = strings.Join(kept, " ")
		}
		s.Analysis.Env = append(s.Analysis.Env, name+"="+val)
	}
	return err
}
