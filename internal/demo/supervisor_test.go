package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// quick is a clock on which pauses are short.
type quick struct{ clock.Real }

func (q quick) Sleep(ctx context.Context, _ time.Duration) error {
	return q.Real.Sleep(ctx, 10*time.Millisecond)
}

// said collects what a supervisor says.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func (s *said) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func sleeper(t *testing.T) func(context.Context) (*process, error) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	return func(ctx context.Context) (*process, error) { return start(ctx, log, "sleep", "60") }
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it never happened that %s", what)
}

func TestAKilledProcessIsStartedAgain(t *testing.T) {
	talk := &said{}
	s := &supervisor{name: "The manager", clock: quick{}, say: talk.say, start: sleeper(t)}
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs", func() bool { return s.alive.Load() != 0 })
	first := int(s.alive.Load())
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs again", func() bool { pid := int(s.alive.Load()); return pid != 0 && pid != first })
	second := int(s.alive.Load())
	if err := s.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.restarts.Load() != 1 || !strings.Contains(talk.all(), "signal: killed") {
		t.Errorf("%d restarts, and it said:\n%s", s.restarts.Load(), talk.all())
	}
	if syscall.Kill(second, 0) == nil {
		t.Error("the process outlives its supervisor")
	}
}

func TestItIsTriedAgainAfterAFailedStart(t *testing.T) {
	talk, works, tries := &said{}, sleeper(t), 0
	s := &supervisor{name: "The manager", clock: quick{}, say: talk.say, start: func(ctx context.Context) (*process, error) {
		if tries++; tries == 2 {
			return nil, fmt.Errorf("no memory")
		}
		return works(ctx)
	}}
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs", func() bool { return s.alive.Load() != 0 })
	if err := syscall.Kill(int(s.alive.Load()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs again", func() bool { return s.restarts.Load() == 1 })
	if err := s.stop(t.Context()); err != nil || !strings.Contains(talk.all(), "no memory") {
		t.Errorf("%v, and it said:\n%s", err, talk.all())
	}
}

func TestAProgramThatIsNotThereIsAnErrorAtOnce(t *testing.T) {
	s := &supervisor{clock: quick{}, say: t.Logf, start: func(ctx context.Context) (*process, error) {
		return start(ctx, filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "nothing"))
	}}
	if err := s.run(t.Context()); err == nil {
		t.Error("a missing program was started")
	}
}

func TestAStubbornProcessIsKilled(t *testing.T) {
	p, err := start(t.Context(), filepath.Join(t.TempDir(), "log"), "sh", "-c", "trap '' TERM; while :; do sleep 1; done")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	p.stop(quick{})
	if !p.ended() || !strings.Contains(p.how(), "killed") {
		t.Errorf("it ended by %s", p.how())
	}
}

func TestPausesGrowToALimit(t *testing.T) {
	pause := firstPause
	for range 10 {
		pause = nextPause(pause)
	}
	if nextPause(firstPause) <= firstPause || pause != maxPause {
		t.Errorf("after ten deaths the pause is %s", pause)
	}
}

func TestAnotherPortWhereTheFirstIsTaken(t *testing.T) {
	taken := listen(t)
	got, err := freePort(t.Context(), taken)
	if err != nil || got == taken || got == 0 {
		t.Errorf("got port %d and %v, with %d taken", got, err, taken)
	}
}
