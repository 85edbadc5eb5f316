package setup

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/mapescape/mapescape/editors"
	"github.com/mapescape/mapescape/lspserver/check"
)

// An editor is one that there is a front end for.
type editor struct {
	// ID is its name on the command line, Name the one that it is known by.
	ID, Name string
	// Programs are the names of its command, the usual one first.
	Programs []string
	// Version is the argument that makes it say its version, "" where that would start it.
	Version string
	// Texts are what is to be put into its configuration by hand.
	Texts []text
}

// A text is a piece of configuration.
type text struct {
	// File is its name among the files of package editors.
	File string
	// Into says in words where it belongs; Path is the file meant, "" where there
	// is no one place for it, with ~ for the home and $CONFIG for the directory of configurations.
	Into, Path string
	// Tested says how far it has been tried.
	Tested string
}

// The editors whose front end is installed.
const (
	vscode = "vscode"
	neovim = "neovim"
)

const (
	untested = "Not tested: written from the documentation."
	byTests  = "Tested by mapescape's tests with "
)

// all are the editors, in the order of the list.
var all = []editor{
	{ID: vscode, Name: "VS Code", Programs: []string{"code", "code-insiders", "codium", "code-oss", "code-server"}, Version: "--version"},
	{ID: neovim, Name: "Neovim", Programs: []string{"nvim"}, Version: "--version"},
	{ID: "vim", Name: "Vim", Programs: []string{"vim", "gvim"}, Version: "--version", Texts: []text{
		{
			File: "vim/coc-settings.json", Into: "with coc.nvim, into coc-settings.json (:CocConfig opens it)", Path: "~/.vim/coc-settings.json",
			Tested: "Not tested with mapescape. coc.nvim built from its sources shows such hints in Vim 9; its release 0.0.82 does not.",
		},
		{File: "vim/vim-lsp.vim", Into: "with vim-lsp, into your vimrc", Path: "~/.vimrc", Tested: "Not tested with vim-lsp; mapescape's tests only let Vim read it."},
	}},
	{ID: "helix", Name: "Helix", Programs: []string{"hx", "helix"}, Version: "--version", Texts: []text{
		{File: "helix/languages.toml", Into: "into languages.toml", Path: "$CONFIG/helix/languages.toml", Tested: untested},
		{File: "helix/config.toml", Into: "into config.toml", Path: "$CONFIG/helix/config.toml", Tested: untested},
	}},
	{ID: "zed", Name: "Zed", Programs: []string{"zed", "zeditor"}, Texts: []text{
		{
			File:   "zed/extension.toml",
			Into:   "Zed starts only servers that an extension registers. Put these three files into a directory and choose it with the command \"zed: install dev extension\", which needs Rust. First, extension.toml",
			Tested: untested,
		},
		{File: "zed/Cargo.toml", Into: "Cargo.toml", Tested: untested},
		{File: "zed/mapescape.rs", Into: "mapescape.rs", Tested: untested},
		{File: "zed/settings.json", Into: "then, into settings.json", Path: "$CONFIG/zed/settings.json", Tested: untested},
	}},
	{ID: "emacs", Name: "Emacs", Programs: []string{"emacs"}, Version: "--version", Texts: []text{
		{
			File: "emacs/mapescape-lsp.el", Into: "with lsp-mode, beside gopls, into your init file", Path: "~/.emacs.d/init.el",
			Tested: byTests + "lsp-mode 8.0.0 in Emacs 28: both servers attach, and the hover. Hints need a later lsp-mode and are not tested.",
		},
		{
			File: "emacs/mapescape-eglot.el", Into: "with Eglot, in place of gopls, into your init file", Path: "~/.emacs.d/init.el",
			Tested: byTests + "Eglot 1.9 in Emacs 28, which has no hints: hover and code actions. Hints need a later Eglot and are not tested.",
		},
	}},
	{ID: "sublime", Name: "Sublime Text", Programs: []string{"subl", "sublime_text"}, Version: "--version", Texts: []text{
		{File: "sublime/LSP.sublime-settings", Into: "with the package LSP, into its settings (Preferences: LSP Settings)", Tested: untested},
	}},
}

func named(id string) (editor, bool) {
	i := slices.IndexFunc(all, func(e editor) bool { return e.ID == id })
	if i < 0 {
		return editor{}, false
	}
	return all[i], true
}

func names() string {
	var ids []string
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, ", ")
}

// print writes an editor's texts.
func (e editor) print(env *check.Env) error {
	out := env.Stdout
	fmt.Fprintf(out, "%s starts mapescape with this configuration. No file was changed.\n", e.Name)
	for _, t := range e.Texts {
		body, err := fs.ReadFile(editors.Files(), t.File)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n# %s", t.Into)
		if path := t.path(env); path != "" {
			fmt.Fprintf(out, ": %s", path)
			if mentions(path) {
				fmt.Fprint(out, ", which mentions mapescape already")
			}
		}
		fmt.Fprintf(out, "\n# %s\n\n%s", t.Tested, body)
	}
	return nil
}

// path is the file that a text belongs into, "" where there is no one place.
func (t text) path(env *check.Env) string {
	path := t.Path
	switch {
	case strings.HasPrefix(path, "~/"):
		path = home(env) + path[1:]
	case strings.HasPrefix(path, "$CONFIG/"):
		path = configDir(env) + strings.TrimPrefix(path, "$CONFIG")
	}
	return filepath.FromSlash(path)
}

func home(env *check.Env) string {
	if runtime.GOOS == "windows" {
		return env.Getenv("USERPROFILE")
	}
	return env.Getenv("HOME")
}

// configDir is where programs are configured; macOS has it for these editors
// where Linux has it.
func configDir(env *check.Env) string {
	if runtime.GOOS == "windows" {
		return env.Getenv("APPDATA")
	}
	if dir := env.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(home(env), ".config")
}
