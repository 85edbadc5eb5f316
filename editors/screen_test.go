package editors_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The size of the screen, in characters.
const columns, lines = "90", "32"

// A screen is a terminal of its own in which an editor runs.
type screen struct {
	t            *testing.T
	tmux, socket string
	env          []string
	picture      string // the beginning of the names of pictures, "" for none
}

// newScreen starts an editor in tmux, which is ended with the test.
func newScreen(t *testing.T, w *world, tmux string, command ...string) *screen {
	t.Helper()
	// The name of a socket must be short.
	dir, err := os.MkdirTemp("", "ms")
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, tmux: tmux, socket: filepath.Join(dir, "s"), env: w.env}
	t.Cleanup(func() {
		s.do("kill-server")
		os.RemoveAll(dir)
	})
	args := append([]string{"new-session", "-d", "-x", columns, "-y", lines, "-c", w.workspace, "--"}, command...)
	if out, err := s.do(args...); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	return s
}

func (s *screen) do(args ...string) (string, error) {
	cmd := exec.Command(s.tmux, append([]string{"-S", s.socket, "-f", os.DevNull}, args...)...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// text is what the screen shows.
func (s *screen) text() string {
	s.t.Helper()
	out, err := s.do("capture-pane", "-p")
	if err != nil {
		s.t.Fatalf("tmux: %v\n%s", err, out)
	}
	return out
}

// shows waits until the screen shows all of some texts.
func (s *screen) shows(texts ...string) {
	s.t.Helper()
	end := time.After(limit / 4)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		now, missing := s.text(), ""
		for _, text := range texts {
			if !strings.Contains(now, text) {
				missing = text
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-again.C:
		case <-end:
			s.t.Fatalf("the screen does not show %q:\n%s", missing, now)
		}
	}
}

// command types a command of the editor, which is in normal mode.
func (s *screen) command(text string) {
	s.t.Helper()
	for _, keys := range [][]string{{"-l", ":" + text}, {"Enter"}} {
		if out, err := s.do(append([]string{"send-keys"}, keys...)...); err != nil {
			s.t.Fatalf("tmux: %v\n%s", err, out)
		}
	}
}

// shot keeps a picture of the screen, if that is wanted.
func (s *screen) shot(name string, colours palette) {
	s.t.Helper()
	if s.picture == "" {
		return
	}
	out, err := s.do("capture-pane", "-p", "-e", "-N")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(s.picture), 0o777)
	}
	if err == nil {
		err = os.WriteFile(s.picture+name+"-"+colours.name+".svg", []byte(svg(out, colours)), 0o666)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// What a user sees, below Neovim 0.10 with the hints at the ends of the lines.
// With MAPESCAPE_TEST_SCREENS=DIR pictures of it are written, dark and light.
func TestNeovimScreen(t *testing.T) {
	editor := nvim(t)
	tmux := need(t, "tmux", "", "Debian: apt-get install tmux")
	dir := os.Getenv("MAPESCAPE_TEST_SCREENS")
	if dir == "" {
		neovimScreen(t, editor, tmux, "", dark)
		return
	}
	for _, colours := range []palette{dark, light} {
		t.Run(colours.name, func(t *testing.T) {
			neovimScreen(t, editor, tmux, filepath.Join(dir, "neovim-"), colours)
		})
	}
}

func neovimScreen(t *testing.T, editor, tmux, picture string, colours palette) {
	w := newWorld(t)
	w.run(t, w.program, "setup", "neovim")
	args := neovimArgs(t, "main.go")
	if picture != "" {
		// Neovim's colours of before 0.10 are too bright for a page.
		args = append(args, "-c", "set termguicolors noruler background="+colours.name,
			"-c", "highlight NormalFloat guibg="+colours.float, "-c", "highlight NonText gui=none guifg=#888888")
	}
	s := newScreen(t, w, tmux, append([]string{editor}, args...)...)
	s.picture = picture

	// Hints that Neovim draws itself have no » before them.
	mark := " » "
	if out := w.run(t, editor, "--headless", "-u", "NONE", "-i", "NONE", "-c", "echo has('nvim-0.10')", "-c", "qa!"); strings.TrimSpace(out) == "1" {
		mark = " "
	}
	s.shows("seen := make(map[string]int)"+mark+"heap", "delete(m, k)"+mark+"heap map", `{"ä": true}`+mark+"stack")
	s.shows("This loop deletes every entry of m")
	s.shot("hints", colours)

	s.command("MapescapeLevel all")
	s.shows("seen[w]++"+mark+"heap map, may grow", "level all")
	s.shot("all", colours)
	s.command("MapescapeLevel normal")
	s.shows("level normal")

	s.command("call search('make(map')")
	s.command("MapescapeHover")
	s.shows("may outlive", "at main.go:13\n")
	s.shot("hover", colours)

	s.command("MapescapeFlow")
	s.shows(
		"main.go|9 col 7| assigned by seen := make(map[string]int) at main.go:9\n",
		"main.go|13 col 2| returned by return seen at main.go:13\n",
	)
	s.shot("flow", colours)
	s.command("lclose")

	s.command("call search('for k, _ := range m')")
	s.command("lua vim.lsp.buf.code_action()")
	s.shows("clear(m)")
	s.shot("actions", colours)
	number := regexp.MustCompile(`(?m)^\s*(\d+):.*clear\(m\)`).FindStringSubmatch(s.text())
	if number == nil {
		t.Fatalf("no menu:\n%s", s.text())
	}
	if out, err := s.do("send-keys", number[1], "Enter"); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	s.shows("        clear(m)")
	s.command("write")
	s.shows("        clear(m)"+mark+"heap map", "written")
	s.shot("applied", colours)
}
