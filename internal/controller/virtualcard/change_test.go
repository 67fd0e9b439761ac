package virtualcard

import (
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

func TestWhatContradictsAChange(t *testing.T) {
	timing, at := engine.DefaultTiming, time.Unix(10_000, 0)
	frozen := change{state: issuer.StateFrozen, at: at}
	for why, c := range map[string]struct {
		own   change
		seen  issuer.State
		after time.Duration
		want  bool
	}{
		"nothing was changed":             {change{}, issuer.StateActive, 0, false},
		"it shows":                        {frozen, issuer.StateFrozen, time.Second, false},
		"the list lags":                   {frozen, issuer.StateActive, time.Second, true},
		"the list lags for long":          {frozen, issuer.StateActive, timing.ListingLag - 1, true},
		"it has had its time":             {frozen, issuer.StateActive, timing.ListingLag, false},
		"the issuer has blocked the card": {frozen, issuer.StateControl, time.Second, false},
		"the card was closed":             {frozen, issuer.StateInactive, time.Second, false},
	} {
		if got := c.own.contradicted(c.seen, at.Add(c.after), timing); got != c.want {
			t.Errorf("%s: %v", why, got)
		}
	}
}

func TestAChangeIsNotWaitedForAllDay(t *testing.T) {
	timing, own := engine.DefaultTiming, change{state: issuer.StateFrozen, at: time.Unix(10_000, 0)}
	timing.ListingLag = 24 * time.Hour
	if own.fresh(own.at.Add(slowestChange), timing) || !own.fresh(own.at.Add(slowestChange-1), timing) {
		t.Error("a freeze is repeated")
	}
	timing.ListingLag = 0
	if own.fresh(own.at, timing) {
		t.Error("an issuer without a lag shows it at once")
	}
}

func TestAChangeIsLookedForEverLessOften(t *testing.T) {
	timing, now := engine.DefaultTiming, time.Unix(10_000, 0)
	own, looks := change{state: issuer.StateFrozen, at: now}, 0
	for ; own.fresh(now, timing); looks++ {
		wait := own.again(now, timing)
		if wait <= 0 {
			t.Fatalf("waits %s", wait)
		}
		now = now.Add(wait)
	}
	if looks < 4 || looks > 10 || !now.Equal(own.at.Add(timing.ListingLag)) {
		t.Errorf("%d looks until %s", looks, now.Sub(own.at))
	}
}

func TestAChangeIsKeptWhileListsMayLag(t *testing.T) {
	timing, at := engine.DefaultTiming, time.Unix(10_000, 0)
	own := change{state: issuer.StateFrozen, at: at}
	if got := (change{}).saw(issuer.StateFrozen, at, timing); got != (change{}) {
		t.Error("nothing was changed")
	}
	if got := own.saw(issuer.StateActive, at, timing); got != own {
		t.Error("it has not shown")
	}
	shown := own.saw(issuer.StateFrozen, at, timing)
	if !shown.shown || shown.at != own.at {
		t.Error("it has shown")
	}
	if got := shown.saw(issuer.StateActive, at.Add(time.Hour), timing); got != shown {
		t.Error("it is forgotten by what contradicts it")
	}
	if got := shown.saw(issuer.StateFrozen, at.Add(time.Hour), timing); got != (change{}) {
		t.Error("it is kept for ever")
	}
}
