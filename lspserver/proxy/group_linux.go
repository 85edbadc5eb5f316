package proxy

import (
	"os/exec"
	"syscall"
)

// own gives cmd a process group of its own, and its end when we end.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
