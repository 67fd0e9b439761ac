package ledger

import (
	"fmt"
	"hash/fnv"
	"time"
)

const (
	cvvCodes = 1000 // as many as cvvLength digits can write
	cvvUnits = "1379"
)

// CVVAt is the security code that is in force at a time, and when it ends. A card without
// a CVVInterval keeps its code; the end is then the zero time. Intervals count from the
// whole second of the card's creation, so that an end can be written without fractions.
func (c Card) CVVAt(now time.Time) (code Secret, until time.Time) {
	if c.CVVInterval <= 0 {
		return c.CVV, time.Time{}
	}
	start := c.Created.Truncate(time.Second)
	interval := max(int64(now.Sub(start)/c.CVVInterval), 0)
	begun := start.Add(time.Duration(interval * int64(c.CVVInterval)))
	return c.cvvOf(interval), begun.Add(c.CVVInterval)
}

// cvvOf is the code of an interval. The step has no factor in common with the number of
// codes, so that none returns before all others were used, and neighbours always differ.
func (c Card) cvvOf(interval int64) Secret {
	first := int64(0)
	for _, digit := range c.CVV.Reveal() {
		first = first*10 + int64(digit-'0')
	}
	code := (first + interval%cvvCodes*c.cvvStep()) % cvvCodes
	return NewSecret(fmt.Sprintf("%0*d", cvvLength, code))
}

// cvvStep differs from card to card and ends in one of cvvUnits.
func (c Card) cvvStep() int64 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(c.Token)) // a hash never fails
	sum := hash.Sum32()
	return int64(sum/4%100)*10 + int64(cvvUnits[sum%4]-'0')
}
