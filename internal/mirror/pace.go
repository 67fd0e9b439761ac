package mirror

import "time"

// SweepTime is how long the latest good sweep of the cards took, and that of what they hold; 0
// before the first. An issuer's pace, not ours, decides it: ten thousand cards take a minute at
// five calls a second.
func (m *Mirror) SweepTime() time.Duration { return m.cards.took() + m.held.took() }

func (p *picture[T]) took() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lasted
}

func (b *balances) took() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lasted
}
