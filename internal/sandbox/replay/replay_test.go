package replay_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/replay"
)

func TestTwinsInFlightTakeEffectOnce(t *testing.T) {
	m := replay.New(clock.Real{}, 0)
	var runs atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			body, err := m.Do("key", "same", func() (any, error) { return runs.Add(1), nil })
			if err != nil || body != int32(1) {
				t.Errorf("%v, %v", body, err)
			}
		})
	}
	wg.Wait()
	if n := runs.Load(); n != 1 {
		t.Errorf("%d runs", n)
	}
}

func TestMemory(t *testing.T) {
	fake := clock.NewFake(time.Unix(0, 0))
	m := replay.New(fake, time.Hour)
	failed := errors.New("failed")
	runs := 0
	do := func(fingerprint string, err error) error {
		_, got := m.Do("key", fingerprint, func() (any, error) { runs++; return nil, err })
		return got
	}
	for i, step := range []struct {
		fingerprint string
		err, want   error
		runs        int
	}{
		{"a", failed, failed, 1},
		{"b", nil, nil, 2},
		{"b", failed, nil, 2},
		{"a", nil, replay.ErrChanged, 2},
	} {
		if err := do(step.fingerprint, step.err); !errors.Is(err, step.want) || runs != step.runs {
			t.Errorf("step %d: %v after %d runs", i, err, runs)
		}
	}
	fake.Advance(time.Hour)
	if err := do("a", nil); err != nil || runs != 3 {
		t.Errorf("after the lifetime: %v after %d runs", err, runs)
	}
}

func TestATwinInFlightIsRefused(t *testing.T) {
	m := replay.New(clock.Real{}, 0)
	began, end := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := m.Try("key", "same", func() (any, error) { close(began); <-end; return 1, nil }); err != nil {
			t.Error(err)
		}
	})
	<-began
	second := func() (any, error) { return 2, nil }
	if _, err := m.Try("key", "same", second); !errors.Is(err, replay.ErrInProgress) {
		t.Errorf("a twin in flight: %v", err)
	}
	if body, err := m.Try("another", "same", second); err != nil || body != 2 {
		t.Errorf("another key: %v, %v", body, err)
	}
	close(end)
	wg.Wait()
	if body, err := m.Try("key", "same", second); err != nil || body != 1 {
		t.Errorf("afterwards: %v, %v", body, err)
	}
	if _, err := m.Try("key", "other", second); !errors.Is(err, replay.ErrChanged) {
		t.Errorf("with other parameters: %v", err)
	}
}

func TestABusyKeyIsRefusedUntilItIsDone(t *testing.T) {
	fake := clock.NewFake(time.Unix(0, 0))
	m := replay.New(fake, time.Hour).Busy(time.Second)
	failed := errors.New("failed")
	runs := 0
	for i, step := range []struct {
		err, want error
		runs      int
	}{{failed, failed, 1}, {nil, nil, 2}, {nil, replay.ErrInProgress, 2}} {
		if _, err := m.Try("key", "same", func() (any, error) { runs++; return nil, step.err }); !errors.Is(err, step.want) || runs != step.runs {
			t.Errorf("step %d: %v after %d runs", i, err, runs)
		}
	}
	fake.Advance(time.Second)
	if _, err := m.Try("key", "same", func() (any, error) { runs++; return nil, nil }); err != nil || runs != 2 {
		t.Errorf("afterwards: %v after %d runs", err, runs)
	}
}
