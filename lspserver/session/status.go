package session

// A Status is a session in numbers, for those who look for what is wrong with it.
type Status struct {
	Options Options
	// Documents are open, Dropped of them are not served.
	Documents, Dropped int
	// Bytes is the length of the open documents' texts.
	Bytes int
	// Packages are remembered, Broken of them with something that keeps the
	// newest state of them from being shown.
	Packages, Broken int
	// Queued analyses wait; Running says that one is under way.
	Queued  int
	Running bool
	// Dirs are the directories of open documents, in no order.
	Dirs []string
}

// Status looks at the session as it is now.
func (s *Session) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{
		Options:   s.defaults,
		Documents: len(s.docs),
		Packages:  len(s.packages),
		Queued:    len(s.queue),
		Running:   s.running != nil,
	}
	seen := map[string]bool{}
	for _, d := range s.docs {
		if d.dropped {
			st.Dropped++
			continue
		}
		st.Bytes += len(d.file.Text())
		if dir := d.dir(); !seen[dir] {
			seen[dir] = true
			st.Dirs = append(st.Dirs, dir)
		}
	}
	for _, p := range s.packages {
		if p.problem != "" || p.testProblem != "" {
			st.Broken++
		}
	}
	return st
}
