package compile

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mapescape/mapescape/analysis/toolchain"
)

// A CgoJob is what cgo makes Go files of.
type CgoJob struct {
	// ImportPath is the package's, without the name of a variant.
	ImportPath string
	Dir        string
	// Files are the names in Dir of the files that import "C".
	Files []string
	// CPP, C and LD are the flags of their "#cgo" lines. The go command must have
	// accepted them: it knows which of them run programs, and here nobody looks.
	CPP, C, LD []string
}

// Cgo runs the toolchain's own cgo on files as they are on the disk and gives
// what it makes of them: the types first, then each file. It runs the C compiler
// on the files' preambles, and not on the package's files in C. It is not known
// (ok false) where cgo is not content; why is for the go command to say.
func Cgo(ctx context.Context, tc toolchain.Toolchain, job CgoJob) (texts [][]byte, ok bool, err error) {
	cgo, ok := tc.Tool("cgo")
	if !ok {
		return nil, false, nil
	}
	settings, err := tc.Cgo(ctx)
	if toolchain.Failed(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	_, temp, err := tc.Temp()
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(temp)
	objects := temp + string(filepath.Separator)
	args := []string{"-objdir", objects, "-importpath", job.ImportPath}
	env := append([]string{"TERM=dumb", "TMPDIR=" + temp}, settings.Env...)
	if linker := slices.Concat(settings.LDFlags, job.LD); len(linker) > 0 {
		for i, f := range linker {
			linker[i] = strconv.Quote(f)
		}
		args, env = append(args, "-ldflags="+strings.Join(linker, " ")), append(env, "CGO_LDFLAGS=")
	}
	// As cmd/go/internal/work/exec.go has them.
	args = slices.Concat(args, []string{"--"}, settings.CPPFlags, job.CPP, []string{"-I", objects}, settings.CFlags, job.C, job.Files)
	if err := tc.RunTool(ctx, cgo, job.Dir, env, io.Discard, args...); ctx.Err() != nil {
		return nil, false, ctx.Err()
	} else if err != nil && !toolchain.Failed(err) {
		return nil, false, fmt.Errorf("cgo cannot be run: %w", err)
	} else if err != nil {
		return nil, false, nil
	}
	names := []string{"_cgo_gotypes.go"}
	for _, name := range job.Files {
		names = append(names, strings.TrimSuffix(name, ".go")+".cgo1.go")
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(temp, name))
		if err != nil {
			return nil, false, nil
		}
		texts = append(texts, text)
	}
	return texts, true, nil
}
