package analysis

import (
	"context"
	"crypto/sha256"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/mapescape/mapescape/analysis/compile"
	"github.com/mapescape/mapescape/analysis/load"
)

// A cgoState is what cgo makes of a package's files.
type cgoState struct {
	made map[string][]load.Made // by the name of the variant
	// texts identifies what it is made from. heads identifies the part, up to the
	// end of the imports, that the go command has seen, with the flags in it.
	texts, heads [sha256.Size]byte
}

// generate has cgo make what is compiled of the files that import "C". The go
// command does it where it has not yet, or where the C part of the files has
// changed, which takes as long as compiling all of the package's C. Else cgo is run alone.
func (d *directRun) generate(ctx context.Context, b *load.Build, tests bool) error {
	if len(b.CgoFiles) == 0 {
		return nil
	}
	texts, heads, ok := d.cgoTexts(b)
	if !ok {
		d.warm.cgo = cgoState{}
		return nil // and the compiler, which is not asked, would not accept it either
	}
	known := d.warm.cgo
	test := slices.IndexFunc(d.req.Known.Builds, func(b *load.Build) bool { return b.Variant == load.Test })
	all := known.made[b.ImportPath] != nil && (!tests || test < 0 || known.made[d.req.Known.Builds[test].ImportPath] != nil)
	if all && texts == known.texts {
		return nil
	}
	if all && heads == known.heads {
		state, ok, err := d.runCgo(ctx, b)
		if err != nil {
			return err
		}
		if ok {
			state.texts, state.heads = texts, heads
			d.warm.cgo = state
			return nil
		}
	}
	generated, err := load.Generated(ctx, d.tc, b.Path, tests)
	if err != nil {
		return err
	}
	d.warm.cgo = cgoState{made: map[string][]load.Made{}, texts: texts, heads: heads}
	for _, b := range d.req.Known.Builds {
		if made, ok := b.Made(generated[b.ImportPath]); ok && len(b.CgoFiles) > 0 {
			d.warm.cgo.made[b.ImportPath] = made
		}
	}
	return nil
}

// runCgo runs cgo alone. What it does not make, the symbols that are imported,
// depends on the C part of the package and is as it was.
func (d *directRun) runCgo(ctx context.Context, b *load.Build) (state cgoState, ok bool, err error) {
	if b.PkgConfig || b.Standard {
		return state, false, nil
	}
	job := compile.CgoJob{ImportPath: b.Path, Dir: b.Dir, CPP: b.CgoFlags.CPP, C: b.CgoFlags.C, LD: b.CgoFlags.LD}
	for _, path := range b.CgoFiles {
		job.Files = append(job.Files, filepath.Base(path))
	}
	texts, ok, err := compile.Cgo(ctx, d.tc, job)
	if err != nil || !ok {
		return state, false, err
	}
	state.made = map[string][]load.Made{}
	for variant, known := range d.warm.cgo.made {
		if len(known) < len(texts) {
			return state, false, nil
		}
		made := slices.Clone(known)
		for i, text := range texts {
			made[i].Text = text
		}
		state.made[variant] = made
	}
	return state, true, nil
}

// cgoTexts identifies the files that import "C", and their parts up to the end of the imports.
func (d *directRun) cgoTexts(b *load.Build) (texts, heads [sha256.Size]byte, ok bool) {
	whole, head := sha256.New(), sha256.New()
	for _, path := range b.CgoFiles {
		text := d.texts[path].Text()
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, text, parser.ImportsOnly|parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || len(f.Decls) == 0 {
			return texts, heads, false
		}
		end := fset.Position(f.Decls[len(f.Decls)-1].End()).Offset
		for _, part := range []string{path, string(text[:end])} {
			head.Write([]byte(part))
			head.Write([]byte{0})
		}
		sum := sha256.Sum256(text)
		whole.Write(sum[:])
	}
	whole.Sum(texts[:0])
	head.Sum(heads[:0])
	return texts, heads, true
}
