package proxy

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// ErrNotFound is the error of Find when there is no gopls.
var ErrNotFound = errors.New("gopls was not found in PATH, GOBIN, GOPATH/bin or ~/go/bin; install it with `go install golang.org/x/tools/gopls@latest`")

// Find looks for gopls where editors do: the path that the user gave, PATH,
// GOBIN, the bin directories of GOPATH, ~/go/bin. getenv is os.Getenv.
func Find(path string, getenv func(string) string) (string, error) {
	if path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("gopls: %w", err)
		}
		return filepath.Abs(found)
	}
	name := "gopls"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	dirs := filepath.SplitList(getenv("PATH"))
	if bin := getenv("GOBIN"); bin != "" {
		dirs = append(dirs, bin)
	}
	for _, dir := range filepath.SplitList(getenv("GOPATH")) {
		dirs = append(dirs, filepath.Join(dir, "bin"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, "go", "bin"))
	}
	for _, dir := range dirs {
		if !filepath.IsAbs(dir) {
			continue // it would be looked up in the workspace, which has no say in what is run
		}
		full := filepath.Join(dir, name)
		if found, err := exec.LookPath(full); err == nil {
			return found, nil
		}
	}
	return "", ErrNotFound
}

// process is a gopls that runs as a child process, in a process group of its own.
type process struct {
	io.Writer
	io.Reader
	stdin io.Closer
	cmd   *exec.Cmd
	done  chan struct{}
	once  sync.Once
}

// Command starts gopls. Its standard error goes to stderr.
func Command(path string, args []string, stderr io.Writer) (Child, error) {
	cmd := exec.Command(path, args...)
	cmd.Stderr = stderr
	cmd.WaitDelay = patience // a grandchild may hold the pipe of standard error
	own(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, stdoutWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = stdoutWrite
	p := &process{Writer: stdin, Reader: stdout, stdin: stdin, cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Where the child is to die with its parent, that means the thread that started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		stdoutWrite.Close()
		started <- err
		if err != nil {
			stdout.Close()
			return
		}
		defer close(p.done)
		_ = cmd.Wait() // how it ended is of no matter to those who wait for the end
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) Stop(patience time.Duration) {
	p.once.Do(func() {
		p.stdin.Close()
		select {
		case <-p.done:
		case <-time.After(patience):
		}
		killGroup(p.cmd.Process) // what it has started may be left
		<-p.done
		if c, ok := p.Reader.(io.Closer); ok {
			c.Close()
		}
	})
}
