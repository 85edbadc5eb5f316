//go:build unix && !linux

package proxy

import (
	"os/exec"
	"syscall"
)

// own gives cmd a process group of its own.
func own(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
