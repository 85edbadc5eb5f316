//go:build !unix

package toolchain

import (
	"os"
	"os/exec"
)

func own(*exec.Cmd) {}

func interruptGroup(p *os.Process) { _ = p.Kill() }

func killGroup(p *os.Process) { _ = p.Kill() }
