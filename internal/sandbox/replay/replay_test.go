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
