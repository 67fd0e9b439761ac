package demo

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// Pauses before a process that died is started again: they grow while it keeps dying.
const (
	firstPause = time.Second
	maxPause   = 10 * time.Second
	// steady is how long a process must live to be trusted again.
	steady = 30 * time.Second
)

// supervisor keeps one process running, as a Deployment keeps a pod: whatever ends the
// process, it is started again.
type supervisor struct {
	name  string
	clock clock.Clock
	say   func(format string, args ...any)
	start func(context.Context) (*process, error)

	cancel   context.CancelFunc
	finished chan struct{}
	restarts atomic.Int64
	alive    atomic.Int64 // pid, or 0
}

// run starts the process and returns once it is started for the first time.
func (s *supervisor) run(ctx context.Context) error {
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.finished = make(chan struct{})
	p, err := s.start(ctx)
	if err != nil {
		s.cancel()
		close(s.finished)
		return err
	}
	go s.keep(ctx, p)
	return nil
}

// stop ends the process for good.
func (s *supervisor) stop(context.Context) error {
	s.cancel()
	<-s.finished
	return nil
}

// keep waits for the process to die and starts it again, until it is told to stop.
func (s *supervisor) keep(ctx context.Context, p *process) {
	defer close(s.finished)
	for pause := firstPause; p != nil; pause = nextPause(pause) {
		s.alive.Store(int64(p.pid()))
		born := s.clock.Now()
		select {
		case <-ctx.Done():
			p.stop(s.clock)
			return
		case <-p.done:
		}
		if s.clock.Now().Sub(born) > steady {
			pause = firstPause
		}
		s.alive.Store(0)
		s.say("%s (pid %d) died: %s. Starting it again in %s, as a Deployment would.", s.name, p.pid(), p.how(), pause)
		p = s.again(ctx, pause)
	}
}

// again starts the process after a pause, however often that takes. It returns nothing
// when the supervisor is told to stop.
func (s *supervisor) again(ctx context.Context, pause time.Duration) *process {
	for s.clock.Sleep(ctx, pause) == nil {
		p, err := s.start(ctx)
		if err == nil {
			s.restarts.Add(1)
			s.say("%s is up again (pid %d).", s.name, p.pid())
			return p
		}
		pause = nextPause(pause)
		s.say("%s could not be started: %v. Trying again in %s.", s.name, err, pause)
	}
	return nil
}

func nextPause(pause time.Duration) time.Duration { return min(2*pause, maxPause) }
