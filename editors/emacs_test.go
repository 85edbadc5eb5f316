package editors_test

import (
	"strings"
	"testing"
)

const emacsHow = "Debian: apt-get install emacs-nox elpa-eglot elpa-go-mode elpa-lsp-mode"

// elisp runs one of the scripts in testdata/emacs with the configuration that is shipped.
func elisp(t *testing.T, w *world, editor, name string) {
	t.Helper()
	out := w.run(t, editor, "-Q", "--batch",
		"-L", absolute(t, "testdata/emacs"), "-L", absolute(t, "emacs"),
		"-l", absolute(t, "testdata/emacs/"+name+".el"))
	t.Log(out)
	if strings.Contains(out, "MISSING") {
		lacking(t, "a package of Emacs is not installed", emacsHow)
	}
}

func TestEmacsEglot(t *testing.T) {
	editor := need(t, "emacs", "", emacsHow)
	elisp(t, newWorld(t), editor, "eglot")
}

// lsp-mode takes both servers for one buffer.
func TestEmacsLspMode(t *testing.T) {
	editor := need(t, "emacs", "", emacsHow)
	gopls := need(t, "gopls", "MAPESCAPE_TEST_GOPLS", goplsHow)
	w := newWorld(t)
	w.set("GOPLS", gopls)
	elisp(t, w, editor, "lsp")
}
