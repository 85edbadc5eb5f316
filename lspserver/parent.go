package lspserver

import "time"

// parentInterval is how often the process that started the server is looked for.
const parentInterval = 3 * time.Second

// watchParent ends the connection when the process named in initialize has
// ended, as the protocol asks: its end of a pipe may live on in another
// process. A process that is not there to begin with is in another process
// namespace than ours, and cannot be watched.
func (s *server) watchParent(pid int) {
	if pid <= 0 || !s.alive(pid) {
		s.log.Warn("the client's process cannot be watched", "pid", pid)
		return
	}
	s.spawn(func() {
		for {
			select {
			case <-s.after(parentInterval):
				if !s.alive(pid) {
					s.end(errOrphan)
					return
				}
			case <-s.base.Done():
				return
			}
		}
	})
}
