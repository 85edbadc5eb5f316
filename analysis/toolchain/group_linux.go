package toolchain

import (
	"os/exec"
	"syscall"
)

// own gives cmd a process group of its own, and its end when we end: a
// mapescape that is killed hard leaves no go command behind.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}
