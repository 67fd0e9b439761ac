package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// stopGrace is how long a process may take to end in good order.
const stopGrace = 10 * time.Second

// process is a child that writes to a log.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // why it ended; read it after done
}

// start runs a program in a process group of its own, so that a Ctrl-C in the terminal
// reaches the demo alone, which then ends its children in order.
func start(ctx context.Context, log, program string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", program, err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args...)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = out, out, ownGroup()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", program, err), out.Close())
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = errors.Join(cmd.Wait(), out.Close())
		close(p.done)
	}()
	return p, nil
}

// pid is the process's id.
func (p *process) pid() int { return p.cmd.Process.Pid }

// ended says whether the process is no more.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks the process to end, and makes it end where it does not.
func (p *process) stop(c clock.Clock) {
	if p.ended() {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
	patience, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		if c.Sleep(patience, stopGrace) == nil {
			_ = p.cmd.Process.Kill()
		}
	}()
	<-p.done
}

// how tells how a process ended.
func (p *process) how() string {
	if p.err == nil {
		return "exited by itself"
	}
	return p.err.Error()
}

// freePort returns a TCP port of the loopback that nobody uses: the preferred one where
// it can be had.
func freePort(ctx context.Context, preferred int) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", preferred))
	if err != nil {
		listener, err = config.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("finding a free port: %s is no TCP address", listener.Addr())
	}
	return address.Port, nil
}
