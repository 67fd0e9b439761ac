package world

import "time"

// arrive is the moment before a call leaves the process: the fault planned for it is
// looked up, and what concerns the process alone is done.
func (p *Process) arrive(c Call) Fault {
	w := p.w
	f := w.faultAt(w.boundaries)
	w.note(p, c, f)
	switch f.Do {
	case KillBefore:
		p.doomed = true
		panic(killed{})
	case PauseBefore:
		p.pause(f.For)
	case Freeze:
		p.cachesAt = w.now.Add(f.For)
	case Relist:
		p.relist()
	case Jump:
		p.skew += f.For
	}
	return f
}

// leave is the moment after a call, before its answer is looked at.
func (p *Process) leave(f Fault) {
	switch f.Do {
	case KillAfter:
		p.doomed = true
		panic(killed{})
	case PauseAfter:
		p.pause(f.For)
	}
}

// pause stops the whole process, as SIGSTOP does. Where there is another to take over, it
// does so once the lease has run out, and this one goes on for a moment when it wakes.
func (p *Process) pause(d time.Duration) {
	p.wakeAt = p.w.now.Add(d)
	p.w.paused(p, d)
	p.sleep(d)
}

// travel is half the way to a peer and back.
func (p *Process) travel() { p.sleep(p.w.latency()) }

// wait is a call that the client gives up.
func (p *Process) wait(d time.Duration) { p.sleep(d) }
