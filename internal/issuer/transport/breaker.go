package transport

import (
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

const (
	// breakAfter is how many calls in a row go without an answer before the account rests, so
	// that a dead issuer does not hold every worker for the length of a time-out. The rest
	// doubles up to maxBreak, and begins anew with one more call that is not answered.
	breakAfter = 8
	firstBreak = 3 * time.Second
	maxBreak   = 12 * time.Second
	// probeFor is how long one call tries an issuer after a rest, before another may: the
	// length of a time-out. Whoever got the turn may never have sent anything.
	probeFor = DefaultTimeout
)

// breaker leaves an issuer alone that does not answer. After each rest one call tries it, and
// the others wait for what comes of that.
type breaker struct {
	silent int           // calls without an answer since the latest one with
	pause  time.Duration // the latest rest
	until  time.Time     // the end of the latest rest
	probe  time.Time     // one call tries the issuer, until then at the latest
}

func (b *breaker) answered() { *b = breaker{} }

// unanswered counts a call. Those that were under way when the rest began do not make it longer.
func (b *breaker) unanswered(now time.Time) {
	b.silent++
	if b.silent < breakAfter || now.Before(b.until) {
		return
	}
	b.pause = min(max(2*b.pause, firstBreak), maxBreak)
	b.until, b.probe = now.Add(b.pause), time.Time{}
}

// busy is an error while one call tries the issuer. That call may be answered at any moment, so
// the others do not stay away for as long as it may take.
func (b *breaker) busy(now time.Time) error {
	if left := b.probe.Sub(now); left > 0 {
		return errSilent(min(left, firstBreak))
	}
	return nil
}

// try lets a call pass, after a rest as the one that tries the issuer.
func (b *breaker) try(now time.Time) (probing bool, err error) {
	if b.silent < breakAfter {
		return false, nil
	}
	if err := b.busy(now); err != nil {
		return false, err
	}
	// A short end of the rest is sat out by the call itself.
	b.probe = later(now, b.until).Add(probeFor)
	return true, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func errSilent(rest time.Duration) error {
	return &issuer.Error{Class: issuer.Unavailable, RetryAfter: rest,
		Message: "the issuer has left many calls in a row without an answer; it is asked again in a few seconds"}
}
