package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// programs are the binaries that take part.
type programs struct{ manager, sandbox, naive string }

// build compiles them into a directory of their own, as users would.
func build(ctx context.Context) (programs, error) {
	dir, err := os.MkdirTemp("", "card-operator-bench-")
	if err != nil {
		return programs{}, err
	}
	p := programs{manager: filepath.Join(dir, "manager"), sandbox: filepath.Join(dir, "sandbox"), naive: filepath.Join(dir, "naive")}
	for out, pkg := range map[string]string{p.manager: "./cmd/manager", p.sandbox: "./cmd/sandbox", p.naive: "./test/bench/naive"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return p, fmt.Errorf("building %s: %w\n%s", pkg, err, text)
		}
	}
	return p, nil
}

// process is a program that runs.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func start(dir, name string, env []string, program string, args ...string) (*process, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		_ = out.Close()
		close(p.done)
	}()
	return p, nil
}

// stop asks a program to end, and after ten seconds makes it end.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	patience, cancel := wall.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	select {
	case <-p.done:
	case <-patience.Done():
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
