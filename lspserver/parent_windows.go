package lspserver

import "syscall"

// synchronize is the right to wait for a process.
const synchronize = 0x00100000

// alive reports whether a process is there and has not ended.
func alive(pid int) bool {
	h, err := syscall.OpenProcess(synchronize, false, uint32(pid))
	if err != nil {
		return false
	}
	defer syscall.CloseHandle(h)
	event, err := syscall.WaitForSingleObject(h, 0)
	return err == nil && event == syscall.WAIT_TIMEOUT
}
