//go:build unix

package endurance

import "syscall"

// pause stops a process as a suspended machine does: it does not notice.
func (p *process) pause() { p.session.Signal(syscall.SIGSTOP) }

// resume lets it go on.
func (p *process) resume() { p.session.Signal(syscall.SIGCONT) }
