package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/editors"
	"github.com/mapescape/mapescape/lspserver/check"
)

// tagsFile is where Neovim finds the places of help tags; `:helptags` makes it.
const tagsFile = "doc/tags"

// installPlugin puts the plugin where Neovim finds packages.
func installPlugin(env *check.Env, o options) error {
	p, err := pluginPlan(env)
	if err != nil {
		return err
	}
	if len(p.blocked) > 0 {
		return errors.New("nothing was changed:\n  " + strings.Join(p.blocked, "\n  "))
	}
	out := env.Stdout
	if p.changes() == 0 {
		fmt.Fprintf(out, "The plugin in %s is up to date, there is nothing to do.\n", p.dir)
		return nil
	}
	fmt.Fprintf(out, "The plugin in %s:\n", p.dir)
	p.print(out)
	if o.dry {
		fmt.Fprintln(out, "Nothing was changed, because of -n.")
		return nil
	}
	if err := p.apply(); err != nil {
		return err
	}
	if e, _ := named(neovim); e.find() == "" {
		fmt.Fprintln(out, "Done, but there is no nvim on PATH. The plugin needs Neovim 0.7 or later.")
		return nil
	}
	fmt.Fprintln(out, "Done. Start Neovim anew and open a Go file; `:checkhealth mapescape` tells how things are, `:help mapescape` the rest.")
	return nil
}

// pluginPlan is what is to be done for the plugin.
func pluginPlan(env *check.Env) (plan, error) {
	dir, err := pluginDir(env)
	if err != nil {
		return plan{}, err
	}
	files, err := pluginFiles()
	if err != nil {
		return plan{}, err
	}
	return makePlan(dir, env.Version, files, tagsFile)
}

// pluginDir is the directory of the plugin as a package that is always loaded
// (:help packages), in Neovim's directory for data (:help standard-path).
func pluginDir(env *check.Env) (string, error) {
	app := env.Getenv("NVIM_APPNAME")
	if app == "" {
		app = "nvim"
	}
	data := env.Getenv("XDG_DATA_HOME")
	switch {
	case filepath.IsAbs(data):
	case runtime.GOOS == "windows":
		data = env.Getenv("LOCALAPPDATA")
	case home(env) != "":
		data = filepath.Join(home(env), ".local", "share")
	}
	if !filepath.IsAbs(data) {
		return "", errors.New("there is no home directory to install the plugin in")
	}
	if runtime.GOOS == "windows" {
		app += "-data"
	}
	return filepath.Join(data, app, "site", "pack", "mapescape", "start", "mapescape"), nil
}

// pluginFiles are the plugin's files, with the tags of its help.
func pluginFiles() (map[string][]byte, error) {
	root, err := fs.Sub(editors.Files(), "neovim")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(root, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	const help = "doc/mapescape.txt"
	files[tagsFile] = helpTags(strings.TrimPrefix(help, "doc/"), files[help])
	return files, nil
}

// helpTag is a tag, which has blanks or an end of the line around.
var helpTag = regexp.MustCompile(`^\*([^*|]+)\*$`)

// helpTags writes what `:helptags` writes of one help file.
func helpTags(name string, text []byte) []byte {
	var lines []string
	for field := range strings.FieldsSeq(string(text)) {
		m := helpTag.FindStringSubmatch(field)
		if m == nil {
			continue
		}
		tag := m[1]
		pattern := strings.NewReplacer(`\`, `\\`, "/", `\/`).Replace(tag)
		lines = append(lines, fmt.Sprintf("%s\t%s\t/*%s*\n", tag, name, pattern))
	}
	slices.Sort(lines)
	var out bytes.Buffer
	for _, line := range lines {
		out.WriteString(line)
	}
	return out.Bytes()
}
