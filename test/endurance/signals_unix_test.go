//go:build unix

package endurance

import (
	"os/exec"
	"syscall"
)

// alone gives a process a group of its own: when the shell that started the tests ends,
// the kernel continues whatever is paused in the shell's group.
func alone(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// pause stops a process as a suspended machine does: it does not notice.
func (p *process) pause() { p.session.Signal(syscall.SIGSTOP) }

// resume lets it go on.
func (p *process) resume() { p.session.Signal(syscall.SIGCONT) }
