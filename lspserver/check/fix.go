package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/mapescape/mapescape/analysis"
	"github.com/mapescape/mapescape/analysis/source"
	"github.com/mapescape/mapescape/fixes"
	"github.com/mapescape/mapescape/fixes/rewrite"
	"github.com/mapescape/mapescape/fixes/verify"
)

// fixing says which rewrites are shown or made.
type fixing struct {
	diff, fix bool
	// only are the rules that are meant, all safe and useful ones if there is none.
	only []string
	// class is the class up to which rewrites are made, "" where it was not said.
	class rewrite.Class
}

// check looks for what does not go together.
func (f *fixing) check(asJSON bool) error {
	switch {
	case f.diff && f.fix:
		return errors.New("-diff shows what -fix does: only one of them can be given")
	case f.diff && asJSON, f.fix && asJSON:
		return errors.New("-json goes neither with -diff nor with -fix")
	case !f.diff && !f.fix && (len(f.only) > 0 || f.class != ""):
		return errors.New("-only and -fix-class go with -diff or -fix")
	case f.class == rewrite.Review && len(f.only) == 0:
		return errors.New("-fix-class B needs -only: what has to be reviewed is made rule by rule")
	}
	return nil
}

// wants reports whether an offer is one of those meant.
func (f *fixing) wants(o rewrite.Offer) bool {
	if len(f.only) == 0 {
		return o.Class == rewrite.Safe && o.Gain.Proven && !o.Optional
	}
	if !slices.Contains(f.only, o.Fix) {
		return false
	}
	return o.Class == rewrite.Safe || f.class == rewrite.Review || f.class == "" && f.diff
}

func parseOnly(s string) ([]string, error) {
	ids := strings.Split(s, ",")
	for _, id := range ids {
		if fixes.Named(id) == nil {
			return nil, fmt.Errorf("no rule is called %q; they are %s", id, strings.Join(fixes.IDs(), ", "))
		}
	}
	return ids, nil
}

func parseClass(s string) (rewrite.Class, error) {
	switch c := rewrite.Class(s); c {
	case rewrite.Safe, rewrite.Review:
		return c, nil
	}
	return "", errors.New("want A or B")
}

// runFix is check with -diff or -fix.
func runFix(ctx context.Context, env *Env, req analysis.Request, opts fixing, color bool) int {
	line := startProgress(env)
	defer line.stop()
	req.Progress = line.update
	find := findOffers(env.Stderr)
	offering := map[string]bool{}
	req.Syntax = func(r *analysis.Result, t analysis.Typed) {
		if slices.ContainsFunc(heeded(find(r, t).Offers, t.Files), opts.wants) {
			offering[t.Dir] = true
		}
	}
	result, err := env.Analyse(ctx, req)
	if err != nil {
		line.stop()
		return env.fail(ctx, err)
	}
	if len(result.Packages) == 0 && len(result.Problems) == 0 {
		line.stop()
		return env.fail(ctx, fmt.Errorf("no packages match %s", quoteAll(req.Patterns)))
	}
	e := emitter{dir: req.Dir, files: newFiles(result)}
	status := StatusOK
	fail := func(err error) {
		line.stop()
		if ctx.Err() == nil {
			fmt.Fprintln(env.Stderr, "mapescape:", err)
		}
		status = StatusFailed
	}
	rewrites, files := 0, 0
	for _, dir := range slices.Sorted(maps.Keys(offering)) {
		sub := analysis.Request{Dir: dir, Patterns: []string{"."}, Flags: req.Flags, Env: req.Env}
		c, err := rewritePackage(ctx, env, sub, opts)
		line.stop()
		if ctx.Err() != nil {
			return env.fail(ctx, ctx.Err())
		}
		for _, note := range c.declined {
			fmt.Fprintln(env.Stderr, "mapescape:", strings.ReplaceAll(note, req.Dir+string(filepath.Separator), ""))
		}
		if err != nil {
			fail(err)
			continue
		}
		paths := c.changed()
		if len(paths) == 0 {
			continue
		}
		if opts.fix {
			if err := writeAll(c.before, c.after, paths); err != nil {
				fail(err)
				continue
			}
			for _, o := range c.made {
				fmt.Fprintf(env.Stdout, "%s: %s\n", printable(e.name(o.Range.Path)), printable(o.Title))
			}
		} else {
			for _, path := range paths {
				name := e.name(path)
				if _, err := fmt.Fprint(env.Stdout, udiff.Unified("a/"+name, "b/"+name, string(c.before[path]), string(c.after[path]))); err != nil {
					return env.fail(ctx, fmt.Errorf("writing the difference: %w", err))
				}
			}
			if status == StatusOK {
				status = StatusFindings
			}
		}
		rewrites, files = rewrites+len(c.made), files+len(paths)
	}
	line.stop()
	if opts.fix {
		fmt.Fprintf(env.Stdout, "%s in %s\n", counted(rewrites, "rewrite"), counted(files, "file"))
	}
	problems := NewProblems(env.Stderr, color)
	if err := e.problems(result, problems); err != nil {
		return env.fail(ctx, err)
	}
	if len(result.Problems) > 0 {
		return StatusFailed
	}
	return status
}

// change is what rewrites make of a package.
type change struct {
	// before and after are the texts of the files that are touched.
	before, after map[string][]byte
	made          []rewrite.Offer
	// declined are sentences about those that were wanted and not made.
	declined []string
}

// changed are the paths of the files whose text differs, sorted.
func (c *change) changed() []string {
	var paths []string
	for path, text := range c.after {
		if !bytes.Equal(text, c.before[path]) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// maxRounds bounds how often a package is looked at again after rewrites.
const maxRounds = 25

// rewritePackage makes all rewrites of a package that are wanted, in an overlay.
// Those that do not overlap are made and compiled together; the others are looked
// for again in what came of that, until there are none left.
func rewritePackage(ctx context.Context, env *Env, req analysis.Request, opts fixing) (change, error) {
	c := change{before: map[string][]byte{}, after: map[string][]byte{}}
	req.Overlay = source.Overlay{}
	no := map[string]bool{} // what was tried and cannot be made
	key := func(o rewrite.Offer) string { return o.Fix + "\x00" + o.Title + "\x00" + o.Range.Path }
	for range maxRounds {
		b, err := env.Prepare(ctx, req)
		if err != nil {
			return c, err
		}
		if b.Package == nil {
			return c, fmt.Errorf("%s cannot be rewritten: %s", req.Dir, firstOf(b.Problems))
		}
		wanted := slices.DeleteFunc(heeded(b.Found.Offers, b.Package.Files), func(o rewrite.Offer) bool { return !opts.wants(o) || no[key(o)] })
		picked := fixes.Together(wanted)
		if len(picked) == 0 {
			return c, nil
		}
		good, declined, err := harmless(ctx, b, picked)
		if err != nil {
			return c, err
		}
		for i, o := range declined {
			no[key(o.offer)] = true
			c.declined = append(c.declined, fmt.Sprintf("%s: %s is not applied: %s", o.offer.Pos, o.offer.Fix, declined[i].why))
		}
		if len(good) == 0 {
			continue
		}
		all := fixes.Merge(good)
		for _, path := range all.Files() {
			now := b.Package.Files[path].Text()
			edits := slices.DeleteFunc(slices.Clone(all.Edits), func(e source.Edit) bool { return e.Path != path })
			text, err := source.Apply(now, edits)
			if err != nil {
				return c, fmt.Errorf("%s: %w", path, err)
			}
			if c.before[path] == nil {
				c.before[path] = now
			}
			c.after[path], req.Overlay[path] = text, text
		}
		c.made = append(c.made, good...)
	}
	return c, nil
}

// decline is an offer that is not made, and why.
type decline struct {
	offer rewrite.Offer
	why   string
}

// harmless compiles offers together and gives them if they build and nothing
// gets worse, or else those of them of which that is true.
func harmless(ctx context.Context, b *verify.Baseline, offers []rewrite.Offer) (good []rewrite.Offer, declined []decline, err error) {
	try := func(offers []rewrite.Offer) (string, error) {
		v, err := b.Check(ctx, fixes.Merge(offers))
		if err != nil {
			return "", err
		}
		if _, worse := v.Worse(); worse || !v.Good() {
			return v.Text(), nil
		}
		return "", nil
	}
	why, err := try(offers)
	switch {
	case err != nil:
		return nil, nil, err
	case why == "":
		return offers, nil, nil
	case len(offers) == 1:
		return nil, []decline{{offers[0], why}}, nil
	}
	for _, o := range offers {
		why, err := try(append(slices.Clone(good), o))
		switch {
		case err != nil:
			return nil, nil, err
		case why == "":
			good = append(good, o)
		default:
			declined = append(declined, decline{o, why})
		}
	}
	return good, declined, nil
}

// firstOf says in a line what is wrong.
func firstOf(problems []source.Problem) string {
	if len(problems) == 0 {
		return "it cannot be analysed"
	}
	text, _, _ := strings.Cut(problems[0].String(), "\n")
	return text
}

// writeAll puts new texts in the place of those that were read, all or none: no
// file is touched if one of them holds something else by now.
func writeAll(before, after map[string][]byte, paths []string) (err error) {
	type pending struct{ target, temp string }
	var list []pending
	defer func() {
		for _, p := range list {
			os.Remove(p.temp) // gone already where it was renamed
		}
	}()
	for _, path := range paths {
		target, err := filepath.EvalSymlinks(path)
		if err != nil {
			return err
		}
		temp, err := putBeside(target, after[path])
		if temp != "" {
			list = append(list, pending{target, temp})
		}
		if err != nil {
			return err
		}
	}
	for i, p := range list {
		now, err := os.ReadFile(p.target)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, before[paths[i]]) {
			return fmt.Errorf("%s has changed since it was read; nothing of its package is written", paths[i])
		}
	}
	for i, p := range list {
		if err := os.Rename(p.temp, p.target); err != nil {
			for j := range i { // what is written already is taken back
				if temp, back := putBeside(list[j].target, before[paths[j]]); back != nil {
					err = errors.Join(err, back)
				} else if back := os.Rename(temp, list[j].target); back != nil {
					err = errors.Join(err, back)
				}
			}
			return err
		}
	}
	return nil
}

// putBeside writes a text beside the file that it is to replace, with that file's mode.
func putBeside(target string, text []byte) (temp string, err error) {
	info, err := os.Stat(target)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	return f.Name(), errors.Join(err, f.Close())
}
