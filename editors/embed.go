// Package editors carries the front ends that consist of text: the Neovim
// plugin, and configurations for editors that start any language server. It
// holds no logic. The extension of VS Code is built from vscode/ and not embedded.
package editors

import (
	"embed"
	"io/fs"
)

//go:embed neovim/doc neovim/lsp neovim/lua neovim/plugin
//go:embed emacs/*.el helix/*.toml sublime/*.sublime-settings vim/*.vim vim/*.json zed/*.json zed/*.toml zed/*.rs
var files embed.FS

// Files are the front ends, a directory for each editor.
func Files() fs.FS { return files }
