package setup

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/mapescape/mapescape/lspserver/check"
)

// versionTime is how long an editor may take to say its version.
const versionTime = 5 * time.Second

// list writes which editors there are, and what there is to do for them.
func list(ctx context.Context, env *check.Env) error {
	rows := make([][3]string, len(all))
	var wg sync.WaitGroup
	for i, e := range all {
		wg.Go(func() {
			path := e.find()
			if path == "" {
				rows[i] = [3]string{e.ID, "not found"}
				return
			}
			rows[i] = [3]string{e.ID, strings.TrimSpace(path + "  " + e.version(ctx, path)), e.state(ctx, env, path)}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	rows = append([][3]string{{"editor", "found", "mapescape"}}, rows...)
	var width [2]int
	for _, row := range rows {
		for i := range width {
			width[i] = max(width[i], len(row[i]))
		}
	}
	for _, row := range rows {
		line := fmt.Sprintf("%-*s  %-*s  %s", width[0], row[0], width[1], row[1], row[2])
		if _, err := fmt.Fprintln(env.Stdout, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// find gives the path of an editor's program, "" if there is none on PATH.
func (e editor) find() string {
	for _, program := range e.Programs {
		if path, err := exec.LookPath(program); err == nil {
			return path
		}
	}
	return ""
}

// version is the first line of what an editor says of itself, "" if it does not.
func (e editor) version(ctx context.Context, path string) string {
	if e.Version == "" {
		return ""
	}
	out, err := output(ctx, path, e.Version)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(out), "\n")
	first, _, _ = strings.Cut(first, " (") // Vim's date of its release
	return strings.TrimSpace(first)
}

func output(ctx context.Context, path string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second // a child of its may hold the pipe
	return cmd.Output()
}

// state says whether our front end is in an editor, and what to do about it.
func (e editor) state(ctx context.Context, env *check.Env, path string) string {
	switch e.ID {
	case vscode:
		if version := installedExtension(ctx, path); version != "" {
			return "extension " + version + " is installed"
		}
		return "mapescape setup vscode FILE.vsix"
	case neovim:
		p, err := pluginPlan(env)
		switch {
		case err != nil:
			return err.Error()
		case len(p.blocked) > 0:
			return "something is in the way in " + p.dir
		case p.fresh:
			return "mapescape setup neovim"
		case p.changes() > 0:
			return "the plugin is another version's: mapescape setup neovim"
		}
		return "the plugin is installed, up to date"
	}
	for _, t := range e.Texts {
		if file := t.path(env); file != "" && mentions(file) {
			return "configured in " + file
		}
	}
	return "mapescape setup " + e.ID
}

// mentions says whether a file speaks of us. One that cannot be read does not.
func mentions(file string) bool {
	text, err := os.ReadFile(file)
	return err == nil && bytes.Contains(text, []byte("mapescape"))
}
