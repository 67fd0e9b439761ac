package mirror

import "time"

// Age is how long ago the latest good sweep of the cards began, or that of what they hold
// where that is longer ago; 0 before the first.
func (m *Mirror) Age() time.Duration {
	base, swept := m.cards.last()
	if !swept {
		return 0
	}
	oldest := base.began
	if held := m.held.latest(); !held.IsZero() && held.Before(oldest) {
		oldest = held
	}
	return max(0, m.clock.Now().Sub(oldest))
}

// latest is when the latest reading of all balances began; zero before the first.
func (b *balances) latest() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.swept
}
