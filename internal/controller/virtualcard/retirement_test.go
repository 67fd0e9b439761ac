package virtualcard

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/engine"
)

func TestARetirementIsSentEverLessOften(t *testing.T) {
	timing, now := engine.DefaultTiming, time.Unix(10_000, 0)
	var tried retirement
	if due := tried.due(timing); due.After(now) {
		t.Error("the first one is due at once")
	}
	began, sent := now, 0
	for now.Before(began.Add(time.Hour)) {
		tried = tried.sent(now)
		if wait := tried.due(timing).Sub(now); wait < timing.Poll || wait > 5*time.Minute {
			t.Fatalf("waits %s after %s", wait, now.Sub(began))
		}
		now, sent = tried.due(timing), sent+1
	}
	if sent < 10 || sent > 30 {
		t.Errorf("%d in an hour", sent)
	}
}

func TestWhenAPersonIsAskedAboutARetirement(t *testing.T) {
	timing, deleted := engine.DefaultTiming, time.Unix(10_000, 0)
	for _, c := range []struct {
		why         string
		lasted, ago time.Duration
		want        bool
	}{
		{"the issuer is slow", 29 * time.Minute, 29 * time.Minute, false},
		{"it has had its time", 30 * time.Minute, 30 * time.Minute, true},
		{"it was suspended or out of reach until now", 2 * time.Hour, 10 * time.Second, false},
		{"the process is new", 2 * time.Hour, time.Minute, true},
	} {
		now := deleted.Add(c.lasted)
		if got := (retirement{first: now.Add(-c.ago), last: now}).overdue(deleted, now, timing); got != c.want {
			t.Errorf("%s: got %v", c.why, got)
		}
	}
}
